/*
 * md4.h - MD4, RFC 1320: for the NT hash and nothing else.
 *
 * OpenSSL 3 has it only in its legacy provider, which may not be there.
 */
#ifndef AUTH_MD4_H
#define AUTH_MD4_H

#include "src/base/bytes.h"

enum { MD4_LEN = 16 };

void md4(struct bytes in, uint8_t ret[MD4_LEN]);

#endif
