/*
 * decode.c - CLIXML to JSON, as it arrives.
 *
 * A value is written straight from the parse events (json-stream.h).  When that gives
 * up, its text is parsed again, to a tree, and written from there: for that the
 * text of the open value is kept, as far as it is not in the piece that was fed last.
 * A message body is there as a whole, so that nothing of it is kept.
 */
#include "psrp/decode.h"

#include "psrp/decode-earlier.h"
#include "psrp/json-stream.h"
#include "psrp/json-write.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

enum { FLUSH = 64 * 1024, LARGE = 1024 * 1024 };

/* The second reading, to a tree; made when it is needed first. */
struct again {
	struct clixml_builder builder;
	struct clixml_grammar *grammar;
	struct arena arena;
	struct json_writer writer;
};

struct decoder {
	struct json_stream stream; /* first: the sink's user is both */
	struct decoder_options opts;
	struct clixml_grammar *grammar;
	struct earlier_children earlier;
	struct again *again;
	struct buf own_out;
	struct buf *out;
	struct bytes body; /* .one: all of it */
	struct buf carry;  /* fed bytes from carry_at on, before the piece; unless .one */
	uint64_t carry_at;
	uint64_t start; /* of the value */
	bool open;      /* a value is */
	int failed;
};

/* Give the values that are complete to the application. */
static int flush(struct decoder *d, winch_error *err)
{
	const size_t len = d->open ? d->stream.begin : d->out->len;
	int r = 0;

	if (d->opts.write && len) {
		r = d->opts.write(d->opts.user, (const char *)buf_bytes(d->out).data, len, err);
		buf_drop(d->out, len);
		d->stream.begin = 0;
	}
	return r;
}

static int on_begin(void *user, winch_error *err)
{
	struct decoder *d = user;

	if (d->opts.one && clixml_is_objs(d->grammar))
		return xml_reader_fail(clixml_reader(d->grammar), err,
				       "an Objs where one value is expected");
	d->start = xml_reader_tag_offset(clixml_reader(d->grammar));
	d->open = true;
	d->stream.start = d->start;
	d->stream.log = clixml_is_objs(d->grammar) ? &d->earlier.log : NULL;
	json_stream_begin(&d->stream);
	if (d->opts.tree && xml_reader_scan(clixml_reader(d->grammar))->came)
		json_stream_give_up(&d->stream);
	return 0;
}

/* Keep of the piece what belongs to the open value, or is not read yet. */
static int on_piece(void *user, winch_error *err)
{
	struct decoder *d = user;
	uint64_t at;

	if (d->opts.one)
		return 0;
	const struct bytes piece = xml_reader_piece(clixml_reader(d->grammar), &at);
	const uint64_t from = d->open ? d->start : xml_reader_offset(clixml_reader(d->grammar));

	if (from >= at) {
		buf_clear(&d->carry);
		d->carry_at = from;
		return buf_put(&d->carry, bytes_skip(piece, (size_t)(from - at)), err);
	}
	buf_drop(&d->carry, (size_t)(from - d->carry_at));
	d->carry_at = from;
	return buf_put(&d->carry, piece, err);
}

static int find_earlier(void *user, struct bytes id, uint64_t *ret_child, winch_error *err)
{
	struct decoder *d = user;

	(void)err;
	return d->stream.log && id_log_find(d->stream.log, id, d->start, ret_child);
}

static void again_free(struct again *a)
{
	if (!a)
		return;
	clixml_grammar_free(a->grammar);
	clixml_builder_done(&a->builder);
	arena_done(&a->arena);
	json_writer_done(&a->writer);
	mem_free(a);
}

static int again_new(struct decoder *d, winch_error *err)
{
	struct again *a = mem_zalloc(sizeof(*a));
	struct clixml_options opts = { .local = d->opts.local,
				       .max_objects = d->opts.max_objects,
				       .max_elements = d->opts.max_elements,
				       .max_ids = d->opts.max_ids };

	if (!a)
		return fail_nomem(err);
	int r = clixml_builder_init(&a->builder, &a->arena, err);
	if (r == 0)
		a->grammar = clixml_grammar_new(&clixml_builder_sink, &a->builder, &opts, err);
	if (!a->grammar) {
		again_free(a);
		return WINCH_E_NOMEM;
	}
	a->builder.grammar = a->grammar;
	a->builder.earlier = find_earlier;
	a->builder.earlier_user = d;
	a->writer.big_as_strings = d->opts.big_as_strings;
	a->writer.load = earlier_load;
	a->writer.release = earlier_release;
	a->writer.load_user = &d->earlier;
	d->again = a;
	return 0;
}

/* The text of the value that just ended: out of the carry, and out of the piece. */
static int read_text(struct decoder *d, struct clixml_grammar *g, winch_error *err)
{
	uint64_t at;
	const struct bytes piece = xml_reader_piece(clixml_reader(d->grammar), &at);
	const uint64_t end = xml_reader_offset(clixml_reader(d->grammar));
	int r = clixml_grammar_again(g, d->grammar, d->start, err);

	if (r == 0 && d->start < at) {
		struct bytes old =
			bytes_skip(buf_bytes(&d->carry), (size_t)(d->start - d->carry_at));
		if (end < at)
			old.len -= (size_t)(at - end);
		r = clixml_grammar_feed_again(g, old, err);
	}
	if (r == 0 && end > at) {
		size_t from = d->start > at ? (size_t)(d->start - at) : 0;
		r = clixml_grammar_feed_again(
			g, bytes_of(piece.data + from, (size_t)(end - at) - from), err);
	}
	return r;
}

/* .one: the value is all there is. */
static int read_body(struct decoder *d, struct clixml_grammar *g, winch_error *err)
{
	int r = clixml_grammar_restart(g, err);

	if (r == 0)
		r = clixml_grammar_feed(g, d->body, err);
	return r == 0 ? clixml_grammar_end(g, err) : r;
}

static int write_again(struct decoder *d, winch_error *err)
{
	int r = d->again ? 0 : again_new(d, err);
	struct again *a = d->again;

	if (r < 0)
		return r;
	buf_truncate(d->out, d->stream.begin);
	arena_clear(&a->arena);
	clixml_builder_restart(&a->builder, &a->arena);
	a->builder.home = d->start;
	a->builder.ordinal = 1;
	a->writer.out = d->out;
	r = d->opts.one ? read_body(d, a->grammar, err) : read_text(d, a->grammar, err);
	if (r == 0 && !a->builder.root)
		r = fail(err, WINCH_E_STATE, "a value could not be read again");
	if (r == 0)
		r = d->opts.typed ? json_write_typed(&a->writer, a->builder.root, err)
				  : json_write_plain(&a->writer, a->builder.root, err);
	if (a->arena.used > LARGE)
		arena_done(&a->arena);
	return r;
}

static int on_done(void *user, winch_error *err)
{
	struct decoder *d = user;
	int r = d->stream.gave_up ? write_again(d, err) : json_stream_end(&d->stream, err);

	d->open = false;
	if (r < 0) {
		buf_truncate(d->out, d->stream.begin);
		if (r != WINCH_E_LIMIT && r != WINCH_E_FORMAT)
			return r;
		return xml_reader_fail(clixml_reader(d->grammar), err, "%s", winch_error_text(err));
	}
	if (!d->opts.one)
		r = buf_put(d->out, BYTES_LIT("\n"), err);
	return r == 0 && d->out->len >= FLUSH ? flush(d, err) : r;
}

struct decoder *decoder_new(const struct decoder_options *opts, winch_error *err)
{
	struct clixml_sink sink = opts->typed ? json_stream_typed : json_stream_plain;
	struct clixml_options limits = { .local = opts->local,
					 .max_objects = opts->max_objects,
					 .max_elements = opts->max_elements,
					 .max_ids = opts->max_ids };
	struct decoder *d = mem_zalloc(sizeof(*d));

	if (!d) {
		fail_nomem(err);
		return NULL;
	}
	sink.begin = on_begin;
	sink.done = on_done;
	sink.piece = on_piece;
	d->opts = *opts;
	/* What is complete waits in it, too, until that much is to be written. */
	d->own_out.max = FLUSH + (opts->max_text ? opts->max_text : JSON_MAX_TEXT);
	d->carry.max = SIZE_MAX / 4;
	d->earlier.places.max = d->earlier.kept.max = SIZE_MAX / 4;
	d->out = &d->own_out;
	if (json_stream_init(&d->stream, err) == 0)
		d->grammar = clixml_grammar_new(&sink, d, &limits, err);
	if (!d->grammar) {
		decoder_free(d);
		return NULL;
	}
	d->stream.where = clixml_where(d->grammar);
	d->stream.out = d->out;
	d->stream.big_as_strings = opts->big_as_strings;
	d->earlier.document = d->grammar;
	d->earlier.again = opts->again;
	d->earlier.user = opts->user;
	d->earlier.max_objects = opts->max_objects;
	d->earlier.max_elements = opts->max_elements;
	return d;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	clixml_grammar_free(d->grammar);
	json_stream_done(&d->stream);
	again_free(d->again);
	earlier_done(&d->earlier);
	buf_done(&d->own_out);
	buf_done(&d->carry);
	mem_free(d);
}

/* What is complete is written, also before a failure; then the failure stays. */
static int finish(struct decoder *d, int r, winch_error *err)
{
	winch_error flush_err = WINCH_ERROR_INIT;

	int f = flush(d, &flush_err);
	if (r == 0 && f < 0) {
		r = f;
		fail_move(err, &flush_err);
	}
	winch_error_done(&flush_err);
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
	return d->opts.one ? r : finish(d, r, err);
}

int decoder_end(struct decoder *d, winch_error *err)
{
	if (d->failed)
		return fail(err, d->failed, "the decoder has failed before");
	int r = clixml_grammar_end(d->grammar, err);
	return d->opts.one ? r : finish(d, r, err);
}

/* For another document. */
static int decoder_restart(struct decoder *d, winch_error *err)
{
	d->failed = 0;
	d->open = false;
	buf_clear(&d->own_out);
	buf_clear(&d->carry);
	d->carry_at = 0;
	if (!d->opts.one)
		earlier_clear(&d->earlier);
	return clixml_grammar_restart(d->grammar, err);
}

int clixml_to_json(struct decoder *d, struct bytes body, struct buf *out, winch_error *err)
{
	const size_t start = out->len;
	int r = decoder_restart(d, err);

	d->out = d->stream.out = out;
	d->body = body;
	if (r == 0)
		r = decoder_feed(d, body, err);
	if (r == 0)
		r = decoder_end(d, err);
	d->out = d->stream.out = &d->own_out;
	if (r < 0)
		buf_truncate(out, start);
	return r;
}
