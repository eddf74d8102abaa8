/*
 * credssp-host.c - the host's side of CredSSP for tests.
 */
#include "tests/auth/credssp-host.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "src/base/mem.h"
#include "src/base/utf.h"
#include "wsman/auth/credssp-wire.h"
#include "wsman/auth/der.h"

enum { MAX = 256 * 1024, PIN = 32, HASH = 32 };

static X509 *certificate;
static EVP_PKEY *private_key;
static uint8_t pin[PIN];

static bool make_certificate(void)
{
	unsigned len = PIN;

	if (certificate)
		return true;
	private_key = EVP_RSA_gen(2048);
	X509 *x = X509_new();
	X509_NAME *name = x ? X509_get_subject_name(x) : NULL;
	if (!private_key || !name)
		return false;
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"CREDSSP-TEST", -1,
				   -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, private_key);
	if (!X509_sign(x, private_key, EVP_sha256()))
		return false;
	certificate = x;
	return X509_digest(x, EVP_sha256(), pin, &len) == 1;
}

const uint8_t *credssp_host_pin(void)
{
	make_certificate();
	return pin;
}

static int start_tls(struct credssp_host *h)
{
	const ASN1_BIT_STRING *bits;

	if (!make_certificate())
		return WINCH_E_SYSTEM;
	h->ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(h->ctx, certificate);
	SSL_CTX_use_PrivateKey(h->ctx, private_key);
	SSL_CTX_set_max_proto_version(h->ctx, h->rules.tls);
	SSL_CTX_set_min_proto_version(h->ctx, 0);
	if (h->rules.suites && SSL_CTX_set_cipher_list(h->ctx, h->rules.suites) != 1)
		return WINCH_E_ARG;
	if (h->rules.mac_first)
		SSL_CTX_set_options(h->ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
	h->ssl = SSL_new(h->ctx);
	SSL_set_bio(h->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(h->ssl);
	bits = X509_get0_pubkey_bitstr(certificate);
	return buf_put(&h->key, bytes_of(bits->data, (size_t)bits->length), NULL);
}

int credssp_host_init(struct credssp_host *h, const struct credssp_host_rules *rules)
{
	*h = (struct credssp_host){
		.rules = *rules,
		.ntlm = { .password = rules->password, .filetime = 133594272010000000u },
		.key.max = MAX,
		.user.max = MAX,
		.domain.max = MAX,
		.password.max = MAX,
	};
	acceptor_init(&h->inner, &h->ntlm);
	return rules->tls ? start_tls(h) : 0;
}

void credssp_host_done(struct credssp_host *h)
{
	acceptor_done(&h->inner);
	SSL_free(h->ssl);
	SSL_CTX_free(h->ctx);
	buf_done(&h->key);
	buf_done(&h->user);
	buf_done(&h->domain);
	buf_done(&h->password);
}

/* TSCredentials: type 1, and three texts. */
static int read_credentials(struct credssp_host *h, struct bytes in)
{
	struct der_fields outer, inner;
	struct bytes type, octets, creds, text, wide;
	struct buf *texts[] = { &h->domain, &h->user, &h->password };
	int n;

	if (!der_fields_of(in, &outer) || der_next_field(&outer, &n, &type) != 1 || n != 0 ||
	    !bytes_eq(type, bytes_of("\x02\x01\x01", 3)) ||
	    der_next_field(&outer, &n, &octets) != 1 || n != 1 ||
	    !der_only(octets, DER_OCTETS, &creds) || !der_fields_of(creds, &inner))
		return WINCH_E_FORMAT;
	for (int i = 0; i < 3; i++)
		if (der_next_field(&inner, &n, &text) != 1 || n != i ||
		    !der_only(text, DER_OCTETS, &wide) ||
		    utf8_put_utf16le(texts[i], wide, NULL) < 0)
			return WINCH_E_FORMAT;
	h->has_credentials = true;
	return inner.in.left || outer.in.left ? WINCH_E_FORMAT : 0;
}

static int unwrap(struct credssp_host *h, struct bytes in, struct buf *out)
{
	return ntlm_seal_get(&h->inner.theirs, bytes_skip(in, NTLM_SIGNATURE),
			     bytes_of(in.data, NTLM_SIGNATURE), out, NULL);
}

static int wrap(struct credssp_host *h, struct bytes plain, struct buf *out)
{
	AUTO(buf_done) struct buf data = { .max = MAX };
	uint8_t signature[NTLM_SIGNATURE];

	int r = ntlm_seal_put(&h->inner.ours, plain, &data, signature, NULL);
	if (r == 0)
		r = buf_put(out, bytes_of(signature, sizeof(signature)), NULL);
	return r < 0 ? r : buf_put(out, buf_bytes(&data), NULL);
}

static void hash(struct bytes key, struct bytes nonce, const char *way, struct buf *out)
{
	AUTO(buf_done) struct buf all = { .max = MAX };
	uint8_t made[HASH];

	buf_put_fmt(&all, NULL, "CredSSP %s Binding Hash", way);
	buf_put_u8(&all, 0, NULL);
	buf_put(&all, nonce, NULL);
	buf_put(&all, key, NULL);
	EVP_Digest(all.data + all.start, all.len, made, NULL, EVP_sha256(), NULL);
	buf_put(out, bytes_of(made, HASH), NULL);
}

static void put_binding(const struct credssp_host *h, struct bytes nonce, bool ours,
			struct buf *out)
{
	enum credssp_host_lie lie = ours ? h->rules.lie : HOST_HONEST;
	struct bytes key = buf_bytes(&h->key);
	bool hashed = h->rules.versions[0] >= 5 && lie != HOST_PLAIN_KEY;

	if (lie == HOST_OTHER_KEY)
		key = BYTES_LIT("another key");
	if (lie == HOST_OTHER_NONCE)
		nonce = BYTES_LIT("another nonce of 32 bytes' length");
	if (hashed) {
		hash(key, nonce,
		     ours && lie != HOST_CLIENT_WORDS ? "Server-To-Client" : "Client-To-Server",
		     out);
		return;
	}
	buf_put(out, key, NULL);
	if (ours && (h->rules.versions[0] >= 5 || lie != HOST_PLAIN_KEY))
		out->data[out->start]++;
}

static int challenge(struct credssp_host *h, const struct ts_request *m, struct buf *token)
{
	h->client_version = m->version;
	return acceptor_step(&h->inner, m->nego_token, token, NULL) < 0 ? WINCH_E_AUTH : 0;
}

/* The client's last token and its binding in; ours out. */
static int bind(struct credssp_host *h, const struct ts_request *m, struct buf *token,
		struct buf *sealed)
{
	AUTO(buf_done) struct buf theirs = { .max = MAX };
	AUTO(buf_done) struct buf expected = { .max = MAX };
	AUTO(buf_done) struct buf ours = { .max = MAX };

	if (acceptor_step(&h->inner, m->nego_token, token, NULL) < 0)
		return WINCH_E_AUTH;
	if (h->rules.without_last_token)
		h->inner.ours.number = 0; /* as if it had made none */
	if (unwrap(h, m->pub_key_auth, &theirs) < 0)
		return WINCH_E_PROTOCOL;
	put_binding(h, m->client_nonce, false, &expected);
	if (!bytes_eq(buf_bytes(&theirs), buf_bytes(&expected)))
		return WINCH_E_PROTOCOL;
	if (h->rules.lie == HOST_MIRROR)
		return buf_put(sealed, m->pub_key_auth, NULL);
	put_binding(h, m->client_nonce, true, &ours);
	return wrap(h, buf_bytes(&ours), sealed);
}

static void flip_last(struct buf *b)
{
	b->data[b->start + b->len - 1] ^= 1;
}

/* Its first or second message, with what it lies about. */
static int answer(struct credssp_host *h, const struct ts_request *in, struct buf *out)
{
	AUTO(buf_done) struct buf token = { .max = MAX };
	AUTO(buf_done) struct buf sealed = { .max = MAX };
	enum credssp_host_lie lie = h->rules.lie;
	struct ts_request m = { .version = h->version };
	bool first = h->said == 1;

	int r = first ? challenge(h, in, &token) : bind(h, in, &token, &sealed);
	if (r < 0)
		return r;
	if (!first && lie == HOST_BAD_SEAL)
		flip_last(&sealed);
	if (!first && lie == HOST_BAD_MIC)
		flip_last(&token);
	m.nego_token = buf_bytes(&token);
	m.pub_key_auth = buf_bytes(&sealed);
	if (first && lie == HOST_NO_TOKEN)
		m.nego_token = (struct bytes){ 0 };
	if (!first && h->rules.without_last_token)
		m.nego_token = (struct bytes){ 0 };
	if (!first && lie == HOST_NO_KEY)
		m.pub_key_auth = (struct bytes){ 0 };
	if (first && lie == HOST_EARLY_KEY)
		m.pub_key_auth = BYTES_LIT("early");
	if (!first && lie == HOST_CREDENTIAL)
		m.auth_info = BYTES_LIT("a credential");
	return ts_request_put(out, &m, NULL);
}

static int on_request(struct credssp_host *h, struct bytes in, struct buf *out)
{
	AUTO(buf_done) struct buf plain = { .max = MAX };
	struct ts_request m, reply = { 0 };

	if (ts_request_read(in, &m, NULL) < 0 || h->said > 2)
		return WINCH_E_PROTOCOL;
	if (h->rules.versions[h->said])
		h->version = h->rules.versions[h->said];
	reply = (struct ts_request){ .version = h->version,
				     .error_code = h->rules.errors[h->said] };
	h->said++;
	if (h->said == 3) {
		int r = unwrap(h, m.auth_info, &plain);
		if (r == 0)
			r = read_credentials(h, buf_bytes(&plain));
		if (r < 0)
			return r;
	}
	if (reply.error_code || (h->said == 3 && h->rules.lie == HOST_GOES_ON))
		return ts_request_put(out, &reply, NULL);
	return h->said == 3 ? 0 : answer(h, &m, out);
}

static int take_records(struct credssp_host *h, struct buf *out)
{
	size_t len = BIO_ctrl_pending(SSL_get_wbio(h->ssl));
	uint8_t *at = len ? buf_room(out, len, NULL) : NULL;

	if (!len)
		return 0;
	BIO_read(SSL_get_wbio(h->ssl), at, (int)len);
	buf_added(out, len);
	return 0;
}

int credssp_host_seal(struct credssp_host *h, struct bytes plain, struct buf *out)
{
	ERR_clear_error();
	if (plain.len && SSL_write(h->ssl, plain.data, (int)plain.len) != (int)plain.len)
		return WINCH_E_TLS;
	return take_records(h, out);
}

int credssp_host_unseal(struct credssp_host *h, struct bytes records, struct buf *out)
{
	uint8_t piece[16384];
	int n;

	ERR_clear_error();
	if (records.len)
		BIO_write(SSL_get_rbio(h->ssl), records.data, (int)records.len);
	while ((n = SSL_read(h->ssl, piece, sizeof(piece))) > 0)
		buf_put(out, bytes_of(piece, (size_t)n), NULL);
	return SSL_get_error(h->ssl, n) == SSL_ERROR_WANT_READ ? 0 : WINCH_E_TLS;
}

int credssp_host_step(struct credssp_host *h, struct bytes in, struct buf *out)
{
	AUTO(buf_done) struct buf plain = { .max = MAX };
	AUTO(buf_done) struct buf made = { .max = MAX };

	if (!h->ssl)
		return on_request(h, in, out);
	int r = credssp_host_unseal(h, in, &plain);
	if (r == 0 && plain.len)
		r = on_request(h, buf_bytes(&plain), &made);
	return r < 0 ? r : credssp_host_seal(h, buf_bytes(&made), out);
}
