/*
 * ntlm-crypto.h - NTLMv2's keys, responses and seals: MS-NLMP 3.3.2 and 3.4.
 *
 * MD5 and HMAC are OpenSSL's (a build that forbids MD5 can't do NTLM and says so);
 * MD4 and RC4 are ours.
 */
#ifndef AUTH_NTLM_CRYPTO_H
#define AUTH_NTLM_CRYPTO_H

#include <openssl/evp.h>

#include "src/base/buf.h"
#include "wsman/auth/ntlm-wire.h"
#include "wsman/auth/rc4.h"

enum { NTLM_KEY = 16, NTLM_SIGNATURE = 16 };

/* MD4 of the password (UTF-8) as UTF-16LE. */
int ntlm_nt_hash(struct bytes password, uint8_t ret[NTLM_KEY], winch_error *err);

/* NTOWFv2: user and domain as UTF-8. */
int ntlm_owf_v2(const uint8_t nt_hash[NTLM_KEY], struct bytes user, struct bytes domain,
		uint8_t ret[NTLM_KEY], winch_error *err);

/* What a response is made of. */
struct ntlm_v2 {
	const uint8_t *key;              /* NTOWFv2 */
	const uint8_t *server_challenge; /* NTLM_CHALLENGE_LEN bytes, both */
	const uint8_t *client_challenge;
	uint64_t filetime;
	struct bytes target_info; /* as the client sends it back */
};

/* Append the NTLMv2_RESPONSE to out; the session base key, which is the key exchange key. */
int ntlm_v2_response(const struct ntlm_v2 *v, struct buf *out, uint8_t ret_base_key[NTLM_KEY],
		     winch_error *err);

/* A key encrypted, or decrypted, by another: RC4K. */
void ntlm_exchange_key(const uint8_t key[NTLM_KEY], const uint8_t in[NTLM_KEY],
		       uint8_t ret[NTLM_KEY]);

/* HMAC-MD5 over several runs of bytes. */
int ntlm_hmac(const uint8_t key[NTLM_KEY], const struct bytes *parts, size_t count,
	      uint8_t ret[NTLM_KEY], winch_error *err);

/* The value of the channel binding AV pair: MD5 of a gss_channel_bindings_struct that has
 * only application data (RFC 4121 4.1.1.2). */
int ntlm_channel_binding(struct bytes application_data, uint8_t ret[NTLM_KEY], winch_error *err);

/* One direction of a context's sealing. */
struct ntlm_seal {
	EVP_MAC_CTX *mac; /* has the signing key */
	struct rc4 rc4;
	uint8_t seal_key[NTLM_KEY];
	uint32_t number; /* of the next message */
	bool seals_mac;  /* key exchange was agreed */
};

int ntlm_seal_init(struct ntlm_seal *s, const uint8_t session_key[NTLM_KEY], bool from_client,
		   bool key_exchange, winch_error *err);
void ntlm_seal_done(struct ntlm_seal *s);

/* RC4 as it was at the beginning; the number stays: MS-SPNG 3.3.5.1. */
void ntlm_seal_restart(struct ntlm_seal *s);

/* Sign only.  Each call counts as one message. */
int ntlm_sign(struct ntlm_seal *s, struct bytes plain, uint8_t ret_signature[NTLM_SIGNATURE],
	      winch_error *err);

/* Append the sealed bytes to out. */
int ntlm_seal_put(struct ntlm_seal *s, struct bytes plain, struct buf *out,
		  uint8_t ret_signature[NTLM_SIGNATURE], winch_error *err);

/* Append the plain bytes to out; on failure out is as it was. */
int ntlm_seal_get(struct ntlm_seal *s, struct bytes data, struct bytes their_signature,
		  struct buf *out, winch_error *err);

#endif
