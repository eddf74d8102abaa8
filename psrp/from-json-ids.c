/*
 * from-json-ids.c - the ids of typed JSON: a hash table with open addressing.
 */
#include "psrp/from-json-ids.h"

#include "src/base/fail.h"
#include "src/base/mem.h"

struct from_json_id {
	uint64_t id;
	struct object *object; /* NULL: free */
};

void from_json_ids_done(struct from_json_ids *ids)
{
	mem_free(ids->slots);
	*ids = (struct from_json_ids){ 0 };
}

/* Where id is, or would go; there is always a free slot. */
static struct from_json_id *find_slot(const struct from_json_ids *ids, uint64_t id)
{
	size_t at = (size_t)(id * 0x9E3779B97F4A7C15u >> 32) & (ids->cap - 1);

	while (ids->slots[at].object && ids->slots[at].id != id)
		at = (at + 1) & (ids->cap - 1);
	return &ids->slots[at];
}

static int grow(struct from_json_ids *ids, winch_error *err)
{
	struct from_json_ids more = { .cap = ids->cap ? ids->cap * 2 : 16, .count = ids->count };

	if (more.cap > SIZE_MAX / sizeof(*more.slots))
		return fail_nomem(err);
	more.slots = mem_zalloc(more.cap * sizeof(*more.slots));
	if (!more.slots)
		return fail_nomem(err);
	for (size_t i = 0; i < ids->cap; i++)
		if (ids->slots[i].object)
			*find_slot(&more, ids->slots[i].id) = ids->slots[i];
	mem_free(ids->slots);
	*ids = more;
	return 0;
}

int from_json_ids_add(struct from_json_ids *ids, uint64_t id, struct object *object,
		      winch_error *err)
{
	int r = ids->count * 2 >= ids->cap ? grow(ids, err) : 0;

	if (r < 0)
		return r;
	struct from_json_id *slot = find_slot(ids, id);
	if (slot->object)
		return 1;
	*slot = (struct from_json_id){ id, object };
	ids->count++;
	return 0;
}

struct object *from_json_ids_find(const struct from_json_ids *ids, uint64_t id)
{
	return ids->cap ? find_slot(ids, id)->object : NULL;
}
