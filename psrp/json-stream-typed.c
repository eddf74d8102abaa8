/*
 * json-stream-typed.c - CLIXML's parts as typed JSON at once.  specs/json-mapping.md 4.
 *
 * Which objects need an id is known at the end of a value: its Refs are written
 * without their number, and all numbers are put in then.
 */
#include <inttypes.h>

#include "psrp/json-stream-inside.h"

static const struct bytes object_start = BYTES_LIT("{\"$t\":\"Obj\"");

static int lead_member(struct json_stream *s, struct stream_frame *f, winch_error *err)
{
	const struct bytes name = s->where->name;
	int r = stream_scope(s, f, name, true, err);

	if (r != 0)
		return r < 0 ? r : (stream_give_up(s), 1);
	const bool first = f->count++ == 0;
	if (first && f->kind == STREAM_OBJECT && f->state == STREAM_MS)
		r = stream_lit(s, ",\"x\":{", err); /* not for an empty MS */
	if (r == 0 && name.len && name.data[0] != '$' && !memchr(name.data, 0xED, name.len))
		return json_put_name(s->out, name, first, err);
	if (r == 0 && !first)
		r = stream_lit(s, ",", err);
	if (r == 0)
		r = json_typed_name(s->out, &s->scratch, name, err);
	return r == 0 ? stream_lit(s, ":", err) : r;
}

/* What stands before a value.  1: it is not to be written. */
static int lead(struct json_stream *s, winch_error *err)
{
	struct stream_frame *f = stream_top(s);

	switch (s->where->place) {
	case CLIXML_ROOT:
		return 0;
	case CLIXML_BASE:
		if (f->state != STREAM_NOTHING)
			return stream_give_up(s), 1;
		f->state = STREAM_BASE;
		return stream_lit(s, ",\"v\":", err);
	case CLIXML_ITEM:
		return f->count++ ? stream_lit(s, ",", err) : 0;
	case CLIXML_KEY:
		return f->count++ ? stream_lit(s, "],[", err) : stream_lit(s, "[", err);
	case CLIXML_VALUE:
		return stream_lit(s, ",", err);
	case CLIXML_MEMBER:
		break;
	}
	return lead_member(s, f, err);
}

static int on_primitive(void *user, enum tag tag, struct bytes text, winch_error *err)
{
	struct json_stream *s = user;
	int r = s->muted ? 1 : lead(s, err);

	if (r != 0)
		return r < 0 ? r : 0;
	if (tag == TAG_S && (text.len == 0 || !memchr(text.data, 0xED, text.len)))
		return json_put_string(s->out, text, err);
	return json_typed_primitive(s->out, &s->scratch, tag, text, err);
}

static int on_nil(void *user, winch_error *err)
{
	struct json_stream *s = user;
	int r = s->muted ? 1 : lead(s, err);

	return r != 0 ? (r < 0 ? r : 0) : stream_lit(s, "null", err);
}

static int on_progress(void *user, const struct progress *p, winch_error *err)
{
	struct json_stream *s = user;
	int r = s->muted ? 1 : lead(s, err);

	return r != 0 ? (r < 0 ? r : 0) : json_typed_progress(s->out, p, err);
}

static int on_ref(void *user, struct bytes id, winch_error *err)
{
	struct json_stream *s = user;
	size_t place = 0;
	int found = stream_find(s, id, &place);

	if (found == 0)
		return 1;
	if (s->muted)
		return 0;
	if (found == 2)
		return stream_give_up(s);
	int r = lead(s, err);
	if (r == 0)
		r = stream_lit(s, "{\"$t\":\"Ref\",\"id\":", err);
	struct stream_ref ref = { s->out->len - s->begin, place };
	if (r == 0)
		r = buf_put(&s->refs, bytes_of(&ref, sizeof(ref)), err);
	return r != 0 ? (r < 0 ? r : 0) : stream_lit(s, "}", err);
}

static int on_obj_start(void *user, struct bytes id, winch_error *err)
{
	struct json_stream *s = user;
	size_t place;
	int r = stream_object_start(s, id, &place, err);

	if (r < 0)
		return r;
	if (!s->muted && (r = lead(s, err)) < 0)
		return r;
	if (s->muted) {
		s->muted++;
		return 0;
	}
	stream_push(s, STREAM_OBJECT);
	s->objects[place].start = s->out->len + object_start.len - s->begin;
	return stream_put(s, object_start, err);
}

static void pop(struct json_stream *s)
{
	buf_truncate(&s->hashes, stream_top(s)->hashes);
	s->depth--;
}

static int on_obj_end(void *user, winch_error *err)
{
	struct json_stream *s = user;

	if (s->muted) {
		s->muted--;
		return 0;
	}
	pop(s);
	return stream_lit(s, "}", err);
}

static int on_types(void *user, const struct type_names *types, bool lasting, winch_error *err)
{
	struct json_stream *s = user;
	struct stream_frame *f = stream_top(s);

	(void)lasting;
	if (s->muted)
		return 0;
	if (f->has_types || f->has_string || f->state != STREAM_NOTHING)
		return stream_give_up(s);
	f->has_types = true;
	if (types->count == 0)
		return 0;
	int r = stream_lit(s, ",\"tn\":", err);
	return r == 0 ? stream_put(s, types->json, err) : r;
}

static int on_to_string(void *user, struct bytes text, winch_error *err)
{
	struct json_stream *s = user;
	struct stream_frame *f = stream_top(s);

	if (s->muted)
		return 0;
	if (f->has_string || f->state != STREAM_NOTHING)
		return stream_give_up(s);
	f->has_string = true;
	int r = stream_lit(s, ",\"s\":", err);
	return r == 0 ? json_put_string(s->out, text, err) : r;
}

static int start_members(struct json_stream *s, enum tag tag, winch_error *err)
{
	struct stream_frame *f = stream_top(s);

	if (f->has_ms || (tag == TAG_PROPS && f->has_props)) {
		stream_give_up(s);
		s->muted++;
		return 0;
	}
	/* Names of Props and of MS are two scopes. */
	f->count = 0;
	f->bloom = 0;
	buf_truncate(&s->hashes, f->hashes);
	if (tag == TAG_MS) {
		f->has_ms = true;
		f->state = STREAM_MS;
		return 0;
	}
	f->has_props = true;
	f->state = STREAM_PROPS;
	return stream_lit(s, ",\"p\":{", err);
}

static int on_part_start(void *user, enum tag tag, winch_error *err)
{
	struct json_stream *s = user;

	if (s->muted) {
		s->muted++;
		return 0;
	}
	if (tag == TAG_PROPS || (tag == TAG_MS && s->where->place == CLIXML_BASE))
		return start_members(s, tag, err);
	int r = lead(s, err);
	if (r != 0) {
		s->muted++;
		return r < 0 ? r : 0;
	}
	if (tag == TAG_MS) {
		stream_push(s, STREAM_SET);
		return stream_lit(s, "{\"$t\":\"MS\",\"v\":{", err);
	}
	stream_push(s, tag == TAG_DCT ? STREAM_DICTIONARY : STREAM_LIST);
	r = stream_lit(s, "{\"$t\":\"", err);
	if (r == 0)
		r = stream_put(s, bytes_str(tag_name(tag)), err);
	return r == 0 ? stream_lit(s, "\",\"v\":[", err) : r;
}

static int on_part_end(void *user, enum tag tag, winch_error *err)
{
	struct json_stream *s = user;

	if (s->muted) {
		s->muted--;
		return 0;
	}
	const struct stream_frame *f = stream_top(s);
	if (tag == TAG_PROPS)
		return stream_lit(s, "}", err);
	if (tag == TAG_MS && f->kind != STREAM_SET)
		return f->count ? stream_lit(s, "}", err) : 0;
	const bool entries = f->kind == STREAM_DICTIONARY && f->count;
	pop(s);
	if (tag == TAG_MS)
		return stream_lit(s, "}}", err);
	return entries ? stream_lit(s, "]]}", err) : stream_lit(s, "]}", err);
}

const struct clixml_sink json_stream_typed = {
	.primitive = on_primitive,
	.nil = on_nil,
	.ref = on_ref,
	.progress = on_progress,
	.obj_start = on_obj_start,
	.obj_end = on_obj_end,
	.types = on_types,
	.to_string = on_to_string,
	.part_start = on_part_start,
	.part_end = on_part_end,
};

/* The numbers of the objects that some Ref points to, in the order of their starts. */
static void number(struct json_stream *s, const struct stream_ref *refs, size_t count)
{
	uint64_t id = 0;

	for (size_t i = 0; i < count; i++)
		s->objects[refs[i].object].written = true;
	for (size_t i = 0; i < s->object_count; i++)
		if (s->objects[i].written)
			s->objects[i].elements = ++id;
}

/* Copy the value's text from..to to scratch. */
static int copy(struct json_stream *s, size_t from, size_t to, winch_error *err)
{
	return buf_put(&s->scratch, bytes_of(buf_bytes(s->out).data + s->begin + from, to - from),
		       err);
}

int json_stream_end(struct json_stream *s, winch_error *err)
{
	const struct stream_ref *refs = (const void *)buf_bytes(&s->refs).data;
	const size_t count = s->refs.len / sizeof(*refs);
	size_t object = 0, ref = 0, at = 0;
	int r = 0;

	if (count == 0)
		return 0;
	number(s, refs, count);
	buf_clear(&s->scratch);
	while (r == 0 && (object < s->object_count || ref < count)) {
		bool is_ref = object == s->object_count ||
			      (ref < count && refs[ref].at < s->objects[object].start);
		const struct stream_object *o = &s->objects[is_ref ? refs[ref].object : object];
		if (!is_ref && !o->written) {
			object++;
			continue;
		}
		size_t to = is_ref ? refs[ref].at : o->start;
		r = copy(s, at, to, err);
		if (r == 0)
			r = buf_put_fmt(&s->scratch, err, is_ref ? "%" PRIu64 : ",\"id\":%" PRIu64,
					o->elements);
		at = to;
		ref += is_ref;
		object += !is_ref;
	}
	if (r == 0)
		r = copy(s, at, s->out->len - s->begin, err);
	buf_truncate(s->out, s->begin);
	return r == 0 ? buf_put(s->out, buf_bytes(&s->scratch), err) : r;
}
