/*
 * clixml-types.c - the lists of type names of a CLIXML document.
 */
#include "psrp/clixml-types.h"

#include "psrp/json-text.h"

/* The newest list of an id, and those that it replaced. */
struct type_list {
	struct type_list *older;
	uint64_t offset; /* of its end */
	const struct type_names *types;
};

void clixml_types_init(struct clixml_types *t, struct arena *lasting)
{
	*t = (struct clixml_types){ .lasting = lasting ? lasting : &t->own };
	t->texts.max = t->lens.max = t->id.max = SIZE_MAX / 4;
}

void clixml_types_done(struct clixml_types *t)
{
	arena_done(&t->own);
	arena_done(&t->passing);
	id_table_done(&t->lists);
	buf_done(&t->texts);
	buf_done(&t->lens);
	buf_done(&t->id);
}

void clixml_types_clear(struct clixml_types *t)
{
	id_table_clear(&t->lists);
	arena_clear(&t->own);
}

int clixml_types_open(struct clixml_types *t, const struct bytes *id, winch_error *err)
{
	buf_clear(&t->texts);
	buf_clear(&t->lens);
	buf_clear(&t->id);
	t->has_id = id != NULL;
	return id ? buf_put(&t->id, *id, err) : 0;
}

int clixml_types_add(struct clixml_types *t, struct bytes name, winch_error *err)
{
	int r = buf_put(&t->texts, name, err);

	return r < 0 ? r : buf_put(&t->lens, bytes_of(&name.len, sizeof(name.len)), err);
}

/* The list as a JSON array, once for all objects that have it. */
static int put_json(struct clixml_types *t, struct type_names *types, struct arena *a,
		    winch_error *err)
{
	int r = 0;

	buf_clear(&t->texts);
	for (size_t i = 0; r == 0 && i < types->count; i++) {
		r = buf_put(&t->texts, i ? BYTES_LIT(",") : BYTES_LIT("["), err);
		if (r == 0)
			r = json_put_string(&t->texts, types->names[i], err);
	}
	if (r == 0)
		r = buf_put(&t->texts, BYTES_LIT("]"), err);
	if (r == 0 && !(types->json = arena_copy(a, buf_bytes(&t->texts), err)).data)
		r = WINCH_E_NOMEM;
	return r;
}

static struct type_names *make(struct clixml_types *t, struct arena *a, winch_error *err)
{
	const size_t count = t->lens.len / sizeof(size_t);
	struct type_names *types =
		arena_zalloc(a, sizeof(*types) + count * sizeof(types->names[0]), err);
	struct bytes texts =
		types ? arena_copy(a, buf_bytes(&t->texts), err) : (struct bytes){ NULL, 0 };

	if (!texts.data)
		return NULL;
	types->count = count;
	for (size_t i = 0; i < count; i++) {
		size_t len;
		memcpy(&len, buf_bytes(&t->lens).data + i * sizeof(len), sizeof(len));
		types->names[i] = bytes_of(texts.data, len);
		texts = bytes_skip(texts, len);
	}
	types->kinds = types_look(types);
	return put_json(t, types, a, err) < 0 ? NULL : types;
}

int clixml_types_close(struct clixml_types *t, uint64_t offset, const struct type_names **ret_types,
		       bool *ret_lasting, winch_error *err)
{
	*ret_lasting = t->has_id;
	if (!t->has_id) {
		arena_clear(&t->passing);
		*ret_types = make(t, &t->passing, err);
		return *ret_types ? 0 : WINCH_E_NOMEM;
	}
	struct type_list *list = arena_alloc(t->lasting, sizeof(*list), err);
	if (!list || !(list->types = make(t, t->lasting, err)))
		return WINCH_E_NOMEM;
	list->offset = offset;
	list->older = id_table_get(&t->lists, buf_bytes(&t->id));
	*ret_types = list->types;
	return id_table_put(&t->lists, buf_bytes(&t->id), list, err);
}

const struct type_names *clixml_types_find(const struct clixml_types *t, struct bytes id,
					   uint64_t offset)
{
	const struct type_list *list = id_table_get(&t->lists, id);

	while (list && list->offset > offset)
		list = list->older;
	return list ? list->types : NULL;
}
