/*
 * fuzz-sealed.c - bodies in the multipart form, from a server.
 *
 * The first line of the input is the Content-Type.  The mechanism takes every seal, so that what
 * stands behind it is reached; what its parts borrow must lie inside the body.
 */
#include <stdlib.h>

#include "src/base/mem.h"
#include "wsman/http/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PLAIN = 4096 };

static int copy(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
		winch_error *err)
{
	(void)a;
	(void)header;
	return buf_put(out, data, err);
}

static int tell(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		winch_error *err)
{
	(void)a;
	int r = buf_put_str(header, "signature", err);
	return r < 0 ? r : buf_put(data, plain, err);
}

static const struct auth_sealing sealing = {
	.protocol = "application/HTTP-SPNEGO-session-encrypted",
	.max_part = 100,
};
static const struct auth_class class = { .seal = tell, .unseal = copy, .sealing = &sealing };

static void check_inside(struct bytes part, struct bytes body)
{
	if (part.len && (part.data < body.data || part.data + part.len > body.data + body.len))
		abort();
}

static void read_parts(const struct sealed_type *type, struct bytes body)
{
	struct sealed_reader r = sealed_reader_of(type, body);
	struct sealed_part part;

	while (sealed_next(&r, &part, NULL) == 1) {
		check_inside(part.header, body);
		check_inside(part.data, body);
		if (part.data.len < part.length)
			abort();
	}
}

/* What is written is read back. */
static void round_trip(struct auth *a, struct bytes plain)
{
	AUTO(buf_done) struct buf body = { .max = sealed_room(&sealing, plain.len) };
	AUTO(buf_done) struct buf back = { .max = plain.len };
	AUTO(buf_done) struct buf type = { .max = 1000 };
	struct sealed_type t;

	if (sealed_put_type(&type, &sealing, plain.len, NULL) < 0 ||
	    sealed_put(&body, a, plain, NULL) < 0 || !sealed_type_parse(buf_bytes(&type), &t) ||
	    sealed_open(a, &t, buf_bytes(&body), &back, NULL) < 0 ||
	    !bytes_eq(buf_bytes(&back), plain))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct auth a = { &class, NULL };
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t line = end ? (size_t)(end - data) : size;
	struct bytes body = bytes_skip(bytes_of(data, size), line + 1);
	struct sealed_type type;

	round_trip(&a, body);
	if (!sealed_type_parse(bytes_of(data, line), &type))
		return 0;
	read_parts(&type, body);

	AUTO(buf_done) struct buf out = { .max = MAX_PLAIN };
	sealed_open(&a, &type, body, &out, NULL);
	return 0;
}
