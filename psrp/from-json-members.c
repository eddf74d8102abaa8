/*
 * from-json-members.c - the members of typed JSON's objects: which there are, $t and ids.
 */
#include "psrp/from-json-typed.h"

#include <inttypes.h>

#include "src/base/fail.h"

static const char *const member_names[M_COUNT] = { "$t", "v", "e", "id", "tn", "s", "p", "x" };

int typed_next(struct typed *t, struct members *m, enum member *ret_member, winch_error *err)
{
	struct json *j = &t->b->j;
	struct bytes name;

	for (;;) {
		int r = json_item(j, err);
		if (r <= 0)
			return r;
		const size_t at = j->at;
		r = json_name(j, &t->b->scratch, &name, err);
		if (r < 0)
			return r;
		unsigned i = 0;
		while (i < M_COUNT && !bytes_is(name, member_names[i]))
			i++;
		if (i == M_COUNT || !(m->allowed & BIT(i)))
			return json_fail(at, err, "%s has no member \"%.*s\"", tag_name(m->tag),
					 (int)(name.len < 200 ? name.len : 200),
					 (const char *)name.data);
		if (m->seen & BIT(i))
			return json_fail(at, err, "\"%s\" twice", member_names[i]);
		m->seen |= BIT(i);
		if (i != M_TAG) {
			*ret_member = (enum member)i;
			return 1;
		}
		r = json_skip(j, err); /* it is known */
		if (r < 0)
			return r;
	}
}

int typed_expect(struct typed *t, int kind, enum tag tag, enum member member, winch_error *err)
{
	static const char *const kinds[] = { "",         "null",     "false",    "true",
					     "a number", "a string", "an array", "an object" };
	int r = json_kind(&t->b->j, err);

	if (r < 0 || r == kind)
		return r < 0 ? r : 0;
	return json_fail(t->b->j.at, err, "\"%s\" of %s is %s, not %s", member_names[member],
			 tag_name(tag), kinds[r], kinds[kind]);
}

int typed_missing(const struct members *m, enum member member, winch_error *err)
{
	if (m->seen & BIT(member))
		return 0;
	return json_fail(m->at, err, "%s without \"%s\"", tag_name(m->tag), member_names[member]);
}

/* Find the member `name` of the object that look is in, which stands before its first one:
 * 1: look is at its value; 0: there is none. */
static int look_for(struct typed *t, struct json *look, const char *name, winch_error *err)
{
	struct bytes found;
	int r;

	while ((r = json_item(look, err)) == 1) {
		r = json_name(look, &t->b->scratch, &found, err);
		if (r < 0 || bytes_is(found, name))
			return r < 0 ? r : 1;
		r = json_skip(look, err);
		if (r < 0)
			return r;
	}
	return r;
}

/* Which $t the object has that begins here; nothing of it is read. */
int typed_tag(struct typed *t, enum tag *ret_tag, winch_error *err)
{
	struct json look = t->b->j;
	struct bytes name;

	int r = json_enter(&look, err);
	if (r == 0)
		r = look_for(t, &look, "$t", err);
	if (r < 0)
		return r;
	if (r == 0)
		return json_fail(t->b->j.at, err, "an object without \"$t\"");
	const size_t at = look.at;
	r = json_kind(&look, err);
	if (r >= 0 && r != JSON_STRING)
		r = json_fail(at, err, "\"$t\" is no string");
	if (r >= 0)
		r = json_string(&look, &t->b->scratch, &name, err);
	if (r < 0)
		return r;
	*ret_tag = tag_of(name);
	if (tag_is_primitive(*ret_tag) || *ret_tag == TAG_PR || *ret_tag == TAG_OBJ ||
	    *ret_tag == TAG_REF || tag_is_container(*ret_tag) || *ret_tag == TAG_MS)
		return 0;
	return json_fail(at, err, "unknown $t \"%.*s\"", (int)(name.len < 200 ? name.len : 200),
			 (const char *)name.data);
}

static int read_id(struct json *j, uint64_t *ret_id, winch_error *err)
{
	const size_t at = j->at;
	struct bytes text;
	uint64_t id = 0;

	int r = json_kind(j, err);
	if (r < 0)
		return r;
	if (r != JSON_NUMBER)
		return json_fail(at, err, "\"id\" is no number");
	r = json_number(j, &text, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' || i == 18)
			return json_fail(at, err, "\"id\" is no number from 1 on");
		id = id * 10 + (uint64_t)(text.data[i] - '0');
	}
	if (id == 0)
		return json_fail(at, err, "\"id\" is no number from 1 on");
	*ret_id = id;
	return 0;
}

/* The id whose value j is at now belongs to o. */
int typed_take_id(struct typed *t, struct json *j, struct open_object *o, winch_error *err)
{
	const size_t at = j->at;
	uint64_t id;

	int r = read_id(j, &id, err);
	if (r < 0 || o->id_known)
		return r; /* known: it was looked for before */
	r = from_json_ids_add(&t->ids, id, o->object, err);
	if (r > 0)
		return json_fail(at, err, "the id %" PRIu64 " twice", id);
	o->id_known = true;
	return r;
}

/* Look ahead for the ids of open objects that have not come yet. */
static int find_ids(struct typed *t, winch_error *err)
{
	int r = 0;

	for (struct open_object *o = t->open; o && r >= 0; o = o->outer) {
		if (o->id_known)
			continue;
		struct json look = o->start;
		r = look_for(t, &look, "id", err);
		if (r > 0)
			r = typed_take_id(t, &look, o, err);
		o->id_known = true;
	}
	return r < 0 ? r : 0;
}

int typed_ref(struct typed *t, struct members *m, const struct value **ret_value, winch_error *err)
{
	enum member member;
	uint64_t id = 0;
	size_t at = 0;
	int r;

	m->allowed = BIT(M_TAG) | BIT(M_ID);
	while ((r = typed_next(t, m, &member, err)) == 1) {
		at = t->b->j.at;
		r = read_id(&t->b->j, &id, err);
		if (r < 0)
			return r;
	}
	if (r == 0)
		r = typed_missing(m, M_ID, err);
	struct object *to = from_json_ids_find(&t->ids, id);
	if (r == 0 && !to) {
		r = find_ids(t, err);
		to = from_json_ids_find(&t->ids, id);
	}
	if (r < 0)
		return r;
	if (!to)
		return json_fail(at, err, "a Ref to the id %" PRIu64 ", which has not started", id);
	*ret_value = value_ref(t->b->a, to, err);
	return *ret_value ? 0 : WINCH_E_NOMEM;
}

int typed_refused(size_t at, enum tag tag, struct bytes text, winch_error *err)
{
	return json_fail(at, err, "%s does not allow \"%.*s\"", tag_name(tag),
			 (int)(text.len < 200 ? text.len : 200), (const char *)text.data);
}
