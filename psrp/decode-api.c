/*
 * decode-api.c - the public decoder.
 */
#include "psrp/decode.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/sized.h"

struct winch_decoder {
	struct decoder *decoder;
	winch_error why;
};

int decoder_options_read(struct decoder_options *to, const winch_json_options *opts,
			 winch_error *err)
{
	winch_json_options o = WINCH_JSON_OPTIONS_INIT;
	int r = opts ? SIZED_COPY(&o, big_numbers, opts, err) : 0;

	if (r < 0)
		return r;
	if (o.mode < WINCH_JSON_PLAIN || o.mode > WINCH_JSON_TYPED ||
	    o.big_numbers < WINCH_JSON_NUMBERS || o.big_numbers > WINCH_JSON_BIG_AS_STRINGS)
		return fail(err, WINCH_E_ARG, "mode %d and big_numbers %d are not known", o.mode,
			    o.big_numbers);
	to->typed = o.mode == WINCH_JSON_TYPED;
	to->big_as_strings = o.big_numbers == WINCH_JSON_BIG_AS_STRINGS;
	return 0;
}

winch_decoder *winch_decoder_new(const winch_json_options *opts, winch_json_write *write,
				 winch_read_again *again, void *user, winch_error *err)
{
	struct decoder_options made = {
		.local = true, .write = write, .again = again, .user = user
	};

	if (!write) {
		fail(err, WINCH_E_ARG, "write is missing");
		return NULL;
	}
	if (decoder_options_read(&made, opts, err) < 0)
		return NULL;
	winch_decoder *d = mem_zalloc(sizeof(*d));
	if (!d) {
		fail_nomem(err);
		return NULL;
	}
	d->why = (winch_error)WINCH_ERROR_INIT;
	d->decoder = decoder_new(&made, err);
	if (!d->decoder) {
		mem_free(d);
		return NULL;
	}
	return d;
}

void winch_decoder_free(winch_decoder *d)
{
	if (!d)
		return;
	decoder_free(d->decoder);
	winch_error_done(&d->why);
	mem_free(d);
}

/* The first failure is kept, and said again by each later call. */
static int keep(winch_decoder *d, int r, winch_error *err)
{
	if (r == 0)
		return 0;
	if (!d->why.status)
		d->why.status = r;
	return fail_again(err, &d->why);
}

int winch_decoder_feed(winch_decoder *d, const void *data, size_t len, winch_error *err)
{
	if (!d || (!data && len))
		return fail(err, WINCH_E_ARG, "no decoder, or no data");
	int r = d->why.status ? d->why.status
			      : decoder_feed(d->decoder, bytes_of(data, len), &d->why);
	return keep(d, r, err);
}

int winch_decoder_end(winch_decoder *d, winch_error *err)
{
	if (!d)
		return fail(err, WINCH_E_ARG, "no decoder");
	int r = d->why.status ? d->why.status : decoder_end(d->decoder, &d->why);
	return keep(d, r, err);
}
