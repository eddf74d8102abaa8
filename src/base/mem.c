/*
 * mem.c - the library's own allocations: the C library's, checked.
 *
 * tests/unit/mem-failing.c defines the same functions and is linked in front of
 * this file by tests that let an allocation fail.
 */
#include "src/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *mem_alloc(size_t len)
{
	return malloc(len ? len : 1);
}

void *mem_zalloc(size_t len)
{
	return calloc(1, len ? len : 1);
}

void *mem_realloc(void *old, size_t len)
{
	return realloc(old, len ? len : 1);
}

void mem_free(void *p)
{
	free(p);
}

void *mem_array(size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return NULL;
	return mem_alloc(count * size);
}

char *mem_strndup(const char *text, size_t len)
{
	if (len == SIZE_MAX)
		return NULL;
	char *copy = mem_alloc(len + 1);
	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}
