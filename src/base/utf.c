/*
 * utf.c - UTF-8, WTF-8 and UTF-16.
 */
#include "src/base/utf.h"

#include "src/base/fail.h"

size_t utf8_encode(uint32_t c, uint8_t ret[4])
{
	if (c < 0x80) {
		ret[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		ret[0] = (uint8_t)(0xC0 | c >> 6);
		ret[1] = (uint8_t)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		ret[0] = (uint8_t)(0xE0 | c >> 12);
		ret[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
		ret[2] = (uint8_t)(0x80 | (c & 0x3F));
		return 3;
	}
	ret[0] = (uint8_t)(0xF0 | c >> 18);
	ret[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
	ret[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
	ret[3] = (uint8_t)(0x80 | (c & 0x3F));
	return 4;
}

/* Length by the first byte, 0 for one that can't be first. */
static size_t sequence_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first <= 0xDF)
		return 2;
	if (first >= 0xE0 && first <= 0xEF)
		return 3;
	if (first >= 0xF0 && first <= 0xF4)
		return 4;
	return 0;
}

size_t utf8_decode(struct bytes in, bool wtf, uint32_t *ret_code_point)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	static const uint8_t first_mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };

	if (in.len == 0)
		return 0;
	size_t len = sequence_len(in.data[0]);
	if (len == 0 || len > in.len)
		return 0;

	uint32_t c = in.data[0] & first_mask[len];
	for (size_t i = 1; i < len; i++) {
		if ((in.data[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (in.data[i] & 0x3F);
	}
	if (c < smallest[len] || c > 0x10FFFF || (!wtf && c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*ret_code_point = c;
	return len;
}

size_t utf8_valid_len(struct bytes in)
{
	size_t at = 0;

	while (at < in.len) {
		if (in.data[at] < 0x80) {
			at++;
			continue;
		}
		uint32_t c;
		size_t len = utf8_decode(bytes_skip(in, at), false, &c);
		if (len == 0)
			break;
		at += len;
	}
	return at;
}

bool wtf8_valid(struct bytes in)
{
	uint32_t c;

	while (in.len) {
		size_t len = utf8_decode(in, true, &c);
		if (len == 0)
			return false;
		in = bytes_skip(in, len);
	}
	return true;
}

int utf16le_put(struct buf *out, struct bytes in, winch_error *err)
{
	/* Never more units than bytes. */
	if (in.len > SIZE_MAX / 2)
		return fail_nomem(err);
	for (size_t at = 0; at < in.len;) {
		uint32_t c;
		size_t len = utf8_decode(bytes_skip(in, at), true, &c);
		if (len == 0) {
			fail(err, WINCH_E_FORMAT, "byte %zu is not UTF-8", at);
			if (err)
				err->offset = at;
			return WINCH_E_FORMAT;
		}
		at += len;
		int r = 0;
		if (c >= 0x10000) {
			r = buf_put_u16le(out, (uint16_t)(0xD800 + ((c - 0x10000) >> 10)), err);
			c = 0xDC00 + ((c - 0x10000) & 0x3FF);
		}
		if (r == 0)
			r = buf_put_u16le(out, (uint16_t)c, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static uint32_t unit_at(struct bytes in, size_t at)
{
	return (uint32_t)(in.data[at] | in.data[at + 1] << 8);
}

int utf8_put_utf16le(struct buf *out, struct bytes in, winch_error *err)
{
	if (in.len % 2)
		return fail(err, WINCH_E_FORMAT, "UTF-16 text of an odd length");
	for (size_t at = 0; at < in.len; at += 2) {
		uint32_t c = unit_at(in, at);
		if (c >= 0xD800 && c <= 0xDBFF && at + 2 < in.len) {
			uint32_t low = unit_at(in, at + 2);
			if (low >= 0xDC00 && low <= 0xDFFF) {
				c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
				at += 2;
			}
		}
		uint8_t raw[4];
		int r = buf_put(out, bytes_of(raw, utf8_encode(c, raw)), err);
		if (r < 0)
			return r;
	}
	return 0;
}
