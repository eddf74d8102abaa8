/*
 * json-stream-plain.c - CLIXML's parts as plain JSON at once.  specs/json-mapping.md 3.
 */
#include "psrp/json-stream-inside.h"

static const struct bytes standard_members = BYTES_LIT("PSStandardMembers");

static bool is_integer_tag(enum tag tag)
{
	return tag >= TAG_BY && tag <= TAG_I64;
}

/* The ToString of an open object; empty when it has none. */
static struct bytes string_of(const struct json_stream *s, const struct stream_frame *f)
{
	struct bytes text = bytes_skip(buf_bytes(&s->strings), f->string);

	text.len = f->string_len;
	return text;
}

/* A member's name and what stands before it. */
static int lead_member(struct json_stream *s, struct stream_frame *f, winch_error *err)
{
	const struct bytes name = s->where->name;
	int r = stream_scope(s, f, name, true, err);

	f->members++;
	if (r != 0)
		return r < 0 ? r : (stream_give_up(s), 1);
	return json_put_name(s->out, name, f->count++ == 0, err);
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
		return 0;
	case CLIXML_ITEM:
	case CLIXML_KEY:
		return f->count++ ? stream_lit(s, ",", err) : 0;
	case CLIXML_VALUE:
		return stream_lit(s, ":", err);
	case CLIXML_MEMBER:
		break;
	}
	return lead_member(s, f, err);
}

/* The key from start on becomes a string; texts of other primitives need no escapes. */
static int end_key(struct json_stream *s, size_t start, winch_error *err)
{
	const struct bytes quote = BYTES_LIT("\"");
	int r = 0;

	if (buf_bytes(s->out).data[start] != '"') {
		uint8_t *room = buf_room(s->out, 2, err);
		if (!room)
			return s->out->max - s->out->len < 2 ? WINCH_E_LIMIT : WINCH_E_NOMEM;
		size_t len = s->out->len - start;
		memmove(room - len + 1, room - len, len);
		room[-(ptrdiff_t)len] = '"';
		buf_added(s->out, 1);
		r = stream_put(s, quote, err);
	}
	struct bytes key = bytes_skip(buf_bytes(s->out), start);
	if (r == 0)
		r = stream_scope(s, stream_top(s), key, false, err);
	return r > 0 ? stream_give_up(s) : r;
}

static int on_primitive(void *user, enum tag tag, struct bytes text, winch_error *err)
{
	struct json_stream *s = user;
	int r = s->muted ? 1 : lead(s, err);

	if (r != 0)
		return r < 0 ? r : 0;
	const struct stream_frame *f = stream_top(s);
	const enum clixml_place place = s->where->place;
	if (place == CLIXML_BASE && (f->types & TYPE_ENUM) && f->has_string && is_integer_tag(tag))
		return json_put_string(s->out, string_of(s, f), err);
	const size_t start = s->out->len;
	s->elements++;
	if (tag == TAG_S)
		r = json_put_string(s->out, text, err);
	else if ((tag == TAG_I32 || tag == TAG_B) && !s->big_as_strings)
		r = stream_put(s, text, err);
	else
		r = json_plain_primitive(s->out, tag, text, s->big_as_strings, err);
	return r == 0 && place == CLIXML_KEY ? end_key(s, start, err) : r;
}

static int on_nil(void *user, winch_error *err)
{
	struct json_stream *s = user;
	int r = s->muted ? 1 : lead(s, err);

	if (r != 0)
		return r < 0 ? r : 0;
	s->elements++;
	return stream_lit(s, "null", err);
}

static int on_progress(void *user, const struct progress *p, winch_error *err)
{
	struct json_stream *s = user;

	if (!s->muted && s->where->place == CLIXML_KEY)
		return stream_give_up(s);
	int r = s->muted ? 1 : lead(s, err);
	if (r != 0)
		return r < 0 ? r : 0;
	s->elements++;
	return json_plain_progress(s->out, p, err);
}

/* An object that was finished, again: as it was written, if no limit can come into it. */
static int repeat(struct json_stream *s, const struct stream_object *o, winch_error *err)
{
	struct stream_frame *f = stream_top(s);

	if (!o->written || o->circular || s->repeated + o->elements > JSON_MAX_REPEATED ||
	    s->open + o->deepest > JSON_MAX_OPEN)
		return stream_give_up(s);
	int r = lead(s, err);
	if (r != 0)
		return r < 0 ? r : 0;
	s->elements += 1 + o->elements;
	s->repeated += o->elements;
	stream_deepen(f, o->deepest);
	uint8_t *room = buf_room(s->out, o->len, err);
	if (!room)
		return o->len > s->out->max - s->out->len ? WINCH_E_LIMIT : WINCH_E_NOMEM;
	memcpy(room, s->out->data + s->out->start + s->begin + o->start, o->len);
	buf_added(s->out, o->len);
	return 0;
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
	if (found == 2 || s->where->place == CLIXML_KEY)
		return stream_give_up(s);
	if (!s->objects[place].open)
		return repeat(s, &s->objects[place], err);
	/* Circular: what is written here depends on what is open. */
	for (size_t i = 1; i <= s->depth; i++)
		s->frames[i].circular = true;
	int r = lead(s, err);
	s->elements++;
	return r != 0 ? (r < 0 ? r : 0) : stream_lit(s, "null", err);
}

static int on_obj_start(void *user, struct bytes id, winch_error *err)
{
	struct json_stream *s = user;
	size_t place;
	int r = stream_object_start(s, id, &place, err);

	if (r < 0)
		return r;
	if (!s->muted && s->where->place == CLIXML_KEY)
		stream_give_up(s);
	if (!s->muted && (r = lead(s, err)) < 0)
		return r;
	if (s->muted) {
		s->muted++;
		return 0;
	}
	s->elements++;
	s->open++;
	struct stream_frame *f = stream_push(s, STREAM_OBJECT);
	f->object = place;
	f->deepest = 1;
	s->objects[place].start = f->start;
	s->objects[place].elements = s->elements;
	s->objects[place].written = true;
	return 0;
}

/* What of f goes to the frame around it. */
static void pop(struct json_stream *s, const struct stream_frame *f)
{
	buf_truncate(&s->hashes, f->hashes);
	s->depth--;
	stream_deepen(stream_top(s), f->deepest);
	stream_top(s)->circular |= f->circular;
}

static int on_obj_end(void *user, winch_error *err)
{
	struct json_stream *s = user;
	int r = 0;

	if (s->muted) {
		s->muted--;
		return 0;
	}
	const struct stream_frame f = *stream_top(s);
	if (f.state != STREAM_BASE) {
		if (f.has_string && f.members == 0) {
			buf_truncate(s->out, s->begin + f.start);
			r = json_put_string(s->out, string_of(s, &f), err);
		} else {
			r = f.state == STREAM_NOTHING ? stream_lit(s, "{}", err)
						      : stream_lit(s, "}", err);
		}
	}
	if (f.has_string)
		buf_truncate(&s->strings, f.string);
	struct stream_object *o = &s->objects[f.object];
	o->len = s->out->len - s->begin - o->start;
	o->elements = s->elements - o->elements;
	o->deepest = f.deepest;
	o->circular = f.circular;
	o->open = false;
	s->open--;
	pop(s, &f);
	return r;
}

static int on_types(void *user, const struct type_names *types, bool lasting, winch_error *err)
{
	struct json_stream *s = user;
	struct stream_frame *f = stream_top(s);

	(void)lasting, (void)err;
	if (s->muted)
		return 0;
	if (f->has_types || f->state != STREAM_NOTHING || (types->kinds & ~(unsigned)TYPE_ENUM))
		return stream_give_up(s);
	f->has_types = true;
	f->types = (uint8_t)types->kinds;
	return 0;
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
	f->string = s->strings.len;
	f->string_len = text.len;
	return buf_put(&s->strings, text, err);
}

static int start_members(struct json_stream *s, enum tag tag, winch_error *err)
{
	struct stream_frame *f = stream_top(s);

	if (f->state == STREAM_BASE) {
		s->muted++; /* members beside a base value are dropped */
		return 0;
	}
	if (f->state != STREAM_NOTHING) {
		if (tag == TAG_PROPS) {
			stream_give_up(s);
			s->muted++;
		}
		f->state = STREAM_MS;
		return 0;
	}
	f->state = tag == TAG_PROPS ? STREAM_PROPS : STREAM_MS;
	return stream_lit(s, "{", err);
}

static int start_set(struct json_stream *s, winch_error *err)
{
	struct stream_frame *f = stream_top(s);

	if (bytes_eq_nocase(s->where->name, standard_members)) {
		f->members++;
		int r = stream_scope(s, f, s->where->name, true, err);
		if (r > 0)
			stream_give_up(s);
		s->muted++;
		return r < 0 ? r : 0;
	}
	int r = lead(s, err);
	if (r != 0) {
		s->muted++;
		return r < 0 ? r : 0;
	}
	s->open++;
	stream_push(s, STREAM_SET)->deepest = 1;
	return stream_lit(s, "{", err);
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
	if (tag == TAG_MS)
		return start_set(s, err);
	int r = lead(s, err);
	if (r != 0) {
		s->muted++;
		return r < 0 ? r : 0;
	}
	stream_push(s, tag == TAG_DCT ? STREAM_DICTIONARY : STREAM_LIST);
	return tag == TAG_DCT ? stream_lit(s, "{", err) : stream_lit(s, "[", err);
}

static int on_part_end(void *user, enum tag tag, winch_error *err)
{
	struct json_stream *s = user;

	if (s->muted) {
		s->muted--;
		return 0;
	}
	const struct stream_frame f = *stream_top(s);
	if (tag == TAG_PROPS || (tag == TAG_MS && f.kind != STREAM_SET))
		return 0;
	pop(s, &f);
	if (tag == TAG_MS)
		s->open--;
	return tag == TAG_MS || tag == TAG_DCT ? stream_lit(s, "}", err) : stream_lit(s, "]", err);
}

const struct clixml_sink json_stream_plain = {
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
