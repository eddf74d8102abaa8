/*
 * rd.h - reading received bytes in order, never beyond their end.
 *
 * A read past the end gives zeros or an empty run and sets .past, once and for
 * all: read a whole header, then ask once.
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include "src/base/bytes.h"

struct rd {
	const uint8_t *at;
	size_t left;
	bool past; /* something was read that was not there */
};

static inline struct rd rd_of(struct bytes in)
{
	return (struct rd){ in.data, in.len, false };
}

struct bytes rd_bytes(struct rd *r, size_t len);
uint64_t rd_le(struct rd *r, size_t len); /* len 1 to 8 */
uint64_t rd_be(struct rd *r, size_t len);

static inline uint8_t rd_u8(struct rd *r)
{
	return (uint8_t)rd_le(r, 1);
}
static inline uint16_t rd_u16le(struct rd *r)
{
	return (uint16_t)rd_le(r, 2);
}
static inline uint32_t rd_u32le(struct rd *r)
{
	return (uint32_t)rd_le(r, 4);
}
static inline uint64_t rd_u64le(struct rd *r)
{
	return rd_le(r, 8);
}
static inline uint16_t rd_u16be(struct rd *r)
{
	return (uint16_t)rd_be(r, 2);
}
static inline uint32_t rd_u32be(struct rd *r)
{
	return (uint32_t)rd_be(r, 4);
}
static inline uint64_t rd_u64be(struct rd *r)
{
	return rd_be(r, 8);
}

#endif
