/*
 * base64.h - RFC 4648, with padding.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "src/base/buf.h"

static inline size_t base64_len(size_t len)
{
	return (len + 2) / 3 * 4;
}

int base64_put(struct buf *out, struct bytes in, winch_error *err);

/* Decode; XML white space is skipped anywhere.  WINCH_E_FORMAT: something else stands there,
 * or the padding is wrong; out then holds what came before. */
int base64_get(struct buf *out, struct bytes in, winch_error *err);

#endif
