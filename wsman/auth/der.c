/*
 * der.c - the little of DER that SPNEGO and CredSSP need: X.690 8.1.3.
 */
#include "wsman/auth/der.h"

#include "src/base/mem.h"

enum { MAX_HEAD = 6 }; /* a tag and its length */

static bool read_length(struct rd *in, size_t *ret_len)
{
	uint8_t first = rd_u8(in);
	size_t count = first & 0x7F;

	if (first < 0x80) {
		*ret_len = first;
		return !in->past;
	}
	if (count < 1 || count > 4)
		return false;
	uint64_t len = rd_be(in, count);
	if (len < 0x80 || (count > 1 && len >> (8 * (count - 1)) == 0))
		return false;
	*ret_len = (size_t)len;
	return !in->past;
}

bool der_next(struct rd *in, uint8_t *ret_tag, struct bytes *ret_content)
{
	size_t len;
	uint8_t tag = rd_u8(in);

	if (!read_length(in, &len))
		return false;
	struct bytes content = rd_bytes(in, len);
	if (in->past)
		return false;
	*ret_tag = tag;
	*ret_content = content;
	return true;
}

bool der_expect(struct rd *in, uint8_t tag, struct bytes *ret_content)
{
	uint8_t got;

	return der_next(in, &got, ret_content) && got == tag;
}

bool der_only(struct bytes in, uint8_t tag, struct bytes *ret_content)
{
	struct rd all = rd_of(in);

	return der_expect(&all, tag, ret_content) && !all.left;
}

bool der_fields_of(struct bytes in, struct der_fields *ret)
{
	struct bytes content;

	if (!der_only(in, DER_SEQUENCE, &content))
		return false;
	*ret = (struct der_fields){ rd_of(content), -1 };
	return true;
}

int der_next_field(struct der_fields *f, int *ret_n, struct bytes *ret_content)
{
	struct bytes content;
	uint8_t tag;

	if (!f->in.left)
		return 0;
	if (!der_next(&f->in, &tag, &content))
		return -1;
	int n = tag - DER_CONTEXT_0;
	if (n <= f->last || n > DER_CONTEXT_LAST)
		return -1;
	f->last = *ret_n = n;
	*ret_content = content;
	return 1;
}

int der_put(struct buf *out, uint8_t tag, struct bytes content, winch_error *err)
{
	int r = buf_put_u8(out, tag, err);

	if (r == 0 && content.len < 0x80) {
		r = buf_put_u8(out, (uint8_t)content.len, err);
	} else if (r == 0) {
		size_t count = content.len > 0xFFFFFF ? 4
			       : content.len > 0xFFFF ? 3
			       : content.len > 0xFF   ? 2
						      : 1;
		r = buf_put_u8(out, (uint8_t)(0x80 | count), err);
		for (size_t i = count; i > 0 && r == 0; i--)
			r = buf_put_u8(out, (uint8_t)(content.len >> (8 * (i - 1))), err);
	}
	return r < 0 ? r : buf_put(out, content, err);
}

int der_put_field(struct buf *out, int n, uint8_t tag, struct bytes content, winch_error *err)
{
	AUTO(buf_done)
	struct buf inner = { .max = content.len + MAX_HEAD, .secret = out->secret };

	int r = der_put(&inner, tag, content, err);
	return r < 0 ? r : der_put(out, (uint8_t)(DER_CONTEXT_0 + n), buf_bytes(&inner), err);
}
