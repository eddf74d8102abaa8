/*
 * mem-spy.c - whether memory that is given back still holds a secret.
 */
#include "tests/unit/mem-spy.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "src/base/mem.h"

enum { MAX_SECRETS = 16 };

static struct {
	const char *name;
	struct bytes bytes;
} secrets[MAX_SECRETS];
static size_t count;
static unsigned found;
static bool looks;

void mem_spy_for(const char *name, struct bytes secret)
{
	if (count == MAX_SECRETS || secret.len < 4)
		abort();
	secrets[count].name = name;
	secrets[count++].bytes = secret;
}

void mem_spy_forget(void)
{
	count = 0;
	found = 0;
}

void mem_spy_look(bool on)
{
	looks = on;
}

unsigned mem_spy_found(void)
{
	return found;
}

void mem_spy_search(const char *where, struct bytes memory)
{
	for (size_t i = 0; i < count; i++) {
		if (!memory.len ||
		    !memmem(memory.data, memory.len, secrets[i].bytes.data, secrets[i].bytes.len))
			continue;
		fprintf(stderr, "%s: %s\n", where, secrets[i].name);
		found++;
	}
}

static void look_at(const char *where, void *block)
{
	if (looks && block)
		mem_spy_search(where, bytes_of(block, malloc_usable_size(block)));
}

/* The old block is always another one: what stays in it is seen. */
static void *move(const char *where, void *old, size_t len)
{
	void *fresh = malloc(len ? len : 1);

	if (!fresh || !old)
		return fresh;
	size_t had = malloc_usable_size(old);
	memcpy(fresh, old, had < len ? had : len);
	look_at(where, old);
	free(old);
	return fresh;
}

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
	return move("our heap", old, len);
}

void mem_free(void *p)
{
	look_at("our heap", p);
	free(p);
}

void *mem_array(size_t n, size_t size)
{
	return size && n > SIZE_MAX / size ? NULL : mem_alloc(n * size);
}

char *mem_strndup(const char *text, size_t len)
{
	char *copy = mem_alloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* src/base/secret.c's; the C library does not call it by this name. */
int munmap(void *at, size_t len)
{
	if (looks)
		mem_spy_search("a mapping", bytes_of(at, len));
	return (int)syscall(SYS_munmap, at, len);
}

static void *crypto_alloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(len);
}

static void *crypto_realloc(void *old, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return move("OpenSSL's heap", old, len);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	look_at("OpenSSL's heap", p);
	free(p);
}

bool mem_spy_begin(void)
{
	return CRYPTO_set_mem_functions(crypto_alloc, crypto_realloc, crypto_free) == 1;
}
