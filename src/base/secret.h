/*
 * secret.h - passwords and keys: in memory that is not swapped or dumped where
 * the system allows, wiped when it goes.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <winch/error.h>

#include "src/base/bytes.h"

struct secret {
	uint8_t *data; /* NULL: none was set (an empty one is not NULL) */
	size_t len;
	size_t mapped; /* bytes of the mapping */
};

/* Replace what s holds by a copy of in. */
int secret_set(struct secret *s, struct bytes in, winch_error *err);

/* len bytes, zeroed, for the caller to fill. */
int secret_alloc(struct secret *s, size_t len, winch_error *err);
void secret_done(struct secret *s);

static inline struct bytes secret_bytes(const struct secret *s)
{
	return (struct bytes){ s->data, s->len };
}

/* Zeros that no compiler leaves out. */
void secret_wipe(void *p, size_t len);

/* In time that does not depend on the bytes (only on the lengths). */
bool secret_eq(struct bytes a, struct bytes b);

#endif
