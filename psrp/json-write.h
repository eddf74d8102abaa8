/*
 * json-write.h - trees as JSON: the whole mapping, for the values that can't be
 * written straight from parse events.  specs/json-mapping.md 3 and 4.
 */
#ifndef PSRP_JSON_WRITE_H
#define PSRP_JSON_WRITE_H

#include "psrp/id-table.h"
#include "psrp/value.h"
#include "src/base/buf.h"

enum { JSON_MAX_OPEN = 100, JSON_MAX_REPEATED = 65536 };

/* Bytes of one value: elements that are repeated are counted, but each may be long. */
#define JSON_MAX_TEXT ((size_t)1 << 30)

struct json_writer {
	struct buf *out;
	bool big_as_strings; /* plain */

	/* Gives the object of a REF to an earlier child; it lives until released.  NULL: no
	 * tree has such. */
	int (*load)(void *user, const struct earlier *e, struct object **ret, winch_error *err);
	void (*release)(void *user, const struct object *o);
	void *load_user;

	/* The rest is the writer's own; zero at first. */
	const struct object *open[2 * JSON_MAX_OPEN + 2]; /* NULL for a member set */
	size_t open_count, repeating, repeated;
	struct id_table objects; /* typed: by home and ordinal */
	uint64_t *marks;         /* typed: of each object in the order of starts: its id */
	size_t mark_count, mark_room;
	bool dry; /* typed: only find out which objects need an id */
	struct buf scratch;
};

/* v as one JSON text at the end of w->out, without a line feed.  On failure w->out
 * is as long as it was. */
int json_write_plain(struct json_writer *w, const struct value *v, winch_error *err);
int json_write_typed(struct json_writer *w, const struct value *v, winch_error *err);
void json_writer_done(struct json_writer *w);

/* One primitive (its text in normal form), progress record, property name. */
int json_plain_primitive(struct buf *out, enum tag tag, struct bytes text, bool big_as_strings,
			 winch_error *err);
int json_plain_progress(struct buf *out, const struct progress *p, winch_error *err);
int json_typed_primitive(struct buf *out, struct buf *scratch, enum tag tag, struct bytes text,
			 winch_error *err);
int json_typed_progress(struct buf *out, const struct progress *p, winch_error *err);
int json_typed_name(struct buf *out, struct buf *scratch, struct bytes name, winch_error *err);

/* For json-plain.c and json-error.c. */
int json_plain_value(struct json_writer *w, const struct value *v, winch_error *err);
int json_plain_error(struct json_writer *w, const struct object *o, winch_error *err);

/* Opens o.  1: null, or its ToString, was written in its place.  reached: by a reference. */
int json_plain_open(struct json_writer *w, struct object *o, bool reached, winch_error *err);
void json_plain_close(struct json_writer *w, bool reached);

/* The object of an OBJ or REF.  Whoever loads releases. */
int json_load(struct json_writer *w, const struct value *v, struct object **ret, winch_error *err);
void json_release(struct json_writer *w, const struct value *v, const struct object *o);

#endif
