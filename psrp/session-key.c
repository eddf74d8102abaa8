/*
 * session-key.c - the exchange's two blobs, and AES under the key that it gave.
 */
#include "psrp/session-key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "src/base/base64.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/rd.h"

enum {
	RSA_BITS = 2048,
	RSA_LEN = RSA_BITS / 8,
	AES_BLOCK = 16,
	PUBLICKEYBLOB = 0x06,
	SIMPLEBLOB = 0x01,
	BLOB_VERSION = 0x02,
	CALG_RSA_KEYX = 0xA400,
	CALG_AES_256 = 0x6610,
	MAGIC_RSA1 = 0x31415352,
};

DEFINE_AUTO_FREE(EVP_PKEY, EVP_PKEY_free)
DEFINE_AUTO_FREE(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
DEFINE_AUTO_FREE(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

void session_key_done(struct session_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pair);
	k->pair = NULL;
	secret_done(&k->aes);
}

/* What OpenSSL queued about it is nobody's business. */
static int fail_clear(winch_error *err, int status, const char *text)
{
	ERR_clear_error();
	return fail(err, status, "%s", text);
}

/* ---- the key pair's public half ---- */

static EVP_PKEY *read_pair(struct bytes der)
{
	const unsigned char *at = der.data;
	AUTO(EVP_PKEY_free_auto) EVP_PKEY *pair = d2i_AutoPrivateKey(NULL, &at, (long)der.len);

	if (!pair || EVP_PKEY_get_base_id(pair) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(pair) != RSA_BITS)
		return NULL;
	EVP_PKEY *given = pair;
	pair = NULL;
	return given;
}

/* A PUBLICKEYBLOB: 20 bytes, then the modulus, little-endian. */
static int put_public(struct buf *blob, const EVP_PKEY *pair, winch_error *err)
{
	BIGNUM *n = NULL, *e = NULL;
	uint8_t modulus[RSA_LEN];

	bool good = EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
		    EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
		    BN_num_bits(e) <= 32 && BN_bn2lebinpad(n, modulus, RSA_LEN) == RSA_LEN;
	uint32_t exponent = good ? (uint32_t)BN_get_word(e) : 0;
	BN_free(n);
	BN_free(e);
	if (!good)
		return fail_clear(err, WINCH_E_ARG, "the RSA key has no usable public half");

	int r = buf_put_u8(blob, PUBLICKEYBLOB, err);
	if (r == 0)
		r = buf_put_u8(blob, BLOB_VERSION, err);
	if (r == 0)
		r = buf_put_u16le(blob, 0, err);
	if (r == 0)
		r = buf_put_u32le(blob, CALG_RSA_KEYX, err);
	if (r == 0)
		r = buf_put_u32le(blob, MAGIC_RSA1, err);
	if (r == 0)
		r = buf_put_u32le(blob, RSA_BITS, err);
	if (r == 0)
		r = buf_put_u32le(blob, exponent, err);
	return r < 0 ? r : buf_put(blob, bytes_of(modulus, RSA_LEN), err);
}

int session_key_offer(struct session_key *k, struct bytes der, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf blob = { .max = 4096 };
	AUTO(EVP_PKEY_free_auto) EVP_PKEY *pair = read_pair(der);

	if (!pair)
		return fail_clear(err, WINCH_E_ARG, "not an RSA key of 2048 bits");
	int r = put_public(&blob, pair, err);
	if (r == 0)
		r = base64_put(out, buf_bytes(&blob), err);
	if (r < 0)
		return r;
	EVP_PKEY_free(k->pair);
	k->pair = pair;
	pair = NULL;
	return 0;
}

/* ---- the server's key ---- */

/* A SIMPLEBLOB of an AES-256 key: 12 bytes, then the ciphertext, little-endian. */
static int read_simple(struct bytes in, uint8_t ret_cipher[RSA_LEN], winch_error *err)
{
	struct rd rd = rd_of(in);
	uint8_t type = rd_u8(&rd), version = rd_u8(&rd);
	uint16_t reserved = rd_u16le(&rd);
	uint32_t algorithm = rd_u32le(&rd), exchange = rd_u32le(&rd);
	struct bytes cipher = rd_bytes(&rd, RSA_LEN);

	if (rd.past || rd.left || type != SIMPLEBLOB || version != BLOB_VERSION || reserved ||
	    algorithm != CALG_AES_256 || exchange != CALG_RSA_KEYX)
		return fail(
			err, WINCH_E_PROTOCOL,
			"the server's session key (%zu bytes) is no AES-256 key as a SIMPLEBLOB",
			in.len);
	for (size_t i = 0; i < RSA_LEN; i++)
		ret_cipher[i] = cipher.data[RSA_LEN - 1 - i];
	return 0;
}

/* A ciphertext that is none gives junk of some length from OpenSSL 3.2 on, an error before:
 * here both are the same, but where junk is as long as a key. */
static int decrypt(EVP_PKEY *pair, const uint8_t cipher[RSA_LEN], struct secret *ret,
		   winch_error *err)
{
	AUTO(secret_done) struct secret plain = { 0 };
	size_t len = RSA_LEN;

	int r = secret_alloc(&plain, RSA_LEN, err);
	if (r < 0)
		return r;
	AUTO(EVP_PKEY_CTX_free_auto) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pair, NULL);
	if (!ctx || EVP_PKEY_decrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
		return fail_clear(err, WINCH_E_SYSTEM, "OpenSSL can't decrypt with RSA");
	if (EVP_PKEY_decrypt(ctx, plain.data, &len, cipher, RSA_LEN) != 1 || len != SESSION_KEY_LEN)
		return fail_clear(err, WINCH_E_PROTOCOL,
				  "the server's session key does not decrypt to a key");
	return secret_set(ret, bytes_of(plain.data, SESSION_KEY_LEN), err);
}

int session_key_take(struct session_key *k, struct bytes base64, winch_error *err)
{
	AUTO(buf_done) struct buf blob = { .max = 4096 };
	uint8_t cipher[RSA_LEN];

	if (!k->pair)
		return fail(err, WINCH_E_STATE, "no public key was offered");
	int r = base64_get(&blob, base64, err);
	if (r < 0)
		return r == WINCH_E_NOMEM ? r
					  : fail(err, WINCH_E_PROTOCOL,
						 "the server's session key is no base64");
	r = read_simple(buf_bytes(&blob), cipher, err);
	if (r == 0)
		r = decrypt(k->pair, cipher, &k->aes, err);
	if (r < 0)
		return r;
	EVP_PKEY_free(k->pair);
	k->pair = NULL;
	return 0;
}

/* ---- SecureStrings ---- */

static const uint8_t zeros[AES_BLOCK];

int session_key_seal(const struct session_key *k, struct bytes plain, struct buf *out,
		     winch_error *err)
{
	AUTO(EVP_CIPHER_CTX_free_auto) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0, last = 0;

	if (plain.len > INT32_MAX - AES_BLOCK)
		return fail(err, WINCH_E_LIMIT, "a SecureString of %zu bytes", plain.len);
	uint8_t *room = buf_room(out, plain.len + AES_BLOCK, err);
	if (!room)
		return WINCH_E_NOMEM;
	if (!ctx || EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, k->aes.data, zeros) != 1 ||
	    EVP_EncryptUpdate(ctx, room, &len, plain.data, (int)plain.len) != 1 ||
	    EVP_EncryptFinal_ex(ctx, room + len, &last) != 1)
		return fail_clear(err, WINCH_E_SYSTEM, "OpenSSL can't encrypt with AES-256");
	buf_added(out, (size_t)(len + last));
	return 0;
}

int session_key_open(const struct session_key *k, struct bytes sealed, struct buf *out,
		     winch_error *err)
{
	AUTO(EVP_CIPHER_CTX_free_auto) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0, last = 0;

	if (sealed.len > INT32_MAX - AES_BLOCK)
		return fail(err, WINCH_E_LIMIT, "a SecureString of %zu bytes", sealed.len);
	uint8_t *room = buf_room(out, sealed.len + AES_BLOCK, err);
	if (!room)
		return WINCH_E_NOMEM;
	if (!ctx || EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, k->aes.data, zeros) != 1)
		return fail_clear(err, WINCH_E_SYSTEM, "OpenSSL can't decrypt with AES-256");
	if (sealed.len == 0 || sealed.len % AES_BLOCK ||
	    EVP_DecryptUpdate(ctx, room, &len, sealed.data, (int)sealed.len) != 1 ||
	    EVP_DecryptFinal_ex(ctx, room + len, &last) != 1)
		return fail_clear(err, WINCH_E_FORMAT, "not sealed with this session's key");
	buf_added(out, (size_t)(len + last));
	return 0;
}
