/*
 * clixml-indent.c - CLIXML laid out in lines.
 *
 * Works on the writer's own output, where a '>' is always the end of a tag (in texts and
 * attributes it is &gt;) and white space is always text.
 */
#include "psrp/clixml-indent.h"

/* A tag and the text behind it. */
struct piece {
	struct bytes tag, text;
	bool closes, empty; /* </x>, <x /> */
};

static size_t length_until(struct bytes in, uint8_t end)
{
	const uint8_t *at = in.len ? memchr(in.data, end, in.len) : NULL;

	return at ? (size_t)(at - in.data) : in.len;
}

static struct piece next_piece(struct bytes *in)
{
	struct piece p;
	size_t len = length_until(*in, '>');

	p.tag = bytes_of(in->data, len < in->len ? len + 1 : len);
	p.closes = p.tag.len > 1 && p.tag.data[1] == '/';
	p.empty = p.tag.len > 2 && p.tag.data[p.tag.len - 2] == '/';
	*in = bytes_skip(*in, p.tag.len);
	p.text = bytes_of(in->data, length_until(*in, '<'));
	*in = bytes_skip(*in, p.text.len);
	return p;
}

static int break_line(struct buf *out, size_t level, winch_error *err)
{
	static const char blanks[] = "                                ";
	int r = buf_put_str(out, "\n", err);

	for (size_t left = level * 2; left > 0 && r == 0;) {
		size_t some = left < sizeof(blanks) - 1 ? left : sizeof(blanks) - 1;
		r = buf_put(out, bytes_of(blanks, some), err);
		left -= some;
	}
	return r;
}

int clixml_indent(struct buf *out, struct bytes clixml, size_t level, winch_error *err)
{
	bool opened = false; /* the tag before opened an element: </x> stays on its line */
	int r = 0;

	while (clixml.len > 0 && r == 0) {
		struct piece p = next_piece(&clixml);
		if (p.closes)
			level--;
		if (!(p.closes && opened))
			r = break_line(out, level, err);
		if (r == 0)
			r = buf_put(out, p.tag, err);
		if (r == 0)
			r = buf_put(out, p.text, err);
		opened = !p.closes && !p.empty;
		level += opened;
	}
	return r;
}
