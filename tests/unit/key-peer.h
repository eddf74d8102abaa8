/*
 * key-peer.h - the server's side of the session key exchange, for tests: by OpenSSL, from the
 * layout of CryptoAPI's blobs alone.
 */
#ifndef KEY_PEER_H
#define KEY_PEER_H

#include "tests/unit/pool-peer.h"

/* rsa_key of winch_pool_options: one key pair a run of the test.  user: an int that counts, or
 * NULL. */
int key_pair(void *user, const uint8_t **ret_der, size_t *ret_len);

/* The body of an ENCRYPTED_SESSION_KEY for the key of this PUBLIC_KEY: key_len bytes, encrypted.
 * The caller frees it. */
char *key_answer(const char *public_key_body, const uint8_t *key, size_t key_len);

/* The same around these bytes in place of a blob. */
char *key_answer_of(const uint8_t *blob, size_t len);

/* The blob of key_answer(), 268 bytes. */
void key_blob(const char *public_key_body, const uint8_t *key, size_t key_len, uint8_t ret[268]);

/* The text of <tag ...>text</tag> that comes first, as bytes of its base64; fails when there is
 * none. */
size_t key_element(const char *body, const char *tag, uint8_t *ret, size_t room);

/* AES-256-CBC, IV of zeros: plain's base64, freed by the caller. */
char *key_sealed(const uint8_t key[32], const uint8_t *plain, size_t len);

/* And back; fails when the padding is wrong.  Gives the length. */
size_t key_opened(const uint8_t key[32], const uint8_t *sealed, size_t len, uint8_t *ret);

#endif
