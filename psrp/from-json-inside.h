/*
 * from-json-inside.h - what the two ways from JSON to values share.
 */
#ifndef PSRP_FROM_JSON_INSIDE_H
#define PSRP_FROM_JSON_INSIDE_H

#include "psrp/json-read.h"
#include "psrp/value.h"

enum { JSON_MAX_OBJECTS = 100 };

struct from_json {
	struct json j;
	struct arena *a;
	struct buf scratch, normal; /* a string's text; a primitive's normal form */
};

/* The two ways, for from_json(): one value. */
int from_json_plain(struct from_json *b, bool parameter, const struct value **ret_value,
		    winch_error *err);
int from_json_typed(struct from_json *b, const struct value **ret_value, winch_error *err);

/* A string, copied into the arena. */
int from_json_text(struct from_json *b, struct bytes *ret_text, winch_error *err);

/* null, true, false or a string, as the value that both ways make of it. */
int from_json_simple(struct from_json *b, const struct value **ret_value, winch_error *err);

/* text, checked as a primitive's.  WINCH_E_FORMAT, without a text: the tag does not allow it. */
int from_json_primitive(struct from_json *b, enum tag tag, struct bytes text,
			const struct value **ret_value, winch_error *err);

/* Two names of a list of members that are equal but for the case of A-Z: 1 and one of them. */
int from_json_twins(const struct items *members, struct bytes *ret_name, winch_error *err);

#endif
