/*
 * test-channel-binding.c - tls-server-end-point of certificates that OpenSSL makes here.
 *
 * RFC 5929 4.1: the hash of the signature, SHA-256 in the place of MD5 and SHA-1; with RSA-PSS
 * its parameters say which; where the signature names none, nothing is defined.
 */
#include "tests/unit/hex.h"
#include "tests/unit/vectors.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "src/base/base64.h"
#include "src/base/mem.h"
#include "wsman/auth/channel-binding.h"

#define PREFIX "tls-server-end-point:"

enum key { KEY_RSA, KEY_EC, KEY_EC384, KEY_ED25519, KEY_ED448 };

static const struct {
	const char *name;
	enum key key;
	bool pss;
	const char *signature; /* its digest; NULL: the key has its own */
	const char *binding;   /* NULL: undefined */
} rows[] = {
	{ "RSA, MD5", KEY_RSA, false, "MD5", "SHA256" },
	{ "RSA, SHA-1", KEY_RSA, false, "SHA1", "SHA256" },
	{ "RSA, SHA-224", KEY_RSA, false, "SHA224", "SHA224" },
	{ "RSA, SHA-256", KEY_RSA, false, "SHA256", "SHA256" },
	{ "RSA, SHA-384", KEY_RSA, false, "SHA384", "SHA384" },
	{ "RSA, SHA-512", KEY_RSA, false, "SHA512", "SHA512" },
	{ "RSA, SHA3-256", KEY_RSA, false, "SHA3-256", "SHA3-256" },
	{ "RSA-PSS, SHA-1", KEY_RSA, true, "SHA1", "SHA256" },
	{ "RSA-PSS, SHA-256", KEY_RSA, true, "SHA256", "SHA256" },
	{ "RSA-PSS, SHA-384", KEY_RSA, true, "SHA384", "SHA384" },
	{ "RSA-PSS, SHA-512", KEY_RSA, true, "SHA512", "SHA512" },
	{ "ECDSA, SHA-1", KEY_EC, false, "SHA1", "SHA256" },
	{ "ECDSA, SHA-256", KEY_EC, false, "SHA256", "SHA256" },
	{ "ECDSA, SHA-384", KEY_EC384, false, "SHA384", "SHA384" },
	{ "ECDSA, SHA-512", KEY_EC, false, "SHA512", "SHA512" },
	{ "Ed25519", KEY_ED25519, false, NULL, NULL },
	{ "Ed448", KEY_ED448, false, NULL, NULL },
};

static EVP_PKEY *make_key(enum key kind)
{
	switch (kind) {
	case KEY_RSA:
		return EVP_RSA_gen(2048);
	case KEY_EC:
		return EVP_EC_gen("P-256");
	case KEY_EC384:
		return EVP_EC_gen("P-384");
	case KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case KEY_ED448:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	}
	return NULL;
}

/* The DER; the caller frees it. */
static struct bytes make_certificate(EVP_PKEY *key, const char *digest, bool pss)
{
	X509 *x = X509_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *sign;
	uint8_t *der = NULL;

	assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_int_equal(EVP_DigestSignInit_ex(ctx, &sign, digest, NULL, NULL, key, NULL), 1);
	if (pss)
		assert_true(EVP_PKEY_CTX_set_rsa_padding(sign, RSA_PKCS1_PSS_PADDING) > 0);
	assert_true(X509_sign_ctx(x, ctx) > 0);
	int len = i2d_X509(x, &der);
	assert_true(len > 0);
	EVP_MD_CTX_free(ctx);
	X509_free(x);
	return bytes_of(der, (size_t)len);
}

static void check(struct bytes der, const char *binding)
{
	AUTO(buf_done) struct buf out = { .max = 200 };
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (!binding) {
		assert_int_equal(channel_binding_put(&out, der, NULL), 1);
		assert_int_equal(out.len, 0);
		return;
	}
	assert_int_equal(channel_binding_put(&out, der, NULL), 0);
	assert_int_equal(EVP_Q_digest(NULL, binding, NULL, der.data, der.len, hash, &len), 1);
	assert_int_equal(out.len, strlen(PREFIX) + len);
	assert_memory_equal(buf_bytes(&out).data, PREFIX, strlen(PREFIX));
	assert_memory_equal(buf_bytes(&out).data + strlen(PREFIX), hash, len);
}

static void each_signature(void **state)
{
	(void)state;
	EVP_PKEY *keys[KEY_ED448 + 1];

	for (int i = 0; i <= KEY_ED448; i++) {
		keys[i] = make_key((enum key)i);
		assert_non_null(keys[i]);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		struct bytes der =
			make_certificate(keys[rows[i].key], rows[i].signature, rows[i].pss);
		check(der, rows[i].binding);
		OPENSSL_free((void *)(uintptr_t)der.data);
	}
	for (int i = 0; i <= KEY_ED448; i++)
		EVP_PKEY_free(keys[i]);
}

static void what_is_no_certificate(void **state)
{
	(void)state;
	EVP_PKEY *key = make_key(KEY_EC);
	struct bytes der = make_certificate(key, "SHA256", false);

	for (size_t len = 0; len < der.len; len += 7) {
		AUTO(buf_done) struct buf out = { .max = 200 };
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		assert_int_equal(channel_binding_put(&out, bytes_of(der.data, len), &err),
				 WINCH_E_TLS);
		assert_non_null(strstr(winch_error_text(&err), "can't be read"));
		assert_int_equal(out.len, 0);
	}
	OPENSSL_free((void *)(uintptr_t)der.data);
	EVP_PKEY_free(key);
}

/* A line of bindings.tsv: signature, digest, the digest's value or "-", the certificate. */
static void check_row(char *line)
{
	AUTO(buf_done) struct buf der = { .max = 4096 };
	AUTO(buf_done) struct buf out = { .max = 200 };
	char value[2 * EVP_MAX_MD_SIZE + 1], *rest = NULL;

	const char *signature = strtok_r(line, "\t", &rest);
	strtok_r(NULL, "\t", &rest);
	const char *expected = strtok_r(NULL, "\t", &rest), *base64 = strtok_r(NULL, "\t", &rest);
	assert_non_null(base64);
	print_message("%s\n", signature);
	assert_int_equal(base64_get(&der, bytes_str(base64), NULL), 0);
	int r = channel_binding_put(&out, buf_bytes(&der), NULL);
	assert_int_equal(r, strcmp(expected, "-") == 0);
	if (r == 1) {
		assert_int_equal(out.len, 0);
		return;
	}
	assert_true(out.len > strlen(PREFIX) && out.len <= strlen(PREFIX) + EVP_MAX_MD_SIZE);
	for (size_t i = strlen(PREFIX); i < out.len; i++)
		snprintf(value + 2 * (i - strlen(PREFIX)), 3, "%02x", buf_bytes(&out).data[i]);
	assert_memory_equal(buf_bytes(&out).data, PREFIX, strlen(PREFIX));
	assert_string_equal(value, expected);
}

/* What openssl x509 and openssl dgst say (tests/vectors/make-bindings). */
static void by_hand(void **state)
{
	AUTO(buf_done) struct buf text = { 0 };
	const char *source = getenv("WINCH_SOURCE");
	char path[1024], *rest = NULL;
	unsigned rows_seen = 0;
	(void)state;

	snprintf(path, sizeof(path), "%s/tests/vectors/bindings.tsv", source ? source : ".");
	assert_true(read_file(path, &text));
	for (char *line = strtok_r((char *)(uintptr_t)buf_cstr(&text, NULL), "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '#')
			continue;
		check_row(line);
		rows_seen++;
	}
	assert_int_equal(rows_seen, 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_signature),
		cmocka_unit_test(what_is_no_certificate),
		cmocka_unit_test(by_hand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
