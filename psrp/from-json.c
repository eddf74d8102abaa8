/*
 * from-json.c - what the two ways from JSON to values share.
 */
#include "psrp/from-json-inside.h"

#include <stdlib.h>

#include "psrp/from-json.h"
#include "psrp/primitive.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

int from_json_text(struct from_json *b, struct bytes *ret_text, winch_error *err)
{
	struct bytes text;
	int r = json_string(&b->j, &b->scratch, &text, err);

	if (r < 0)
		return r;
	text = arena_copy(b->a, text, err);
	if (!text.data)
		return WINCH_E_NOMEM;
	*ret_text = text;
	return 0;
}

static int take(const struct value *v, const struct value **ret_value)
{
	if (!v)
		return WINCH_E_NOMEM;
	*ret_value = v;
	return 0;
}

int from_json_simple(struct from_json *b, const struct value **ret_value, winch_error *err)
{
	int kind = json_kind(&b->j, err);
	struct bytes text;
	int r;

	if (kind < 0)
		return kind;
	if (kind == JSON_STRING) {
		r = from_json_text(b, &text, err);
		return r < 0 ? r : take(value_text(b->a, TAG_S, text, err), ret_value);
	}
	r = json_literal(&b->j, err);
	if (r < 0)
		return r;
	return take(kind == JSON_NULL ? value_new(b->a, TAG_NIL, err)
				      : value_bool(b->a, kind == JSON_TRUE, err),
		    ret_value);
}

int from_json_primitive(struct from_json *b, enum tag tag, struct bytes text,
			const struct value **ret_value, winch_error *err)
{
	int r = 0;

	if (tag_rows[tag].text == TAG_TEXT_TRIMMED)
		r = primitive_normal(tag, text, &b->normal, &text, err);
	if (r < 0)
		return r;
	text = arena_copy(b->a, text, err);
	return text.data ? take(value_text(b->a, tag, text, err), ret_value) : WINCH_E_NOMEM;
}

static int lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static int compare_names(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;

	for (size_t i = 0; i < x->len && i < y->len; i++)
		if (lower(x->data[i]) != lower(y->data[i]))
			return lower(x->data[i]) - lower(y->data[i]);
	return x->len < y->len ? -1 : x->len > y->len;
}

/* Each with each: for few. */
static bool find_twins(const struct items *members, struct bytes *ret_name)
{
	for (const struct item *i = members->first; i; i = i->next)
		for (const struct item *k = members->first; k != i; k = k->next)
			if (bytes_eq_nocase(k->name, i->name)) {
				*ret_name = i->name;
				return true;
			}
	return false;
}

int from_json_twins(const struct items *members, struct bytes *ret_name, winch_error *err)
{
	enum { FEW = 12 };

	if (members->count <= FEW)
		return find_twins(members, ret_name);

	AUTO(mem_free_auto) struct bytes *names = mem_array(members->count, sizeof(*names));
	if (!names)
		return fail_nomem(err);
	size_t count = 0;
	for (const struct item *i = members->first; i; i = i->next)
		names[count++] = i->name;
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 1; i < count; i++)
		if (compare_names(&names[i - 1], &names[i]) == 0) {
			*ret_name = names[i];
			return 1;
		}
	return 0;
}

int from_json(int from, struct bytes text, struct arena *a, const struct value **ret_value,
	      winch_error *err)
{
	/* No text grows: an escape is never shorter than what it stands for. */
	struct from_json b = { .a = a, .scratch.max = text.len + 8, .normal.max = text.len + 64 };
	const bool typed = from == WINCH_FROM_TYPED;
	const struct value *v = NULL;

	int r = json_init(&b.j, text, typed ? JSON_MAX_DEPTH : JSON_MAX_OBJECTS, err);
	if (r == 0)
		r = typed ? from_json_typed(&b, &v, err)
			  : from_json_plain(&b, from == WINCH_FROM_PARAMETER, &v, err);
	if (r == 0)
		r = json_end(&b.j, err);
	buf_done(&b.scratch);
	buf_done(&b.normal);
	if (r == 0)
		*ret_value = v;
	return r;
}
