/*
 * secret-peer.h - one secret through a pool, for tests: sent as a SecureString, and what the server
 * heard of it.
 */
#ifndef SECRET_PEER_H
#define SECRET_PEER_H

#include "src/base/mem.h"
#include "tests/unit/key-peer.h"

#define SECRET            "P@ss \xC3\xBC\xF0\x9F\x98\x80 word"
#define SECRET_UTF16      ((const uint8_t *)SECRET_UTF16_TEXT)
#define SECRET_UTF16_TEXT "P\0@\0s\0s\0 \0\xFC\0\x3D\xD8\x00\xDE \0w\0o\0r\0d"
enum { SECRET_LEN = sizeof(SECRET) - 1, UTF16_LEN = sizeof(SECRET_UTF16_TEXT) };

/* The session key that the server chooses. */
extern const uint8_t agreed_key[32];

DEFINE_AUTO_FREE(winch_value, winch_value_free)
DEFINE_AUTO_FREE(winch_pipeline, winch_pipeline_free)

/* An open pool of protocol 2.minor with a key pair. */
struct peer secret_pool(winch_pool_options *opts, int minor);

/* A command with the secret as its parameter, or without; what winch_pool_invoke() gave. */
int secret_invoke(struct peer *p, bool with_secret, bool input, winch_guid *ret_id);

/* The PUBLIC_KEY that was heard is answered with agreed_key. */
int secret_agree(struct peer *p);

/* The SS of a body is the secret under agreed_key; or in clear. */
void assert_sealed(const struct heard *h);
void assert_clear(const struct heard *h);

#endif
