/*
 * from-json-object.c - typed JSON's objects, containers and member sets.
 */
#include "psrp/from-json-typed.h"

#include "psrp/escape.h"
#include "src/base/fail.h"

/* "$e:" begins a name in the escape. */
static int read_property_name(struct typed *t, struct bytes *ret_name, winch_error *err)
{
	struct bytes name;
	int r = json_name(&t->b->j, &t->b->scratch, &name, err);

	if (r == 0 && name.len >= 3 && memcmp(name.data, "$e:", 3) == 0)
		r = escape_resolve(bytes_skip(name, 3), &t->b->normal, &name, err);
	if (r < 0)
		return r;
	*ret_name = arena_copy(t->b->a, name, err);
	return ret_name->data ? 0 : WINCH_E_NOMEM;
}

/* The members of p (place VALUE) or of x and member sets (EXTENDED). */
static int read_properties(struct typed *t, enum place place, struct items *to, winch_error *err)
{
	const size_t start = t->b->j.at;
	const struct value *v = NULL;
	struct bytes name;

	int r = json_enter(&t->b->j, err);
	while (r == 0 && (r = json_item(&t->b->j, err)) == 1) {
		const size_t at = t->b->j.at;
		r = read_property_name(t, &name, err);
		if (r == 0 && name.len == 0 && place == PLACE_EXTENDED)
			r = json_fail(at, err, "an empty name (\"\")");
		if (r == 0)
			r = typed_value(t, place, &v, err);
		if (r == 0)
			r = items_add_member(t->b->a, to, name, v, err);
	}
	if (r < 0)
		return r;
	r = from_json_twins(to, &name, err);
	if (r > 0)
		return json_fail(start, err, "two names of this object are \"%.*s\", but for case",
				 (int)(name.len < 200 ? name.len : 200), (const char *)name.data);
	return r;
}

static int open_one(struct typed *t, size_t at, winch_error *err)
{
	if (t->open_count == JSON_MAX_OBJECTS)
		return json_fail(at, err, "more than %d objects are open", JSON_MAX_OBJECTS);
	t->open_count++;
	return 0;
}

int typed_member_set(struct typed *t, struct members *m, const struct value **ret_value,
		     winch_error *err)
{
	struct value *v = value_new(t->b->a, TAG_MS, err);
	enum member member;
	int r = v ? open_one(t, m->at, err) : WINCH_E_NOMEM;

	if (r < 0)
		return r;
	m->allowed = BIT(M_TAG) | BIT(M_V);
	while ((r = typed_next(t, m, &member, err)) == 1) {
		r = typed_expect(t, JSON_OBJECT, m->tag, member, err);
		if (r == 0)
			r = read_properties(t, PLACE_EXTENDED, &v->items, err);
		if (r < 0)
			return r;
	}
	t->open_count--;
	*ret_value = v;
	return r < 0 ? r : typed_missing(m, M_V, err);
}

/* [key,value] */
static int read_entry(struct typed *t, struct items *to, winch_error *err)
{
	const struct value *pair[2] = { NULL, NULL };
	struct json *j = &t->b->j;
	const size_t at = j->at;
	size_t count = 0;

	int r = json_kind(j, err);
	if (r < 0)
		return r;
	if (r != JSON_ARRAY)
		return json_fail(at, err, "an entry of DCT is no array");
	r = json_enter(j, err);
	while (r == 0 && (r = json_item(j, err)) == 1) {
		if (count == 2)
			return json_fail(j->at, err, "an entry of DCT with more than two values");
		r = typed_value(t, PLACE_VALUE, &pair[count], err);
		if (r == 0 && count == 0 && pair[0]->tag == TAG_NIL)
			return json_fail(at, err, "a key is null");
		count++;
	}
	if (r < 0)
		return r;
	if (count < 2)
		return json_fail(at, err, "an entry of DCT with fewer than two values");
	return items_add_entry(t->b->a, to, pair[0], pair[1], err);
}

static int read_container_items(struct typed *t, struct value *v, winch_error *err)
{
	const struct value *item = NULL;

	int r = typed_expect(t, JSON_ARRAY, v->tag, M_V, err);
	if (r == 0)
		r = json_enter(&t->b->j, err);
	while (r == 0 && (r = json_item(&t->b->j, err)) == 1) {
		if (v->tag == TAG_DCT) {
			r = read_entry(t, &v->items, err);
			continue;
		}
		r = typed_value(t, PLACE_VALUE, &item, err);
		if (r == 0)
			r = items_add(t->b->a, &v->items, item, err);
	}
	return r;
}

int typed_container(struct typed *t, struct members *m, const struct value **ret_value,
		    winch_error *err)
{
	struct value *v = value_new(t->b->a, m->tag, err);
	enum member member;
	int r;

	if (!v)
		return WINCH_E_NOMEM;
	m->allowed = BIT(M_TAG) | BIT(M_V);
	while ((r = typed_next(t, m, &member, err)) == 1) {
		r = read_container_items(t, v, err);
		if (r < 0)
			return r;
	}
	*ret_value = v;
	return r < 0 ? r : typed_missing(m, M_V, err);
}

static int read_types(struct typed *t, struct object *o, winch_error *err)
{
	struct json *j = &t->b->j;
	struct json count_of = *j;
	struct type_names *types;
	size_t count = 0;
	int r = json_enter(&count_of, err);

	while (r == 0 && (r = json_item(&count_of, err)) == 1) {
		r = json_skip(&count_of, err);
		count++;
	}
	if (r < 0 || count == 0) {
		*j = count_of;
		return r;
	}
	types = arena_zalloc(t->b->a, sizeof(*types) + count * sizeof(types->names[0]), err);
	if (!types)
		return WINCH_E_NOMEM;
	r = json_enter(j, err);
	while (r == 0 && (r = json_item(j, err)) == 1) {
		r = json_kind(j, err);
		if (r >= 0 && r != JSON_STRING)
			return json_fail(j->at, err, "a type name is no string");
		if (r >= 0)
			r = from_json_text(t->b, &types->names[types->count++], err);
	}
	o->types = types;
	return r;
}

static int read_object_member(struct typed *t, enum member member, struct open_object *o,
			      winch_error *err)
{
	static const uint8_t kinds[M_COUNT] = {
		[M_TN] = JSON_ARRAY, [M_S] = JSON_STRING, [M_P] = JSON_OBJECT, [M_X] = JSON_OBJECT
	};
	struct object *object = o->object;
	int r = kinds[member] ? typed_expect(t, kinds[member], TAG_OBJ, member, err) : 0;

	if (r < 0)
		return r;
	switch ((int)member) {
	case M_ID:
		return typed_take_id(t, &t->b->j, o, err);
	case M_TN:
		return read_types(t, object, err);
	case M_S:
		object->has_to_string = true;
		return from_json_text(t->b, &object->to_string, err);
	case M_V:
		return typed_value(t, PLACE_BASE, &object->base, err);
	case M_P:
		object->has_props = true;
		return read_properties(t, PLACE_VALUE, &object->props, err);
	}
	return read_properties(t, PLACE_EXTENDED, &object->members, err);
}

int typed_object(struct typed *t, struct members *m, const struct value **ret_value,
		 winch_error *err)
{
	struct value *v = value_new(t->b->a, TAG_OBJ, err);
	enum member member;
	int r = v ? open_one(t, m->at, err) : WINCH_E_NOMEM;

	if (r < 0)
		return r;
	struct open_object o = { .outer = t->open, .start = t->b->j, .object = v->object };
	t->open = &o;
	m->allowed = BIT(M_TAG) | BIT(M_ID) | BIT(M_TN) | BIT(M_S) | BIT(M_V) | BIT(M_P) | BIT(M_X);
	while ((r = typed_next(t, m, &member, err)) == 1) {
		r = read_object_member(t, member, &o, err);
		if (r < 0)
			break;
	}
	t->open = o.outer;
	t->open_count--;
	*ret_value = v;
	return r;
}
