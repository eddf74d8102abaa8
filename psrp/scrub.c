/*
 * scrub.c - fragments without the texts of SecureStrings: MS-PSRP 2.2.4, 2.2.5.1.24.
 *
 * It reads just enough XML to find <SS ...>text</SS> in what may be cut anywhere, and in doubt
 * leaves out more.
 */
#include "psrp/scrub.h"

#include "psrp/fragment.h"
#include "psrp/message.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/rd.h"

enum { MAX_FRAGMENT = 16 * 1024 * 1024 };
static const char name[] = "<SS";

void scrub_init(struct scrub *s)
{
	*s = (struct scrub){ .held = { .max = MAX_FRAGMENT, .secret = true } };
}

void scrub_done(struct scrub *s)
{
	buf_done(&s->held);
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind "<SS": is that the name, and what comes of it? */
static enum scrub_state behind_name(uint8_t c)
{
	if (c == '>')
		return SCRUB_SECRET;
	if (c == '/')
		return SCRUB_SLASH;
	return is_space(c) ? SCRUB_TAG : SCRUB_TEXT;
}

static void in_tag(struct scrub *s, uint8_t c)
{
	if (c == '"' || c == '\'') {
		s->quote = c;
		s->state = SCRUB_QUOTED;
	} else if (c == '>') {
		s->state = s->state == SCRUB_SLASH ? SCRUB_TEXT : SCRUB_SECRET;
	} else {
		s->state = c == '/' ? SCRUB_SLASH : SCRUB_TAG;
	}
}

/* One byte further.  false: it is left out. */
static bool step(struct scrub *s, uint8_t c)
{
	switch (s->state) {
	case SCRUB_HEADER:
		if (++s->seen == MESSAGE_HEADER)
			s->state = SCRUB_TEXT;
		return true;
	case SCRUB_NAME:
		if (s->seen == sizeof(name) - 1) {
			s->state = behind_name(c);
			return true;
		}
		if (c == name[s->seen]) {
			s->seen++;
			return true;
		}
		s->state = SCRUB_TEXT;
		/* fallthrough */
	case SCRUB_TEXT:
		if (c == '<') {
			s->state = SCRUB_NAME;
			s->seen = 1;
		}
		return true;
	case SCRUB_TAG:
	case SCRUB_SLASH:
		in_tag(s, c);
		return true;
	case SCRUB_QUOTED:
		if (c == s->quote)
			s->state = SCRUB_TAG;
		return true;
	case SCRUB_SECRET:
		if (c == '<')
			s->state = SCRUB_SECRET_END;
		return false;
	case SCRUB_SECRET_END:
		s->state = c == '/' ? SCRUB_TEXT : c == '<' ? SCRUB_SECRET_END : SCRUB_SECRET;
		return false;
	}
	return false;
}

/* A blob, to the end of out; what was removed is said where it ends. */
static int put_blob(struct scrub *s, struct bytes blob, struct buf *out, winch_error *err)
{
	size_t from = 0; /* of what is shown, and not put yet */
	int r = 0;

	for (size_t i = 0; i < blob.len && r == 0; i++) {
		if (step(s, blob.data[i]))
			continue;
		r = buf_put(out, bytes_of(blob.data + from, i - from), err);
		if (r == 0 && s->state == SCRUB_TEXT)
			r = buf_put_str(out, "removed</", err);
		from = i + 1;
	}
	if (r == 0 && from < blob.len)
		r = buf_put(out, bytes_of(blob.data + from, blob.len - from), err);
	return r;
}

static int put_fragment(struct scrub *s, const struct fragment *f, struct bytes blob,
			struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf shown = { .max = MAX_FRAGMENT };

	if (f->flags & FRAGMENT_START) {
		s->state = SCRUB_HEADER;
		s->seen = 0;
	}
	int r = put_blob(s, blob, &shown, err);
	if (r == 0)
		r = buf_put_u64be(out, f->object_id, err);
	if (r == 0)
		r = buf_put_u64be(out, f->fragment_id, err);
	if (r == 0)
		r = buf_put_u8(out, f->flags, err);
	if (r == 0)
		r = buf_put_u32be(out, (uint32_t)shown.len, err);
	return r < 0 ? r : buf_put(out, buf_bytes(&shown), err);
}

/* 1: a fragment was shown.  0: none is whole. */
static int next_fragment(struct scrub *s, struct buf *out, winch_error *err)
{
	struct rd rd = rd_of(buf_bytes(&s->held));
	struct fragment f;

	f.object_id = rd_u64be(&rd);
	f.fragment_id = rd_u64be(&rd);
	f.flags = rd_u8(&rd);
	f.blob_len = rd_u32be(&rd);
	struct bytes blob = rd_bytes(&rd, f.blob_len);
	if (rd.past)
		return 0;
	int r = put_fragment(s, &f, blob, out, err);
	buf_drop(&s->held, FRAGMENT_HEADER + f.blob_len);
	return r < 0 ? r : 1;
}

int scrub_put(struct scrub *s, struct bytes in, struct buf *out, winch_error *err)
{
	if (s->lost)
		return 0;
	int r = buf_put(&s->held, in, err);
	if (r == 0)
		while ((r = next_fragment(s, out, err)) > 0)
			;
	if (r >= 0 || r == WINCH_E_NOMEM)
		return r;
	s->lost = true;
	buf_done(&s->held);
	return 0;
}
