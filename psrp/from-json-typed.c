/*
 * from-json-typed.c - typed JSON to values: specs/json-mapping.md 4, the way back.
 *
 * It reads in one pass when "$t" is the first member and "id" stands before what
 * refers to it, as in all that winch writes; where they don't, it looks ahead.
 */
#include "psrp/from-json-typed.h"

#include "psrp/escape.h"
#include "src/base/fail.h"

/* Which JSON a primitive's v is. */
static int kind_of(enum tag tag)
{
	if (tag >= TAG_C && tag <= TAG_D && tag != TAG_B)
		return JSON_NUMBER;
	return JSON_STRING;
}

/* NaN and the infinities are strings where numbers stand; "Infinity" is for CLIXML only. */
static bool is_no_number(enum tag tag, struct bytes text)
{
	return (tag == TAG_SG || tag == TAG_DB) &&
	       (bytes_is(text, "NaN") || bytes_is(text, "INF") || bytes_is(text, "-INF"));
}

static int read_v(struct typed *t, enum tag tag, const struct value **ret_value, winch_error *err)
{
	struct from_json *b = t->b;
	const size_t at = b->j.at;
	struct bytes text;

	int kind = json_kind(&b->j, err);
	if (kind < 0)
		return kind;
	if (tag == TAG_B && (kind == JSON_TRUE || kind == JSON_FALSE))
		return from_json_simple(b, ret_value, err);
	if (kind == JSON_STRING && (tag == TAG_SG || tag == TAG_DB)) {
		int r = json_string(&b->j, &b->scratch, &text, err);
		if (r < 0)
			return r;
		if (!is_no_number(tag, text))
			return typed_refused(at, tag, text, err);
		return from_json_primitive(b, tag, text, ret_value, err);
	}
	if (tag == TAG_B || kind != kind_of(tag))
		return json_fail(at, err, "\"v\" of %s is %s", tag_name(tag),
				 kind_of(tag) == JSON_NUMBER ? "no number"
				 : tag == TAG_B              ? "neither true nor false"
							     : "no string");
	int r = kind == JSON_NUMBER ? json_number(&b->j, &text, err)
				    : json_string(&b->j, &b->scratch, &text, err);
	if (r < 0)
		return r;
	r = from_json_primitive(b, tag, text, ret_value, err);
	return r == WINCH_E_FORMAT ? typed_refused(at, tag, text, err) : r;
}

/* Text in the _xHHHH_ escape. */
static int read_e(struct typed *t, enum tag tag, const struct value **ret_value, winch_error *err)
{
	struct bytes text;
	int r = typed_expect(t, JSON_STRING, tag, M_E, err);

	if (r == 0)
		r = json_string(&t->b->j, &t->b->scratch, &text, err);
	if (r == 0)
		r = escape_resolve(text, &t->b->normal, &text, err);
	return r < 0 ? r : from_json_primitive(t->b, tag, text, ret_value, err);
}

static int read_primitive(struct typed *t, struct members *m, const struct value **ret_value,
			  winch_error *err)
{
	const bool escaped = tag_rows[m->tag].text == TAG_TEXT_ESCAPED;
	enum member member;
	int r;

	if (m->tag == TAG_SS)
		return json_fail(m->at, err, "SS: what it held was not kept");
	m->allowed = BIT(M_TAG) | BIT(M_V) | (escaped ? BIT(M_E) : 0);
	while ((r = typed_next(t, m, &member, err)) == 1) {
		r = member == M_E ? read_e(t, m->tag, ret_value, err)
				  : read_v(t, m->tag, ret_value, err);
		if (r < 0)
			return r;
		m->allowed &= BIT(M_TAG); /* v or e, not both */
		if (member == M_E)
			m->seen |= BIT(M_V);
	}
	return r < 0 ? r : typed_missing(m, M_V, err);
}

/* An object of JSON: what it is, its $t says. */
static int read_tagged(struct typed *t, enum place place, const struct value **ret_value,
		       winch_error *err)
{
	struct members m = { .at = t->b->j.at };

	int r = typed_tag(t, &m.tag, err);
	if (r < 0)
		return r;
	if (tag_is_container(m.tag) && place != PLACE_BASE)
		return json_fail(m.at, err, "%s stands only as \"v\" of an Obj", tag_name(m.tag));
	if (m.tag == TAG_MS && place != PLACE_EXTENDED)
		return json_fail(m.at, err, "MS stands only as a member of \"x\"");
	if (m.tag == TAG_REF && place == PLACE_BASE)
		return json_fail(m.at, err, "\"v\" of Obj is a Ref");
	r = json_enter(&t->b->j, err);
	if (r < 0)
		return r;
	if (m.tag == TAG_OBJ)
		return typed_object(t, &m, ret_value, err);
	if (m.tag == TAG_REF)
		return typed_ref(t, &m, ret_value, err);
	if (m.tag == TAG_PR)
		return typed_progress(t, &m, ret_value, err);
	if (m.tag == TAG_MS)
		return typed_member_set(t, &m, ret_value, err);
	if (tag_is_container(m.tag))
		return typed_container(t, &m, ret_value, err);
	return read_primitive(t, &m, ret_value, err);
}

int typed_value(struct typed *t, enum place place, const struct value **ret_value, winch_error *err)
{
	struct json *j = &t->b->j;
	const size_t at = j->at;
	struct bytes text;

	int kind = json_kind(j, err), r;
	switch (kind) {
	case JSON_OBJECT:
		return read_tagged(t, place, ret_value, err);
	case JSON_ARRAY:
		return json_fail(at, err, "an array outside a \"v\"");
	case JSON_NUMBER:
		r = json_number(j, &text, err);
		if (r < 0)
			return r;
		r = from_json_primitive(t->b, TAG_I32, text, ret_value, err);
		return r == WINCH_E_FORMAT ? json_fail(at, err, "a bare number that is no I32") : r;
	case JSON_NULL:
		if (place == PLACE_BASE)
			return json_fail(at, err, "\"v\" of Obj is null");
	}
	return kind < 0 ? kind : from_json_simple(t->b, ret_value, err);
}

int from_json_typed(struct from_json *b, const struct value **ret_value, winch_error *err)
{
	struct typed t = { .b = b };

	int r = typed_value(&t, PLACE_VALUE, ret_value, err);
	from_json_ids_done(&t.ids);
	return r;
}
