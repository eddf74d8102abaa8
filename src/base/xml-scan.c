/*
 * xml-scan.c - what stands between received bytes and the XML parser.
 */
#include "src/base/xml-scan.h"

#include "src/base/fail.h"
#include "src/base/utf.h"

enum { ENC_UNKNOWN = 0, ENC_UTF8, ENC_UTF16LE, ENC_UTF16BE };
enum { PROLOG_START = 0, PROLOG_HASH, PROLOG_LINE, PROLOG_SPACE, PROLOG_OVER };
enum { IN_MARKUP = 0, IN_BANG, IN_BANG_DASH, IN_COMMENT, IN_CDATA, IN_PI };

/* A reference longer than this is left to the parser as it is: so many zeros nobody writes. */
enum { MAX_REFERENCE = 64 };

static const char hash_line[] = "#< CLIXML";

void xml_scan_init(struct xml_scan *s, bool clixml)
{
	*s = (struct xml_scan){ .clixml = clixml };
	s->held.max = s->text.max = s->joined.max = s->out.max = SIZE_MAX / 4;
}

void xml_scan_done(struct xml_scan *s)
{
	buf_done(&s->held);
	buf_done(&s->text);
	buf_done(&s->joined);
	buf_done(&s->out);
}

void xml_scan_restart(struct xml_scan *s)
{
	struct xml_scan old = *s;

	*s = (struct xml_scan){ .clixml = old.clixml,
				.held = old.held,
				.text = old.text,
				.joined = old.joined,
				.out = old.out };
	buf_clear(&s->held);
	buf_clear(&s->text);
	buf_clear(&s->joined);
	buf_clear(&s->out);
}

/* From in's first four bytes, or fewer when there are no more; the length of the BOM. */
static size_t detect(struct xml_scan *s, struct bytes in)
{
	const uint8_t *b = in.data;

	s->encoding = ENC_UTF8;
	if (in.len >= 3 && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF)
		return 3;
	if (in.len >= 2 && b[0] == 0xFF && b[1] == 0xFE) {
		s->encoding = ENC_UTF16LE;
		return 2;
	}
	if (in.len >= 2 && b[0] == 0xFE && b[1] == 0xFF) {
		s->encoding = ENC_UTF16BE;
		return 2;
	}
	if (in.len >= 4 && memcmp(b, "<\0?\0", 4) == 0)
		s->encoding = ENC_UTF16LE;
	else if (in.len >= 4 && memcmp(b, "\0<\0?", 4) == 0)
		s->encoding = ENC_UTF16BE;
	return 0;
}

static uint32_t unit_at(const struct xml_scan *s, const uint8_t *p)
{
	return s->encoding == ENC_UTF16LE ? (uint32_t)(p[0] | p[1] << 8)
					  : (uint32_t)(p[1] | p[0] << 8);
}

/* UTF-16 to s->text; a cut character is kept.  Lone surrogates become WTF-8, which the
 * parser refuses. */
static int decode_utf16(struct xml_scan *s, struct bytes in, bool last, struct bytes *ret,
			winch_error *err)
{
	buf_clear(&s->text);
	uint8_t *to = buf_room(&s->text, in.len / 2 * 3 + 12, err);
	if (!to)
		return WINCH_E_NOMEM;
	uint8_t *start = to;
	for (size_t i = 0; i < in.len; i++) {
		s->cut[s->cut_len++] = in.data[i];
		bool ends = last && in.len - i < 3;
		if (s->cut_len & 1)
			continue;
		uint32_t c = unit_at(s, s->cut);
		if (s->cut_len == 2 && c >= 0xD800 && c < 0xDC00 && !ends)
			continue;
		uint32_t low = s->cut_len == 4 ? unit_at(s, s->cut + 2) : 0;
		s->cut_len = 0;
		if (low >= 0xDC00 && low < 0xE000) {
			to += utf8_encode(0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00), to);
			continue;
		}
		to += utf8_encode(c, to);
		if (low)
			to += utf8_encode(low, to); /* the text is refused already */
	}
	if (last && s->cut_len)
		return fail(err, WINCH_E_FORMAT, "the text ends inside a UTF-16 character");
	buf_added(&s->text, (size_t)(to - start));
	*ret = buf_bytes(&s->text);
	return 0;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skipped(struct xml_scan *s, uint8_t c)
{
	s->columns++;
	if (c == '\n') {
		s->lines++;
		s->columns = 0;
	}
}

/* How many bytes of the front are no part of the document.  May hold back the front. */
static size_t skip_prolog(struct xml_scan *s, struct bytes in, bool last, bool *ret_hold)
{
	size_t i = 0;
	const size_t hash_len = sizeof(hash_line) - 1;

	*ret_hold = false;
	if (s->prolog == PROLOG_START && in.len) {
		size_t len = in.len < hash_len ? in.len : hash_len;
		bool fits = s->clixml && memcmp(in.data, hash_line, len) == 0;
		if (fits && len < hash_len && !last) {
			*ret_hold = true;
			return 0;
		}
		s->prolog = fits && len == hash_len ? PROLOG_LINE : PROLOG_SPACE;
	}
	for (; s->prolog == PROLOG_LINE && i < in.len; i++) {
		skipped(s, in.data[i]);
		if (in.data[i] == '\n')
			s->prolog = PROLOG_SPACE;
	}
	for (; s->prolog == PROLOG_SPACE && i < in.len; i++) {
		if (!is_space(in.data[i])) {
			s->prolog = PROLOG_OVER;
			break;
		}
		skipped(s, in.data[i]);
	}
	return i;
}

/* What a reference to c goes through the parser as; its length, 0: as it is. */
static size_t hide(uint32_t c, uint8_t ret[8])
{
	if (c >= 0xD800 && c < 0xE000)
		return utf8_encode(0x10F000 + (c - 0xD800), ret);
	if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return utf8_encode(0x10F800 + c, ret);
	if (c == 0xFFFE || c == 0xFFFF)
		return utf8_encode(0x10F820 + (c - 0xFFFE), ret);
	if (c >= 0x10F000 && c <= 0x10FFFF) {
		size_t len = utf8_encode(0x10F000 + ((c - 0x10000) >> 10), ret);
		return len + utf8_encode(0x10F400 + ((c - 0x10000) & 0x3FF), ret + len);
	}
	return 0;
}

/* Read "&#...;" at the front of in: its length, 0: there is none, SIZE_MAX: it is cut. */
static size_t read_reference(struct bytes in, uint32_t *ret_c)
{
	size_t i = 2;
	uint32_t c = 0;

	if (in.len < 2)
		return SIZE_MAX;
	if (in.data[1] != '#')
		return 0;
	bool hex = in.len > 2 && in.data[2] == 'x';
	for (i += hex; i < in.len && i < MAX_REFERENCE; i++) {
		uint8_t d = in.data[i];
		if (d == ';') {
			*ret_c = c;
			return i > 2u + hex ? i + 1 : 0;
		}
		uint32_t v = d >= '0' && d <= '9' ? d - (uint32_t)'0'
			     : hex && (d | 32) >= 'a' && (d | 32) <= 'f'
				     ? (d | 32) - (uint32_t)'a' + 10
				     : 99;
		if (v == 99)
			return 0;
		c = c > 0x110000 ? c : c * (hex ? 16 : 10) + v;
	}
	return i < MAX_REFERENCE ? SIZE_MAX : 0;
}

struct walk {
	struct xml_scan *s;
	const uint8_t *start, *at, *end;
	const uint8_t *copied; /* up to here all is in s->out, or nothing was rewritten */
	const uint8_t *next[4];
};

static const uint8_t specials[4] = { '&', '!', '?', 0xF4 };

static const uint8_t *next_special(struct walk *w)
{
	const uint8_t *nearest = w->end;

	for (size_t i = 0; i < 4; i++) {
		if (!w->next[i] || w->next[i] < w->at) {
			w->next[i] = memchr(w->at, specials[i], (size_t)(w->end - w->at));
			if (!w->next[i])
				w->next[i] = w->end;
		}
		if (w->next[i] < nearest)
			nearest = w->next[i];
	}
	return nearest;
}

/* Put len bytes of with in the place of old_len bytes at p. */
static int replace(struct walk *w, const uint8_t *p, size_t old_len, struct bytes with,
		   winch_error *err)
{
	int r = buf_put(&w->s->out, bytes_of(w->copied, (size_t)(p - w->copied)), err);

	if (r == 0)
		r = buf_put(&w->s->out, with, err);
	w->copied = w->at = p + old_len;
	w->s->hidden = true;
	return r;
}

/* At '&' or F4.  1: it is cut, hold it. */
static int hide_one(struct walk *w, const uint8_t *p, bool last, winch_error *err)
{
	struct bytes rest = { p, (size_t)(w->end - p) };
	uint8_t hidden[8];
	uint32_t c = 0;
	size_t len, hidden_len;

	if (*p == '&') {
		len = read_reference(rest, &c);
	} else {
		len = rest.len < 4 ? SIZE_MAX : utf8_decode(rest, false, &c);
	}
	if (len == SIZE_MAX && !last)
		return 1;
	if (len == 0 || len == SIZE_MAX || (hidden_len = hide(c, hidden)) == 0) {
		w->at = p + 1;
		return 0;
	}
	return replace(w, p, len, bytes_of(hidden, hidden_len), err);
}

/* Inside comment, CDATA or PI: go to behind its end, or to what is to be hidden in CDATA. */
static void pass_section(struct walk *w)
{
	struct xml_scan *s = w->s;
	const uint8_t mark = s->state == IN_COMMENT ? '-' : s->state == IN_CDATA ? ']' : '?';
	const unsigned need = s->state == IN_PI ? 1 : 2;

	for (; w->at < w->end; w->at++) {
		if (*w->at == 0xF4 && s->state == IN_CDATA)
			return;
		if (*w->at == '>' && s->run >= need) {
			s->state = IN_MARKUP;
			w->at++;
			return;
		}
		s->run = *w->at == mark ? (uint8_t)(s->run < 2 ? s->run + 1 : 2) : 0;
	}
}

static void after_bang(struct xml_scan *s, uint8_t c)
{
	s->run = 0;
	if (s->state == IN_BANG)
		s->state = c == '-' ? IN_BANG_DASH : c == '[' ? IN_CDATA : IN_MARKUP;
	else
		s->state = c == '-' ? IN_COMMENT : IN_MARKUP;
}

/* Walk to the end, or to what must be held; w->at then stands there. */
static int rewrite(struct walk *w, bool last, winch_error *err)
{
	struct xml_scan *s = w->s;

	while (w->at < w->end) {
		if (s->state == IN_BANG || s->state == IN_BANG_DASH) {
			after_bang(s, *w->at++);
			continue;
		}
		if (s->state != IN_MARKUP) {
			pass_section(w);
			if (w->at == w->end || s->state == IN_MARKUP)
				continue;
		}
		const uint8_t *p = s->state == IN_MARKUP ? next_special(w) : w->at;
		if (p == w->end) {
			w->at = p;
			break;
		}
		if (*p == '!' || *p == '?') {
			uint8_t before = p > w->start ? p[-1] : s->last;
			s->run = 0;
			if (before == '<')
				s->state = *p == '!' ? IN_BANG : IN_PI;
			w->at = p + 1;
			continue;
		}
		int r = hide_one(w, p, last, err);
		if (r < 0)
			return r;
		if (r > 0) {
			w->at = p;
			break;
		}
	}
	return 0;
}

/* The piece without prolog: hide what is to be hidden. */
static int scan_markup(struct xml_scan *s, struct bytes in, bool last, struct bytes *ret_out,
		       winch_error *err)
{
	if (in.len == 0)
		return 0;
	struct walk w = {
		.s = s, .start = in.data, .at = in.data, .copied = in.data, .end = in.data + in.len
	};
	int r = 0;
	if (s->clixml)
		r = rewrite(&w, last, err);
	else
		w.at = w.end;
	if (r < 0)
		return r;
	if (w.at > w.start)
		s->last = w.at[-1];
	if (w.copied == in.data) {
		*ret_out = bytes_of(in.data, (size_t)(w.at - in.data));
	} else {
		r = buf_put(&s->out, bytes_of(w.copied, (size_t)(w.at - w.copied)), err);
		*ret_out = buf_bytes(&s->out);
	}
	return r < 0 ? r : buf_put(&s->held, bytes_of(w.at, (size_t)(w.end - w.at)), err);
}

/* in, behind what was held of the piece before. */
static int join_held(struct xml_scan *s, struct bytes *in, winch_error *err)
{
	if (s->held.len == 0)
		return 0;
	buf_clear(&s->joined);
	int r = buf_put(&s->joined, buf_bytes(&s->held), err);
	if (r == 0)
		r = buf_put(&s->joined, *in, err);
	if (r < 0)
		return r;
	buf_clear(&s->held);
	*in = buf_bytes(&s->joined);
	return 0;
}

/* BOM and encoding.  1: in is held, it is too short to tell. */
static int begin(struct xml_scan *s, struct bytes *in, bool last, winch_error *err)
{
	int r = join_held(s, in, err);

	if (r < 0)
		return r;
	if (in->len < 4 && !last) {
		r = buf_put(&s->held, *in, err);
		return r < 0 ? r : 1;
	}
	*in = bytes_skip(*in, detect(s, *in));
	return 0;
}

int xml_scan_put(struct xml_scan *s, struct bytes in, bool last, struct bytes *ret_out,
		 winch_error *err)
{
	bool hold = false;
	int r = 0;

	*ret_out = (struct bytes){ NULL, 0 };
	buf_clear(&s->out);
	s->src += in.len;
	if (s->encoding == ENC_UNKNOWN && (r = begin(s, &in, last, err)) != 0)
		return r < 0 ? r : 0;
	s->came |= in.len > 0;
	if (s->encoding != ENC_UTF8)
		r = decode_utf16(s, in, last, &in, err);
	if (r == 0)
		r = join_held(s, &in, err);
	if (r == 0 && s->prolog != PROLOG_OVER)
		in = bytes_skip(in, skip_prolog(s, in, last, &hold));
	if (r < 0 || hold)
		return r < 0 ? r : buf_put(&s->held, in, err);
	r = scan_markup(s, in, last, ret_out, err);
	if (r == 0)
		s->fed += ret_out->len;
	return r;
}

bool xml_scan_clean(const struct xml_scan *s)
{
	return s->encoding != ENC_UNKNOWN && s->prolog == PROLOG_OVER && s->state == IN_MARKUP &&
	       s->held.len == 0 && s->cut_len == 0 && s->last != '<';
}

void xml_scan_resume(struct xml_scan *s, const struct xml_scan *like, uint64_t fed, uint64_t src)
{
	xml_scan_restart(s);
	s->encoding = like->encoding;
	s->prolog = PROLOG_OVER;
	s->came = true;
	s->fed = fed;
	s->src = src;
}

int xml_scan_show(struct buf *out, struct bytes text, winch_error *err)
{
	uint8_t *to = buf_room(out, text.len, err);
	const uint8_t *p = text.data, *end = bytes_end(text);

	if (!to)
		return WINCH_E_NOMEM;
	uint8_t *start = to;
	while (p < end) {
		if (p[0] != 0xF4 || p[1] != 0x8F) {
			*to++ = *p++;
			continue;
		}
		uint32_t c = (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
		c = c < 0x800 ? 0xD800 + c : c < 0x820 ? c - 0x800 : 0xFFFE + (c - 0x820);
		to += utf8_encode(c, to);
		p += 4;
	}
	buf_added(out, (size_t)(to - start));
	return 0;
}
