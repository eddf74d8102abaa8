/*
 * json-stream.h - CLIXML's parts as JSON at once, without a tree.
 *
 * It writes what comes in the engine's own order.  What it can't write so (parts in
 * another order or twice, names or keys that are equal, error records, most references)
 * makes it give up the value: .gave_up; a tree of it must then be written instead.
 * Either way it knows all RefIds of the value.
 */
#ifndef PSRP_JSON_STREAM_H
#define PSRP_JSON_STREAM_H

#include "psrp/clixml-grammar.h"
#include "psrp/id-log.h"
#include "psrp/id-table.h"

struct stream_frame;
struct stream_object;

struct json_stream {
	const struct clixml_where *where; /* of the grammar that it is the sink of */
	struct buf *out;
	bool big_as_strings;
	struct id_log *log; /* RefIds of earlier children; NULL: there are none */
	uint64_t start;     /* where the child begins, for .log */

	size_t begin; /* of the value, in out */
	bool gave_up;
	size_t muted; /* > 0: nothing is written; parts that are open since then */
	size_t depth, open;
	struct stream_frame *frames;

	/* Objects in the order of their starts.  While RefIds count up from first_id the place says
	 * the id; else .odd, and ids has them. */
	struct stream_object *objects;
	size_t object_count, object_room;
	uint64_t first_id;
	bool odd;
	struct id_table ids;

	uint64_t elements; /* written so far */
	uint64_t repeated; /* of them by references */

	struct buf strings; /* ToString of the open objects */
	struct buf hashes;  /* uint32_t: of names and keys of the open scopes */
	struct buf refs;    /* typed: struct stream_ref */
	struct buf scratch;
};

/* Sinks whose user is a struct json_stream; begin and done are the caller's. */
extern const struct clixml_sink json_stream_plain, json_stream_typed;

int json_stream_init(struct json_stream *s, winch_error *err);
void json_stream_done(struct json_stream *s);

/* A value begins at the end of s->out. */
void json_stream_begin(struct json_stream *s);

/* It will be written from a tree. */
void json_stream_give_up(struct json_stream *s);

/* The value is whole.  Puts the ids into a typed one. */
int json_stream_end(struct json_stream *s, winch_error *err);

#endif
