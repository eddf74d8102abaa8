/*
 * value.c - a CLIXML value as a tree: looking at it, building it.
 */
#include "psrp/value.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/base/fail.h"

struct object *value_object(const struct value *v)
{
	if (!v || v->is_earlier || (v->tag != TAG_OBJ && v->tag != TAG_REF))
		return NULL;
	return v->object;
}

const struct value *value_base(const struct value *v)
{
	/* A base is never a Ref, so this ends. */
	while (v && (v->tag == TAG_OBJ || v->tag == TAG_REF))
		v = v->is_earlier ? NULL : v->object->base;
	return v;
}

static const struct value *find_member(const struct items *items, struct bytes name)
{
	for (const struct item *i = items->first; i; i = i->next)
		if (bytes_eq_nocase(i->name, name))
			return i->value;
	return NULL;
}

const struct value *value_member(const struct value *v, const char *name)
{
	const struct object *o = value_object(v);

	if (v && v->tag == TAG_MS)
		return find_member(&v->items, bytes_str(name));
	if (!o)
		return NULL;
	const struct value *found = find_member(&o->members, bytes_str(name));
	return found ? found : find_member(&o->props, bytes_str(name));
}

const struct items *value_items(const struct value *v)
{
	const struct value *base = value_base(v);

	return base && tag_is_container(base->tag) ? &base->items : NULL;
}

const struct item *item_at(const struct items *items, size_t i)
{
	struct item *first = items->first, *at = first;
	size_t k = 0;

	if (i >= items->count)
		return NULL;
	if (i > 0 && first->cursor && first->cursor->index <= i) {
		at = first->cursor;
		k = at->index;
	}
	for (; k < i; k++)
		at = at->next;
	if (i > 0) {
		first->cursor = at;
		at->index = i;
	}
	return at;
}

bool value_is_nil(const struct value *v)
{
	return !v || v->tag == TAG_NIL;
}

bool value_get_text(const struct value *v, struct bytes *ret_text)
{
	const struct value *base = value_base(v);

	if (!base)
		return false;
	if (base->tag != TAG_S && base->tag != TAG_SBK && base->tag != TAG_URI &&
	    base->tag != TAG_XD && base->tag != TAG_G && base->tag != TAG_VERSION)
		return false;
	*ret_text = base->text;
	return true;
}

/* text is in its normal form: digits, perhaps behind a minus. */
static bool parse_int(struct bytes text, int64_t *ret_int)
{
	bool minus = text.len && text.data[0] == '-';
	uint64_t n = 0;

	for (size_t i = minus; i < text.len; i++) {
		uint64_t digit = (uint64_t)(text.data[i] - '0');
		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (n > (uint64_t)INT64_MAX + minus)
		return false;
	*ret_int = minus ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

bool value_get_int(const struct value *v, int64_t *ret_int)
{
	const struct value *base = value_base(v);

	if (!base || (base->tag != TAG_C && (base->tag < TAG_BY || base->tag > TAG_I64)))
		return false;
	return parse_int(base->text, ret_int);
}

bool value_get_bool(const struct value *v, bool *ret_bool)
{
	const struct value *base = value_base(v);

	if (!base || base->tag != TAG_B)
		return false;
	*ret_bool = bytes_is(base->text, "true");
	return true;
}

static struct bytes skip_deserialized(struct bytes type)
{
	const struct bytes prefix = BYTES_LIT("Deserialized.");

	while (type.len >= prefix.len && bytes_eq_nocase(bytes_of(type.data, prefix.len), prefix))
		type = bytes_skip(type, prefix.len);
	return type;
}

bool types_have(const struct type_names *types, struct bytes type)
{
	for (size_t i = 0; types && i < types->count; i++)
		if (bytes_eq_nocase(skip_deserialized(types->names[i]), type))
			return true;
	return false;
}

unsigned types_look(const struct type_names *types)
{
	unsigned kinds = 0;

	if (types_have(types, BYTES_LIT("System.Enum")))
		kinds |= TYPE_ENUM;
	if (types_have(types, BYTES_LIT("System.Management.Automation.ErrorRecord")))
		kinds |= TYPE_ERROR;
	if (types_have(types, BYTES_LIT("System.Management.Automation.InformationalRecord")))
		kinds |= TYPE_INFORMATIONAL;
	if (types_have(types, BYTES_LIT("System.Numerics.BigInteger")))
		kinds |= TYPE_BIG_INTEGER;
	return kinds;
}

bool value_is_a(const struct value *v, const char *type)
{
	const struct object *o = value_object(v);

	return o && types_have(o->types, bytes_str(type));
}

struct value *value_new(struct arena *a, enum tag tag, winch_error *err)
{
	struct value *v = arena_zalloc(a, sizeof(*v), err);

	if (!v)
		return NULL;
	v->tag = tag;
	if (tag == TAG_OBJ && !(v->object = arena_zalloc(a, sizeof(*v->object), err)))
		return NULL;
	if (tag == TAG_PR && !(v->progress = arena_zalloc(a, sizeof(*v->progress), err)))
		return NULL;
	return v;
}

struct value *value_text(struct arena *a, enum tag tag, struct bytes text, winch_error *err)
{
	struct value *v = value_new(a, tag, err);

	if (v)
		v->text = text;
	return v;
}

struct value *value_str(struct arena *a, const char *text, winch_error *err)
{
	struct bytes copy = arena_copy(a, bytes_str(text), err);

	return copy.data ? value_text(a, TAG_S, copy, err) : NULL;
}

struct value *value_int(struct arena *a, enum tag tag, int64_t n, winch_error *err)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n);
	struct bytes copy = arena_copy(a, bytes_of(digits, (size_t)len), err);

	return copy.data ? value_text(a, tag, copy, err) : NULL;
}

struct value *value_bool(struct arena *a, bool b, winch_error *err)
{
	return value_text(a, TAG_B, b ? BYTES_LIT("true") : BYTES_LIT("false"), err);
}

struct value *value_ref(struct arena *a, struct object *to, winch_error *err)
{
	struct value *v = value_new(a, TAG_REF, err);

	if (v)
		v->object = to;
	return v;
}

const struct type_names *types_new(struct arena *a, const char *const types[], size_t count,
				   winch_error *err)
{
	struct type_names *t = arena_zalloc(a, sizeof(*t) + count * sizeof(t->names[0]), err);

	if (!t)
		return NULL;
	t->count = count;
	for (size_t i = 0; i < count; i++) {
		t->names[i] = arena_copy(a, bytes_str(types[i]), err);
		if (!t->names[i].data)
			return NULL;
	}
	return t;
}

struct value *value_obj(struct arena *a, const char *const types[], size_t count,
			const struct value *base, winch_error *err)
{
	struct value *v = value_new(a, TAG_OBJ, err);

	if (!v)
		return NULL;
	v->object->base = base;
	if (count && !(v->object->types = types_new(a, types, count, err)))
		return NULL;
	return v;
}

static int add_item(struct arena *a, struct items *items, struct item in, winch_error *err)
{
	struct item *i = in.value ? arena_alloc(a, sizeof(*i), err) : NULL;

	if (!i)
		return err && err->status < 0 ? err->status : WINCH_E_NOMEM;
	*i = in;
	if (items->last)
		items->last->next = i;
	else
		items->first = i;
	items->last = i;
	items->count++;
	return 0;
}

int items_add(struct arena *a, struct items *items, const struct value *value, winch_error *err)
{
	return add_item(a, items, (struct item){ .value = value }, err);
}

int items_add_entry(struct arena *a, struct items *items, const struct value *key,
		    const struct value *value, winch_error *err)
{
	return add_item(a, items, (struct item){ .key = key, .value = key ? value : NULL }, err);
}

int items_add_member(struct arena *a, struct items *items, struct bytes name,
		     const struct value *value, winch_error *err)
{
	return add_item(a, items, (struct item){ .name = name, .value = value }, err);
}

int items_set_member(struct arena *a, struct items *items, struct bytes name,
		     const struct value *value, winch_error *err)
{
	for (struct item *i = items->first; i && value; i = i->next)
		if (bytes_eq_nocase(i->name, name)) {
			i->name = name;
			i->value = value;
			return 0;
		}
	return items_add_member(a, items, name, value, err);
}

int value_put(struct arena *a, struct value *obj, const char *name, const struct value *value,
	      winch_error *err)
{
	return items_add_member(a, &obj->object->members, bytes_str(name), value, err);
}
