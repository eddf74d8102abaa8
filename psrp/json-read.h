/*
 * json-read.h - a JSON text (RFC 8259) read from the front, value by value.
 *
 * It builds nothing: who calls it decides what a value becomes.  Numbers stay
 * text, a \u escape of a lone surrogate is kept (WTF-8), and each failure names
 * the byte.  Names are not compared: that is the caller's.
 */
#ifndef PSRP_JSON_READ_H
#define PSRP_JSON_READ_H

#include "src/base/buf.h"

enum { JSON_MAX_DEPTH = 1000 };

/* A plain struct: a copy is a second reader at the same place. */
struct json {
	struct bytes text;
	size_t at;                           /* bytes read */
	size_t depth;                        /* arrays and objects that are open */
	size_t max_depth;                    /* at most JSON_MAX_DEPTH */
	uint8_t objects[JSON_MAX_DEPTH / 8]; /* a bit for each that is open: it is an object */
	bool fresh;                          /* nothing was read since json_enter() */
};

enum json_kind {
	JSON_NULL = 1,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/* At the one value of text.  All of text must be UTF-8: WINCH_E_FORMAT names the byte that
 * is not.  text is borrowed. */
int json_init(struct json *j, struct bytes text, size_t max_depth, winch_error *err);

/* What begins here (an enum json_kind), nothing of it read yet. */
int json_kind(const struct json *j, winch_error *err);

/* Read what json_kind() said. */
int json_literal(struct json *j, winch_error *err); /* null, true, false */
int json_number(struct json *j, struct bytes *ret_text, winch_error *err);

/* *ret_text is a part of the text, or was put into scratch (cleared first). */
int json_string(struct json *j, struct buf *scratch, struct bytes *ret_text, winch_error *err);

/*
 * Into an array or object, then before each of its items:
 *
 *     r = json_enter(j, err);
 *     while (r == 0 && (r = json_item(j, err)) == 1)
 *             r = (read one value);
 *
 * 1: an item, or the name of a member, begins here; 0: that was the last, its
 * end is read.
 */
int json_enter(struct json *j, winch_error *err);
int json_item(struct json *j, winch_error *err);

/* A member's name with its colon; as json_string. */
int json_name(struct json *j, struct buf *scratch, struct bytes *ret_name, winch_error *err);

/* Over one value, whatever it is. */
int json_skip(struct json *j, winch_error *err);

/* Nothing but white space is left. */
int json_end(struct json *j, winch_error *err);

/* WINCH_E_FORMAT at byte `at` of the text, which also stands in front of what fmt says. */
int json_fail(size_t at, winch_error *err, const char *fmt, ...) WINCH_PRINTF(3, 4);

#endif
