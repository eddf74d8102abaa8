/*
 * rc4.h - RC4, as NTLM's sealing wants it: MS-NLMP 3.4.
 *
 * OpenSSL 3 has it only in its legacy provider, which may not be there.
 */
#ifndef AUTH_RC4_H
#define AUTH_RC4_H

#include "src/base/bytes.h"

struct rc4 {
	uint32_t s[256]; /* bytes; wider ones are faster to reach */
	uint8_t x, y;
};

/* key: 1 to 256 bytes. */
void rc4_init(struct rc4 *r, struct bytes key);

/* Encrypt or decrypt len bytes; in and out may be the same. */
void rc4_apply(struct rc4 *r, const uint8_t *in, uint8_t *out, size_t len);

#endif
