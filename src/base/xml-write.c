/*
 * xml-write.c - XML text put into a buffer, escaped.
 */
#include "src/base/xml-write.h"

static const char *text_escape(uint8_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	}
	return NULL;
}

static const char *attr_escape(uint8_t c)
{
	switch (c) {
	case '"':
		return "&quot;";
	case '\t':
		return "&#x9;";
	case '\n':
		return "&#xA;";
	case '\r':
		return "&#xD;";
	}
	return text_escape(c);
}

/* Runs that need no escape are put whole. */
static int put_escaped(struct buf *out, struct bytes text, const char *escape(uint8_t),
		       winch_error *err)
{
	size_t start = 0;

	for (size_t at = 0; at < text.len; at++) {
		const char *esc = escape(text.data[at]);
		if (!esc)
			continue;
		int r = buf_put(out, bytes_of(text.data + start, at - start), err);
		if (r == 0)
			r = buf_put_str(out, esc, err);
		if (r < 0)
			return r;
		start = at + 1;
	}
	return buf_put(out, bytes_skip(text, start), err);
}

int xml_put_text(struct buf *out, struct bytes text, winch_error *err)
{
	return put_escaped(out, text, text_escape, err);
}

int xml_put_attr(struct buf *out, struct bytes text, winch_error *err)
{
	return put_escaped(out, text, attr_escape, err);
}
