/*
 * certificate.c - include/winch/certificate.h: reading PEM and PKCS#12, by OpenSSL.
 */
#include "wsman/http/certificate.h"

#include <limits.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/secret.h"
#include "src/base/sized.h"

enum { MAX_FILE = 16 * 1024 * 1024, MAX_SUBJECT = 4096, MAX_PASSPHRASE = 1024 };

struct winch_certificate {
	X509 *leaf;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* of its authorities; may be NULL */
	char *subject;
};

/* A passphrase as OpenSSL asks for it. */
struct question {
	struct bytes answer; /* .data NULL: none is known */
	bool asked;
};

static int answer(char *to, int size, int writing, void *user)
{
	struct question *q = user;

	(void)writing;
	q->asked = true;
	if (!q->answer.data || q->answer.len > (size_t)size)
		return -1;
	memcpy(to, q->answer.data, q->answer.len);
	return (int)q->answer.len;
}

/* What OpenSSL says last; its queue is then empty. */
static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text ? text : "it does not parse";
}

static BIO *open_bytes(struct bytes in, winch_error *err)
{
	BIO *bio = in.len <= MAX_FILE ? BIO_new_mem_buf(in.data, (int)in.len) : NULL;

	if (!bio)
		fail(err, WINCH_E_FORMAT, "larger than any certificate or key");
	return bio;
}

/* No key: what an encrypted one is to whoever does not know its passphrase. */
static int no_key(const struct question *q, winch_error *err)
{
	if (q->asked && !q->answer.data) {
		ERR_clear_error();
		return WINCH_PASSPHRASE;
	}
	if (q->asked) {
		ERR_clear_error();
		return fail(err, WINCH_E_AUTH, "the passphrase of the key is wrong");
	}
	return fail(err, WINCH_E_FORMAT, "no private key can be read: %s", reason());
}

static int read_key(struct winch_certificate *c, struct bytes in, struct question *q,
		    winch_error *err)
{
	BIO *bio = open_bytes(in, err);

	if (!bio)
		return WINCH_E_FORMAT;
	c->key = PEM_read_bio_PrivateKey(bio, NULL, answer, q);
	BIO_free(bio);
	return c->key ? 0 : no_key(q, err);
}

/* OpenSSL would ask on the terminal for what an encrypted one is locked with: nobody has such. */
static X509 *next_certificate(BIO *bio)
{
	struct question unknown = { { 0 }, false };

	return PEM_read_bio_X509(bio, NULL, answer, &unknown);
}

static int read_pem(struct winch_certificate *c, struct bytes in, winch_error *err)
{
	BIO *bio = open_bytes(in, err);
	X509 *more;
	int r = 0;

	if (!bio)
		return WINCH_E_FORMAT;
	c->leaf = next_certificate(bio);
	if (!c->leaf)
		r = fail(err, WINCH_E_FORMAT, "no certificate can be read: %s", reason());
	while (r == 0 && (more = next_certificate(bio))) {
		if (!c->chain)
			c->chain = sk_X509_new_null();
		if (!c->chain || !sk_X509_push(c->chain, more)) {
			X509_free(more);
			r = fail_nomem(err);
		}
	}
	ERR_clear_error(); /* the end of the file is an error of its own */
	BIO_free(bio);
	return r;
}

/* Its MAC says whether a passphrase is right; files without one have none or an empty one. */
static int open_pkcs12(PKCS12 *p12, const struct question *q, const char *phrase, winch_error *err)
{
	if (q->answer.data) {
		if (!PKCS12_mac_present(p12) || PKCS12_verify_mac(p12, phrase, -1))
			return 0;
		ERR_clear_error();
		return fail(err, WINCH_E_AUTH, "the passphrase of the key is wrong");
	}
	if (!PKCS12_mac_present(p12) || PKCS12_verify_mac(p12, NULL, 0) ||
	    PKCS12_verify_mac(p12, "", 0))
		return 0;
	ERR_clear_error();
	return WINCH_PASSPHRASE;
}

static int read_pkcs12(struct winch_certificate *c, struct bytes in, const struct question *q,
		       winch_error *err)
{
	char phrase[MAX_PASSPHRASE + 1] = "";
	BIO *bio = open_bytes(in, err);

	if (!bio)
		return WINCH_E_FORMAT;
	PKCS12 *p12 = d2i_PKCS12_bio(bio, NULL);
	BIO_free(bio);
	if (!p12) {
		ERR_clear_error();
		return fail(err, WINCH_E_FORMAT, "neither PEM nor PKCS#12");
	}
	if (q->answer.len)
		memcpy(phrase, q->answer.data, q->answer.len);
	int r = open_pkcs12(p12, q, phrase, err);
	if (r == 0 && !PKCS12_parse(p12, phrase, &c->key, &c->leaf, &c->chain))
		r = fail(err, WINCH_E_FORMAT, "the PKCS#12 file can't be read: %s", reason());
	else if (r == 0 && (!c->leaf || !c->key))
		r = fail(err, WINCH_E_FORMAT, "the PKCS#12 file has no %s",
			 c->leaf ? "private key" : "certificate with its key");
	secret_wipe(phrase, sizeof(phrase));
	PKCS12_free(p12);
	return r;
}

static int set_subject(struct winch_certificate *c, winch_error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	if (!bio)
		return fail_nomem(err);
	X509_NAME_print_ex(bio, X509_get_subject_name(c->leaf), 0,
			   XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	long len = BIO_get_mem_data(bio, &text);
	c->subject = mem_strndup(text ? text : "", len < MAX_SUBJECT ? (size_t)len : MAX_SUBJECT);
	BIO_free(bio);
	return c->subject ? 0 : fail_nomem(err);
}

static bool is_pem(struct bytes in)
{
	return in.len && memmem(in.data, in.len, "-----BEGIN ", 11);
}

static int read_source(struct winch_certificate *c, const winch_certificate_source *source,
		       winch_error *err)
{
	struct bytes in = bytes_of(source->certificate, source->certificate_len);
	struct bytes key = source->key ? bytes_of(source->key, source->key_len) : in;
	struct question q = { bytes_of(source->passphrase, source->passphrase_len), false };

	if (q.answer.len > MAX_PASSPHRASE ||
	    (q.answer.len && memchr(q.answer.data, '\0', q.answer.len)))
		return fail(err, WINCH_E_ARG, "no passphrase is like that");
	int r = is_pem(in) ? read_pem(c, in, err) : read_pkcs12(c, in, &q, err);
	if (r == 0 && !c->key)
		r = read_key(c, key, &q, err);
	if (r == 0 && X509_check_private_key(c->leaf, c->key) != 1) {
		ERR_clear_error();
		r = fail(err, WINCH_E_ARG, "the key is not that of the certificate");
	}
	return r == 0 ? set_subject(c, err) : r;
}

int winch_certificate_new(const winch_certificate_source *given,
			  winch_certificate **ret_certificate, winch_error *err)
{
	winch_certificate_source source;
	int r = given ? SIZED_COPY(&source, passphrase_len, given, err) : WINCH_E_ARG;

	if (r < 0)
		return r;
	if (!source.certificate)
		return fail(err, WINCH_E_ARG, "there is no certificate");
	struct winch_certificate *c = mem_zalloc(sizeof(*c));
	if (!c)
		return fail_nomem(err);
	r = read_source(c, &source, err);
	if (r != 0) {
		winch_certificate_free(c);
		return r;
	}
	*ret_certificate = c;
	return 0;
}

void winch_certificate_free(winch_certificate *c)
{
	if (!c)
		return;
	X509_free(c->leaf);
	EVP_PKEY_free(c->key);
	sk_X509_pop_free(c->chain, X509_free);
	mem_free(c->subject);
	mem_free(c);
}

const char *winch_certificate_subject(const winch_certificate *c)
{
	return c->subject;
}

bool certificate_use(const winch_certificate *c, SSL_CTX *ctx)
{
	/* WinRM asks when it has read the request's headers. */
	SSL_CTX_set_post_handshake_auth(ctx, 1);
	return SSL_CTX_use_certificate(ctx, c->leaf) == 1 &&
	       SSL_CTX_use_PrivateKey(ctx, c->key) == 1 &&
	       (!c->chain || SSL_CTX_set1_chain(ctx, c->chain) == 1);
}

const char *certificate_fault(const winch_certificate *c, const char *otherwise)
{
	if (X509_cmp_current_time(X509_get0_notAfter(c->leaf)) < 0)
		return "it has expired";
	if (X509_cmp_current_time(X509_get0_notBefore(c->leaf)) > 0)
		return "by this machine's clock it is not valid yet";
	return otherwise;
}
