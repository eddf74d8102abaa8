/*
 * hex.h - bytes written as hexadecimal digits, as documents print test vectors.
 */
#ifndef TEST_HEX_H
#define TEST_HEX_H

#include "tests/unit/test.h"

#include "src/base/bytes.h"

/* Blanks between digits do not count.  room: at least half as long as text. */
static inline struct bytes unhex(const char *text, uint8_t *room)
{
	size_t digits = 0;

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		const char *at = strchr("0123456789abcdef", *text);
		assert_non_null(at);
		uint8_t digit = (uint8_t)(at - "0123456789abcdef");
		if (!at)
			break;
		room[digits / 2] = (uint8_t)(digits % 2 ? room[digits / 2] << 4 | digit : digit);
		digits++;
	}
	assert_int_equal(digits % 2, 0);
	return bytes_of(room, digits / 2);
}

/* A literal's bytes; they live as long as the block. */
#define HEX(lit) unhex(lit, (uint8_t[sizeof(lit)]){ 0 })

static inline void assert_bytes(struct bytes got, struct bytes expected)
{
	assert_int_equal(got.len, expected.len);
	if (got.len)
		assert_memory_equal(got.data, expected.data, got.len);
}

#define assert_hex(got, lit) assert_bytes(got, HEX(lit))

#endif
