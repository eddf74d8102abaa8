/*
 * json-pretty.c - JSON for people.
 *
 * The text is the library's own, so it is JSON, without a blank outside of strings: what stands
 * between its brackets, commas and colons is a string or a word.
 */
#include "src/cli/json-pretty.h"

#include <string.h>

/* jq's colours. */
#define OF_NULL    "1;30"
#define OF_WORD    "0;39"
#define OF_STRING  "0;32"
#define OF_KEY     "34;1"
#define OF_BRACKET "1;39"

struct page {
	struct text *out;
	bool colour;
	size_t depth;
};

static void put(const struct page *p, const char *sgr, const char *text, size_t len)
{
	if (p->colour)
		text_printf(p->out, "\033[%sm", sgr);
	text_put(p->out, text, len);
	if (p->colour)
		text_str(p->out, "\033[0m");
}

static void new_line(const struct page *p)
{
	text_char(p->out, '\n');
	for (size_t i = 0; i < p->depth; i++)
		text_str(p->out, "  ");
}

/* The length of the string at in, quotes and all. */
static size_t string_len(const char *in, size_t len)
{
	size_t at = 1;

	while (at < len && in[at] != '"')
		at += in[at] == '\\' && at + 1 < len ? 2 : 1;
	return at < len ? at + 1 : len;
}

static size_t put_string(const struct page *p, const char *in, size_t len)
{
	size_t n = string_len(in, len);
	bool is_key = n < len && in[n] == ':';

	put(p, is_key ? OF_KEY : OF_STRING, in, n);
	return n;
}

static size_t put_word(const struct page *p, const char *in, size_t len)
{
	size_t n = 0;

	while (n < len && !memchr(",:[]{}\"", in[n], 7))
		n++;
	put(p, in[0] == 'n' ? OF_NULL : OF_WORD, in, n);
	return n;
}

static size_t put_open(struct page *p, const char *in, size_t len)
{
	if (len > 1 && (in[1] == ']' || in[1] == '}')) {
		put(p, OF_BRACKET, in, 2);
		return 2;
	}
	put(p, OF_BRACKET, in, 1);
	p->depth++;
	new_line(p);
	return 1;
}

static size_t put_close(struct page *p, const char *in)
{
	p->depth -= p->depth > 0;
	new_line(p);
	put(p, OF_BRACKET, in, 1);
	return 1;
}

static size_t put_one(struct page *p, const char *in, size_t len)
{
	switch (*in) {
	case '"':
		return put_string(p, in, len);
	case '[':
	case '{':
		return put_open(p, in, len);
	case ']':
	case '}':
		return put_close(p, in);
	case ',':
		put(p, OF_BRACKET, in, 1);
		new_line(p);
		return 1;
	case ':':
		put(p, OF_BRACKET, in, 1);
		text_char(p->out, ' ');
		return 1;
	default:
		return put_word(p, in, len);
	}
}

void json_pretty(struct text *out, const char *json, size_t len, bool colour)
{
	struct page p = { out, colour, 0 };

	for (size_t at = 0; at < len;)
		at += put_one(&p, json + at, len - at);
}
