/*
 * filter.c - the one filter between a server's text and a terminal.
 */
#include "src/cli/filter.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/utf8.h"

enum { ESC = 0x1B, DEL = 0x7F };

static bool is_bidi(uint32_t c)
{
	return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* One number of an SGR, and how many of those behind it belong to it. */
static bool sgr_passes(const unsigned *number, size_t left, size_t *ret_taken)
{
	unsigned n = number[0];

	*ret_taken = 1;
	if ((n == 38 || n == 48) && left >= 3 && number[1] == 5) {
		*ret_taken = 3;
		return number[2] <= 255;
	}
	if ((n == 38 || n == 48) && left >= 5 && number[1] == 2) {
		*ret_taken = 5;
		return number[2] <= 255 && number[3] <= 255 && number[4] <= 255;
	}
	if (n == 38 || n == 48)
		return false;
	return n <= 7 || n == 9 || (n >= 21 && n <= 29) || (n >= 30 && n <= 49) ||
	       (n >= 90 && n <= 107);
}

/* The length of a whole SGR sequence that passes, at in; 0: it is none.  *ret_reset: it
 * leaves nothing to reset. */
static size_t read_sgr(const char *in, size_t len, bool *ret_reset)
{
	enum { MAX_NUMBERS = 16, MAX_LEN = 64 };
	unsigned number[MAX_NUMBERS] = { 0 };
	size_t count = 1, at = 2;

	if (len < 3 || in[0] != ESC || in[1] != '[')
		return 0;
	for (; at < len && at < MAX_LEN && in[at] != 'm'; at++) {
		if (in[at] == ';' && count < MAX_NUMBERS)
			count++;
		else if (in[at] >= '0' && in[at] <= '9' && number[count - 1] < 1000)
			number[count - 1] = number[count - 1] * 10 + (unsigned)(in[at] - '0');
		else
			return 0;
	}
	if (at == len || in[at] != 'm')
		return 0;
	size_t taken;
	for (size_t i = 0; i < count; i += taken)
		if (!sgr_passes(number + i, count - i, &taken))
			return 0;
	*ret_reset = count == 1 && number[0] == 0;
	return at + 1;
}

/* A character that must not be obeyed, as less shows it. */
static void show(struct text *out, uint32_t c)
{
	if (c < 0x20 || c == DEL)
		text_printf(out, "^%c", (char)(c ^ 0x40));
	else
		text_printf(out, "<U+%04X>", (unsigned)c);
}

static bool is_harmful(uint32_t c)
{
	if (c < 0x20)
		return c != '\n' && c != '\t';
	return (c >= DEL && c <= 0x9F) || is_bidi(c);
}

/* How many bytes from in are plain ASCII text. */
static size_t plain_run(const char *in, size_t len)
{
	size_t n = 0;

	while (n < len && (((unsigned char)in[n] >= 0x20 && (unsigned char)in[n] < DEL) ||
			   in[n] == '\n' || in[n] == '\t'))
		n++;
	return n;
}

/* Take one character, or one sequence, that is not plain.  Gives its length. */
static size_t filter_one(struct text *out, const char *in, size_t len, enum filter_colour colour,
			 bool *coloured)
{
	if (in[0] == '\r' && len > 1 && in[1] == '\n')
		return 1;

	bool reset;
	size_t n = read_sgr(in, len, &reset);
	if (n > 0) {
		if (colour == FILTER_COLOUR) {
			text_put(out, in, n);
			*coloured = !reset;
		}
		return n;
	}

	uint32_t c;
	n = utf8_read(in, len, &c);
	if (n == 0) {
		text_printf(out, "<%02X>", (unsigned char)in[0]);
		return 1;
	}
	if (is_harmful(c))
		show(out, c);
	else
		text_put(out, in, n);
	return n;
}

void filter_text(struct text *out, const char *in, size_t len, enum filter_colour colour)
{
	bool coloured = false;

	text_put(out, "", 0);
	for (size_t at = 0; at < len;) {
		size_t n = plain_run(in + at, len - at);
		text_put(out, in + at, n);
		at += n;
		if (at < len)
			at += filter_one(out, in + at, len - at, colour, &coloured);
	}
	if (coloured)
		text_str(out, "\033[0m");
}

void filter_json(struct text *out, const char *json, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t n = plain_run(json + at, len - at);
		text_put(out, json + at, n);
		at += n;
		if (at == len)
			break;
		uint32_t c;
		n = utf8_read(json + at, len - at, &c);
		if (n == 0) /* JSON is UTF-8; never let a stray byte through */
			text_str(out, "\\ufffd");
		else if (is_harmful(c))
			text_printf(out, "\\u%04x", (unsigned)c);
		else
			text_put(out, json + at, n);
		at += n ? n : 1;
	}
}

enum filter_colour filter_of(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!isatty(fd) || (no && *no) || !term || strcmp(term, "dumb") == 0)
		return FILTER_PLAIN;
	return FILTER_COLOUR;
}
