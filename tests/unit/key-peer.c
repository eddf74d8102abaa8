/*
 * key-peer.c - the server's side of the session key exchange, for tests.
 */
#include "tests/unit/key-peer.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

int key_pair(void *user, const uint8_t **ret_der, size_t *ret_len)
{
	static uint8_t *der;
	static int len;

	if (!der) {
		EVP_PKEY *pair = EVP_RSA_gen(2048);
		assert_non_null(pair);
		len = i2d_PrivateKey(pair, &der);
		assert_true(len > 0);
		EVP_PKEY_free(pair);
	}
	if (user)
		++*(int *)user;
	*ret_der = der;
	*ret_len = (size_t)len;
	return 0;
}

size_t key_element(const char *body, const char *tag, uint8_t *ret, size_t room)
{
	char start[40], end[40];
	uint8_t raw[8192];

	snprintf(start, sizeof(start), "<%s", tag);
	snprintf(end, sizeof(end), "</%.*s>", (int)strcspn(tag, " "), tag);
	const char *at = strstr(body, start);
	assert_non_null(at);
	at = strchr(at, '>') + 1;
	const char *stop = strstr(at, end);
	assert_non_null(stop);
	size_t len = (size_t)(stop - at);
	assert_true(len < sizeof(raw) && len % 4 == 0);
	if (len == 0)
		return 0;
	int got = EVP_DecodeBlock(raw, (const uint8_t *)at, (int)len);
	assert_true(got >= 0);
	got -= (at[len - 1] == '=') + (at[len - 2] == '=');
	assert_true((size_t)got <= room);
	memcpy(ret, raw, (size_t)got);
	return (size_t)got;
}

static EVP_PKEY *public_key(const char *body)
{
	static const uint8_t head[16] = { 0x06, 0x02, 0,   0,   0, 0xA4, 0, 0,
					  'R',  'S',  'A', '1', 0, 8,    0, 0 };
	uint8_t blob[276];
	EVP_PKEY *key = NULL;

	assert_int_equal(key_element(body, "S N=\"PublicKey\"", blob, sizeof(blob)), 276);
	assert_memory_equal(blob, head, sizeof(head));
	BIGNUM *e = BN_lebin2bn(blob + 16, 4, NULL), *n = BN_lebin2bn(blob + 20, 256, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(e);
	BN_free(n);
	return key;
}

void key_blob(const char *public_key_body, const uint8_t *key, size_t key_len, uint8_t ret[268])
{
	static const uint8_t head[12] = { 0x01, 0x02, 0, 0, 0x10, 0x66, 0, 0, 0, 0xA4, 0, 0 };
	uint8_t cipher[256];
	size_t len = sizeof(cipher);
	EVP_PKEY *pub = public_key(public_key_body);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pub, NULL);

	assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
	assert_int_equal(EVP_PKEY_encrypt(ctx, cipher, &len, key, key_len), 1);
	assert_int_equal(len, 256);
	memcpy(ret, head, 12);
	for (int i = 0; i < 256; i++)
		ret[12 + i] = cipher[255 - i];
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pub);
}

char *key_answer_of(const uint8_t *blob, size_t len)
{
	char *text = calloc(1, len * 2 + 200), *at = text;

	at += sprintf(at, "<Obj RefId=\"0\"><MS><S N=\"EncryptedSessionKey\">");
	at += EVP_EncodeBlock((uint8_t *)at, blob, (int)len);
	strcpy(at, "</S></MS></Obj>");
	return text;
}

char *key_answer(const char *public_key_body, const uint8_t *key, size_t key_len)
{
	uint8_t blob[268];

	key_blob(public_key_body, key, key_len, blob);
	return key_answer_of(blob, sizeof(blob));
}

char *key_sealed(const uint8_t key[32], const uint8_t *plain, size_t len)
{
	static const uint8_t iv[16];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t raw[4096];
	int n, last;

	assert_true(len < sizeof(raw) - 16);
	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, raw, &n, plain, (int)len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, raw + n, &last), 1);
	EVP_CIPHER_CTX_free(ctx);
	char *text = calloc(1, sizeof(raw) * 2);
	EVP_EncodeBlock((uint8_t *)text, raw, n + last);
	return text;
}

size_t key_opened(const uint8_t key[32], const uint8_t *sealed, size_t len, uint8_t *ret)
{
	static const uint8_t iv[16];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, last;

	assert_int_equal(EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv), 1);
	assert_int_equal(EVP_DecryptUpdate(ctx, ret, &n, sealed, (int)len), 1);
	assert_int_equal(EVP_DecryptFinal_ex(ctx, ret + n, &last), 1);
	EVP_CIPHER_CTX_free(ctx);
	return (size_t)(n + last);
}
