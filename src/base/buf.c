/*
 * buf.c - bytes that grow up to a maximum.
 */
#include "src/base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/secret.h"

enum { FIRST_CAP = 256 };

static void wipe(struct buf *b)
{
	if (b->secret && b->data)
		secret_wipe(b->data, b->cap);
}

void buf_done(struct buf *b)
{
	if (!b)
		return;
	wipe(b);
	mem_free(b->data);
	b->data = NULL;
	b->start = b->len = b->cap = 0;
}

/* A capacity that holds need, doubled from what there is, not above max. */
static size_t next_cap(const struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : FIRST_CAP;

	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	return cap > b->max && need <= b->max ? b->max : cap;
}

static int grow(struct buf *b, size_t need, winch_error *err)
{
	size_t cap = next_cap(b, need);

	if (b->start == 0 && !b->secret) {
		uint8_t *data = mem_realloc(b->data, cap);
		if (!data)
			return fail_nomem(err);
		b->data = data;
		b->cap = cap;
		return 0;
	}
	uint8_t *data = mem_alloc(cap);
	if (!data)
		return fail_nomem(err);
	if (b->len)
		memcpy(data, b->data + b->start, b->len);
	wipe(b);
	mem_free(b->data);
	b->data = data;
	b->start = 0;
	b->cap = cap;
	return 0;
}

uint8_t *buf_room(struct buf *b, size_t more, winch_error *err)
{
	if (more > b->max || b->len > b->max - more) {
		fail(err, WINCH_E_LIMIT, "more than %zu bytes", b->max);
		return NULL;
	}
	if (b->data && b->cap - b->start - b->len >= more)
		return b->data + b->start + b->len;

	/* Moving pays when at least half of the memory is free in front. */
	if (b->data && b->cap - b->len >= more && b->start >= b->cap / 2) {
		memmove(b->data, b->data + b->start, b->len);
		b->start = 0;
	} else if (grow(b, b->len + more, err) < 0) {
		return NULL;
	}
	return b->data + b->start + b->len;
}

int buf_put(struct buf *b, struct bytes in, winch_error *err)
{
	uint8_t *room = buf_room(b, in.len, err);

	if (!room)
		return in.len > b->max || b->len > b->max - in.len ? WINCH_E_LIMIT : WINCH_E_NOMEM;
	if (in.len)
		memcpy(room, in.data, in.len);
	b->len += in.len;
	return 0;
}

int buf_put_str(struct buf *b, const char *text, winch_error *err)
{
	return buf_put(b, bytes_str(text), err);
}

int buf_put_fmt(struct buf *b, winch_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return fail(err, WINCH_E_SYSTEM, "a text could not be formatted");

	uint8_t *room = buf_room(b, (size_t)len + 1, err);
	if (!room)
		return b->len + (size_t)len + 1 > b->max ? WINCH_E_LIMIT : WINCH_E_NOMEM;
	va_start(args, fmt);
	vsnprintf((char *)room, (size_t)len + 1, fmt, args);
	va_end(args);
	b->len += (size_t)len;
	return 0;
}

int buf_put_u8(struct buf *b, uint8_t v, winch_error *err)
{
	return buf_put(b, bytes_of(&v, 1), err);
}

static int put_le(struct buf *b, uint64_t v, size_t len, winch_error *err)
{
	uint8_t raw[8];

	for (size_t i = 0; i < len; i++)
		raw[i] = (uint8_t)(v >> (8 * i));
	return buf_put(b, bytes_of(raw, len), err);
}

static int put_be(struct buf *b, uint64_t v, size_t len, winch_error *err)
{
	uint8_t raw[8];

	for (size_t i = 0; i < len; i++)
		raw[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
	return buf_put(b, bytes_of(raw, len), err);
}

int buf_put_u16le(struct buf *b, uint16_t v, winch_error *err)
{
	return put_le(b, v, 2, err);
}

int buf_put_u32le(struct buf *b, uint32_t v, winch_error *err)
{
	return put_le(b, v, 4, err);
}

int buf_put_u64le(struct buf *b, uint64_t v, winch_error *err)
{
	return put_le(b, v, 8, err);
}

int buf_put_u32be(struct buf *b, uint32_t v, winch_error *err)
{
	return put_be(b, v, 4, err);
}

int buf_put_u64be(struct buf *b, uint64_t v, winch_error *err)
{
	return put_be(b, v, 8, err);
}

const char *buf_cstr(struct buf *b, winch_error *err)
{
	uint8_t *room = buf_room(b, 1, err);

	if (!room)
		return NULL;
	*room = '\0';
	return (const char *)b->data + b->start;
}

void buf_drop(struct buf *b, size_t len)
{
	if (len >= b->len) {
		buf_clear(b);
		return;
	}
	b->start += len;
	b->len -= len;
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len < b->len)
		b->len = len;
}

void buf_clear(struct buf *b)
{
	wipe(b);
	b->start = b->len = 0;
}
