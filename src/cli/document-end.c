/*
 * document-end.c - where a CLIXML document ends.
 */
#include "src/cli/document-end.h"

#include <string.h>

enum state {
	TEXT,
	LESS, /* behind a < */
	NAME, /* in a root's */
	TAG,
	QUOTED,
	SLASH, /* in a tag, behind a / */
	CLOSING,
	OTHER,    /* <! and <?: what it ends with is not known yet */
	COMMENT,  /* in what ends with run times .last and a > */
	CHILDREN, /* of an <Objs> */
	WHOLE     /* UTF-16 */
};

static const char objs[] = "Objs", objs_end[] = "</Objs>";
enum { NAME_LEN = sizeof(objs) - 1, END_LEN = sizeof(objs_end) - 1 };

static const char bom[] = "\xEF\xBB\xBF";

static bool is_objs(const struct document_end *e)
{
	return e->filled == NAME_LEN && memcmp(e->name, objs, NAME_LEN) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static enum state end_tag(struct document_end *e)
{
	if (e->depth > 0)
		e->depth--;
	e->ended = e->depth == 0;
	return TEXT;
}

static enum state begin(struct document_end *e, char c)
{
	if (c == '/')
		return CLOSING;
	if (c == '!' || c == '?') {
		e->run = 0;
		e->last = c;
		return c == '!' ? OTHER : COMMENT;
	}
	/* The < of "#< CLIXML" is none. */
	if (is_blank(c))
		return TEXT;
	if (e->depth++ > 0)
		return TAG;
	e->name[0] = c;
	e->filled = 1;
	return NAME;
}

static enum state open_children(struct document_end *e)
{
	e->run = 0;
	return CHILDREN;
}

/* In the name of a root. */
static enum state in_name(struct document_end *e, char c)
{
	if (is_blank(c))
		return TAG;
	if (c == '/')
		return SLASH;
	if (c == '>')
		return is_objs(e) ? open_children(e) : TEXT;
	if (e->filled <= NAME_LEN)
		e->name[e->filled++] = c;
	return NAME;
}

static enum state in_tag(struct document_end *e, char c)
{
	if (c == '"' || c == '\'') {
		e->quote = c;
		return QUOTED;
	}
	if (c == '/')
		return SLASH;
	if (c != '>')
		return TAG;
	return e->depth == 1 && is_objs(e) ? open_children(e) : TEXT;
}

/* <!-- ends with two -, <![CDATA[ with two ], <? with one ?, another <! with its >. */
static enum state in_comment(struct document_end *e, char c)
{
	const uint8_t need = e->last == '!' ? 0 : e->last == '?' ? 1 : 2;

	if (c == '>' && e->run >= need)
		return TEXT;
	e->run = c == e->last && e->run < 2 ? (uint8_t)(e->run + 1) : c == e->last ? 2 : 0;
	return COMMENT;
}

static enum state step(struct document_end *e, char c)
{
	switch ((enum state)e->state) {
	case TEXT:
		return c == '<' ? LESS : TEXT;
	case LESS:
		return begin(e, c);
	case NAME:
		return in_name(e, c);
	case TAG:
		return in_tag(e, c);
	case QUOTED:
		return c == e->quote ? TAG : QUOTED;
	case SLASH:
		return c == '>' ? end_tag(e) : in_tag(e, c);
	case CLOSING:
		return c == '>' ? end_tag(e) : CLOSING;
	case OTHER:
		e->last = c == '-' ? '-' : c == '[' ? ']' : '!';
		return c == '>' ? TEXT : COMMENT;
	case COMMENT:
		return in_comment(e, c);
	case CHILDREN:
	case WHOLE:
		break;
	}
	return (enum state)e->state;
}

/* The children of an <Objs> are most of what there is; no other can be in it.  How much is read;
 * .run is how much of its end tag is. */
static size_t skip_children(struct document_end *e, const char *data, size_t len)
{
	size_t at = 0;

	while (e->run > 0 && at < len) {
		if (data[at] != objs_end[e->run]) {
			e->run = 0;
			break;
		}
		at++;
		if (++e->run == END_LEN) {
			end_tag(e);
			return at;
		}
	}
	if (at == len)
		return len;
	const char *end = memmem(data + at, len - at, objs_end, END_LEN);
	if (end) {
		end_tag(e);
		return (size_t)(end - data) + END_LEN;
	}
	for (size_t part = len - at < END_LEN - 1 ? len - at : END_LEN - 1; part > 0; part--)
		if (memcmp(data + len - part, objs_end, part) == 0) {
			e->run = (uint8_t)part;
			break;
		}
	return len;
}

/* Behind the end of a document: blanks, then maybe another one. */
static size_t skip_end(struct document_end *e, const char *data, size_t len)
{
	size_t at = 0;

	for (; at < len && is_blank(data[at]); at++)
		e->own_line |= data[at] == '\n';
	if (at == len)
		return len;
	const char next = at + 1 < len ? data[at + 1] : 'a';
	const bool begins = data[at] == '#' || data[at] == bom[0] ||
			    (data[at] == '<' && next != '!' && next != '?');
	if (begins && (e->own_line || is_objs(e)))
		return at;
	e->state = WHOLE;
	return len;
}

/* Up to the next tag; false: there is none here. */
static bool find_tag(struct document_end *e, const char *data, size_t len, size_t *at)
{
	const char *less = memchr(data + *at, '<', len - *at);
	const size_t end = less ? (size_t)(less - data) : len;

	if (e->depth == 0 && memchr(data + *at, 0, end - *at))
		e->state = WHOLE;
	*at = end;
	return less != NULL;
}

size_t document_end_find(struct document_end *e, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len && !e->ended) {
		if (e->state == CHILDREN) {
			at += skip_children(e, data + at, len - at);
			continue;
		}
		if (e->state == TEXT && !find_tag(e, data, len, &at))
			return len;
		if (data[at] == 0)
			e->state = WHOLE;
		if (e->state == WHOLE)
			return len;
		e->state = (uint8_t)step(e, data[at++]);
	}
	return e->state == WHOLE ? len : at + skip_end(e, data + at, len - at);
}
