/*
 * buf.h - bytes that grow, never beyond a maximum that is set where it is made.
 *
 *     AUTO(buf_done) struct buf b = { .max = 65536 };
 *
 * Bytes are put at the end and dropped at the front; dropping is cheap.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <winch/error.h>

#include "src/base/bytes.h"

struct buf {
	uint8_t *data; /* the allocation; the bytes start at data + start */
	size_t start, len, cap;
	size_t max;  /* of len */
	bool secret; /* wiped before it is freed, moved or cleared */
};

void buf_done(struct buf *b);

static inline struct bytes buf_bytes(const struct buf *b)
{
	return (struct bytes){ b->len ? b->data + b->start : NULL, b->len };
}

/* Make room for more bytes behind the last one and say where it is; they count
 * only after buf_added().  NULL with *err filled: WINCH_E_LIMIT or _NOMEM. */
uint8_t *buf_room(struct buf *b, size_t more, winch_error *err);
static inline void buf_added(struct buf *b, size_t len)
{
	b->len += len;
}

int buf_put(struct buf *b, struct bytes in, winch_error *err);
int buf_put_str(struct buf *b, const char *text, winch_error *err);
int buf_put_fmt(struct buf *b, winch_error *err, const char *fmt, ...) WINCH_PRINTF(3, 4);
int buf_put_u8(struct buf *b, uint8_t v, winch_error *err);
int buf_put_u16le(struct buf *b, uint16_t v, winch_error *err);
int buf_put_u32le(struct buf *b, uint32_t v, winch_error *err);
int buf_put_u64le(struct buf *b, uint64_t v, winch_error *err);
int buf_put_u32be(struct buf *b, uint32_t v, winch_error *err);
int buf_put_u64be(struct buf *b, uint64_t v, winch_error *err);

/* A NUL behind the bytes that is not one of them; the text as a C string. */
const char *buf_cstr(struct buf *b, winch_error *err);

void buf_drop(struct buf *b, size_t len);     /* the first len bytes */
void buf_truncate(struct buf *b, size_t len); /* to the first len bytes */
void buf_clear(struct buf *b);                /* keeps the memory */

#endif
