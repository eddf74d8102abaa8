/*
 * arena.h - memory that is freed all at once: one message or event, one arena.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <winch/error.h>

#include "src/base/bytes.h"

struct arena_block;
struct arena_last;

struct arena {
	struct arena_block *blocks;
	uint8_t *at, *end; /* what is left of the newest block */
	size_t used, max;  /* bytes given out; 0: no maximum */
	struct arena_last *last;
};

void arena_done(struct arena *a);

/* Forget all but keep the newest block for reuse. */
void arena_clear(struct arena *a);

/* Aligned for any type, not zeroed.  NULL with *err filled: _NOMEM or _LIMIT. */
void *arena_alloc(struct arena *a, size_t len, winch_error *err);
void *arena_zalloc(struct arena *a, size_t len, winch_error *err);

/* Call act(p) when the arena's memory goes, the newest first. */
int arena_at_last(struct arena *a, void (*act)(void *p), void *p, winch_error *err);

/* A copy with a NUL behind it (not counted).  .data is NULL on failure only. */
struct bytes arena_copy(struct arena *a, struct bytes in, winch_error *err);

#endif
