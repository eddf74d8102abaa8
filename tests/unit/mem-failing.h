/*
 * mem-failing.h - let the n-th allocation of the library's own fail.
 *
 * Link mem-failing.c into the test: its functions then stand in front of src/base/mem.c's.
 */
#ifndef MEM_FAILING_H
#define MEM_FAILING_H

/* From now on the n-th allocation (from 1) fails, once; 0: none does. */
void mem_fail_at(unsigned long n);

/* Allocations since the last mem_fail_at(). */
unsigned long mem_count(void);

#endif
