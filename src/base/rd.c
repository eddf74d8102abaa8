/*
 * rd.c - reading received bytes in order.
 */
#include "src/base/rd.h"

struct bytes rd_bytes(struct rd *r, size_t len)
{
	if (r->past || len > r->left) {
		r->past = true;
		return (struct bytes){ NULL, 0 };
	}
	struct bytes out = { r->at, len };
	if (len)
		r->at += len;
	r->left -= len;
	return out;
}

uint64_t rd_le(struct rd *r, size_t len)
{
	struct bytes in = rd_bytes(r, len);
	uint64_t v = 0;

	for (size_t i = in.len; i > 0; i--)
		v = v << 8 | in.data[i - 1];
	return v;
}

uint64_t rd_be(struct rd *r, size_t len)
{
	struct bytes in = rd_bytes(r, len);
	uint64_t v = 0;

	for (size_t i = 0; i < in.len; i++)
		v = v << 8 | in.data[i];
	return v;
}
