/*
 * test-md4.c - MD4 against RFC 1320 A.5, and at each length around a block's end against
 * OpenSSL's, where this machine has its legacy provider.
 */
#include "tests/unit/hex.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "wsman/auth/md4.h"

enum { LONGEST = 300 };

static const struct {
	const char *text, *hash;
} suite[] = {
	{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
	{ "a", "bde52cb31de33e46245e05fbdbd6fb24" },
	{ "abc", "a448017aaf21d8525fc10ae87aa6729d" },
	{ "message digest", "d9130a8164549fe818874806e1c7014b" },
	{ "abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	  "043f8582f241db351ce627e153e7f0e4" },
	{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
	  "e33b4ddc9c38f2199c3e7b164fcc0536" },
};

static void rfc_1320(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++) {
		uint8_t hash[MD4_LEN], expected[MD4_LEN];
		md4(bytes_str(suite[i].text), hash);
		assert_bytes(bytes_of(hash, MD4_LEN), unhex(suite[i].hash, expected));
	}
}

static void like_openssl(void **state)
{
	(void)state;
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(library, "legacy");
	EVP_MD *md = legacy ? EVP_MD_fetch(library, "MD4", NULL) : NULL;
	uint8_t in[LONGEST];

	for (size_t i = 0; i < LONGEST; i++)
		in[i] = (uint8_t)(i * 31 + 7);
	for (size_t len = 0; md && len <= LONGEST; len++) {
		uint8_t hash[MD4_LEN], expected[MD4_LEN];
		md4(bytes_of(in, len), hash);
		assert_int_equal(EVP_Digest(in, len, expected, NULL, md, NULL), 1);
		assert_memory_equal(hash, expected, MD4_LEN);
	}
	bool skipped = !md;
	EVP_MD_free(md);
	if (legacy)
		OSSL_PROVIDER_unload(legacy);
	OSSL_LIB_CTX_free(library);
	if (skipped) {
		print_message("skip: OpenSSL has no legacy provider here\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_1320),
		cmocka_unit_test(like_openssl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
