/*
 * id-table.c - RefIds, which compare as text, and what they stand for.
 */
#include "psrp/id-table.h"

#include "src/base/fail.h"
#include "src/base/mem.h"

enum { FIRST_ROOM = 64 };

/* FNV-1a, stirred: the texts are mostly consecutive numbers. */
static uint64_t hash_from(uint64_t h, struct bytes id)
{
	for (size_t i = 0; i < id.len; i++)
		h = (h ^ id.data[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	h ^= h >> 29;
	return h ? h : 1;
}

uint64_t id_hash(struct bytes id)
{
	return hash_from(0xcbf29ce484222325u, id);
}

void id_table_done(struct id_table *t)
{
	mem_free(t->slots);
	arena_done(&t->texts);
	*t = (struct id_table){ 0 };
}

void id_table_clear(struct id_table *t)
{
	if (t->count)
		memset(t->slots, 0, t->room * sizeof(t->slots[0]));
	t->count = 0;
	arena_clear(&t->texts);
}

/* The slot of id, or the free one where it belongs. */
static struct id_slot *find(const struct id_table *t, struct bytes id, uint64_t hash)
{
	size_t i = hash & (t->room - 1);

	while (t->slots[i].hash && (t->slots[i].hash != hash || !bytes_eq(t->slots[i].id, id)))
		i = (i + 1) & (t->room - 1);
	return &t->slots[i];
}

static int grow(struct id_table *t, winch_error *err)
{
	struct id_table bigger = { .room = t->room ? t->room * 2 : FIRST_ROOM };

	bigger.slots = mem_zalloc(bigger.room * sizeof(bigger.slots[0]));
	if (!bigger.slots)
		return fail_nomem(err);
	/* Whoever chose the texts does not know where they are kept here. */
	if (!t->slots)
		t->seed = ((uint64_t)(uintptr_t)bigger.slots ^ (uint64_t)(uintptr_t)t << 20) *
			  0x9e3779b97f4a7c15u;
	for (size_t i = 0; i < t->room; i++)
		if (t->slots[i].hash)
			*find(&bigger, t->slots[i].id, t->slots[i].hash) = t->slots[i];
	mem_free(t->slots);
	t->slots = bigger.slots;
	t->room = bigger.room;
	return 0;
}

int id_table_put(struct id_table *t, struct bytes id, void *what, winch_error *err)
{
	uint64_t hash;

	if (t->count >= t->room / 2 && grow(t, err) < 0)
		return WINCH_E_NOMEM;
	hash = hash_from(t->seed, id);
	struct id_slot *slot = find(t, id, hash);
	if (slot->hash == 0) {
		struct bytes copy = arena_copy(&t->texts, id, err);
		if (!copy.data)
			return WINCH_E_NOMEM;
		*slot = (struct id_slot){ hash, copy, what };
		t->count++;
	}
	slot->what = what;
	return 0;
}

void *id_table_get(const struct id_table *t, struct bytes id)
{
	return t->room ? find(t, id, hash_from(t->seed, id))->what : NULL;
}
