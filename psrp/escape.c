/*
 * escape.c - CLIXML's own escape, _xHHHH_, in texts and names.
 */
#include "psrp/escape.h"

#include "src/base/utf.h"

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* An escape at p: its length and what it names; 0: none. */
static size_t read_escape(const uint8_t *p, const uint8_t *end, uint32_t *ret_c)
{
	uint32_t c = 0;

	if (end - p < 7 || (p[1] | 32) != 'x')
		return 0;
	for (size_t i = 2; i < 11 && i < (size_t)(end - p); i++) {
		int v = hex(p[i]);
		if (v < 0) {
			if (p[i] != '_' || (i != 6 && i != 10) || c > 0x10FFFF)
				return 0;
			*ret_c = c;
			return i + 1;
		}
		c = i < 10 ? c << 4 | (uint32_t)v : 0x110000;
	}
	return 0;
}

/* The low surrogate of WTF-8 at p, or 0. */
static bool is_half(const uint8_t *p, const uint8_t *end)
{
	return end - p >= 3 && p[0] == 0xED && p[1] >= 0xA0;
}

/* Put c behind start..to; a low surrogate joins the high one before it. */
static uint8_t *put_unit(uint8_t *start, uint8_t *to, uint32_t c)
{
	if (c >= 0xDC00 && c < 0xE000 && to - start >= 3 && to[-3] == 0xED &&
	    (to[-2] & 0xF0) == 0xA0) {
		uint32_t high = (uint32_t)(to[-2] & 0x0F) << 6 | (to[-1] & 0x3F);
		to -= 3;
		c = 0x10000 + (high << 10) + (c - 0xDC00);
	}
	return to + utf8_encode(c, to);
}

int escape_resolve(struct bytes text, struct buf *scratch, struct bytes *ret, winch_error *err)
{
	const uint8_t *p = text.data, *end = bytes_end(text);

	*ret = text;
	if (text.len == 0 || (!memchr(p, '_', text.len) && !memchr(p, 0xED, text.len)))
		return 0;
	buf_clear(scratch);
	uint8_t *to = buf_room(scratch, text.len, err);
	if (!to)
		return WINCH_E_NOMEM;
	uint8_t *start = to;
	while (p < end) {
		uint32_t c;
		size_t len = *p == '_' ? read_escape(p, end, &c) : 0;
		if (len) {
			to = put_unit(start, to, c);
			p += len;
		} else if (*p == 0xED && is_half(p, end)) {
			to = put_unit(start, to,
				      0xD000 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F));
			p += 3;
		} else {
			*to++ = *p++;
		}
	}
	buf_added(scratch, (size_t)(to - start));
	*ret = buf_bytes(scratch);
	return 0;
}

static int put_escaped(struct buf *out, uint32_t unit, winch_error *err)
{
	static const char digits[] = "0123456789ABCDEF";
	const uint8_t e[7] = { '_',
			       'x',
			       (uint8_t)digits[unit >> 12],
			       (uint8_t)digits[unit >> 8 & 15],
			       (uint8_t)digits[unit >> 4 & 15],
			       (uint8_t)digits[unit & 15],
			       '_' };

	return buf_put(out, bytes_of(e, sizeof(e)), err);
}

static bool is_escaped(uint32_t c, const uint8_t *next, const uint8_t *end)
{
	if (c == '_')
		return next < end && (*next | 32) == 'x';
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0xD800 && c < 0xE000) || c == 0xFFFE ||
	       c >= 0xFFFF;
}

int escape_put(struct buf *out, struct bytes text, winch_error *err)
{
	const uint8_t *p = text.data, *end = bytes_end(text), *copied = p;
	int r = 0;

	while (r == 0 && p < end) {
		uint32_t c = *p;
		size_t len = c < 0x80 ? 1 : utf8_decode(bytes_of(p, (size_t)(end - p)), true, &c);
		if (len == 0)
			len = 1; /* our texts are WTF-8: can't be */
		if (!is_escaped(c, p + len, end)) {
			p += len;
			continue;
		}
		r = buf_put(out, bytes_of(copied, (size_t)(p - copied)), err);
		if (r == 0 && c >= 0x10000)
			r = put_escaped(out, 0xD800 + ((c - 0x10000) >> 10), err);
		if (r == 0)
			r = put_escaped(out, c < 0x10000 ? c : 0xDC00 + ((c - 0x10000) & 0x3FF),
					err);
		copied = p += len;
	}
	return r < 0 ? r : buf_put(out, bytes_of(copied, (size_t)(end - copied)), err);
}

bool escape_has_lone(struct bytes text)
{
	const uint8_t *p = text.data, *end = bytes_end(text);

	while (p < end && (p = memchr(p, 0xED, (size_t)(end - p)))) {
		if (is_half(p, end))
			return true; /* pairs were joined */
		p++;
	}
	return false;
}
