/*
 * tls-facts.c - a certificate's facts, out of OpenSSL.
 */
#include "wsman/http/tls-facts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "src/base/buf.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

enum { MAX_NAME = 4096, MAX_NAMES = 16384 };

void tls_facts_done(struct tls_facts *f)
{
	mem_free(f->subject);
	mem_free(f->issuer);
	mem_free(f->names);
	*f = (struct tls_facts){ 0 };
}

static int copy_buf(struct buf *from, char **ret, winch_error *err)
{
	const char *text = buf_cstr(from, err);

	if (!text)
		return WINCH_E_NOMEM;
	mem_free(*ret);
	*ret = mem_strndup(text, from->len);
	return *ret ? 0 : fail_nomem(err);
}

static int take_name(X509_NAME *name, char **ret, winch_error *err)
{
	AUTO(buf_done) struct buf text = { .max = MAX_NAME };
	BIO *bio = BIO_new(BIO_s_mem());
	char *made = NULL;

	if (!bio)
		return fail_nomem(err);
	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	long len = BIO_get_mem_data(bio, &made);
	struct bytes whole = bytes_of(made, len > 0 ? (size_t)len : 0);
	if (whole.len >= MAX_NAME) /* what comes first says most */
		whole.len = utf8_valid_len(bytes_of(made, MAX_NAME - 1));
	int r = buf_put(&text, whole, err);
	BIO_free(bio);
	return r < 0 ? r : copy_buf(&text, ret, err);
}

/* What would end or hide a name is written as RFC 4514 has it. */
static int put_escaped(struct buf *out, struct bytes text, winch_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < text.len; i++) {
		uint8_t c = text.data[i];
		r = c < ' ' || c == 0x7F || c == '\\' || c == ','
			    ? buf_put_fmt(out, err, "\\%02X", c)
			    : buf_put_u8(out, c, err);
	}
	return r;
}

/* A name that would not fit is left out. */
static int put_name(struct buf *out, struct bytes name, winch_error *err)
{
	AUTO(buf_done) struct buf text = { .max = MAX_NAMES };

	if (name.len > MAX_NAME)
		return 0;
	int r = put_escaped(&text, name, err);
	if (r < 0 || out->len + text.len + 3 > MAX_NAMES)
		return r;
	r = out->len ? buf_put_str(out, ", ", err) : 0;
	return r < 0 ? r : buf_put(out, buf_bytes(&text), err);
}

static int put_address(struct buf *out, const ASN1_OCTET_STRING *ip, winch_error *err)
{
	char text[INET6_ADDRSTRLEN];
	int len = ASN1_STRING_length(ip), family = len == 4 ? AF_INET : AF_INET6;

	if ((len != 4 && len != 16) ||
	    !inet_ntop(family, ASN1_STRING_get0_data(ip), text, sizeof(text)))
		return 0;
	return put_name(out, bytes_str(text), err);
}

static struct bytes text_of(const ASN1_STRING *text)
{
	return bytes_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
}

/* Whatever its alphabet is. */
static int put_common_name(struct buf *out, X509_NAME *subject, winch_error *err)
{
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	uint8_t *text = NULL;

	if (at < 0)
		return 0;
	int len = ASN1_STRING_to_UTF8(&text,
				      X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	int r = len > 0 ? put_name(out, bytes_of(text, (size_t)len), err) : 0;
	OPENSSL_free(text);
	return r;
}

/* The names that count: the subject's where there are no others. */
static int take_names(struct tls_facts *f, X509 *certificate, winch_error *err)
{
	AUTO(buf_done) struct buf names = { .max = MAX_NAMES };
	GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int r = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(all) && r == 0; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
		if (name->type == GEN_DNS)
			r = put_name(&names, text_of(name->d.dNSName), err);
		else if (name->type == GEN_IPADD)
			r = put_address(&names, name->d.iPAddress, err);
	}
	GENERAL_NAMES_free(all);
	if (r == 0 && !names.len)
		r = put_common_name(&names, X509_get_subject_name(certificate), err);
	return r < 0 ? r : copy_buf(&names, &f->names, err);
}

static int64_t seconds(const ASN1_TIME *time)
{
	struct tm tm = { 0 };

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void take_key(struct tls_facts *f, X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	const char *name = key ? EVP_PKEY_get0_type_name(key) : NULL;

	snprintf(f->key, sizeof(f->key), "%s", name ? name : "");
	f->look.key_bits = key ? EVP_PKEY_get_bits(key) : 0;
}

/* Who signs himself says nothing by it. */
static void take_signature(struct tls_facts *f, X509 *certificate)
{
	int digest = NID_undef, nid = X509_get_signature_nid(certificate);
	const char *name = OBJ_nid2ln(nid);

	X509_get_signature_info(certificate, &digest, NULL, NULL, NULL);
	snprintf(f->signature, sizeof(f->signature), "%s", name ? name : "");
	f->look.self_signed = X509_self_signed(certificate, 0) == 1;
	f->look.weak_signature = !f->look.self_signed && (digest == NID_sha1 || digest == NID_md5);
}

static int verdict_of(int code)
{
	switch (code) {
	case X509_V_OK:
		return WINCH_TRUSTED;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return WINCH_UNKNOWN_AUTHORITY;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return WINCH_OUT_OF_DATE;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return WINCH_WRONG_NAME;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return WINCH_TOO_WEAK;
	default:
		return WINCH_NOT_TRUSTED;
	}
}

static void take_verdict(struct tls_facts *f, X509_STORE_CTX *store, bool verified)
{
	int code = X509_STORE_CTX_get_error(store);

	if (!verified && code == X509_V_OK)
		code = X509_V_ERR_UNSPECIFIED;
	f->look.verdict = verified ? WINCH_TRUSTED : verdict_of(code);
	snprintf(f->why, sizeof(f->why), "%s", verified ? "" : X509_verify_cert_error_string(code));
	X509_STORE_CTX_set_error(store, X509_V_OK);
}

int tls_facts_take(struct tls_facts *f, X509_STORE_CTX *store, const uint8_t sha256[32],
		   bool verified, bool name_matches, winch_error *err)
{
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	f->seen = false;
	take_verdict(f, store, verified);
	take_key(f, certificate);
	take_signature(f, certificate);
	snprintf(f->version, sizeof(f->version), "%s", ssl ? SSL_get_version(ssl) : "");
	int r = take_names(f, certificate, err);
	if (r == 0)
		r = take_name(X509_get_subject_name(certificate), &f->subject, err);
	if (r == 0)
		r = take_name(X509_get_issuer_name(certificate), &f->issuer, err);
	if (r < 0)
		return r;
	winch_tls_look *look = &f->look;
	*look = (winch_tls_look){
		.size = sizeof(*look),
		.version = f->version,
		.verdict = look->verdict,
		.why = f->why,
		.subject = f->subject,
		.issuer = f->issuer,
		.names = f->names,
		.name_matches = name_matches,
		.self_signed = look->self_signed,
		.not_before = seconds(X509_get0_notBefore(certificate)),
		.not_after = seconds(X509_get0_notAfter(certificate)),
		.key = f->key,
		.key_bits = look->key_bits,
		.signature = f->signature,
		.weak_signature = look->weak_signature,
	};
	memcpy(look->sha256, sha256, sizeof(look->sha256));
	f->seen = true;
	return 0;
}
