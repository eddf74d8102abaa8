/*
 * maker.c - a tree under construction.
 */
#include "psrp/maker.h"

struct value *make_bag(struct maker *m)
{
	return value_obj(m->a, NULL, 0, NULL, m->err);
}

struct value *make_nil(struct maker *m)
{
	return value_new(m->a, TAG_NIL, m->err);
}

struct value *make_str(struct maker *m, const char *text)
{
	return value_str(m->a, text, m->err);
}

struct value *make_int(struct maker *m, int64_t n)
{
	return value_int(m->a, TAG_I32, n, m->err);
}

struct value *make_bool(struct maker *m, bool b)
{
	return value_bool(m->a, b, m->err);
}

void make_put(struct maker *m, struct value *obj, const char *name, const struct value *v)
{
	if (m->status == 0)
		m->status = obj && v ? value_put(m->a, obj, name, v, m->err) : WINCH_E_NOMEM;
}

void make_item(struct maker *m, struct items *items, const struct value *v)
{
	if (m->status == 0)
		m->status = v ? items_add(m->a, items, v, m->err) : WINCH_E_NOMEM;
}

struct value *make_done(const struct maker *m, struct value *v)
{
	return m->status < 0 ? NULL : v;
}
