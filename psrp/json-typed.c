/*
 * json-typed.c - trees as typed JSON.  specs/json-mapping.md 4.
 *
 * The tree is walked twice when it has references: dry, to find which objects
 * some Ref points to, and to write.
 */
#include "psrp/escape.h"
#include "psrp/json-text.h"
#include "psrp/json-write.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

#define put_lit(w, lit, err) put((w), BYTES_LIT(lit), (err))

static int put(struct json_writer *w, struct bytes text, winch_error *err)
{
	return w->dry ? 0 : buf_put(w->out, text, err);
}

static int put_string(struct json_writer *w, struct bytes text, winch_error *err)
{
	return w->dry ? 0 : json_put_string(w->out, text, err);
}

static int put_value(struct json_writer *w, const struct value *v, winch_error *err);

/* {"$t":TAG,"key": */
static int put_head(struct buf *out, enum tag tag, struct bytes key, winch_error *err)
{
	const struct bytes name = bytes_str(tag_name(tag));
	int r = buf_put(out, BYTES_LIT("{\"$t\":\""), err);

	if (r == 0)
		r = buf_put(out, name, err);
	return r == 0 ? buf_put(out, key, err) : r;
}

static int put_tagged(struct buf *out, enum tag tag, struct bytes text, bool quoted,
		      winch_error *err)
{
	int r = put_head(out, tag, BYTES_LIT("\",\"v\":"), err);

	if (r == 0)
		r = quoted ? json_put_string(out, text, err) : buf_put(out, text, err);
	return r == 0 ? buf_put(out, BYTES_LIT("}"), err) : r;
}

static int put_escaped(struct buf *out, struct buf *scratch, enum tag tag, struct bytes text,
		       winch_error *err)
{
	int r = put_head(out, tag, BYTES_LIT("\",\"e\":\""), err);

	/* The escape has only ASCII for what is escaped, but quotes and backslashes are not. */
	buf_clear(scratch);
	if (r == 0)
		r = escape_put(scratch, text, err);
	if (r == 0)
		r = json_put_chars(out, buf_bytes(scratch), err);
	return r == 0 ? buf_put(out, BYTES_LIT("\"}"), err) : r;
}

int json_typed_primitive(struct buf *out, struct buf *scratch, enum tag tag, struct bytes text,
			 winch_error *err)
{
	switch ((int)tag) {
	case TAG_B:
	case TAG_I32:
		return buf_put(out, text, err);
	case TAG_S:
		if (!escape_has_lone(text))
			return json_put_string(out, text, err);
		return put_escaped(out, scratch, tag, text, err);
	case TAG_URI:
	case TAG_XD:
	case TAG_SBK:
		if (escape_has_lone(text))
			return put_escaped(out, scratch, tag, text, err);
		break;
	case TAG_SS:
		return put_tagged(out, tag, BYTES_LIT("null"), false, err);
	case TAG_C:
	case TAG_BY:
	case TAG_SB:
	case TAG_U16:
	case TAG_I16:
	case TAG_U32:
	case TAG_U64:
	case TAG_I64:
	case TAG_D:
		return put_tagged(out, tag, text, false, err);
	case TAG_SG:
	case TAG_DB:
		return put_tagged(out, tag, text,
				  bytes_is(text, "NaN") || bytes_is(text, "INF") ||
					  bytes_is(text, "-INF"),
				  err);
	}
	return put_tagged(out, tag, text, true, err);
}

int json_typed_progress(struct buf *out, const struct progress *p, winch_error *err)
{
	int r = buf_put(out, BYTES_LIT("{\"$t\":\"PR\",\"v\":{\"AV\":"), err);
	if (r == 0)
		r = json_put_string(out, p->activity, err);
	if (r == 0)
		r = buf_put_fmt(out, err, ",\"AI\":%d,\"CO\":", (int)p->activity_id);
	if (r == 0)
		r = p->has_operation ? json_put_string(out, p->operation, err)
				     : buf_put(out, BYTES_LIT("null"), err);
	if (r == 0)
		r = buf_put_fmt(out, err, ",\"PI\":%d,\"PC\":%d,\"T\":", (int)p->parent_id,
				(int)p->percent);
	if (r == 0)
		r = json_put_string(out, p->type, err);
	if (r == 0)
		r = buf_put_fmt(out, err, ",\"SR\":%d,\"SD\":", (int)p->seconds);
	if (r == 0)
		r = json_put_string(out, p->status, err);
	return r == 0 ? buf_put(out, BYTES_LIT("}}"), err) : r;
}

int json_typed_name(struct buf *out, struct buf *scratch, struct bytes name, winch_error *err)
{
	const struct bytes mark = BYTES_LIT("$e:");
	bool marked = escape_has_lone(name) ||
		      (name.len >= mark.len && memcmp(name.data, mark.data, mark.len) == 0);

	if (!marked)
		return json_put_string(out, name, err);
	buf_clear(scratch);
	int r = buf_put(scratch, mark, err);
	if (r == 0)
		r = escape_put(scratch, name, err);
	return r == 0 ? json_put_string(out, buf_bytes(scratch), err) : r;
}

/* A property name, with its colon. */
static int put_name(struct json_writer *w, struct bytes name, winch_error *err)
{
	int r = w->dry ? 0 : json_typed_name(w->out, &w->scratch, name, err);

	return r == 0 ? put_lit(w, ":", err) : r;
}

static int open_one(struct json_writer *w, winch_error *err)
{
	if (w->open_count >= JSON_MAX_OPEN)
		return fail(err, WINCH_E_LIMIT, "more than %d objects are open", JSON_MAX_OPEN);
	w->open_count++;
	return 0;
}

static int put_members(struct json_writer *w, const struct items *items, winch_error *err)
{
	int r = put_lit(w, "{", err);

	for (const struct item *i = items->first; r == 0 && i; i = i->next) {
		if (i != items->first)
			r = put_lit(w, ",", err);
		if (r == 0)
			r = put_name(w, i->name, err);
		if (r == 0)
			r = put_value(w, i->value, err);
	}
	return r == 0 ? put_lit(w, "}", err) : r;
}

static int put_set(struct json_writer *w, const struct items *items, winch_error *err)
{
	int r = open_one(w, err);

	if (r < 0)
		return r;
	r = put_lit(w, "{\"$t\":\"MS\",\"v\":", err);
	if (r == 0)
		r = put_members(w, items, err);
	w->open_count--;
	return r == 0 ? put_lit(w, "}", err) : r;
}

static int put_container(struct json_writer *w, const struct value *v, winch_error *err)
{
	int r = w->dry ? 0 : buf_put_fmt(w->out, err, "{\"$t\":\"%s\",\"v\":[", tag_name(v->tag));

	for (const struct item *i = v->items.first; r == 0 && i; i = i->next) {
		if (i != v->items.first)
			r = put_lit(w, ",", err);
		if (r == 0 && i->key) {
			r = put_lit(w, "[", err);
			if (r == 0)
				r = put_value(w, i->key, err);
			if (r == 0)
				r = put_lit(w, ",", err);
		}
		if (r == 0)
			r = put_value(w, i->value, err);
		if (r == 0 && i->key)
			r = put_lit(w, "]", err);
	}
	return r == 0 ? put_lit(w, "]}", err) : r;
}

static int put_types(struct json_writer *w, const struct type_names *types, winch_error *err)
{
	int r = put_lit(w, ",\"tn\":[", err);

	for (size_t i = 0; r == 0 && i < types->count; i++) {
		if (i)
			r = put_lit(w, ",", err);
		if (r == 0)
			r = put_string(w, types->names[i], err);
	}
	return r == 0 ? put_lit(w, "]", err) : r;
}

static int put_parts(struct json_writer *w, const struct object *o, winch_error *err)
{
	int r = 0;

	if (o->types)
		r = put_types(w, o->types, err);
	if (r == 0 && o->has_to_string) {
		r = put_lit(w, ",\"s\":", err);
		if (r == 0)
			r = put_string(w, o->to_string, err);
	}
	if (r == 0 && o->base) {
		r = put_lit(w, ",\"v\":", err);
		if (r == 0)
			r = put_value(w, o->base, err);
	}
	if (r == 0 && o->has_props) {
		r = put_lit(w, ",\"p\":", err);
		if (r == 0)
			r = put_members(w, &o->props, err);
	}
	if (r == 0 && o->members.count) {
		r = put_lit(w, ",\"x\":", err);
		if (r == 0)
			r = put_members(w, &o->members, err);
	}
	return r;
}

/* What is kept of an object between and in the walks: its place among the starts, from 1. */
struct seen_key {
	uint64_t home, ordinal;
	const void *pointer; /* where it has no ordinal */
};

static struct bytes key_of(const struct object *o, struct seen_key *key)
{
	*key = (struct seen_key){ o->home, o->ordinal, o->ordinal ? NULL : o };
	return bytes_of(key, sizeof(*key));
}

static int add_mark(struct json_writer *w, winch_error *err)
{
	if (w->mark_count == w->mark_room) {
		size_t room = w->mark_room ? w->mark_room * 2 : 64;
		uint64_t *marks = mem_realloc(w->marks, room * sizeof(*marks));
		if (!marks)
			return fail_nomem(err);
		w->marks = marks;
		w->mark_room = room;
	}
	w->marks[w->mark_count++] = 0;
	return 0;
}

static int put_start(struct json_writer *w, uint64_t id, winch_error *err)
{
	int r = put_lit(w, "{\"$t\":\"Obj\"", err);

	return r == 0 && id && !w->dry
		       ? buf_put_fmt(w->out, err, ",\"id\":%llu", (unsigned long long)id)
		       : r;
}

/* The first time it is written in full, later as a Ref. */
static int put_object(struct json_writer *w, const struct object *o, winch_error *err)
{
	struct seen_key key;
	const struct bytes text = key_of(o, &key);
	uintptr_t place = (uintptr_t)id_table_get(&w->objects, text);
	int r;

	if (place) {
		if (w->dry) {
			w->marks[place - 1] = 1;
			return 0;
		}
		return buf_put_fmt(w->out, err, "{\"$t\":\"Ref\",\"id\":%llu}",
				   (unsigned long long)w->marks[place - 1]);
	}
	if ((r = open_one(w, err)) < 0)
		return r;
	/* The n-th start of the second walk is that of the first. */
	place = ++w->repeated;
	if (w->dry && (r = add_mark(w, err)) < 0)
		return r;
	r = id_table_put(&w->objects, text, (void *)place, err);
	if (r == 0)
		r = put_start(w, place <= w->mark_count ? w->marks[place - 1] : 0, err);
	if (r == 0)
		r = put_parts(w, o, err);
	w->open_count--;
	return r == 0 ? put_lit(w, "}", err) : r;
}

static int put_value(struct json_writer *w, const struct value *v, winch_error *err)
{
	struct object *o;
	int r;

	switch ((int)v->tag) {
	case TAG_NIL:
		return put_lit(w, "null", err);
	case TAG_PR:
		return w->dry ? 0 : json_typed_progress(w->out, v->progress, err);
	case TAG_OBJ:
		return put_object(w, v->object, err);
	case TAG_REF:
		if ((r = json_load(w, v, &o, err)) < 0)
			return r;
		r = put_object(w, o, err);
		json_release(w, v, o);
		return r;
	case TAG_LST:
	case TAG_IE:
	case TAG_STK:
	case TAG_QUE:
	case TAG_DCT:
		return put_container(w, v, err);
	case TAG_MS:
		return put_set(w, &v->items, err);
	}
	return w->dry ? 0 : json_typed_primitive(w->out, &w->scratch, v->tag, v->text, err);
}

static int walk(struct json_writer *w, const struct value *v, bool dry, winch_error *err)
{
	w->dry = dry;
	w->open_count = w->repeated = 0;
	id_table_clear(&w->objects);
	return put_value(w, v, err);
}

int json_write_typed(struct json_writer *w, const struct value *v, winch_error *err)
{
	const size_t start = w->out->len;
	uint64_t id = 0;

	w->scratch.max = SIZE_MAX / 4;
	w->mark_count = 0;
	int r = walk(w, v, true, err);
	for (size_t i = 0; i < w->mark_count; i++)
		if (w->marks[i])
			w->marks[i] = ++id;
	if (r == 0)
		r = walk(w, v, false, err);
	if (r < 0)
		buf_truncate(w->out, start);
	return r;
}
