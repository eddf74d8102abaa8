/*
 * mem-failing.c - src/base/mem.h, in which the n-th allocation fails.
 */
#include "tests/unit/mem-failing.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

static unsigned long fail_at, count;

void mem_fail_at(unsigned long n)
{
	fail_at = n;
	count = 0;
}

unsigned long mem_count(void)
{
	return count;
}

static bool fails(void)
{
	return ++count == fail_at;
}

void *mem_alloc(size_t len)
{
	return fails() ? NULL : malloc(len ? len : 1);
}

void *mem_zalloc(size_t len)
{
	return fails() ? NULL : calloc(1, len ? len : 1);
}

void *mem_realloc(void *old, size_t len)
{
	return fails() ? NULL : realloc(old, len ? len : 1);
}

void mem_free(void *p)
{
	free(p);
}

void *mem_array(size_t n, size_t size)
{
	return size && n > SIZE_MAX / size ? NULL : mem_alloc(n * size);
}

char *mem_strndup(const char *text, size_t len)
{
	char *copy = len == SIZE_MAX ? NULL : mem_alloc(len + 1);

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}
