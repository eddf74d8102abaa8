/*
 * tls.c - whom a TLS connection trusts.
 *
 * The callback takes the place of OpenSSL's chain verification; libcurl's own checks of chain
 * and name stay off, so that there is one place that decides and one that explains.
 */
#include "wsman/http/tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "src/base/fail.h"
#include "wsman/auth/channel-binding.h"
#include "wsman/http/certificate.h"
#include "wsman/http/http.h"

enum { MAX_BINDING = 256 };

static int check_pin(struct tls_peer *peer)
{
	char text[PIN_TEXT];

	peer->vouched_for = memcmp(peer->pin, peer->rules->pin, PIN_LEN) == 0;
	if (peer->vouched_for)
		return 1;
	pin_as_text(peer->pin, text);
	fail_for(&peer->why, WINCH_REASON_NOT_PINNED,
		 fail(&peer->why, WINCH_E_TLS,
		      "the server's certificate is not the pinned one: its pin is sha256:%s",
		      text));
	return 0;
}

/* What helps against an X509_V_ERR_ code. */
static const char *remedy(int code)
{
	switch (code) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "if the host is right, name what the certificate is for with tls-name, or "
		       "pin it";
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "check both clocks and renew it, or pin it";
	default:
		return "name the file of its authority with ca-file, or pin it";
	}
}

static bool is_address(const char *name)
{
	struct in6_addr any;

	return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

/* The name is one of the chain's rules: OpenSSL checks it along with the rest. */
static bool set_name(X509_STORE_CTX *store, const char *name)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);

	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return is_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1
				: X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
}

/* The application may know better. */
static bool is_trusted(const struct tls_peer *peer, struct bytes der, int code)
{
	const winch_host_certificate c = {
		.size = sizeof(c),
		.why = X509_verify_cert_error_string(code),
		.sha256 = peer->pin,
		.der = der.data,
		.der_len = der.len,
	};

	return peer->rules->trust && peer->rules->trust(peer->rules->trust_user, &c) == 1;
}

static int check_chain(struct tls_peer *peer, struct bytes der, X509_STORE_CTX *store)
{
	char text[PIN_TEXT];

	if (set_name(store, peer->rules->name) && X509_verify_cert(store) == 1) {
		peer->vouched_for = true;
		return 1;
	}
	int code = X509_STORE_CTX_get_error(store);
	if (is_trusted(peer, der, code)) {
		/* libcurl looks at it once more. */
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	pin_as_text(peer->pin, text);
	fail_for(&peer->why, WINCH_REASON_NOT_TRUSTED,
		 fail(&peer->why, WINCH_E_TLS,
		      "the server's certificate is not trusted for %s: %s; %s (sha256:%s)",
		      peer->rules->name, X509_verify_cert_error_string(code), remedy(code), text));
	return 0;
}

/* Pin and channel binding are hashes of the same bytes. */
static int look_at(struct tls_peer *peer, struct bytes der)
{
	unsigned len = PIN_LEN;

	if (EVP_Digest(der.data, der.len, peer->pin, &len, EVP_sha256(), NULL) != 1)
		return fail(&peer->why, WINCH_E_TLS, "the server's certificate can't be hashed");
	buf_clear(&peer->channel_binding);
	peer->channel_binding.max = MAX_BINDING;
	int r = channel_binding_put(&peer->channel_binding, der, &peer->why);
	peer->unbindable = r == 1;
	return r < 0 ? r : 0;
}

static bool is_for(X509 *certificate, const char *name)
{
	return is_address(name) ? X509_check_ip_asc(certificate, name, 0) == 1
				: X509_check_host(certificate, name, 0,
						  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

static int only_look(struct tls_peer *peer, X509_STORE_CTX *store)
{
	bool verified = set_name(store, peer->rules->name) && X509_verify_cert(store) == 1;
	bool named = is_for(X509_STORE_CTX_get0_cert(store), peer->rules->name);

	return tls_facts_take(&peer->facts, store, peer->pin, verified, named, &peer->why) == 0;
}

static int check_kept(struct tls_peer *peer)
{
	if (!peer->keeps || memcmp(peer->pin, peer->kept, PIN_LEN) == 0)
		return 1;
	fail_for(
		&peer->why, WINCH_REASON_NOT_KEPT,
		fail(&peer->why, WINCH_E_AUTH,
		     "the connection that the login is bound to was closed, and the next one shows "
		     "another certificate"));
	return 0;
}

static int judge(struct tls_peer *peer, struct bytes der, X509_STORE_CTX *store)
{
	peer->vouched_for = false;
	if (look_at(peer, der) < 0 || !check_kept(peer))
		return 0;
	if (peer->rules->look_only)
		return only_look(peer, store);
	if (peer->rules->pinned)
		return check_pin(peer);
	return peer->rules->insecure ? 1 : check_chain(peer, der, store);
}

static int verify(X509_STORE_CTX *store, void *user)
{
	struct tls_peer *peer = user;
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	uint8_t *der = NULL;
	int len = certificate ? i2d_X509(certificate, &der) : -1;

	if (len <= 0) {
		fail(&peer->why, WINCH_E_TLS, "the server has no certificate that can be read");
		return 0;
	}
	int yes = judge(peer, bytes_of(der, (size_t)len), store);
	OPENSSL_free(der);
	return yes;
}

/* Called when the server asks for a client's certificate, first or late. */
static int asked(SSL *ssl, void *user)
{
	struct tls_peer *peer = user;

	(void)ssl;
	peer->asked_for_ours = true;
	return 1;
}

/* The host's TLS begins behind the tunnel; a proxy that asks for a login may have closed, and been
 * connected to, before it has opened one. */
static bool is_proxys(CURL *easy, const struct tls_peer *peer)
{
	long code = 0;

	if (!peer->rules->proxy_tls)
		return false;
	return curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &code) != CURLE_OK ||
	       code / 100 != 2;
}

static CURLcode set_up(CURL *easy, void *ssl_ctx, void *user)
{
	SSL_CTX *ctx = (SSL_CTX *)ssl_ctx;
	struct tls_peer *peer = user;

	/* A proxy's certificate is libcurl's to judge, by the proxy's name. */
	if (is_proxys(easy, peer))
		return CURLE_OK;
	/* Without SSL_VERIFY_PEER the callback's answer would not count. */
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify, user);
	SSL_CTX_set_cert_cb(ctx, asked, user);
	if (peer->rules->own && !certificate_use(peer->rules->own, ctx)) {
		fail(&peer->why, WINCH_E_TLS, "OpenSSL does not take the client's certificate");
		return CURLE_SSL_CERTPROBLEM;
	}
	return CURLE_OK;
}

int tls_apply(CURL *easy, struct tls_peer *peer, winch_error *err)
{
	bool chain = !peer->rules->pinned && !peer->rules->insecure;
	CURLcode c = CURLE_OK;

	c |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* With it on, libcurl loads the authorities; what it verifies is ours to say. */
	c |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, chain ? 1L : 0L);
	c |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	/* A resumed session shows no certificate. */
	c |= curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	if (chain && peer->rules->ca_file) {
		c |= curl_easy_setopt(easy, CURLOPT_CAINFO, peer->rules->ca_file);
		c |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (c != CURLE_OK)
		return fail(err, WINCH_E_SYSTEM, "libcurl does not take the TLS options");

	if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, peer) != CURLE_OK)
		return fail(err, WINCH_E_UNSUPPORTED,
			    "this libcurl does not use OpenSSL: no certificate can be checked");
	return 0;
}

void tls_keep(struct tls_peer *peer)
{
	peer->keeps = true;
	memcpy(peer->kept, peer->pin, PIN_LEN);
}

void tls_peer_done(struct tls_peer *peer)
{
	buf_done(&peer->channel_binding);
	tls_facts_done(&peer->facts);
	winch_error_done(&peer->why);
}
