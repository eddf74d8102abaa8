/*
 * value-new.c - <winch/value.h>: values that an application makes of its own.
 */
#include <winch/value.h>

#include "psrp/secure-string.h"
#include "psrp/value-copy.h"
#include "psrp/value-owned.h"
#include "src/base/base64.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

struct owned *owned_new(winch_error *err)
{
	struct owned *o = mem_zalloc(sizeof(*o));

	if (!o)
		fail_nomem(err);
	return o;
}

void owned_free(struct owned *o)
{
	if (!o)
		return;
	arena_done(&o->arena);
	mem_free(o);
}

winch_value *owned_give(struct owned **o, const struct value *v)
{
	if (!v)
		return NULL;
	struct owned *given = *o;
	*o = NULL;
	given->root = *v;
	return (winch_value *)(void *)given;
}

void winch_value_free(winch_value *v)
{
	owned_free((struct owned *)(void *)v);
}

winch_value *winch_value_new_string(const char *text, size_t len, winch_error *err)
{
	if ((!text && len) || !wtf8_valid(bytes_of(text, len))) {
		fail(err, WINCH_E_ARG, "a string that is not UTF-8");
		return NULL;
	}
	AUTO(owned_free_auto) struct owned *o = owned_new(err);
	struct bytes copy =
		o ? arena_copy(&o->arena, bytes_of(text, len), err) : (struct bytes){ 0 };
	return copy.data ? owned_give(&o, value_text(&o->arena, TAG_S, copy, err)) : NULL;
}

winch_value *winch_value_new_bytes(const void *data, size_t len, winch_error *err)
{
	AUTO(owned_free_auto) struct owned *o = owned_new(err);
	AUTO(buf_done) struct buf text = { .max = base64_len(len) };

	if (!o || base64_put(&text, bytes_of(data, len), err) < 0)
		return NULL;
	struct bytes copy = arena_copy(&o->arena, buf_bytes(&text), err);
	return copy.data ? owned_give(&o, value_text(&o->arena, TAG_BA, copy, err)) : NULL;
}

winch_value *winch_value_new_int(int32_t n, winch_error *err)
{
	AUTO(owned_free_auto) struct owned *o = owned_new(err);

	return o ? owned_give(&o, value_int(&o->arena, TAG_I32, n, err)) : NULL;
}

winch_value *winch_value_new_bool(bool b, winch_error *err)
{
	AUTO(owned_free_auto) struct owned *o = owned_new(err);

	return o ? owned_give(&o, value_bool(&o->arena, b, err)) : NULL;
}

winch_value *winch_value_new_null(winch_error *err)
{
	AUTO(owned_free_auto) struct owned *o = owned_new(err);

	return o ? owned_give(&o, value_new(&o->arena, TAG_NIL, err)) : NULL;
}

/* ---- SecureStrings ---- */

winch_value *secure_string_give(struct secure_string *s, winch_error *err)
{
	AUTO(owned_free_auto) struct owned *o = owned_new(err);

	return o ? owned_give(&o, secure_string_value(&o->arena, s, err)) : NULL;
}

winch_value *winch_value_new_secure(const char *text, size_t len, winch_error *err)
{
	if (!text && len) {
		fail(err, WINCH_E_ARG, "a SecureString without a text");
		return NULL;
	}
	struct secure_string *s = secure_string_new(bytes_of(text, len), err);
	winch_value *v = s ? secure_string_give(s, err) : NULL;
	secure_string_free(s);
	return v;
}

/* As PowerShell's serializer writes one. */
static struct value *credential(struct arena *a, struct bytes user, const struct value *secure,
				winch_error *err)
{
	static const char *const types[] = { "System.Management.Automation.PSCredential",
					     "System.Object" };
	struct bytes copy = arena_copy(a, user, err);
	struct value *v = copy.data ? value_obj(a, types, 2, NULL, err) : NULL;

	if (!v)
		return NULL;
	v->object->has_to_string = v->object->has_props = true;
	v->object->to_string = bytes_str(types[0]);
	int r = items_add_member(a, &v->object->props, BYTES_LIT("UserName"),
				 value_text(a, TAG_S, copy, err), err);
	if (r == 0)
		r = items_add_member(a, &v->object->props, BYTES_LIT("Password"), secure, err);
	return r < 0 ? NULL : v;
}

winch_value *winch_value_new_credential(const char *user, size_t len, const winch_value *secure,
					winch_error *err)
{
	const struct value *ss = value_base(value_inside(secure)), *copy;

	if (!user || !wtf8_valid(bytes_of(user, len)) || !ss || ss->tag != TAG_SS) {
		fail(err, WINCH_E_ARG, "a credential needs a name and a SecureString");
		return NULL;
	}
	AUTO(owned_free_auto) struct owned *o = owned_new(err);
	if (!o || value_copy(&o->arena, ss, &copy, err) < 0)
		return NULL;
	return owned_give(&o, credential(&o->arena, bytes_of(user, len), copy, err));
}

/* ---- containers ---- */

static winch_value *new_container(const char *type, enum tag tag, winch_error *err)
{
	const char *types[] = { type, "System.Object" };
	AUTO(owned_free_auto) struct owned *o = owned_new(err);
	struct value *base = o ? value_new(&o->arena, tag, err) : NULL;

	return base ? owned_give(&o, value_obj(&o->arena, types, 2, base, err)) : NULL;
}

winch_value *winch_value_new_list(winch_error *err)
{
	return new_container("System.Collections.ArrayList", TAG_LST, err);
}

winch_value *winch_value_new_hashtable(winch_error *err)
{
	return new_container("System.Collections.Hashtable", TAG_DCT, err);
}

int winch_value_add(winch_value *container, const char *key, const winch_value *value,
		    winch_error *err)
{
	struct owned *o = (struct owned *)(void *)container;
	/* What new_container() made is ours to change. */
	struct value *base = (struct value *)(uintptr_t)value_base(value_inside(container));
	const struct value *copy, *name = NULL;

	if (!base || (base->tag != TAG_LST && base->tag != TAG_DCT) ||
	    (base->tag == TAG_DCT && !(key && wtf8_valid(bytes_str(key)))))
		return fail(err, WINCH_E_ARG, "not a list, or not a Hashtable and a key");
	int r = value_copy(&o->arena, value_inside(value), &copy, err);
	if (r >= 0 && base->tag == TAG_DCT) {
		name = value_str(&o->arena, key, err);
		return items_add_entry(&o->arena, &base->items, name, copy, err);
	}
	return r < 0 ? r : items_add(&o->arena, &base->items, copy, err);
}
