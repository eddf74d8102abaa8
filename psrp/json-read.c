/*
 * json-read.c - a JSON text read from the front.
 *
 * Our own, as no library of the usual ones keeps the text of numbers, lone surrogates
 * and the place of an error all at once: jansson and json-c make doubles, yajl
 * turns a lone surrogate into '?'.
 */
#include "psrp/json-read.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

int json_fail(size_t at, winch_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_v(err, WINCH_E_FORMAT, fmt, args);
	va_end(args);
	fail_prefix(err, "byte %zu", at);
	if (err)
		err->offset = at;
	return WINCH_E_FORMAT;
}

/* The next byte; 0 at the end: a NUL stands nowhere in JSON, so both are errors alike. */
static uint8_t peek(const struct json *j)
{
	return j->at < j->text.len ? j->text.data[j->at] : 0;
}

static void skip_space(struct json *j)
{
	while (j->at < j->text.len) {
		uint8_t c = j->text.data[j->at];
		if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			break;
		j->at++;
	}
}

/* What stands here is not what was expected. */
static int unexpected(const struct json *j, const char *expected, winch_error *err)
{
	uint8_t c = peek(j);

	if (j->at >= j->text.len)
		return json_fail(j->at, err, "the text ends where %s was expected", expected);
	if (c > 0x20 && c < 0x7F)
		return json_fail(j->at, err, "'%c' where %s was expected", c, expected);
	return json_fail(j->at, err, "the byte 0x%02X where %s was expected", c, expected);
}

int json_init(struct json *j, struct bytes text, size_t max_depth, winch_error *err)
{
	size_t valid = utf8_valid_len(text);

	*j = (struct json){ .text = text, .max_depth = max_depth };
	if (valid < text.len)
		return json_fail(valid, err, "not UTF-8");
	skip_space(j);
	return 0;
}

int json_kind(const struct json *j, winch_error *err)
{
	switch (peek(j)) {
	case 'n':
		return JSON_NULL;
	case 'f':
		return JSON_FALSE;
	case 't':
		return JSON_TRUE;
	case '"':
		return JSON_STRING;
	case '[':
		return JSON_ARRAY;
	case '{':
		return JSON_OBJECT;
	case '-':
	case '0' ... '9':
		return JSON_NUMBER;
	}
	return unexpected(j, "a value", err);
}

int json_literal(struct json *j, winch_error *err)
{
	static const char *const words[] = { "null", "true", "false" };
	struct bytes left = bytes_skip(j->text, j->at);

	for (size_t i = 0; i < 3; i++) {
		size_t len = strlen(words[i]);
		if (left.len >= len && memcmp(left.data, words[i], len) == 0) {
			j->at += len;
			skip_space(j);
			return 0;
		}
	}
	return unexpected(j, "null, true or false", err);
}

/* At least one digit. */
static int skip_digits(struct json *j, winch_error *err)
{
	size_t start = j->at;

	while (peek(j) >= '0' && peek(j) <= '9')
		j->at++;
	return j->at > start ? 0 : unexpected(j, "a digit", err);
}

int json_number(struct json *j, struct bytes *ret_text, winch_error *err)
{
	size_t start = j->at;
	int r = 0;

	if (peek(j) == '-')
		j->at++;
	if (peek(j) == '0')
		j->at++; /* digits behind it are caught by what comes next */
	else
		r = skip_digits(j, err);
	if (r == 0 && peek(j) == '.') {
		j->at++;
		r = skip_digits(j, err);
	}
	if (r == 0 && (peek(j) == 'e' || peek(j) == 'E')) {
		j->at++;
		if (peek(j) == '+' || peek(j) == '-')
			j->at++;
		r = skip_digits(j, err);
	}
	if (r < 0)
		return r;
	*ret_text = bytes_of(j->text.data + start, j->at - start);
	skip_space(j);
	return 0;
}

/* The four hex digits of a \u at `at`, or -1. */
static int32_t hex4(struct bytes text, size_t at)
{
	int32_t v = 0;

	if (text.len - at < 4)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		uint8_t c = text.data[i], lower = c | 0x20;
		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if (lower >= 'a' && lower <= 'f')
			v = v << 4 | (lower - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* A \u whose 'u' is at j->at, with the second half of a pair. */
static int read_unicode(struct json *j, uint32_t *ret_code_point, winch_error *err)
{
	int32_t unit = hex4(j->text, j->at + 1);

	if (unit < 0)
		return json_fail(j->at - 1, err, "\\u without four hex digits");
	j->at += 5;
	*ret_code_point = (uint32_t)unit;
	if (unit < 0xD800 || unit > 0xDBFF || j->text.len - j->at < 6 ||
	    memcmp(j->text.data + j->at, "\\u", 2) != 0)
		return 0;
	int32_t low = hex4(j->text, j->at + 2);
	if (low >= 0xDC00 && low <= 0xDFFF) {
		*ret_code_point =
			0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
		j->at += 6;
	}
	return 0;
}

/* An escape, j->at behind its backslash: its UTF-8 (WTF-8) goes to `to`; the length, or < 0. */
static int read_escape(struct json *j, uint8_t to[4], winch_error *err)
{
	static const char from[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	uint32_t c = 0;

	if (peek(j) == 'u') {
		int r = read_unicode(j, &c, err);
		return r < 0 ? r : (int)utf8_encode(c, to);
	}
	const char *found = peek(j) ? strchr(from, peek(j)) : NULL;
	if (!found)
		return unexpected(j, "one of \"\\/bfnrtu behind a backslash", err);
	j->at++;
	*to = (uint8_t)means[found - from];
	return 1;
}

/* Over bytes that stand for themselves. */
static void skip_plain(struct json *j)
{
	const uint8_t *end = bytes_end(j->text), *p = j->at ? j->text.data + j->at : j->text.data;

	while (p < end && *p >= 0x20 && *p != '"' && *p != '\\')
		p++;
	j->at = (size_t)(p - j->text.data);
}

/* The rest of a string in which the first backslash is at j->at; room holds all of it. */
static int decode_string(struct json *j, uint8_t *room, size_t *ret_len, winch_error *err)
{
	uint8_t *to = room;

	while (peek(j) == '\\') {
		j->at++;
		int len = read_escape(j, to, err);
		if (len < 0)
			return len;
		to += len;
		size_t start = j->at;
		skip_plain(j);
		if (j->at > start)
			memcpy(to, j->text.data + start, j->at - start);
		to += j->at - start;
	}
	*ret_len = (size_t)(to - room);
	return 0;
}

/* Where the closing quote of the string around j->at is, or the end of the text: how much
 * room what it says can need at most (no escape is shorter than what it stands for). */
static size_t string_end(const struct json *j)
{
	size_t at = j->at;

	while (at < j->text.len && j->text.data[at] != '"')
		at += j->text.data[at] == '\\' ? 2 : 1;
	return at < j->text.len ? at : j->text.len;
}

int json_string(struct json *j, struct buf *scratch, struct bytes *ret_text, winch_error *err)
{
	if (peek(j) != '"')
		return unexpected(j, "a string", err);
	size_t start = ++j->at;
	skip_plain(j);
	struct bytes text = bytes_of(j->text.data + start, j->at - start);
	if (peek(j) == '\\') {
		buf_clear(scratch);
		uint8_t *room = buf_room(scratch, string_end(j) - start, err);
		if (!room)
			return err && err->status ? err->status : WINCH_E_NOMEM;
		if (text.len)
			memcpy(room, text.data, text.len);
		size_t len = 0;
		int r = decode_string(j, room + text.len, &len, err);
		if (r < 0)
			return r;
		buf_added(scratch, text.len + len);
		text = bytes_of(room, text.len + len);
	}
	if (peek(j) != '"')
		return unexpected(j, "the end of a string", err);
	j->at++;
	skip_space(j);
	*ret_text = text;
	return 0;
}

int json_enter(struct json *j, winch_error *err)
{
	if (j->depth >= j->max_depth)
		return json_fail(j->at, err, "more than %zu arrays and objects are open",
				 j->max_depth);
	const uint8_t bit = (uint8_t)(1u << j->depth % 8);
	if (peek(j) == '{')
		j->objects[j->depth / 8] |= bit;
	else
		j->objects[j->depth / 8] &= (uint8_t)~bit;
	j->depth++;
	j->fresh = true;
	j->at++;
	skip_space(j);
	return 0;
}

static bool in_object(const struct json *j)
{
	return j->objects[(j->depth - 1) / 8] >> (j->depth - 1) % 8 & 1;
}

int json_item(struct json *j, winch_error *err)
{
	const bool object = in_object(j), first = j->fresh;

	j->fresh = false;
	if (peek(j) == (object ? '}' : ']')) {
		j->at++;
		j->depth--;
		skip_space(j);
		return 0;
	}
	if (first)
		return 1;
	if (peek(j) != ',')
		return unexpected(j, object ? "',' or '}'" : "',' or ']'", err);
	j->at++;
	skip_space(j);
	return 1;
}

int json_name(struct json *j, struct buf *scratch, struct bytes *ret_name, winch_error *err)
{
	int r = json_string(j, scratch, ret_name, err);

	if (r < 0)
		return r;
	if (peek(j) != ':')
		return unexpected(j, "':'", err);
	j->at++;
	skip_space(j);
	return 0;
}

/* A string, its escapes checked and thrown away. */
static int skip_string(struct json *j, winch_error *err)
{
	uint8_t raw[4];

	j->at++;
	for (;;) {
		skip_plain(j);
		if (peek(j) != '\\')
			break;
		j->at++;
		int len = read_escape(j, raw, err);
		if (len < 0)
			return len;
	}
	if (peek(j) != '"')
		return unexpected(j, "the end of a string", err);
	j->at++;
	skip_space(j);
	return 0;
}

static int skip_name(struct json *j, winch_error *err)
{
	int r = peek(j) == '"' ? skip_string(j, err) : unexpected(j, "a string", err);

	if (r < 0)
		return r;
	if (peek(j) != ':')
		return unexpected(j, "':'", err);
	j->at++;
	skip_space(j);
	return 0;
}

/* One value, of an array or object only its start. */
static int skip_start(struct json *j, winch_error *err)
{
	struct bytes number;
	int kind = json_kind(j, err);

	switch (kind) {
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		return json_literal(j, err);
	case JSON_NUMBER:
		return json_number(j, &number, err);
	case JSON_STRING:
		return skip_string(j, err);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return json_enter(j, err);
	}
	return kind;
}

int json_skip(struct json *j, winch_error *err)
{
	const size_t depth = j->depth;
	int r = skip_start(j, err);

	while (r == 0 && j->depth > depth) {
		r = json_item(j, err);
		if (r == 1) {
			r = in_object(j) ? skip_name(j, err) : 0;
			if (r == 0)
				r = skip_start(j, err);
		}
	}
	return r;
}

int json_end(struct json *j, winch_error *err)
{
	if (j->at < j->text.len)
		return unexpected(j, "the end", err);
	return 0;
}
