/*
 * clixml-read.c - CLIXML to trees.
 */
#include "psrp/clixml-read.h"

#include "src/base/fail.h"
#include "src/base/mem.h"

/* Obj, container, Props, MS: at most two frames an object. */
enum { MAX_FRAMES = 1002, FEW_MEMBERS = 32 };

static struct clixml_frame *top(struct clixml_builder *b)
{
	return &b->frames[b->depth];
}

static void push(struct clixml_builder *b, struct object *object, struct items *items)
{
	struct clixml_frame *f = &b->frames[++b->depth];

	f->object = object;
	f->items = items;
	f->key = NULL;
}

static struct bytes lower(struct clixml_builder *b, struct bytes name, winch_error *err)
{
	buf_clear(&b->scratch);
	if (buf_put(&b->scratch, name, err) < 0 || buf_put_u8(&b->scratch, 0, err) < 0)
		return (struct bytes){ NULL, 0 };
	for (size_t i = 0; i < name.len; i++)
		if (b->scratch.data[i] >= 'A' && b->scratch.data[i] <= 'Z')
			b->scratch.data[i] |= 32;
	return bytes_of(b->scratch.data, name.len);
}

static int add_name(struct clixml_builder *b, struct item *i, winch_error *err)
{
	struct bytes name = lower(b, i->name, err);

	return name.data ? id_table_put(&top(b)->names, name, i, err) : WINCH_E_NOMEM;
}

/* As items_set_member(), also where there are many. */
static int set_member(struct clixml_builder *b, struct bytes name, const struct value *v,
		      winch_error *err)
{
	struct clixml_frame *f = top(b);
	int r = 0;

	if (f->items->count < FEW_MEMBERS)
		return items_set_member(b->arena, f->items, name, v, err);
	if (f->names.count == 0)
		for (struct item *i = f->items->first; i && r == 0; i = i->next)
			r = add_name(b, i, err);
	struct bytes folded = lower(b, name, err);
	if (r < 0 || !folded.data)
		return WINCH_E_NOMEM;
	struct item *old = id_table_get(&f->names, folded);
	if (old) {
		old->name = name;
		old->value = v;
		return 0;
	}
	r = items_add_member(b->arena, f->items, name, v, err);
	return r < 0 ? r : add_name(b, f->items->last, err);
}

/* v stands where the grammar says. */
static int attach(struct clixml_builder *b, const struct value *v, winch_error *err)
{
	if (!v)
		return WINCH_E_NOMEM;
	switch (clixml_where(b->grammar)->place) {
	case CLIXML_ROOT:
		b->root = v;
		return 0;
	case CLIXML_BASE:
		top(b)->object->base = v;
		return 0;
	case CLIXML_ITEM:
		return items_add(b->arena, top(b)->items, v, err);
	case CLIXML_KEY:
		top(b)->key = v;
		return 0;
	case CLIXML_VALUE:
		return items_add_entry(b->arena, top(b)->items, top(b)->key, v, err);
	case CLIXML_MEMBER:
		break;
	}
	struct bytes name = arena_copy(b->arena, clixml_where(b->grammar)->name, err);
	return name.data ? set_member(b, name, v, err) : WINCH_E_NOMEM;
}

static int on_primitive(void *user, enum tag tag, struct bytes text, winch_error *err)
{
	struct clixml_builder *b = user;

	if (tag == TAG_SS && b->secure)
		return attach(b, b->secure(b->secure_user, text, err), err);
	struct bytes copy = arena_copy(b->arena, text, err);
	return copy.data ? attach(b, value_text(b->arena, tag, copy, err), err) : WINCH_E_NOMEM;
}

static int on_nil(void *user, winch_error *err)
{
	struct clixml_builder *b = user;

	return attach(b, value_new(b->arena, TAG_NIL, err), err);
}

/* > 0: not known. */
static int on_ref(void *user, struct bytes id, winch_error *err)
{
	struct clixml_builder *b = user;
	struct object *to = id_table_get(&b->ids, id);
	uint64_t child;

	if (to)
		return attach(b, value_ref(b->arena, to, err), err);
	int r = b->earlier ? b->earlier(b->earlier_user, id, &child, err) : 0;
	if (r <= 0)
		return r < 0 ? r : 1;
	struct value *v = value_new(b->arena, TAG_REF, err);
	if (!v || !(v->earlier = arena_alloc(b->arena, sizeof(*v->earlier), err)))
		return WINCH_E_NOMEM;
	v->is_earlier = true;
	v->earlier->child = child;
	v->earlier->id = arena_copy(b->arena, id, err);
	return v->earlier->id.data ? attach(b, v, err) : WINCH_E_NOMEM;
}

static int on_progress(void *user, const struct progress *p, winch_error *err)
{
	struct clixml_builder *b = user;
	struct value *v = value_new(b->arena, TAG_PR, err);

	if (!v)
		return WINCH_E_NOMEM;
	*v->progress = *p;
	struct bytes *texts[] = { &v->progress->activity, &v->progress->status, &v->progress->type,
				  &v->progress->operation };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*texts[i] = arena_copy(b->arena, *texts[i], err);
		if (!texts[i]->data)
			return WINCH_E_NOMEM;
	}
	return attach(b, v, err);
}

static int on_obj_start(void *user, struct bytes id, winch_error *err)
{
	struct clixml_builder *b = user;
	struct value *v = value_new(b->arena, TAG_OBJ, err);
	int r = attach(b, v, err);

	if (r < 0)
		return r;
	v->object->home = b->home;
	v->object->ordinal = b->ordinal++;
	push(b, v->object, NULL);
	return id.data ? id_table_put(&b->ids, id, v->object, err) : 0;
}

static int on_obj_end(void *user, winch_error *err)
{
	struct clixml_builder *b = user;

	(void)err;
	b->depth--;
	return 0;
}

static int on_types(void *user, const struct type_names *types, bool lasting, winch_error *err)
{
	struct clixml_builder *b = user;

	top(b)->object->types = types->count ? types : NULL;
	if (lasting || types->count == 0)
		return 0;
	size_t len = sizeof(*types) + types->count * sizeof(types->names[0]);
	struct type_names *copy = arena_alloc(b->arena, len, err);
	if (!copy)
		return WINCH_E_NOMEM;
	copy->count = types->count;
	for (size_t i = 0; i < types->count; i++) {
		copy->names[i] = arena_copy(b->arena, types->names[i], err);
		if (!copy->names[i].data)
			return WINCH_E_NOMEM;
	}
	top(b)->object->types = copy;
	return 0;
}

static int on_to_string(void *user, struct bytes text, winch_error *err)
{
	struct clixml_builder *b = user;
	struct bytes copy = arena_copy(b->arena, text, err);

	if (!copy.data)
		return WINCH_E_NOMEM;
	top(b)->object->to_string = copy;
	top(b)->object->has_to_string = true;
	return 0;
}

static int on_part_start(void *user, enum tag tag, winch_error *err)
{
	struct clixml_builder *b = user;
	struct object *o = top(b)->object;
	struct items *items;

	if (tag == TAG_PROPS) {
		o->props = (struct items){ 0 };
		o->has_props = true;
		items = &o->props;
	} else if (tag == TAG_MS && clixml_where(b->grammar)->place == CLIXML_BASE) {
		items = &o->members;
	} else {
		struct value *v = value_new(b->arena, tag, err);
		int r = attach(b, v, err);
		if (r < 0)
			return r;
		items = &v->items;
	}
	push(b, NULL, items);
	return 0;
}

static int on_part_end(void *user, enum tag tag, winch_error *err)
{
	struct clixml_builder *b = user;

	(void)tag, (void)err;
	if (top(b)->names.count)
		id_table_done(&top(b)->names);
	b->depth--;
	return 0;
}

static int on_done(void *user, winch_error *err)
{
	(void)user, (void)err;
	return 0;
}

const struct clixml_sink clixml_builder_sink = {
	.primitive = on_primitive,
	.nil = on_nil,
	.ref = on_ref,
	.progress = on_progress,
	.obj_start = on_obj_start,
	.obj_end = on_obj_end,
	.types = on_types,
	.to_string = on_to_string,
	.part_start = on_part_start,
	.part_end = on_part_end,
	.done = on_done,
	.begin = on_done,
};

int clixml_builder_init(struct clixml_builder *b, struct arena *arena, winch_error *err)
{
	*b = (struct clixml_builder){ .arena = arena, .scratch.max = SIZE_MAX / 4 };
	b->frames = mem_zalloc(MAX_FRAMES * sizeof(b->frames[0]));
	return b->frames ? 0 : fail_nomem(err);
}

static void clear_frames(struct clixml_builder *b)
{
	for (size_t i = 0; b->frames && i < MAX_FRAMES; i++)
		if (b->frames[i].names.room)
			id_table_done(&b->frames[i].names);
}

void clixml_builder_done(struct clixml_builder *b)
{
	clear_frames(b);
	mem_free(b->frames);
	id_table_done(&b->ids);
	buf_done(&b->scratch);
	b->frames = NULL;
}

void clixml_builder_restart(struct clixml_builder *b, struct arena *arena)
{
	if (b->depth) /* it was left in the middle */
		clear_frames(b);
	b->arena = arena;
	b->depth = 0;
	b->ordinal = 0;
	b->root = NULL;
	id_table_clear(&b->ids);
}

DEFINE_AUTO_FREE(struct clixml_grammar, clixml_grammar_free)

int clixml_read(struct bytes in, struct arena *a, const struct value **ret_value, winch_error *err)
{
	return clixml_read_secure(in, a, NULL, NULL, ret_value, err);
}

int clixml_read_secure(struct bytes in, struct arena *a,
		       const struct value *(*secure)(void *user, struct bytes text,
						     winch_error *err),
		       void *user, const struct value **ret_value, winch_error *err)
{
	AUTO(clixml_builder_done) struct clixml_builder b;
	int r = clixml_builder_init(&b, a, err);

	if (r < 0)
		return r;
	b.secure = secure;
	b.secure_user = user;
	AUTO(clixml_grammar_free_auto)
	struct clixml_grammar *g = clixml_grammar_new(&clixml_builder_sink, &b,
						      &(struct clixml_options){ .types = a }, err);
	if (!g)
		return WINCH_E_NOMEM;
	b.grammar = g;
	r = clixml_grammar_feed(g, in, err);
	if (r == 0)
		r = clixml_grammar_end(g, err);
	if (r == 0 && clixml_is_objs(g))
		r = fail(err, WINCH_E_PROTOCOL, "an Objs where one value is expected");
	if (r < 0)
		return r;
	*ret_value = b.root;
	return 0;
}
