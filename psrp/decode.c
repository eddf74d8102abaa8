/*
 * decode.c - CLIXML to JSON, as it arrives.
 */
#include "psrp/decode.h"

#include "psrp/decode-earlier.h"
#include "psrp/json-write.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

enum { FLUSH = 64 * 1024 };

struct decoder {
	struct clixml_builder builder; /* first: it is the sink's user too */
	struct decoder_options opts;
	struct clixml_grammar *grammar;
	struct arena arena;
	struct earlier_children earlier;
	struct json_writer writer;
	struct buf own_out;
	struct buf *out;
	uint64_t start; /* of the value */
	int failed;
	winch_error why;
};

static int flush(struct decoder *d, winch_error *err)
{
	int r = 0;

	if (d->opts.write && d->out->len) {
		struct bytes all = buf_bytes(d->out);
		r = d->opts.write(d->opts.user, (const char *)all.data, all.len, err);
		buf_clear(d->out);
	}
	return r;
}

static int find_earlier(void *user, struct bytes id, uint64_t *ret_child, winch_error *err)
{
	struct decoder *d = user;

	(void)err;
	return id_log_find(&d->earlier.log, id, d->start, ret_child);
}

static int on_begin(void *user, winch_error *err)
{
	struct decoder *d = user;

	if (d->opts.one && clixml_is_objs(d->grammar))
		return xml_reader_fail(clixml_reader(d->grammar), err,
				       "an Objs where one value is expected");
	arena_clear(&d->arena);
	clixml_builder_restart(&d->builder, &d->arena);
	d->start = xml_reader_tag_offset(clixml_reader(d->grammar));
	d->builder.home = d->start;
	d->builder.ordinal = 1;
	return 0;
}

static int on_obj_start(void *user, struct bytes id, winch_error *err)
{
	struct decoder *d = user;

	if (id.data && clixml_is_objs(d->grammar)) {
		int r = id_log_add(&d->earlier.log, id, d->start, err);
		if (r < 0)
			return r;
	}
	return clixml_builder_sink.obj_start(user, id, err);
}

static int on_done(void *user, winch_error *err)
{
	struct decoder *d = user;
	int r = d->opts.typed ? json_write_typed(&d->writer, d->builder.root, err)
			      : json_write_plain(&d->writer, d->builder.root, err);

	if (r == WINCH_E_LIMIT || r == WINCH_E_FORMAT)
		return xml_reader_fail(clixml_reader(d->grammar), err, "%s", winch_error_text(err));
	if (r == 0 && !d->opts.one)
		r = buf_put(d->out, BYTES_LIT("\n"), err);
	return r == 0 && d->out->len >= FLUSH ? flush(d, err) : r;
}

struct decoder *decoder_new(const struct decoder_options *opts, winch_error *err)
{
	struct clixml_sink sink = clixml_builder_sink;
	struct decoder *d = mem_zalloc(sizeof(*d));

	if (!d) {
		fail_nomem(err);
		return NULL;
	}
	sink.begin = on_begin;
	sink.obj_start = on_obj_start;
	sink.done = on_done;
	d->opts = *opts;
	d->why = (winch_error)WINCH_ERROR_INIT;
	d->own_out.max = d->earlier.places.max = d->earlier.kept.max = SIZE_MAX / 4;
	d->out = &d->own_out;
	if (clixml_builder_init(&d->builder, &d->arena, err) < 0) {
		decoder_free(d);
		return NULL;
	}
	d->builder.earlier = find_earlier;
	d->builder.earlier_user = d;
	d->grammar =
		clixml_grammar_new(&sink, d,
				   &(struct clixml_options){ .local = opts->local,
							     .max_objects = opts->max_objects,
							     .max_elements = opts->max_elements,
							     .max_ids = opts->max_ids },
				   err);
	if (!d->grammar) {
		decoder_free(d);
		return NULL;
	}
	d->builder.grammar = d->grammar;
	d->earlier.document = d->grammar;
	d->earlier.again = opts->again;
	d->earlier.user = opts->user;
	d->earlier.max_objects = opts->max_objects;
	d->earlier.max_elements = opts->max_elements;
	d->writer.out = d->out;
	d->writer.big_as_strings = opts->big_as_strings;
	d->writer.load = earlier_load;
	d->writer.release = earlier_release;
	d->writer.load_user = &d->earlier;
	return d;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	clixml_grammar_free(d->grammar);
	clixml_builder_done(&d->builder);
	arena_done(&d->arena);
	earlier_done(&d->earlier);
	json_writer_done(&d->writer);
	buf_done(&d->own_out);
	winch_error_done(&d->why);
	mem_free(d);
}

/* What is complete is written, also before a failure; then the failure stays. */
static int finish(struct decoder *d, int r, winch_error *err)
{
	if (d->failed == 0) {
		winch_error flush_err = WINCH_ERROR_INIT;
		int f = flush(d, &flush_err);
		if (r == 0 && f < 0) {
			r = f;
			fail_move(err, &flush_err);
		}
		winch_error_done(&flush_err);
	}
	if (r < 0)
		d->failed = r;
	return r;
}

int decoder_feed(struct decoder *d, struct bytes in, winch_error *err)
{
	int r = 0;

	if (d->failed)
		return fail(err, d->failed, "the decoder has failed before");
	if (!d->opts.one && !d->opts.again)
		r = buf_put(&d->earlier.kept, in, err);
	while (r == 0 && in.len) {
		size_t len = in.len < FLUSH ? in.len : FLUSH;
		r = clixml_grammar_feed(d->grammar, bytes_of(in.data, len), err);
		if (r == 0 && !d->opts.one)
			r = earlier_mark(&d->earlier, xml_reader_scan(clixml_reader(d->grammar)),
					 err);
		in = bytes_skip(in, len);
	}
	return finish(d, r, err);
}

int decoder_end(struct decoder *d, winch_error *err)
{
	if (d->failed)
		return fail(err, d->failed, "the decoder has failed before");
	int r = clixml_grammar_end(d->grammar, err);
	return finish(d, r, err);
}

int decoder_restart(struct decoder *d, winch_error *err)
{
	d->failed = 0;
	buf_clear(d->out);
	earlier_clear(&d->earlier);
	clixml_builder_restart(&d->builder, &d->arena);
	return clixml_grammar_restart(d->grammar, err);
}

int clixml_to_json(struct decoder *d, struct bytes body, struct buf *out, winch_error *err)
{
	const size_t start = out->len;
	int r = decoder_restart(d, err);

	d->out = d->writer.out = out;
	if (r == 0)
		r = decoder_feed(d, body, err);
	if (r == 0)
		r = decoder_end(d, err);
	d->out = d->writer.out = &d->own_out;
	if (r < 0)
		buf_truncate(out, start);
	return r;
}
