/*
 * utf8.c - UTF-8 and UTF-16 of files and arguments.
 */
#include "src/cli/utf8.h"

#include <string.h>

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

size_t utf8_read(const char *in, size_t len, uint32_t *ret_c)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (len == 0)
		return 0;
	unsigned char first = (unsigned char)in[0];
	if (first < 0x80) {
		*ret_c = first;
		return 1;
	}
	size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
	if (first < 0xC2 || first > 0xF4 || n > len)
		return 0;
	uint32_t c = first & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if (!is_tail(in[i]))
			return 0;
		c = c << 6 | ((unsigned char)in[i] & 0x3Fu);
	}
	if (c < smallest[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*ret_c = c;
	return n;
}

size_t utf8_valid(const char *in, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint32_t c;
		size_t n = utf8_read(in + at, len - at, &c);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

static void utf8_put(struct text *out, uint32_t c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		text_char(out, (char)c);
		return;
	}
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3F));
	b[0] = (char)((0xF00u >> n & 0xF0u) | c);
	text_put(out, b, n);
}

static uint32_t unit_at(const char *b, bool big_endian)
{
	uint32_t low = (unsigned char)b[big_endian ? 1 : 0];
	uint32_t high = (unsigned char)b[big_endian ? 0 : 1];

	return high << 8 | low;
}

static bool from_utf16(struct text *out, const char *b, size_t len, bool big_endian,
		       size_t *ret_offset)
{
	for (size_t at = 2; at < len; at += 2) {
		*ret_offset = at;
		if (len - at < 2)
			return false;
		uint32_t c = unit_at(b + at, big_endian);
		if (c >= 0xD800 && c <= 0xDFFF) {
			uint32_t next = len - at >= 4 ? unit_at(b + at + 2, big_endian) : 0;
			if (c >= 0xDC00 || next < 0xDC00 || next > 0xDFFF)
				return false;
			c = 0x10000 + ((c - 0xD800) << 10) + (next - 0xDC00);
			at += 2;
		}
		utf8_put(out, c);
	}
	return true;
}

bool utf8_from_file(struct text *out, const char *bytes, size_t len, size_t *ret_offset)
{
	text_put(out, "", 0);
	if (len >= 2 && memcmp(bytes, "\xFF\xFE", 2) == 0)
		return from_utf16(out, bytes, len, false, ret_offset);
	if (len >= 2 && memcmp(bytes, "\xFE\xFF", 2) == 0)
		return from_utf16(out, bytes, len, true, ret_offset);

	size_t bom = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	*ret_offset = bom + utf8_valid(bytes + bom, len - bom);
	if (*ret_offset < len)
		return false;
	text_put(out, bytes + bom, len - bom);
	return true;
}

static void put_json_char(struct text *out, uint32_t c)
{
	static const char letters[] = "\bb\ff\nn\rr\tt";
	const char *letter = c && c < ' ' ? strchr(letters, (int)c) : NULL;

	if (letter)
		text_printf(out, "\\%c", letter[1]);
	else if (c < ' ')
		text_printf(out, "\\u%04x", (unsigned)c);
	else if (c == '"' || c == '\\')
		text_printf(out, "\\%c", (char)c);
	else
		utf8_put(out, c);
}

void utf8_json(struct text *out, const char *text, size_t len)
{
	text_char(out, '"');
	for (size_t at = 0; at < len;) {
		uint32_t c = 0xFFFD;
		size_t n = utf8_read(text + at, len - at, &c);
		put_json_char(out, n ? c : 0xFFFD);
		at += n ? n : 1;
	}
	text_char(out, '"');
}
