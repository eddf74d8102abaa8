/*
 * json-plain.c - trees as plain JSON.  specs/json-mapping.md 3.
 */
#include "psrp/json-write.h"

#include "psrp/json-text.h"
#include "psrp/primitive.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

#define put_lit(w, lit, err) buf_put((w)->out, BYTES_LIT(lit), (err))

enum { FEW = 32 };

static bool same(const struct object *a, const struct object *b)
{
	return a == b || (a && b && a->ordinal && a->ordinal == b->ordinal && a->home == b->home);
}

static bool is_open(const struct json_writer *w, const struct object *o)
{
	for (size_t i = w->open_count; i > 0; i--)
		if (same(w->open[i - 1], o))
			return true;
	return false;
}

int json_load(struct json_writer *w, const struct value *v, struct object **ret, winch_error *err)
{
	if (!v->is_earlier) {
		*ret = v->object;
		return 0;
	}
	if (!w->load)
		return fail(err, WINCH_E_STATE, "a reference to an earlier value");
	return w->load(w->load_user, v->earlier, ret, err);
}

void json_release(struct json_writer *w, const struct value *v, const struct object *o)
{
	if (v->is_earlier)
		w->release(w->load_user, o);
}

/* Each element counts that is written while a reference is expanded, before it is looked at. */
static void count_element(struct json_writer *w)
{
	if (w->repeating)
		w->repeated++;
}

static int put_to_string(struct json_writer *w, const struct object *o, winch_error *err)
{
	return o->has_to_string ? json_put_string(w->out, o->to_string, err)
				: put_lit(w, "null", err);
}

int json_plain_open(struct json_writer *w, struct object *o, bool reached, winch_error *err)
{
	int r = 0;

	if (reached || w->repeating) {
		if (is_open(w, o))
			r = put_lit(w, "null", err);
		else if (w->repeated > JSON_MAX_REPEATED || w->open_count >= JSON_MAX_OPEN)
			r = put_to_string(w, o, err);
		else
			goto open;
		return r < 0 ? r : 1;
	}
open:
	w->open[w->open_count++] = o;
	w->repeating += reached;
	return 0;
}

void json_plain_close(struct json_writer *w, bool reached)
{
	w->open_count--;
	w->repeating -= reached;
}

static int put_quoted(struct buf *out, struct bytes text, bool quoted, winch_error *err)
{
	int r = quoted ? buf_put(out, BYTES_LIT("\""), err) : 0;

	if (r == 0)
		r = buf_put(out, text, err);
	return r == 0 && quoted ? buf_put(out, BYTES_LIT("\""), err) : r;
}

static int put_float(struct buf *out, struct bytes text, winch_error *err)
{
	if (bytes_is(text, "INF"))
		return buf_put(out, BYTES_LIT("\"Infinity\""), err);
	if (bytes_is(text, "-INF"))
		return buf_put(out, BYTES_LIT("\"-Infinity\""), err);
	return put_quoted(out, text, bytes_is(text, "NaN"), err);
}

static int put_char(struct buf *out, struct bytes digits, winch_error *err)
{
	uint32_t c = 0;
	uint8_t utf8[4];

	for (size_t i = 0; i < digits.len; i++)
		c = c * 10 + (uint32_t)(digits.data[i] - '0');
	return json_put_string(out, bytes_of(utf8, utf8_encode(c, utf8)), err);
}

int json_plain_primitive(struct buf *out, enum tag tag, struct bytes text, bool big_as_strings,
			 winch_error *err)
{
	switch ((int)tag) {
	case TAG_C:
		return put_char(out, text, err);
	case TAG_B:
		return buf_put(out, text, err);
	case TAG_BY:
	case TAG_SB:
	case TAG_U16:
	case TAG_I16:
	case TAG_U32:
	case TAG_I32:
	case TAG_U64:
	case TAG_I64:
		return put_quoted(out, text, big_as_strings && primitive_is_big(text), err);
	case TAG_D:
		return put_quoted(out, text, big_as_strings, err);
	case TAG_SG:
	case TAG_DB:
		return put_float(out, text, err);
	case TAG_SS:
		return buf_put(out, BYTES_LIT("null"), err);
	}
	return json_put_string(out, text, err);
}

int json_plain_progress(struct buf *out, const struct progress *p, winch_error *err)
{
	int r = buf_put(out, BYTES_LIT("{\"Activity\":"), err);

	if (r == 0)
		r = json_put_string(out, p->activity, err);
	if (r == 0)
		r = buf_put_fmt(out, err,
				",\"ActivityId\":%d,\"StatusDescription\":", (int)p->activity_id);
	if (r == 0)
		r = json_put_string(out, p->status, err);
	if (r == 0)
		r = buf_put(out, BYTES_LIT(",\"CurrentOperation\":"), err);
	if (r == 0)
		r = p->operation.len ? json_put_string(out, p->operation, err)
				     : buf_put(out, BYTES_LIT("null"), err);
	if (r == 0)
		r = buf_put_fmt(out, err,
				",\"ParentActivityId\":%d,\"PercentComplete\":%d,"
				"\"SecondsRemaining\":%d,\"RecordType\":",
				(int)p->parent_id, (int)p->percent, (int)p->seconds);
	if (r == 0)
		r = json_put_string(out, p->type, err);
	return r == 0 ? buf_put(out, BYTES_LIT("}"), err) : r;
}

static int put_list(struct json_writer *w, const struct items *items, winch_error *err)
{
	int r = put_lit(w, "[", err);

	for (const struct item *i = items->first; r == 0 && i; i = i->next) {
		if (i != items->first)
			r = put_lit(w, ",", err);
		if (r == 0)
			r = json_plain_value(w, i->value, err);
	}
	return r == 0 ? put_lit(w, "]", err) : r;
}

/* A key that is shown by its ToString. */
static int key_to_string(struct json_writer *w, const struct value *key, bool *ret_done,
			 winch_error *err)
{
	struct object *o;
	int r;

	if (key->tag != TAG_OBJ && key->tag != TAG_REF)
		return 0;
	if ((r = json_load(w, key, &o, err)) < 0)
		return r;
	if (o->has_to_string &&
	    (!o->base || tag_is_container(o->base->tag) || o->base->tag == TAG_OBJ)) {
		count_element(w);
		r = json_put_string(w->out, o->to_string, err);
		*ret_done = true;
	}
	json_release(w, key, o);
	return r;
}

/* The key's text as a JSON string. */
static int put_key(struct json_writer *w, const struct value *key, winch_error *err)
{
	const size_t start = w->out->len;
	bool done = false;
	int r = key_to_string(w, key, &done, err);

	if (r < 0 || done)
		return r;
	r = json_plain_value(w, key, err);
	const uint8_t *text = buf_bytes(w->out).data;
	if (r < 0 || text[start] == '"')
		return r;
	buf_clear(&w->scratch);
	r = buf_put(&w->scratch, bytes_of(text + start, w->out->len - start), err);
	buf_truncate(w->out, start);
	return r == 0 ? json_put_string(w->out, buf_bytes(&w->scratch), err) : r;
}

/* 1: two keys have the same text. */
static int put_entries(struct json_writer *w, const struct items *items, struct id_table *keys,
		       winch_error *err)
{
	int r = put_lit(w, "{", err);

	for (const struct item *i = items->first; r == 0 && i; i = i->next) {
		if (i != items->first && (r = put_lit(w, ",", err)) < 0)
			break;
		const size_t start = w->out->len;
		if ((r = put_key(w, i->key, err)) < 0)
			break;
		struct bytes key = bytes_skip(buf_bytes(w->out), start);
		if (id_table_get(keys, key))
			return 1;
		r = id_table_put(keys, key, keys, err);
		if (r == 0)
			r = put_lit(w, ":", err);
		if (r == 0)
			r = json_plain_value(w, i->value, err);
	}
	return r == 0 ? put_lit(w, "}", err) : r;
}

static int put_pairs(struct json_writer *w, const struct items *items, winch_error *err)
{
	int r = put_lit(w, "[", err);

	for (const struct item *i = items->first; r == 0 && i; i = i->next) {
		r = i == items->first ? put_lit(w, "{\"Key\":", err)
				      : put_lit(w, ",{\"Key\":", err);
		if (r == 0)
			r = json_plain_value(w, i->key, err);
		if (r == 0)
			r = put_lit(w, ",\"Value\":", err);
		if (r == 0)
			r = json_plain_value(w, i->value, err);
		if (r == 0)
			r = put_lit(w, "}", err);
	}
	return r == 0 ? put_lit(w, "]", err) : r;
}

/* That keys are equal is kept: when the dictionary around this one is written once more, as pairs,
 * nothing inside is tried twice again, so that nesting does not double the work at each level. */
static int put_dictionary(struct json_writer *w, const struct items *items, winch_error *err)
{
	const size_t start = w->out->len, repeated = w->repeated;
	AUTO(id_table_done) struct id_table keys = { 0 };

	if (!items->first || !items->first->equal_keys) {
		int r = put_entries(w, items, &keys, err);
		if (r <= 0)
			return r;
		items->first->equal_keys = true;
		buf_truncate(w->out, start);
		w->repeated = repeated;
	}
	return put_pairs(w, items, err);
}

/*
 * Members.  An extended one takes the place of an adapted one of its name.
 */

struct merge {
	const struct items *props, *members;
	struct id_table props_by_name; /* name in lower case: its item; used when there are many */
	bool many;
};

static struct item *find(const struct items *items, struct bytes name)
{
	for (struct item *i = items->first; i; i = i->next)
		if (bytes_eq_nocase(i->name, name))
			return i;
	return NULL;
}

static int fold(struct json_writer *w, struct bytes name, struct bytes *ret, winch_error *err)
{
	buf_clear(&w->scratch);
	int r = buf_put(&w->scratch, name, err);

	for (size_t i = 0; i < w->scratch.len; i++) {
		uint8_t *c = &w->scratch.data[w->scratch.start + i];
		if (*c >= 'A' && *c <= 'Z')
			*c |= 32;
	}
	*ret = buf_bytes(&w->scratch);
	return r;
}

static int merge_init(struct json_writer *w, struct merge *m, winch_error *err)
{
	struct bytes name;
	int r = 0;

	m->many = m->props->count > FEW && m->members->count > FEW;
	if (!m->many)
		return 0;
	for (struct item *i = m->props->first; r == 0 && i; i = i->next)
		if ((r = fold(w, i->name, &name, err)) == 0)
			r = id_table_put(&m->props_by_name, name, i, err);
	for (struct item *i = m->members->first; r == 0 && i; i = i->next)
		if ((r = fold(w, i->name, &name, err)) == 0 &&
		    id_table_get(&m->props_by_name, name))
			r = id_table_put(&m->props_by_name, name, i, err);
	return r;
}

/* What stands in the place of an adapted member; for an extended one, NULL unless it does. */
static int merge_find(struct json_writer *w, struct merge *m, const struct item *of, bool extended,
		      const struct item **ret, winch_error *err)
{
	struct bytes name;

	if (!m->many) {
		*ret = find(extended ? m->props : m->members, of->name);
		if (!*ret && !extended)
			*ret = of;
		return 0;
	}
	int r = fold(w, of->name, &name, err);
	if (r == 0)
		*ret = id_table_get(&m->props_by_name, name);
	return r;
}

static int put_set(struct json_writer *w, const struct items *items, winch_error *err);

static int put_member(struct json_writer *w, const struct item *i, bool *first, winch_error *err)
{
	const bool set = i->value->tag == TAG_MS;

	if (set && bytes_eq_nocase(i->name, BYTES_LIT("PSStandardMembers")))
		return 0;
	int r = *first ? 0 : put_lit(w, ",", err);
	*first = false;
	if (r == 0)
		r = json_put_string(w->out, i->name, err);
	if (r == 0)
		r = put_lit(w, ":", err);
	if (r < 0)
		return r;
	return set ? put_set(w, &i->value->items, err) : json_plain_value(w, i->value, err);
}

static int put_set(struct json_writer *w, const struct items *items, winch_error *err)
{
	bool first = true;
	int r = put_lit(w, "{", err);

	w->open[w->open_count++] = NULL;
	for (const struct item *i = items->first; r == 0 && i; i = i->next)
		r = put_member(w, i, &first, err);
	w->open_count--;
	return r == 0 ? put_lit(w, "}", err) : r;
}

static int put_members(struct json_writer *w, const struct object *o, winch_error *err)
{
	struct merge m = { .props = &o->props, .members = &o->members };
	const struct item *found;
	bool first = true;
	int r = merge_init(w, &m, err);

	if (r == 0)
		r = put_lit(w, "{", err);
	for (const struct item *i = o->props.first; r == 0 && i; i = i->next) {
		if ((r = merge_find(w, &m, i, false, &found, err)) == 0)
			r = put_member(w, found, &first, err);
	}
	for (const struct item *i = o->members.first; r == 0 && i; i = i->next) {
		if ((r = merge_find(w, &m, i, true, &found, err)) == 0 && !found)
			r = put_member(w, i, &first, err);
	}
	id_table_done(&m.props_by_name);
	return r == 0 ? put_lit(w, "}", err) : r;
}

static bool is_integer_text(struct bytes t)
{
	size_t i = t.len && t.data[0] == '-';

	if (i == t.len || (t.data[i] == '0' && t.len > i + 1))
		return false;
	for (; i < t.len; i++)
		if (t.data[i] < '0' || t.data[i] > '9')
			return false;
	return true;
}

static bool is_integer_tag(enum tag tag)
{
	return tag >= TAG_BY && tag <= TAG_I64;
}

/* Rules 3 to 9, for an object that was opened. */
static int put_object(struct json_writer *w, const struct object *o, winch_error *err)
{
	if (o->base) {
		if (o->has_to_string && is_integer_tag(o->base->tag) &&
		    types_have(o->types, BYTES_LIT("System.Enum")))
			return json_put_string(w->out, o->to_string, err);
		return json_plain_value(w, o->base, err);
	}
	const struct value *message = NULL;
	if (o->members.count) {
		struct item *i;
		if (types_have(o->types, BYTES_LIT("System.Management.Automation.ErrorRecord")) &&
		    find(&o->members, BYTES_LIT("FullyQualifiedErrorId")))
			return json_plain_error(w, o, err);
		if (types_have(o->types,
			       BYTES_LIT("System.Management.Automation.InformationalRecord")) &&
		    (i = find(&o->members, BYTES_LIT("InformationalRecord_Message"))))
			message = i->value;
	}
	if (message)
		return message->tag == TAG_MS ? put_set(w, &message->items, err)
					      : json_plain_value(w, message, err);
	if (o->has_to_string && is_integer_text(o->to_string) &&
	    types_have(o->types, BYTES_LIT("System.Numerics.BigInteger")))
		return put_quoted(w->out, o->to_string,
				  w->big_as_strings && primitive_is_big(o->to_string), err);
	if (o->has_to_string && o->props.count + o->members.count == 0)
		return put_to_string(w, o, err);
	return put_members(w, o, err);
}

static int json_plain_object(struct json_writer *w, struct object *o, bool reached,
			     winch_error *err)
{
	int r = json_plain_open(w, o, reached, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = put_object(w, o, err);
	json_plain_close(w, reached);
	return r;
}

int json_plain_value(struct json_writer *w, const struct value *v, winch_error *err)
{
	struct object *o;
	int r;

	if (!tag_is_container(v->tag) && v->tag != TAG_MS)
		count_element(w);
	switch ((int)v->tag) {
	case TAG_NIL:
		return put_lit(w, "null", err);
	case TAG_PR:
		return json_plain_progress(w->out, v->progress, err);
	case TAG_OBJ:
		return json_plain_object(w, v->object, false, err);
	case TAG_REF:
		if ((r = json_load(w, v, &o, err)) < 0)
			return r;
		r = json_plain_object(w, o, true, err);
		json_release(w, v, o);
		return r;
	case TAG_LST:
	case TAG_IE:
	case TAG_STK:
	case TAG_QUE:
		return put_list(w, &v->items, err);
	case TAG_DCT:
		return put_dictionary(w, &v->items, err);
	case TAG_MS:
		return put_set(w, &v->items, err);
	}
	return json_plain_primitive(w->out, v->tag, v->text, w->big_as_strings, err);
}

int json_write_plain(struct json_writer *w, const struct value *v, winch_error *err)
{
	const size_t start = w->out->len;

	w->open_count = w->repeating = w->repeated = 0;
	w->scratch.max = SIZE_MAX / 4;
	int r = json_plain_value(w, v, err);
	if (r < 0)
		buf_truncate(w->out, start);
	return r;
}

void json_writer_done(struct json_writer *w)
{
	id_table_done(&w->objects);
	buf_done(&w->scratch);
	mem_free(w->marks);
	w->marks = NULL;
}
