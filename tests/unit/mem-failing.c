/*
 * mem-failing.c - src/base/mem.h, in which the n-th allocation fails.
 */
#include "tests/unit/mem-failing.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winch/error.h>

#include "src/base/mem.h"

static unsigned long fail_at, count, seen;
static long live;
static bool paused;
static const void *watched;
static size_t watched_len;

void mem_fail_at(unsigned long n)
{
	fail_at = n;
	count = 0;
}

void mem_fail_pause(bool pause)
{
	paused = pause;
}

unsigned long mem_count(void)
{
	return count;
}

long mem_live(void)
{
	return live;
}

unsigned long mem_fail_each(int (*attempt)(void))
{
	const long before = live;

	for (unsigned long n = 1;; n++) {
		mem_fail_at(n);
		int r = attempt();
		bool failed = count >= n;
		mem_fail_at(0);
		if (live != before || r != (failed ? WINCH_E_NOMEM : 0)) {
			fprintf(stderr, "allocation %lu fails: %d, %ld are left\n", n, r,
				live - before);
			return 0;
		}
		if (!failed)
			return n;
	}
}

void mem_watch(const void *bytes, size_t len)
{
	watched = bytes;
	watched_len = len;
	seen = 0;
}

unsigned long mem_seen(void)
{
	return seen;
}

static void look(const void *p)
{
	if (p && watched &&
	    memmem(p, malloc_usable_size((void *)(uintptr_t)p), watched, watched_len))
		seen++;
}

static bool fails(void)
{
	return !paused && ++count == fail_at;
}

/* Without what somebody else left in it. */
static void *fresh(void *p)
{
	if (p && watched)
		memset(p, 0xA5, malloc_usable_size(p));
	return p;
}

static void *counted(void *p)
{
	live += p != NULL;
	return p;
}

void *mem_alloc(size_t len)
{
	return fails() ? NULL : fresh(counted(malloc(len ? len : 1)));
}

void *mem_zalloc(size_t len)
{
	return fails() ? NULL : counted(calloc(1, len ? len : 1));
}

void *mem_realloc(void *old, size_t len)
{
	if (!old)
		return mem_alloc(len);
	if (fails())
		return NULL;
	if (!watched)
		return realloc(old, len ? len : 1);
	void *p = fresh(counted(malloc(len ? len : 1)));
	size_t was = malloc_usable_size(old);
	if (p) {
		memcpy(p, old, was < len ? was : len);
		mem_free(old);
	}
	return p;
}

void mem_free(void *p)
{
	look(p);
	live -= p != NULL;
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
