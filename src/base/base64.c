/*
 * base64.c - RFC 4648, with padding.
 *
 * The decoder runs over every byte that a server sends: groups of four without
 * white space take the short way.
 */
#include "src/base/base64.h"

#include "src/base/fail.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { BAD = 0xFF, SPACE = 0xFE, PAD = 0xFD };

/* clang-format off */
static const uint8_t value_of[256] = {
	[0 ... 255] = BAD,
	['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE, [' '] = SPACE, ['='] = PAD,
	['A'] = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	['a'] = 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
	49, 50, 51,
	['0'] = 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, ['+'] = 62, ['/'] = 63,
};
/* clang-format on */

int base64_put(struct buf *out, struct bytes in, winch_error *err)
{
	if (in.len > SIZE_MAX / 2)
		return fail_nomem(err);
	uint8_t *to = buf_room(out, base64_len(in.len), err);
	if (!to)
		return base64_len(in.len) > out->max - out->len ? WINCH_E_LIMIT : WINCH_E_NOMEM;

	size_t at = 0;
	for (; in.len - at >= 3; at += 3, to += 4) {
		uint32_t v = (uint32_t)in.data[at] << 16 | (uint32_t)in.data[at + 1] << 8 |
			     in.data[at + 2];
		to[0] = (uint8_t)alphabet[v >> 18];
		to[1] = (uint8_t)alphabet[v >> 12 & 63];
		to[2] = (uint8_t)alphabet[v >> 6 & 63];
		to[3] = (uint8_t)alphabet[v & 63];
	}
	if (at < in.len) {
		bool two = in.len - at == 2;
		uint32_t v =
			(uint32_t)in.data[at] << 16 | (two ? (uint32_t)in.data[at + 1] << 8 : 0);
		to[0] = (uint8_t)alphabet[v >> 18];
		to[1] = (uint8_t)alphabet[v >> 12 & 63];
		to[2] = two ? (uint8_t)alphabet[v >> 6 & 63] : '=';
		to[3] = '=';
	}
	buf_added(out, base64_len(in.len));
	return 0;
}

/* Whole groups without white space or padding; how many bytes of in were taken. */
static size_t decode_fast(struct bytes in, uint8_t **to)
{
	size_t at = 0;
	uint8_t *o = *to;

	for (; in.len - at >= 4; at += 4, o += 3) {
		uint8_t a = value_of[in.data[at]], b = value_of[in.data[at + 1]];
		uint8_t c = value_of[in.data[at + 2]], d = value_of[in.data[at + 3]];
		if ((a | b | c | d) & 0x80)
			break;
		uint32_t v = (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | d;
		o[0] = (uint8_t)(v >> 16);
		o[1] = (uint8_t)(v >> 8);
		o[2] = (uint8_t)v;
	}
	*to = o;
	return at;
}

/* One group of four with what stands between; false: it is not one. */
static bool decode_group(struct bytes in, size_t *at, uint8_t **to, bool *ended)
{
	uint32_t v = 0;
	int count = 0, pads = 0;

	while (*at < in.len && count < 4) {
		uint8_t x = value_of[in.data[(*at)++]];
		if (x == SPACE)
			continue;
		if (x == BAD || (x != PAD && pads))
			return false;
		pads += x == PAD;
		v = v << 6 | (x == PAD ? 0 : x);
		count++;
	}
	if (count == 0)
		return true;
	if (count < 4 || pads > 2 || *ended)
		return false;
	*ended = pads > 0;
	*(*to)++ = (uint8_t)(v >> 16);
	if (pads < 2)
		*(*to)++ = (uint8_t)(v >> 8);
	if (pads < 1)
		*(*to)++ = (uint8_t)v;
	return true;
}

/* No more than this is written: simply, and near the buffer's maximum exactly. */
static size_t decoded_len(const struct buf *out, struct bytes in)
{
	size_t simple = in.len / 4 * 3 + 3, groups = 0, pads = 0;

	if (simple <= out->max - out->len)
		return simple;
	for (size_t i = 0; i < in.len; i++) {
		groups += value_of[in.data[i]] != SPACE;
		pads += value_of[in.data[i]] == PAD;
	}
	groups /= 4;
	/* More than two are a mistake, found only behind what is decoded in front of it. */
	if (pads > 2)
		pads = 2;
	return pads < groups * 3 ? groups * 3 - pads : 0;
}

int base64_get(struct buf *out, struct bytes in, winch_error *err)
{
	size_t most = decoded_len(out, in);
	uint8_t *room = buf_room(out, most, err);
	if (!room)
		return most > out->max - out->len ? WINCH_E_LIMIT : WINCH_E_NOMEM;

	uint8_t *to = room;
	bool ended = false, good = true;
	size_t at = 0;
	while (at < in.len && good) {
		if (!ended)
			at += decode_fast(bytes_skip(in, at), &to);
		if (at < in.len)
			good = decode_group(in, &at, &to, &ended);
	}
	buf_added(out, (size_t)(to - room));
	if (good)
		return 0;
	fail(err, WINCH_E_FORMAT, "not base64 near byte %zu", at);
	if (err)
		err->offset = at;
	return WINCH_E_FORMAT;
}

static int fail_whole(winch_error *err)
{
	return fail(err, WINCH_E_FORMAT, "base64 that is not whole, or goes on after its padding");
}

/* Move characters of in to the group that is held until it is whole. */
static void fill_group(struct base64_reader *r, struct bytes *in)
{
	size_t at = 0;

	while (at < in->len && r->held_len < 4) {
		uint8_t c = in->data[at++];
		if (value_of[c] != SPACE)
			r->held[r->held_len++] = c;
	}
	*in = bytes_skip(*in, at);
}

static size_t count_letters(struct bytes in)
{
	size_t count = 0;

	/* Mostly there is no white space, and to find that out is much faster than to count. */
	if (!in.len || !(memchr(in.data, '\n', in.len) || memchr(in.data, ' ', in.len) ||
			 memchr(in.data, '\r', in.len) || memchr(in.data, '\t', in.len)))
		return in.len;
	for (size_t i = 0; i < in.len; i++)
		count += value_of[in.data[i]] != SPACE;
	return count;
}

/* How much of in's end is a group that is not whole, and white space around it: its start. */
static size_t whole_groups_len(struct bytes in)
{
	size_t end = in.len;

	for (size_t left = count_letters(in) % 4; left; end--)
		left -= value_of[in.data[end - 1]] != SPACE;
	return end;
}

static int decode_some(struct base64_reader *r, struct buf *out, struct bytes in, winch_error *err)
{
	if (in.len == 0)
		return 0;
	if (r->ended)
		return fail_whole(err);
	r->ended = memchr(in.data, '=', in.len);
	return base64_get(out, in, err);
}

int base64_reader_feed(struct base64_reader *r, struct buf *out, struct bytes in, winch_error *err)
{
	if (r->held_len) {
		fill_group(r, &in);
		if (r->held_len < 4)
			return 0;
		int status = decode_some(r, out, bytes_of(r->held, 4), err);
		if (status < 0)
			return status;
		r->held_len = 0;
	}

	size_t whole = whole_groups_len(in);
	struct bytes rest = bytes_skip(in, whole);
	fill_group(r, &rest);

	/* White space alone is no group: it may stand behind the padding. */
	size_t at = 0;
	while (at < whole && value_of[in.data[at]] == SPACE)
		at++;
	return decode_some(r, out, bytes_of(whole > at ? in.data + at : NULL, whole - at), err);
}

int base64_reader_end(struct base64_reader *r, winch_error *err)
{
	return r->held_len ? fail_whole(err) : 0;
}
