/*
 * md4.c - MD4, RFC 1320 3.
 *
 * All that is hashed here is a password, so what is left of it is wiped.
 */
#include "wsman/auth/md4.h"

#include "src/base/secret.h"

enum { BLOCK = 64, WORDS = 16 };

static uint32_t rotate(uint32_t v, unsigned by)
{
	return v << by | v >> (32 - by);
}

static uint32_t mix(int round, uint32_t x, uint32_t y, uint32_t z)
{
	if (round == 0)
		return (x & y) | (~x & z);
	if (round == 1)
		return (x & y) | (x & z) | (y & z);
	return x ^ y ^ z;
}

/* RFC 1320 3.4: in each round which word, by how much, and what is added. */
static const struct {
	uint8_t word[WORDS];
	uint8_t by[4];
	uint32_t add;
} rounds[] = {
	{ { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }, { 3, 7, 11, 19 }, 0 },
	{ { 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 }, { 3, 5, 9, 13 }, 0x5A827999 },
	{ { 0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15 }, { 3, 9, 11, 15 }, 0x6ED9EBA1 },
};

static void add_block(uint32_t state[4], const uint8_t block[BLOCK])
{
	uint32_t x[WORDS], s[4];

	for (size_t i = 0; i < WORDS; i++)
		x[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
		       (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
	memcpy(s, state, sizeof(s));
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < WORDS; i++) {
			/* a, d, c, b in turn; the other three follow it around. */
			unsigned a = -i & 3, b = (a + 1) & 3, c = (a + 2) & 3, d = (a + 3) & 3;
			uint32_t sum = s[a] + mix(round, s[b], s[c], s[d]) +
				       x[rounds[round].word[i]] + rounds[round].add;
			s[a] = rotate(sum, rounds[round].by[i & 3]);
		}
	}
	for (size_t i = 0; i < 4; i++)
		state[i] += s[i];
	secret_wipe(x, sizeof(x));
	secret_wipe(s, sizeof(s));
}

void md4(struct bytes in, uint8_t ret[MD4_LEN])
{
	uint32_t state[4] = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476 };
	uint8_t last[2 * BLOCK] = { 0x00 };
	uint64_t bits = (uint64_t)in.len * 8;

	for (; in.len >= BLOCK; in = bytes_skip(in, BLOCK))
		add_block(state, in.data);
	if (in.len)
		memcpy(last, in.data, in.len);
	last[in.len] = 0x80;
	size_t end = in.len + 1 + 8 <= BLOCK ? BLOCK : sizeof(last);
	for (size_t i = 0; i < 8; i++)
		last[end - 8 + i] = (uint8_t)(bits >> (8 * i));
	for (size_t at = 0; at < end; at += BLOCK)
		add_block(state, last + at);
	for (size_t i = 0; i < MD4_LEN; i++)
		ret[i] = (uint8_t)(state[i / 4] >> (8 * (i % 4)));
	secret_wipe(last, sizeof(last));
	secret_wipe(state, sizeof(state));
}
