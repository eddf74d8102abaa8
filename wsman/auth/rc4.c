/*
 * rc4.c - RC4.
 *
 * The bench is sealing of whole envelopes: eight bytes are made at a time and
 * stored as one.
 */
#include "wsman/auth/rc4.h"

#include <assert.h>

void rc4_init(struct rc4 *r, struct bytes key)
{
	uint8_t y = 0;

	assert(key.len >= 1 && key.len <= 256);
	for (uint32_t i = 0; i < 256; i++)
		r->s[i] = i;
	for (size_t i = 0; i < 256; i++) {
		uint32_t v = r->s[i];
		y = (uint8_t)(y + v + key.data[i % key.len]);
		r->s[i] = r->s[y];
		r->s[y] = v;
	}
	r->x = r->y = 0;
}

/* The next byte of the key stream. */
#define NEXT(s, x, y, ret)                                                                         \
	do {                                                                                       \
		uint32_t a_ = (s)[(x) = (uint8_t)((x) + 1)];                                       \
		uint32_t b_ = (s)[(y) = (uint8_t)((y) + a_)];                                      \
		(s)[(y)] = a_;                                                                     \
		(s)[(x)] = b_;                                                                     \
		(ret) = (s)[(uint8_t)(a_ + b_)];                                                   \
	} while (0)

void rc4_apply(struct rc4 *r, const uint8_t *in, uint8_t *out, size_t len)
{
	uint32_t *s = r->s;
	uint8_t x = r->x, y = r->y;
	uint32_t next;

	for (; len >= 8; len -= 8, in += 8, out += 8) {
		uint8_t stream[8];
		uint64_t plain, key;
		for (int i = 0; i < 8; i++) {
			NEXT(s, x, y, next);
			stream[i] = (uint8_t)next;
		}
		memcpy(&plain, in, 8);
		memcpy(&key, stream, 8);
		plain ^= key;
		memcpy(out, &plain, 8);
	}
	for (; len; len--) {
		NEXT(s, x, y, next);
		*out++ = (uint8_t)(*in++ ^ next);
	}
	r->x = x;
	r->y = y;
}
