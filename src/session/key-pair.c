/*
 * key-pair.c - an RSA key pair, made when it is first needed.
 */
#include "src/session/key-pair.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

enum { RSA_BITS = 2048 }; /* what MS-PSRP 2.2.2.3 has */

winch_key_pair *winch_key_pair_new(winch_error *err)
{
	winch_key_pair *pair = mem_zalloc(sizeof(*pair));

	if (!pair)
		fail_nomem(err);
	return pair;
}

void key_pair_done(struct winch_key_pair *pair)
{
	secret_done(&pair->der);
}

void winch_key_pair_free(winch_key_pair *pair)
{
	if (!pair)
		return;
	key_pair_done(pair);
	mem_free(pair);
}

static int make(struct winch_key_pair *pair)
{
	EVP_PKEY *key = EVP_RSA_gen(RSA_BITS);
	unsigned char *der = NULL;
	int len = key ? i2d_PrivateKey(key, &der) : -1;

	EVP_PKEY_free(key);
	if (len <= 0)
		return -1;
	int r = secret_set(&pair->der, bytes_of(der, (size_t)len), NULL);
	OPENSSL_clear_free(der, (size_t)len);
	return r;
}

int key_pair_der(void *user, const uint8_t **ret_der, size_t *ret_len)
{
	struct winch_key_pair *pair = user;

	if (!pair->der.data && make(pair) < 0)
		return -1;
	*ret_der = pair->der.data;
	*ret_len = pair->der.len;
	return 0;
}
