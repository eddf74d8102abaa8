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

/* The same for text that comes in pieces of any size; begin with {0}.  After the last piece
 * base64_reader_end() says if it was whole.  Errors as above, without an offset. */
struct base64_reader {
	uint8_t held[4]; /* characters of a group that is not whole yet */
	uint8_t held_len;
	bool ended; /* by padding */
};

int base64_reader_feed(struct base64_reader *r, struct buf *out, struct bytes in, winch_error *err);
int base64_reader_end(struct base64_reader *r, winch_error *err);

#endif
