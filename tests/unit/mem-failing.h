/*
 * mem-failing.h - let the n-th allocation of the library's own fail.
 *
 * Link mem-failing.c into the test: its functions then stand in front of src/base/mem.c's.
 */
#ifndef MEM_FAILING_H
#define MEM_FAILING_H

#include <stdbool.h>
#include <stddef.h>

/* From now on the n-th allocation (from 1) fails, once; 0: none does. */
void mem_fail_at(unsigned long n);

/* While paused none fails and none is counted: for what stands at the other end. */
void mem_fail_pause(bool paused);

/* Allocations since the last mem_fail_at(). */
unsigned long mem_count(void);

/* Attempt again and again, one allocation later failing each time, until none does: how many
 * attempts that took.  0: one of them did not end as it must, with WINCH_E_NOMEM, the last with 0,
 * or left memory behind. */
unsigned long mem_fail_each(int (*attempt)(void));

/* Allocations that were not freed yet, since the start. */
long mem_live(void);

/* Watch for these bytes (NULL: for none) in memory that is freed, or that a realloc may leave. */
void mem_watch(const void *bytes, size_t len);

/* How often they were seen since then. */
unsigned long mem_seen(void);

#endif
