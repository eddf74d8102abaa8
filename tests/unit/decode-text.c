/*
 * decode-text.c - a decoder of CLIXML over bytes in memory.
 */
#include "tests/unit/decode-text.h"

struct source {
	struct bytes in;
	struct buf *out;
};

static int collect(void *user, const char *data, size_t len, winch_error *err)
{
	struct source *s = user;

	return buf_put(s->out, bytes_of(data, len), err);
}

static int64_t read_again(void *user, uint64_t offset, void *data, size_t len, winch_error *err)
{
	struct source *s = user;
	struct bytes rest = bytes_skip(s->in, (size_t)offset);

	(void)err;
	len = rest.len < len ? rest.len : len;
	memcpy(data, rest.data, len);
	return (int64_t)len;
}

int decode_text(struct decoder_options opts, struct bytes in, size_t step, bool again,
		struct buf *out, winch_error *err)
{
	struct source source = { in, out };

	opts.local = true;
	opts.write = collect;
	opts.again = again ? read_again : NULL;
	opts.user = &source;
	struct decoder *d = decoder_new(&opts, err);
	int r = d ? 0 : WINCH_E_NOMEM;
	for (size_t i = 0; r == 0 && i < in.len; i += step)
		r = decoder_feed(d, bytes_of(in.data + i, in.len - i < step ? in.len - i : step),
				 err);
	if (r == 0)
		r = decoder_end(d, err);
	decoder_free(d);
	return r;
}
