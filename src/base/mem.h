/*
 * mem.h - the library's own allocations, and how locals are freed.
 *
 * All memory of ours comes through these functions, so that a test can put
 * another mem.c in front of the library and let the n-th allocation fail.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* NULL when there is none left.  mem_alloc(0) gives one byte. */
void *mem_alloc(size_t len);
void *mem_zalloc(size_t len);
void *mem_realloc(void *old, size_t len);
void mem_free(void *p);

/* count * size with the product checked. */
void *mem_array(size_t count, size_t size);

/* A copy of len bytes with a NUL behind them. */
char *mem_strndup(const char *text, size_t len);

/* AUTO(x_done) struct x local = ...;  calls x_done(&local) on every way out. */
#define AUTO(done) __attribute__((cleanup(done)))

/* DEFINE_AUTO_FREE(struct x, x_free) makes AUTO(x_free_auto) struct x *local = ...; */
#define DEFINE_AUTO_FREE(type, free_fn)                                                            \
	static inline void free_fn##_auto(type **p)                                                \
	{                                                                                          \
		free_fn(*p);                                                                       \
	}

static inline void mem_free_auto(void *p)
{
	mem_free(*(void **)p);
}

#endif
