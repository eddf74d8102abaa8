/*
 * guid.c - GUIDs: their text, and their bytes on the wire.
 */
#include "src/base/guid.h"

void winch_guid_text(const winch_guid *guid, char ret_text[37])
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = ret_text;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[guid->bytes[i] >> 4];
		*out++ = digits[guid->bytes[i] & 15];
	}
	*out = '\0';
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool guid_parse(struct bytes in, winch_guid *ret_guid)
{
	if (in.len >= 5 && bytes_eq_nocase(bytes_of(in.data, 5), BYTES_LIT("uuid:")))
		in = bytes_skip(in, 5);
	if (in.len == 38 && in.data[0] == '{' && in.data[37] == '}')
		in = bytes_of(in.data + 1, 36);
	if (in.len != 36)
		return false;

	winch_guid g;
	size_t at = 0;
	for (size_t i = 0; i < 16; i++) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && in.data[at++] != '-')
			return false;
		int high = hex(in.data[at]), low = hex(in.data[at + 1]);
		if (high < 0 || low < 0)
			return false;
		g.bytes[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	*ret_guid = g;
	return true;
}

winch_guid guid_swap(winch_guid g)
{
	static const uint8_t from[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	winch_guid out;

	for (size_t i = 0; i < 16; i++)
		out.bytes[i] = g.bytes[from[i]];
	return out;
}

bool guid_is_zero(const winch_guid *guid)
{
	static const winch_guid zero;

	return guid_eq(guid, &zero);
}

bool guid_eq(const winch_guid *a, const winch_guid *b)
{
	return memcmp(a->bytes, b->bytes, 16) == 0;
}
