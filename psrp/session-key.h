/*
 * session-key.h - the key that SecureStrings travel under, before protocol 2.4.
 *
 * We send the public half of an RSA key pair, the server an AES-256 key encrypted with it.
 * Nothing here draws random bytes: the key pair comes from the application.
 * MS-PSRP 2.2.2.3, 2.2.2.4, 2.2.5.1.24; the blobs: MS-PSRP 2.2.2.3, .4 (CryptoAPI's).
 */
#ifndef PSRP_SESSION_KEY_H
#define PSRP_SESSION_KEY_H

#include "src/base/buf.h"
#include "src/base/secret.h"

enum { SESSION_KEY_LEN = 32 };

struct session_key {
	void *pair;        /* OpenSSL's EVP_PKEY, while the server's answer is awaited */
	struct secret aes; /* .data NULL: not here */
};

void session_key_done(struct session_key *k); /* NULL is accepted */

/* Take an RSA key pair of 2048 bits (DER of PKCS#1 or PKCS#8) and append the base64 of its
 * PUBLICKEYBLOB.  WINCH_E_ARG: it is no such key. */
int session_key_offer(struct session_key *k, struct bytes der, struct buf *out, winch_error *err);

/* The base64 of the server's SIMPLEBLOB; the key pair is then dropped.  WINCH_E_PROTOCOL. */
int session_key_take(struct session_key *k, struct bytes base64, winch_error *err);

static inline bool session_key_here(const struct session_key *k)
{
	return k->aes.data != NULL;
}

/* Append plain's ciphertext (AES-256-CBC, an IV of zeros, PKCS#7), not yet base64. */
int session_key_seal(const struct session_key *k, struct bytes plain, struct buf *out,
		     winch_error *err);

/* And back; out is a secret one.  WINCH_E_FORMAT: it was not sealed with this key. */
int session_key_open(const struct session_key *k, struct bytes sealed, struct buf *out,
		     winch_error *err);

#endif
