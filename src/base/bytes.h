/*
 * bytes.h - a borrowed run of bytes: who owns it, and until when, is said by
 * the function that hands it out.  Text is the same thing: UTF-8, not NUL-terminated.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *data; /* may be NULL when len is 0 */
	size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
	return (struct bytes){ data, len };
}

static inline struct bytes bytes_str(const char *text)
{
	return (struct bytes){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

#define BYTES_LIT(lit) ((struct bytes){ (const uint8_t *)(lit), sizeof(lit) - 1 })

static inline bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool bytes_is(struct bytes a, const char *text)
{
	return bytes_eq(a, bytes_str(text));
}

/* Behind the last byte.  (data + len is undefined where data is NULL, until C2y.) */
static inline const uint8_t *bytes_end(struct bytes a)
{
	return a.len ? a.data + a.len : a.data;
}

/* The first len bytes dropped; all of them when there are fewer. */
static inline struct bytes bytes_skip(struct bytes a, size_t len)
{
	if (len > a.len)
		len = a.len;
	return (struct bytes){ a.len ? a.data + len : a.data, a.len - len };
}

/* Equal but for the case of A-Z. */
bool bytes_eq_nocase(struct bytes a, struct bytes b);

#endif
