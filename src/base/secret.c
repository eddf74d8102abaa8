/*
 * secret.c - memory for passwords and keys.
 *
 * Whole pages, so that mlock and MADV_DONTDUMP touch nothing else.  Both may be
 * refused (RLIMIT_MEMLOCK, other systems): the secret is then still wiped.
 */
#include "src/base/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/fail.h"

#ifndef MADV_DONTDUMP /* it is Linux's */
#define MADV_DONTDUMP MADV_NORMAL
#endif

static size_t page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);

	return size > 0 ? (size_t)size : 4096;
}

int secret_alloc(struct secret *s, size_t len, winch_error *err)
{
	size_t page = page_size();

	if (len > SIZE_MAX - page)
		return fail_nomem(err);
	size_t mapped = (len / page + 1) * page;
	void *p = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return fail_nomem(err);
	(void)mlock(p, mapped);
	(void)madvise(p, mapped, MADV_DONTDUMP);
	secret_done(s);
	*s = (struct secret){ p, len, mapped };
	return 0;
}

int secret_set(struct secret *s, struct bytes in, winch_error *err)
{
	struct secret fresh = { 0 };
	int r = secret_alloc(&fresh, in.len, err);

	if (r < 0)
		return r;
	if (in.len)
		memcpy(fresh.data, in.data, in.len);
	secret_done(s);
	*s = fresh;
	return 0;
}

void secret_done(struct secret *s)
{
	if (!s || !s->data)
		return;
	secret_wipe(s->data, s->len);
	munmap(s->data, s->mapped);
	*s = (struct secret){ 0 };
}

void secret_wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}

bool secret_eq(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}
