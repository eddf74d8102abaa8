/*
 * clixml-write.c - values to CLIXML: MS-PSRP 2.2.5, in the serializer's own form.
 *
 * While it is being written an object's mark is its RefId + 1; afterwards all are 0 again.
 */
#include "psrp/clixml-write.h"

#include "psrp/escape.h"
#include "src/base/base64.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/xml-write.h"

enum { MAX_OPEN = 100 };

struct writer {
	struct buf *out;
	const struct clixml_secure *secure; /* NULL: none */
	struct buf scratch;
	struct clixml_scope *scope;
	unsigned open;
	struct object **marked; /* to unmark at the end */
	size_t marked_count, marked_cap;
};

static int write_value(struct writer *w, struct bytes name, const struct value *v,
		       winch_error *err);

/* ---- type names ---- */

static size_t hash_types(const struct type_names *t)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < t->count; i++) {
		for (size_t k = 0; k < t->names[i].len; k++)
			h = (h ^ t->names[i].data[k]) * 1099511628211u;
		h = (h ^ 0xFF) * 1099511628211u;
	}
	return (size_t)h;
}

static bool same_types(const struct type_names *a, const struct type_names *b)
{
	if (a == b)
		return true;
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!bytes_eq(a->names[i], b->names[i]))
			return false;
	return true;
}

/* Where t is, or where it would go. */
static size_t find_types(const struct clixml_scope *s, const struct type_names *t)
{
	size_t at = hash_types(t) & (s->cap - 1);

	while (s->slots[at] && !same_types(s->slots[at], t))
		at = (at + 1) & (s->cap - 1);
	return at;
}

static int grow_types(struct clixml_scope *s, winch_error *err)
{
	struct clixml_scope bigger = *s;

	bigger.cap = s->cap ? s->cap * 2 : 16;
	bigger.slots = mem_array(bigger.cap, sizeof(*bigger.slots));
	bigger.ids = mem_array(bigger.cap, sizeof(*bigger.ids));
	if (!bigger.slots || !bigger.ids) {
		mem_free(bigger.slots);
		mem_free(bigger.ids);
		return fail_nomem(err);
	}
	memset(bigger.slots, 0, bigger.cap * sizeof(*bigger.slots));
	for (size_t i = 0; i < s->cap; i++)
		if (s->slots[i]) {
			size_t at = find_types(&bigger, s->slots[i]);
			bigger.slots[at] = s->slots[i];
			bigger.ids[at] = s->ids[i];
		}
	mem_free(s->slots);
	mem_free(s->ids);
	*s = bigger;
	return 0;
}

/* A list that outlives its value. */
static const struct type_names *keep_types(struct arena *a, const struct type_names *t,
					   winch_error *err)
{
	struct type_names *kept =
		arena_zalloc(a, sizeof(*kept) + t->count * sizeof(kept->names[0]), err);

	for (size_t i = 0; kept && i < t->count; i++) {
		kept->names[kept->count++] = arena_copy(a, t->names[i], err);
		if (!kept->names[i].data)
			return NULL;
	}
	return kept;
}

/* 1: it was there, 0: it is new; *ret_id either way. */
static int types_id(struct clixml_scope *s, const struct type_names *t, uint32_t *ret_id,
		    winch_error *err)
{
	if (s->count * 2 >= s->cap) {
		int r = grow_types(s, err);
		if (r < 0)
			return r;
	}
	size_t at = find_types(s, t);
	bool there = s->slots[at] != NULL;
	if (!there) {
		const struct type_names *kept = s->many ? keep_types(&s->kept, t, err) : t;
		if (!kept)
			return WINCH_E_NOMEM; /* it has no other limit */
		s->slots[at] = kept;
		s->ids[at] = (uint32_t)s->count++;
	}
	*ret_id = s->ids[at];
	return there;
}

/* ---- texts ---- */

/* Bytes that neither escape concerns, nor begin a character that one may concern. */
static const bool stands_for_itself[256] = {
	[0x20 ... 0x7E] = true, ['"'] = false,          ['&'] = false,          ['<'] = false,
	['>'] = false,          [0x80 ... 0xBF] = true, [0xC3 ... 0xEC] = true, [0xEE] = true,
};

/* '_' is escaped only before x or X. */
static bool is_plain(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!stands_for_itself[text.data[i]])
			return false;
		if (text.data[i] == '_' && i + 1 < text.len && (text.data[i + 1] | 0x20) == 'x')
			return false;
	}
	return true;
}

static int put_escaped(struct writer *w, struct bytes text, bool attr, winch_error *err)
{
	if (is_plain(text))
		return buf_put(w->out, text, err);
	buf_clear(&w->scratch);
	int r = escape_put(&w->scratch, text, err);
	if (r < 0)
		return r;
	return attr ? xml_put_attr(w->out, buf_bytes(&w->scratch), err)
		    : xml_put_text(w->out, buf_bytes(&w->scratch), err);
}

/* A tag's name between two pieces of markup, together far below 32 bytes: at once, as there
 * are so many. */
static int put_tag(struct writer *w, const char *before, const char *tag, const char *after,
		   winch_error *err)
{
	char text[32];
	char *end = stpcpy(stpcpy(stpcpy(text, before), tag), after);

	return buf_put(w->out, bytes_of(text, (size_t)(end - text)), err);
}

/* RefId="id" and what closes the tag. */
static int put_id(struct writer *w, uint64_t id, const char *after, winch_error *err)
{
	char digits[21];
	char *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + id % 10);
	while (id /= 10);
	int r = xml_put_raw(w->out, " RefId=\"", err);
	return r < 0 ? r : put_tag(w, at, "\"", after, err);
}

static int open_tag(struct writer *w, const char *tag, struct bytes name, winch_error *err)
{
	if (!name.data)
		return put_tag(w, "<", tag, "", err);
	int r = put_tag(w, "<", tag, " N=\"", err);
	if (r == 0)
		r = put_escaped(w, name, true, err);
	return r < 0 ? r : xml_put_raw(w->out, "\"", err);
}

/* <tag N="name">text</tag>; the serializer writes an empty S open, all else closed. */
static int put_text_element(struct writer *w, const char *tag, struct bytes name, struct bytes text,
			    bool escaped, bool keep_open, winch_error *err)
{
	int r = open_tag(w, tag, name, err);

	if (r < 0)
		return r;
	if (text.len == 0 && !keep_open)
		return xml_put_raw(w->out, " />", err);
	r = xml_put_raw(w->out, ">", err);
	if (r == 0)
		r = escaped ? put_escaped(w, text, false, err) : xml_put_text(w->out, text, err);
	return r < 0 ? r : put_tag(w, "</", tag, ">", err);
}

/* ---- parts of an object ---- */

static int put_types(struct writer *w, const struct type_names *t, winch_error *err)
{
	uint32_t id;

	if (!t || t->count == 0)
		return 0;
	int r = types_id(w->scope, t, &id, err);
	if (r < 0)
		return r;
	const bool there = r > 0;
	r = put_tag(w, "<", there ? "TNRef" : "TN", "", err);
	if (r == 0)
		r = put_id(w, id, there ? " />" : ">", err);
	if (r < 0 || there)
		return r;
	for (size_t i = 0; i < t->count && r == 0; i++)
		r = put_text_element(w, "T", (struct bytes){ 0 }, t->names[i], true, false, err);
	return r < 0 ? r : xml_put_raw(w->out, "</TN>", err);
}

static int put_members(struct writer *w, const char *tag, const struct items *items,
		       winch_error *err)
{
	if (items->count == 0)
		return put_tag(w, "<", tag, " />", err);
	int r = put_tag(w, "<", tag, ">", err);
	for (const struct item *i = items->first; i && r == 0; i = i->next)
		r = write_value(w, i->name, i->value, err);
	return r < 0 ? r : put_tag(w, "</", tag, ">", err);
}

static int put_entry(struct writer *w, const struct item *i, winch_error *err)
{
	int r = xml_put_raw(w->out, "<En>", err);

	if (r == 0)
		r = write_value(w, BYTES_LIT("Key"), i->key, err);
	if (r == 0)
		r = write_value(w, BYTES_LIT("Value"), i->value, err);
	return r < 0 ? r : xml_put_raw(w->out, "</En>", err);
}

static int put_container(struct writer *w, const struct value *v, winch_error *err)
{
	const char *tag = tag_name(v->tag);

	if (v->items.count == 0)
		return put_tag(w, "<", tag, " />", err);
	int r = put_tag(w, "<", tag, ">", err);
	for (const struct item *i = v->items.first; i && r == 0; i = i->next)
		r = v->tag == TAG_DCT ? put_entry(w, i, err)
				      : write_value(w, (struct bytes){ 0 }, i->value, err);
	return r < 0 ? r : put_tag(w, "</", tag, ">", err);
}

static int put_parts(struct writer *w, const struct object *o, winch_error *err)
{
	int r = put_types(w, o->types, err);

	if (r == 0 && o->has_to_string)
		r = put_text_element(w, "ToString", (struct bytes){ 0 }, o->to_string, true, false,
				     err);
	if (r == 0 && o->base)
		r = write_value(w, (struct bytes){ 0 }, o->base, err);
	if (r == 0 && o->has_props)
		r = put_members(w, "Props", &o->props, err);
	if (r == 0 && o->members.count)
		r = put_members(w, "MS", &o->members, err);
	return r;
}

static int mark(struct writer *w, struct object *o, winch_error *err)
{
	if (w->marked_count == w->marked_cap) {
		size_t cap = w->marked_cap ? w->marked_cap * 2 : 16;
		struct object **more = mem_realloc(w->marked, cap * sizeof(*more));
		if (!more)
			return fail_nomem(err);
		w->marked = more;
		w->marked_cap = cap;
	}
	w->marked[w->marked_count++] = o;
	o->mark = w->scope->next_ref++ + 1;
	return 0;
}

static int put_object(struct writer *w, struct bytes name, struct object *o, winch_error *err)
{
	if (++w->open > MAX_OPEN)
		return fail(err, WINCH_E_LIMIT, "more than %d objects are open", MAX_OPEN);
	int r = mark(w, o, err);
	if (r == 0)
		r = open_tag(w, "Obj", name, err);
	bool empty = !(o->types && o->types->count) && !o->has_to_string && !o->base &&
		     !o->has_props && !o->members.count;
	if (r == 0)
		r = put_id(w, o->mark - 1, empty ? " />" : ">", err);
	if (r == 0 && !empty) {
		r = put_parts(w, o, err);
		if (r == 0)
			r = xml_put_raw(w->out, "</Obj>", err);
	}
	w->open--;
	return r;
}

static int put_ref(struct writer *w, struct bytes name, const struct object *o, winch_error *err)
{
	int r = open_tag(w, "Ref", name, err);
	return r < 0 ? r : put_id(w, o->mark - 1, " />", err);
}

/* ---- a progress record ---- */

static int put_int_element(struct writer *w, const char *tag, int32_t n, winch_error *err)
{
	return buf_put_fmt(w->out, err, "<%s>%d</%s>", tag, n, tag);
}

static int put_current_operation(struct writer *w, const struct progress *p, winch_error *err)
{
	if (!p->has_operation)
		return xml_put_raw(w->out, "<Nil />", err);
	return put_text_element(w, "S", (struct bytes){ 0 }, p->operation, true, true, err);
}

static int put_progress(struct writer *w, struct bytes name, const struct progress *p,
			winch_error *err)
{
	const struct bytes none = { 0 };
	int r = open_tag(w, "PR", name, err);

	if (r == 0)
		r = xml_put_raw(w->out, ">", err);
	if (r == 0)
		r = put_text_element(w, "AV", none, p->activity, true, true, err);
	if (r == 0)
		r = put_int_element(w, "AI", p->activity_id, err);
	if (r == 0)
		r = put_current_operation(w, p, err);
	if (r == 0)
		r = put_int_element(w, "PI", p->parent_id, err);
	if (r == 0)
		r = put_int_element(w, "PC", p->percent, err);
	if (r == 0)
		r = put_text_element(w, "T", none, p->type, true, true, err);
	if (r == 0)
		r = put_int_element(w, "SR", p->seconds, err);
	if (r == 0)
		r = put_text_element(w, "SD", none, p->status, true, true, err);
	return r < 0 ? r : xml_put_raw(w->out, "</PR>", err);
}

/* ---- values ---- */

/* A member set: an Obj without anything but its MS is how the serializer writes a
 * nested one, as an element <MS N="..">. */
static int put_member_set(struct writer *w, struct bytes name, const struct value *v,
			  winch_error *err)
{
	if (++w->open > MAX_OPEN)
		return fail(err, WINCH_E_LIMIT, "more than %d objects are open", MAX_OPEN);
	int r = open_tag(w, "MS", name, err);
	if (r == 0 && v->items.count == 0)
		r = xml_put_raw(w->out, " />", err);
	if (r == 0 && v->items.count) {
		r = xml_put_raw(w->out, ">", err);
		for (const struct item *i = v->items.first; i && r == 0; i = i->next)
			r = write_value(w, i->name, i->value, err);
		if (r == 0)
			r = xml_put_raw(w->out, "</MS>", err);
	}
	w->open--;
	return r;
}

static int put_secure(struct writer *w, struct bytes name, const struct value *v, winch_error *err)
{
	if (!w->secure && v->secure)
		return fail(err, WINCH_E_ARG, "a SecureString has no form outside of a session");
	int r = open_tag(w, "SS", name, err);
	if (r == 0)
		r = xml_put_raw(w->out, ">", err);
	if (r == 0)
		r = w->secure->put(w->secure->user, w->out, v, err);
	return r < 0 ? r : xml_put_raw(w->out, "</SS>", err);
}

static int write_value(struct writer *w, struct bytes name, const struct value *v, winch_error *err)
{
	if (!v || v->tag == TAG_NIL) {
		int r = open_tag(w, "Nil", name, err);
		return r < 0 ? r : xml_put_raw(w->out, " />", err);
	}
	if (v->tag == TAG_SS && (w->secure || v->secure))
		return put_secure(w, name, v, err);
	if (tag_is_primitive(v->tag))
		return put_text_element(w, tag_name(v->tag), name, v->text,
					tag_rows[v->tag].text == TAG_TEXT_ESCAPED, v->tag == TAG_S,
					err);
	if (tag_is_container(v->tag))
		return put_container(w, v, err);
	/* Where it comes first it is written: of a part of a value that may be a reference. */
	if (v->tag == TAG_OBJ || (v->tag == TAG_REF && !v->is_earlier))
		return v->object->mark ? put_ref(w, name, v->object, err)
				       : put_object(w, name, v->object, err);
	if (v->tag == TAG_PR)
		return put_progress(w, name, v->progress, err);
	if (v->tag == TAG_MS)
		return put_member_set(w, name, v, err);
	return fail(err, WINCH_E_ARG, "this is no value");
}

static int write_root(struct writer *w, const struct value *v, winch_error *err)
{
	int r = write_value(w, (struct bytes){ 0 }, v, err);

	for (size_t i = 0; i < w->marked_count; i++)
		w->marked[i]->mark = 0;
	mem_free(w->marked);
	buf_done(&w->scratch);
	return r;
}

int clixml_write_in(struct clixml_scope *scope, struct buf *out, const struct value *v,
		    winch_error *err)
{
	struct writer w = { .out = out, .scratch = { .max = SIZE_MAX / 2 }, .scope = scope };

	return write_root(&w, v, err);
}

void clixml_scope_done(struct clixml_scope *scope)
{
	mem_free(scope->slots);
	mem_free(scope->ids);
	arena_done(&scope->kept);
}

int clixml_write(struct buf *out, const struct value *v, winch_error *err)
{
	return clixml_write_secure(out, v, NULL, err);
}

int clixml_write_secure(struct buf *out, const struct value *v, const struct clixml_secure *secure,
			winch_error *err)
{
	AUTO(clixml_scope_done) struct clixml_scope scope = { .many = false };
	struct writer w = {
		.out = out, .secure = secure, .scratch = { .max = SIZE_MAX / 2 }, .scope = &scope
	};

	return write_root(&w, v, err);
}
