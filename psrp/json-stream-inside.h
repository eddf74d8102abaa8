/*
 * json-stream-inside.h - what the plain and the typed stream share.
 */
#ifndef PSRP_JSON_STREAM_INSIDE_H
#define PSRP_JSON_STREAM_INSIDE_H

#include "psrp/json-stream.h"
#include "psrp/json-text.h"
#include "psrp/json-write.h"

enum stream_kind { STREAM_ROOT = 0, STREAM_OBJECT, STREAM_LIST, STREAM_DICTIONARY, STREAM_SET };

/* What of an object is written. */
enum stream_state { STREAM_NOTHING = 0, STREAM_BASE, STREAM_PROPS, STREAM_MS };

struct stream_frame {
	size_t start;              /* in out, from the value's begin */
	uint64_t bloom;            /* of the names or keys */
	size_t hashes;             /* where those of this scope begin */
	size_t string, string_len; /* ToString, in strings */
	size_t object;             /* its place in objects */
	uint32_t count;            /* members or items written */
	uint32_t members;          /* that came, also those that are not written */
	uint32_t deepest;          /* objects open inside, itself too */
	uint8_t kind, state;
	uint8_t types; /* enum type_kind */
	bool has_types, has_string, has_props, has_ms;
	bool circular; /* what is written depends on what is open around it */
};

/* Typed: a Ref is missing its id, and the brace, at an offset from the value's begin. */
struct stream_ref {
	size_t at, object;
};

struct stream_object {
	size_t start, len; /* in out, from the value's begin */
	uint64_t elements; /* inside; typed: its id */
	uint32_t deepest;
	bool open, written, circular;
};

static inline struct stream_frame *stream_top(struct json_stream *s)
{
	return &s->frames[s->depth];
}

static inline int stream_put(struct json_stream *s, struct bytes text, winch_error *err)
{
	struct buf *b = s->out;

	if (b->cap - b->start - b->len <= text.len)
		return buf_put(b, text, err);
	if (text.len)
		memcpy(b->data + b->start + b->len, text.data, text.len);
	b->len += text.len;
	return 0;
}

#define stream_lit(s, lit, err) stream_put((s), BYTES_LIT(lit), (err))

/* The value will be written from a tree. */
static inline int stream_give_up(struct json_stream *s)
{
	if (!s->gave_up)
		s->muted += (size_t)1 << 40;
	s->gave_up = true;
	return 0;
}

/* deepest objects are open inside a part of f. */
static inline void stream_deepen(struct stream_frame *f, uint32_t deepest)
{
	deepest += f->kind == STREAM_OBJECT || f->kind == STREAM_SET;
	if (deepest > f->deepest)
		f->deepest = deepest;
}

struct stream_frame *stream_push(struct json_stream *s, enum stream_kind kind);

/* An object begins; *ret its place.  id.data may be NULL. */
int stream_object_start(struct json_stream *s, struct bytes id, size_t *ret, winch_error *err);

/* 1: id is *ret_object; 2: it is an earlier child's; 0: not known. */
int stream_find(struct json_stream *s, struct bytes id, size_t *ret_object);

/* A name (fold: without regard to case) or key joins the open scope.  1: one like it may be there.
 */
int stream_scope(struct json_stream *s, struct stream_frame *f, struct bytes name, bool fold,
		 winch_error *err);

#endif
