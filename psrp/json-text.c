/*
 * json-text.c - texts as JSON strings.
 */
#include "psrp/json-text.h"

enum { PLAIN = 0, ESCAPE = 1, SURROGATE = 2 };

/* What a byte needs.  ED begins U+D000 to U+DFFF. */
static const uint8_t needs[256] = {
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	1,
	['"'] = ESCAPE,
	['\\'] = ESCAPE,
	[0xED] = SURROGATE,
};

static uint8_t *put_escape(uint8_t *to, uint8_t c)
{
	static const char names[] = "btn\0fr";
	static const char hex[] = "0123456789abcdef";
	const char name = c >= 8 && c < 14 ? names[c - 8] : c == '"' || c == '\\' ? (char)c : 0;

	*to++ = '\\';
	if (name) {
		*to++ = (uint8_t)name;
		return to;
	}
	memcpy(to, "u00", 3);
	to[3] = (uint8_t)hex[c >> 4];
	to[4] = (uint8_t)hex[c & 15];
	return to + 5;
}

/* Why buf_room() gave none; *err says it too. */
static int no_room(const struct buf *out, size_t len)
{
	return len > out->max || out->len > out->max - len ? WINCH_E_LIMIT : WINCH_E_NOMEM;
}

#define EACH(byte) ((uint64_t)(byte)*0x0101010101010101u)

/* May one of eight bytes need something?  Never wrong when it says no. */
static bool may_need(uint64_t x)
{
	const uint64_t quote = x ^ EACH('"'), slash = x ^ EACH('\\'), ed = x ^ EACH(0xED);

	return (((x - EACH(0x20)) & ~x) | ((quote - EACH(1)) & ~quote) |
		((slash - EACH(1)) & ~slash) | ((ed - EACH(1)) & ~ed)) &
	       EACH(0x80);
}

/* Bytes at the front that stand as they are. */
static size_t plain_len(const uint8_t *p, size_t len)
{
	size_t i = 0;
	uint64_t eight;

	for (; i + 8 <= len; i += 8) {
		memcpy(&eight, p + i, 8);
		if (may_need(eight))
			break;
	}
	while (i < len && needs[p[i]] == PLAIN)
		i++;
	return i;
}

static int put_slowly(struct buf *out, struct bytes text, winch_error *err)
{
	while (text.len) {
		/* Six bytes for each: in steps, not to reserve that for a large text at once. */
		struct bytes step = { text.data, text.len < 4096 ? text.len : 4096 };
		uint8_t *to = buf_room(out, step.len * 6 + 3, err);
		if (!to)
			return no_room(out, step.len * 6 + 3);
		uint8_t *start = to;
		const uint8_t *p = step.data, *end = bytes_end(step);
		const uint8_t *all_end = bytes_end(text);
		while (p < end) {
			const uint8_t need = needs[*p];
			if (need == PLAIN) {
				*to++ = *p++;
			} else if (need == ESCAPE) {
				to = put_escape(to, *p++);
			} else if (all_end - p >= 3 && p[1] >= 0xA0) {
				memcpy(to, "\xEF\xBF\xBD", 3);
				to += 3;
				p += 3;
			} else {
				*to++ = *p++;
			}
		}
		buf_added(out, (size_t)(to - start));
		text = bytes_skip(text, (size_t)(p - text.data));
	}
	return 0;
}

/* Behind the last byte; NULL when there is no memory yet. */
static uint8_t *buf_end(const struct buf *out)
{
	return out->data ? out->data + out->start + out->len : NULL;
}

int json_put_chars(struct buf *out, struct bytes text, winch_error *err)
{
	size_t len = plain_len(text.data, text.len);
	int r = buf_put(out, bytes_of(text.data, len), err);

	return r < 0 || len == text.len ? r : put_slowly(out, bytes_skip(text, len), err);
}

int json_put_string(struct buf *out, struct bytes text, winch_error *err)
{
	size_t len = plain_len(text.data, text.len);
	uint8_t *to = buf_end(out);
	int r;

	if (out->cap - out->start - out->len < len + 2 && !(to = buf_room(out, len + 2, err)))
		return no_room(out, len + 2);
	*to = '"';
	if (len)
		memcpy(to + 1, text.data, len);
	to[len + 1] = '"';
	if (len == text.len) {
		buf_added(out, len + 2);
		return 0;
	}
	buf_added(out, len + 1);
	r = put_slowly(out, bytes_skip(text, len), err);
	return r < 0 ? r : buf_put(out, BYTES_LIT("\""), err);
}

int json_put_name(struct buf *out, struct bytes text, bool first, winch_error *err)
{
	uint8_t *to = buf_end(out);
	int r;

	if (text.len == plain_len(text.data, text.len) &&
	    out->cap - out->start - out->len >= text.len + 4) {
		*to = ',';
		to += !first;
		*to++ = '"';
		if (text.len)
			memcpy(to, text.data, text.len);
		to[text.len] = '"';
		to[text.len + 1] = ':';
		out->len += text.len + 3 + !first;
		return 0;
	}
	r = first ? 0 : buf_put(out, BYTES_LIT(","), err);
	if (r == 0)
		r = json_put_string(out, text, err);
	return r == 0 ? buf_put(out, BYTES_LIT(":"), err) : r;
}
