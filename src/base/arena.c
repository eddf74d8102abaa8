/*
 * arena.c - memory that is freed all at once.
 */
#include "src/base/arena.h"

#include <stdalign.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

struct arena_block {
	struct arena_block *older;
	size_t len; /* of data */
	alignas(max_align_t) uint8_t data[];
};

/* What is to be done before the memory goes; in the arena itself. */
struct arena_last {
	struct arena_last *older;
	void (*act)(void *p);
	void *p;
};

enum { FIRST_BLOCK = 1024, LARGEST_BLOCK = 256 * 1024 };

static void free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *older = b->older;
		mem_free(b);
		b = older;
	}
}

static void act_last(struct arena *a)
{
	for (struct arena_last *l = a->last; l; l = l->older)
		l->act(l->p);
	a->last = NULL;
}

void arena_done(struct arena *a)
{
	if (!a)
		return;
	act_last(a);
	free_blocks(a->blocks);
	a->blocks = NULL;
	a->at = a->end = NULL;
	a->used = 0;
}

void arena_clear(struct arena *a)
{
	struct arena_block *keep = a->blocks;

	if (!keep)
		return;
	act_last(a);
	free_blocks(keep->older);
	keep->older = NULL;
	a->at = keep->data;
	a->end = keep->data + keep->len;
	a->used = 0;
}

static int add_block(struct arena *a, size_t need, winch_error *err)
{
	size_t len = a->blocks ? a->blocks->len * 2 : FIRST_BLOCK;

	if (len > LARGEST_BLOCK)
		len = LARGEST_BLOCK;
	if (len < need)
		len = need;
	if (len > SIZE_MAX - sizeof(struct arena_block))
		return fail_nomem(err);
	struct arena_block *b = mem_alloc(sizeof(*b) + len);
	if (!b)
		return fail_nomem(err);
	b->older = a->blocks;
	b->len = len;
	a->blocks = b;
	a->at = b->data;
	a->end = b->data + len;
	return 0;
}

void *arena_alloc(struct arena *a, size_t len, winch_error *err)
{
	const size_t align = alignof(max_align_t);

	if (len > SIZE_MAX - align) {
		fail_nomem(err);
		return NULL;
	}
	len = (len + align - 1) / align * align;
	if (a->max && (len > a->max || a->used > a->max - len)) {
		fail(err, WINCH_E_LIMIT, "a value needs more than %zu bytes of memory", a->max);
		return NULL;
	}
	if ((size_t)(a->end - a->at) < len && add_block(a, len, err) < 0)
		return NULL;
	void *p = a->at;
	a->at += len;
	a->used += len;
	return p;
}

void *arena_zalloc(struct arena *a, size_t len, winch_error *err)
{
	void *p = arena_alloc(a, len, err);

	if (p)
		memset(p, 0, len);
	return p;
}

int arena_at_last(struct arena *a, void (*act)(void *p), void *p, winch_error *err)
{
	struct arena_last *l = arena_alloc(a, sizeof(*l), err);

	if (!l)
		return err && err->status < 0 ? err->status : WINCH_E_NOMEM;
	*l = (struct arena_last){ a->last, act, p };
	a->last = l;
	return 0;
}

struct bytes arena_copy(struct arena *a, struct bytes in, winch_error *err)
{
	uint8_t *copy = in.len == SIZE_MAX ? NULL : arena_alloc(a, in.len + 1, err);

	if (!copy)
		return (struct bytes){ NULL, 0 };
	if (in.len)
		memcpy(copy, in.data, in.len);
	copy[in.len] = '\0';
	return (struct bytes){ copy, in.len };
}
