/*
 * decode-api.c - the public decoder.
 */
#include "psrp/decode.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

struct winch_decoder {
	struct decoder *decoder;
	winch_error why;
};

winch_decoder *winch_decoder_new(const winch_json_options *opts, winch_json_write *write,
				 winch_read_again *again, void *user, winch_error *err)
{
	if (!write || (opts && opts->size < sizeof(size_t) + 2 * sizeof(int))) {
		fail(err, WINCH_E_ARG, "write is missing, or the options have a wrong size");
		return NULL;
	}
	if (opts && (opts->mode < WINCH_JSON_PLAIN || opts->mode > WINCH_JSON_TYPED ||
		     opts->big_numbers < WINCH_JSON_NUMBERS ||
		     opts->big_numbers > WINCH_JSON_BIG_AS_STRINGS)) {
		fail(err, WINCH_E_ARG, "mode %d and big_numbers %d are not known", opts->mode,
		     opts->big_numbers);
		return NULL;
	}
	winch_decoder *d = mem_zalloc(sizeof(*d));
	if (!d) {
		fail_nomem(err);
		return NULL;
	}
	d->why = (winch_error)WINCH_ERROR_INIT;
	d->decoder = decoder_new(
		&(struct decoder_options){
			.typed = opts && opts->mode == WINCH_JSON_TYPED,
			.big_as_strings = opts && opts->big_numbers,
			.local = true,
			.write = write,
			.again = again,
			.user = user,
		},
		err);
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
	if (!err)
		return r;
	fail(err, d->why.status, "%s", winch_error_text(&d->why));
	err->line = d->why.line;
	err->column = d->why.column;
	err->offset = d->why.offset;
	return r;
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
