/*
 * credssp-tls.c - the TLS inside CredSSP's tokens: OpenSSL between two pieces of memory.
 *
 * No record is ever split in front (1/n-1) or preceded by an empty one: OpenSSL does that up to TLS
 * 1.0 only.  What a TLS 1.3 server sends behind the handshake (tickets, new keys) holds no plain
 * bytes and passes by.
 */
#include "wsman/auth/credssp-tls.h"

#include <assert.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/rd.h"

enum { RECORD_HEAD = 5 };

struct credssp_tls {
	SSL_CTX *ctx;
	SSL *ssl; /* owns both */
	BIO *in, *out;
};

/* OpenSSL's last error, and none of it is left for others who use it on this thread. */
static int tls_fail(int status, const char *what, winch_error *err)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	fail(err, status, "%s%s%s", what, why ? ": " : "", why ? why : "");
	ERR_clear_error();
	return status;
}

/* Finite-field Diffie-Hellman is left out: hosts up to 2012 R2 have groups of 1024 bits, which
 * OpenSSL would then refuse although both could do something else. */
static SSL_CTX *make_ctx(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, "DEFAULT:!DHE") != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx,
			    SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	return ctx;
}

static bool set_up(struct credssp_tls *t)
{
	t->ctx = make_ctx();
	t->ssl = t->ctx ? SSL_new(t->ctx) : NULL;
	if (!t->ssl)
		return false;
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (!t->in || !t->out) {
		BIO_free(t->in);
		BIO_free(t->out);
		return false;
	}
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_connect_state(t->ssl);
	return true;
}

struct credssp_tls *credssp_tls_new(winch_error *err)
{
	struct credssp_tls *t = mem_zalloc(sizeof(*t));

	if (!t) {
		fail_nomem(err);
		return NULL;
	}
	ERR_clear_error();
	if (!set_up(t)) {
		tls_fail(WINCH_E_SYSTEM, "OpenSSL makes no TLS for CredSSP", err);
		credssp_tls_free(t);
		return NULL;
	}
	return t;
}

void credssp_tls_free(struct credssp_tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	mem_free(t);
}

static int give(struct credssp_tls *t, struct bytes records, winch_error *err)
{
	size_t given = 0;

	if (records.len &&
	    (BIO_write_ex(t->in, records.data, records.len, &given) != 1 || given < records.len))
		return tls_fail(WINCH_E_NOMEM, "out of memory", err);
	return 0;
}

static int take(struct credssp_tls *t, struct buf *out, winch_error *err)
{
	size_t len = BIO_ctrl_pending(t->out), taken = 0;

	if (!len)
		return 0;
	uint8_t *at = buf_room(out, len, err);
	if (!at)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	if (BIO_read_ex(t->out, at, len, &taken) != 1 || taken < len)
		return tls_fail(WINCH_E_SYSTEM, "OpenSSL does not give its records", err);
	buf_added(out, len);
	return 0;
}

int credssp_tls_handshake(struct credssp_tls *t, struct bytes in, struct buf *out, winch_error *err)
{
	ERR_clear_error();
	int r = give(t, in, err);
	if (r < 0)
		return r;
	int done = SSL_do_handshake(t->ssl);
	if (done != 1 && SSL_get_error(t->ssl, done) != SSL_ERROR_WANT_READ)
		return fail_for(
			err, WINCH_REASON_CREDSSP_TLS,
			tls_fail(WINCH_E_TLS, "the TLS inside CredSSP (1.2 or later) failed", err));
	r = take(t, out, err);
	return r < 0 ? r : done == 1;
}

static int put_key(const ASN1_BIT_STRING *bits, struct buf *key, winch_error *err)
{
	int len = bits ? ASN1_STRING_length(bits) : 0;

	if (len <= 0)
		return fail(err, WINCH_E_TLS, "the certificate inside CredSSP has no key");
	return buf_put(key, bytes_of(ASN1_STRING_get0_data(bits), (size_t)len), err);
}

int credssp_tls_certificate(const struct credssp_tls *t, uint8_t ret_pin[PIN_LEN], struct buf *key,
			    winch_error *err)
{
	X509 *x = SSL_get0_peer_certificate(t->ssl);
	unsigned len = PIN_LEN;

	if (!x)
		return fail(err, WINCH_E_TLS, "the TLS inside CredSSP has no certificate");
	if (X509_digest(x, EVP_sha256(), ret_pin, &len) != 1)
		return tls_fail(WINCH_E_TLS, "the certificate inside CredSSP can't be hashed", err);
	return put_key(X509_get0_pubkey_bitstr(x), key, err);
}

int credssp_tls_put(struct credssp_tls *t, struct bytes plain, struct buf *out, winch_error *err)
{
	size_t written = 0;

	ERR_clear_error();
	if (plain.len &&
	    (SSL_write_ex(t->ssl, plain.data, plain.len, &written) != 1 || written < plain.len))
		return tls_fail(WINCH_E_TLS, "the TLS inside CredSSP does not seal", err);
	return take(t, out, err);
}

/* The length of the first record, head and all; 0: it is cut. */
static size_t record_len(struct bytes records)
{
	struct rd in = rd_of(records);

	rd_bytes(&in, RECORD_HEAD - 2);
	size_t len = rd_u16be(&in);
	rd_bytes(&in, len);
	return in.past ? 0 : RECORD_HEAD + len;
}

static bool are_whole(struct bytes records)
{
	while (records.len) {
		size_t len = record_len(records);
		if (!len)
			return false;
		records = bytes_skip(records, len);
	}
	return true;
}

int credssp_tls_get(struct credssp_tls *t, struct bytes records, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf piece = { .max = CREDSSP_TLS_PLAIN };
	size_t len;

	if (!are_whole(records))
		return fail(err, WINCH_E_PROTOCOL, "a TLS record inside CredSSP is cut");
	uint8_t *at = buf_room(&piece, CREDSSP_TLS_PLAIN, err);
	if (!at)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	ERR_clear_error();
	int r = give(t, records, err);
	while (r == 0 && SSL_read_ex(t->ssl, at, CREDSSP_TLS_PLAIN, &len) == 1)
		r = buf_put(out, bytes_of(at, len), err);
	if (r == 0 && SSL_get_error(t->ssl, 0) != SSL_ERROR_WANT_READ)
		r = tls_fail(WINCH_E_PROTOCOL, "the seal of the TLS inside CredSSP is broken", err);
	return r;
}

/* What of a record stands between its head and the sealed bytes. */
static size_t nonce_len(const SSL *ssl)
{
	const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);
	const EVP_CIPHER *cipher =
		suite ? EVP_get_cipherbynid(SSL_CIPHER_get_cipher_nid(suite)) : NULL;

	if (!cipher || SSL_version(ssl) >= TLS1_3_VERSION)
		return 0;
	switch (EVP_CIPHER_get_mode(cipher)) {
	case EVP_CIPH_CBC_MODE:
		return (size_t)EVP_CIPHER_get_block_size(cipher);
	case EVP_CIPH_GCM_MODE:
	case EVP_CIPH_CCM_MODE:
		return EVP_GCM_TLS_EXPLICIT_IV_LEN;
	default:
		return 0; /* ChaCha20 */
	}
}

/* Before the last record, which has the plain bytes, there may be one that renews the keys. */
size_t credssp_tls_trailer(const struct credssp_tls *t, struct bytes records, size_t plain_len)
{
	size_t len = record_len(records);

	while (len && len < records.len) {
		records = bytes_skip(records, len);
		len = record_len(records);
	}
	size_t before = RECORD_HEAD + nonce_len(t->ssl) + plain_len;
	return len > before ? len - before : 0;
}
