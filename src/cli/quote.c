/*
 * quote.c - what somebody else said, inside a line of ours.
 */
#include "src/cli/quote.h"

#include <string.h>

#include "src/cli/utf8.h"

static bool ends_line(uint32_t c)
{
	return (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

static bool looks_like_a_quote(uint32_t c)
{
	return (c >= 0x201C && c <= 0x201F) || (c >= 0x301D && c <= 0x301F) || c == 0x2BA ||
	       c == 0x2EE || c == 0x2033 || c == 0x2036 || c == 0xFF02;
}

static void put_backslashes(struct text *out, size_t count)
{
	while (count--)
		text_char(out, '\\');
}

void quote_text(struct text *out, const char *said, size_t most)
{
	size_t len = strlen(said), at = 0, slashes = 0;

	text_char(out, '"');
	while (at < len) {
		uint32_t c = 0;
		size_t n = utf8_read(said + at, len - at, &c);
		if (at + (n ? n : 1) > most)
			break;
		if (c == '"')
			put_backslashes(out, slashes + 1);
		if (ends_line(c))
			text_char(out, ' ');
		else if (looks_like_a_quote(c))
			text_char(out, '\'');
		else
			text_put(out, said + at, n ? n : 1);
		slashes = c == '\\' ? slashes + 1 : 0;
		at += n ? n : 1;
	}
	put_backslashes(out, slashes);
	text_str(out, at < len ? "\"..." : "\"");
}
