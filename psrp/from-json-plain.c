/*
 * from-json-plain.c - plain JSON to values: specs/json-mapping.md 6.
 */
#include "psrp/from-json-inside.h"

#include "src/base/fail.h"

struct plain {
	struct from_json *b;
	bool parameter; /* objects are hashtables */
	const struct type_names *list_types, *object_types;
};

static int read_value(struct plain *p, const struct value **ret_value, winch_error *err);

static bool is_integer(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '.' || (text.data[i] | 0x20) == 'e')
			return false;
	return !bytes_is(text, "-0");
}

static int read_number(struct plain *p, const struct value **ret_value, winch_error *err)
{
	static const enum tag integers[] = { TAG_I32, TAG_I64, TAG_U64, TAG_D };
	const size_t at = p->b->j.at;
	struct bytes text;

	int r = json_number(&p->b->j, &text, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < 4 && is_integer(text); i++) {
		r = from_json_primitive(p->b, integers[i], text, ret_value, err);
		if (r != WINCH_E_FORMAT)
			return r;
	}
	r = from_json_primitive(p->b, TAG_DB, text, ret_value, err);
	if (r == 0 && bytes_eq((*ret_value)->text, text))
		return 0;
	if (r < 0 && r != WINCH_E_FORMAT)
		return r;
	return json_fail(at, err, "a number beyond the largest double");
}

static int read_array(struct plain *p, const struct value **ret_value, winch_error *err)
{
	struct value *list = value_new(p->b->a, TAG_LST, err);
	struct value *v = value_obj(p->b->a, NULL, 0, list, err);

	if (!list || !v)
		return WINCH_E_NOMEM;
	v->object->types = p->list_types;
	int r = json_enter(&p->b->j, err);
	while (r == 0 && (r = json_item(&p->b->j, err)) == 1) {
		const struct value *item;
		r = read_value(p, &item, err);
		if (r == 0)
			r = items_add(p->b->a, &list->items, item, err);
		if (r < 0)
			return r;
	}
	*ret_value = v;
	return r;
}

/* A property bag's members, or a hashtable's entries; these have their names, too. */
static int read_member(struct plain *p, struct items *to, winch_error *err)
{
	const size_t at = p->b->j.at;
	const struct value *v = NULL, *key = NULL;
	struct bytes name;

	int r = json_name(&p->b->j, &p->b->scratch, &name, err);
	if (r < 0)
		return r;
	if (name.len == 0)
		return json_fail(at, err, "an empty name (\"\")");
	name = arena_copy(p->b->a, name, err);
	if (!name.data)
		return WINCH_E_NOMEM;
	if (p->parameter && !(key = value_text(p->b->a, TAG_S, name, err)))
		return WINCH_E_NOMEM;
	r = read_value(p, &v, err);
	if (r == 0)
		r = items_add_member(p->b->a, to, name, v, err);
	if (r == 0)
		to->last->key = key;
	return r;
}

static int read_object(struct plain *p, const struct value **ret_value, winch_error *err)
{
	const size_t at = p->b->j.at;
	struct value *dict = p->parameter ? value_new(p->b->a, TAG_DCT, err) : NULL;
	struct value *v = value_obj(p->b->a, NULL, 0, dict, err);
	struct bytes name;

	if (!v || (p->parameter && !dict))
		return WINCH_E_NOMEM;
	v->object->types = p->object_types;
	struct items *to = dict ? &dict->items : &v->object->members;
	int r = json_enter(&p->b->j, err);
	while (r == 0 && (r = json_item(&p->b->j, err)) == 1)
		r = read_member(p, to, err);
	if (r < 0)
		return r;
	r = from_json_twins(to, &name, err);
	if (r > 0)
		return json_fail(at, err, "two names of this object are \"%.*s\", but for case",
				 (int)(name.len < 200 ? name.len : 200), (const char *)name.data);
	*ret_value = v;
	return r;
}

static int read_value(struct plain *p, const struct value **ret_value, winch_error *err)
{
	int kind = json_kind(&p->b->j, err);

	if (kind < 0)
		return kind;
	if (kind == JSON_NUMBER)
		return read_number(p, ret_value, err);
	if (kind == JSON_ARRAY)
		return read_array(p, ret_value, err);
	if (kind == JSON_OBJECT)
		return read_object(p, ret_value, err);
	return from_json_simple(p->b, ret_value, err);
}

int from_json_plain(struct from_json *b, bool parameter, const struct value **ret_value,
		    winch_error *err)
{
	static const char *const list[] = { "System.Object[]", "System.Array", "System.Object" };
	static const char *const bag[] = { "System.Management.Automation.PSCustomObject",
					   "System.Object" };
	static const char *const table[] = { "System.Collections.Hashtable", "System.Object" };
	struct plain p = { .b = b, .parameter = parameter };

	p.list_types = types_new(b->a, list, 3, err);
	p.object_types = types_new(b->a, parameter ? table : bag, 2, err);
	if (!p.list_types || !p.object_types)
		return WINCH_E_NOMEM;
	return read_value(&p, ret_value, err);
}
