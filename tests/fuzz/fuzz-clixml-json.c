/*
 * fuzz-clixml-json.c - CLIXML to JSON: plain and typed, whole and in pieces, straight
 * from the events and by a tree must agree; what is written is UTF-8 and JSON.
 *
 * The first byte says how many bytes come at a time.
 */
#include <stdlib.h>

#include "psrp/decode.h"
#include "psrp/json-read.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int collect(void *user, const char *data, size_t len, winch_error *err)
{
	return buf_put(user, bytes_of(data, len), err);
}

static int decode(struct bytes in, size_t step, bool typed, bool tree, struct buf *out)
{
	struct decoder_options opts = {
		.typed = typed, .tree = tree, .local = true, .write = collect, .user = out
	};
	struct decoder *d = decoder_new(&opts, NULL);
	int r = d ? 0 : WINCH_E_NOMEM;

	for (size_t i = 0; r == 0 && i < in.len; i += step)
		r = decoder_feed(d, bytes_of(in.data + i, in.len - i < step ? in.len - i : step),
				 NULL);
	if (r == 0)
		r = decoder_end(d, NULL);
	decoder_free(d);
	return r;
}

static void check_lines(struct bytes out)
{
	struct json j;

	if (utf8_valid_len(out) != out.len)
		abort();
	while (out.len) {
		const uint8_t *end = memchr(out.data, '\n', out.len);
		if (!end)
			abort();
		size_t len = (size_t)(end - out.data);
		/* Plain JSON may be deeper than the reader goes: 100 objects of 100 lists. */
		if (json_init(&j, bytes_of(out.data, len), JSON_MAX_DEPTH, NULL) < 0 ||
		    json_skip(&j, NULL) < 0)
			abort();
		out = bytes_skip(out, len + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const size_t step = data[0] ? data[0] : 1;
	const struct bytes in = bytes_of(data + 1, size - 1);

	for (unsigned typed = 0; typed < 2; typed++) {
		AUTO(buf_done) struct buf whole = { .max = SIZE_MAX / 4 };
		AUTO(buf_done) struct buf pieces = { .max = SIZE_MAX / 4 };
		int a = decode(in, SIZE_MAX / 2, typed, false, &whole);
		int b = decode(in, step, typed, true, &pieces);
		if ((a < 0) != (b < 0) || !bytes_eq(buf_bytes(&whole), buf_bytes(&pieces)))
			abort();
		check_lines(buf_bytes(&whole));
	}
	return 0;
}
