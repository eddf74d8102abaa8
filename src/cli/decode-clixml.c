/*
 * decode-clixml.c - winch decode of CLIXML.
 *
 * What was read may have to be read again, where a value refers to an earlier one:
 * from the file itself, or, of a pipe, from its first 16 MiB that are kept in memory
 * and an unlinked temporary file beyond.  Where documents follow each other, each has a decoder of
 * its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <winch/json.h>

#include "src/cli/decode-kind.h"
#include "src/cli/document-end.h"

enum { KEEP_MAX = 16 << 20 };

struct decoding {
	const struct decode_source *source;
	struct output *out;
	winch_decoder *decoder;
	struct document_end end;
	size_t number;    /* of the document, from 1 */
	off_t begins;     /* in what was read */
	off_t fed;        /* of it */
	struct text kept; /* a pipe's first KEEP_MAX bytes */
	int temporary;    /* what came after them; -1: none yet */
};

static int write_lines(void *user, const char *data, size_t len, winch_error *err)
{
	struct decoding *d = user;

	(void)err;
	/* Any failure ends the decoder; out->failed tells which it was. */
	return output_lines(d->out, data, len) ? WINCH_E_SYSTEM : 0;
}

static ssize_t read_at(int fd, void *data, size_t len, off_t offset)
{
	for (;;) {
		ssize_t n = pread(fd, data, len, offset);
		if (n >= 0 || errno != EINTR)
			return n;
	}
}

static int64_t read_again(void *user, uint64_t offset, void *data, size_t len, winch_error *err)
{
	struct decoding *d = user;
	ssize_t n;

	(void)err;
	if (d->source->start >= 0)
		n = read_at(d->source->fd, data, len, d->source->start + d->begins + (off_t)offset);
	else if (offset >= d->kept.len)
		n = read_at(d->temporary, data, len, (off_t)(offset - d->kept.len));
	else {
		n = (ssize_t)(len < d->kept.len - offset ? len : d->kept.len - offset);
		memcpy(data, d->kept.data + offset, (size_t)n);
	}
	if (n < 0)
		complain("%s: reading again: %s", d->source->name, strerror(errno));
	return n < 0 ? WINCH_E_SYSTEM : n;
}

static int open_temporary(struct decoding *d)
{
	const char *folder = getenv("TMPDIR");
	AUTO(free_auto) char *path = must_printf("%s/winch-XXXXXX", folder ? folder : "/tmp");

	d->temporary = mkostemp(path, O_CLOEXEC);
	if (d->temporary < 0)
		return refuse("%s: %s", path, strerror(errno));
	unlink(path);
	return 0;
}

/* Keep what a pipe gave. */
static int keep(struct decoding *d, const char *data, size_t len)
{
	if (d->source->start >= 0)
		return 0;
	size_t room = KEEP_MAX - d->kept.len, take = len < room ? len : room;
	text_put(&d->kept, data, take);
	if (take == len)
		return 0;
	int status = d->temporary < 0 ? open_temporary(d) : 0;
	if (status)
		return status;
	if (write_all(d->temporary, data + take, len - take) < 0)
		return refuse("temporary file: %s", strerror(errno));
	return 0;
}

static int tell(struct decoding *d, const winch_error *err)
{
	if (d->out->failed)
		return d->out->failed;
	output_flush(d->out); /* what was decoded before is seen before */
	if (err->status == WINCH_E_SYSTEM)
		return STATUS_USAGE; /* said where it happened */
	if (d->number > 1)
		return refuse("%s: document %zu: %s", d->source->name, d->number,
			      winch_error_text(err));
	return refuse("%s: %s", d->source->name, winch_error_text(err));
}

static void drop_temporary(struct decoding *d)
{
	if (d->temporary >= 0)
		close(d->temporary);
	d->temporary = -1;
}

/* A decoder for a document that begins behind what was fed. */
static int begin_document(struct decoding *d)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_json_options options = WINCH_JSON_OPTIONS_INIT;

	options.mode = d->out->format == OUTPUT_TYPED ? WINCH_JSON_TYPED : WINCH_JSON_PLAIN;
	options.big_numbers =
		d->out->big_as_strings ? WINCH_JSON_BIG_AS_STRINGS : WINCH_JSON_NUMBERS;
	d->begins += d->fed;
	d->fed = 0;
	d->number++;
	d->end = (struct document_end){ 0 };
	d->kept.len = 0;
	drop_temporary(d);
	winch_decoder_free(d->decoder);
	d->decoder = winch_decoder_new(&options, write_lines, read_again, d, &err);
	return d->decoder ? 0 : refuse("%s", winch_error_text(&err));
}

static int open_clixml(const struct decode_source *source, struct output *out, void **ret_state)
{
	struct decoding *d = must_alloc(sizeof(*d));

	*d = (struct decoding){ .source = source, .out = out, .temporary = -1 };
	*ret_state = d;
	return begin_document(d);
}

static int end_clixml(void *state)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct decoding *d = state;

	return winch_decoder_end(d->decoder, &err) < 0 ? tell(d, &err) : 0;
}

static int feed_document(struct decoding *d, const char *data, size_t len)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	int status = keep(d, data, len);

	if (status)
		return status;
	d->fed += (off_t)len;
	return winch_decoder_feed(d->decoder, data, len, &err) < 0 ? tell(d, &err) : 0;
}

static int feed_clixml(void *state, const char *data, size_t len)
{
	struct decoding *d = state;
	int status = 0;

	while (status == 0 && len > 0) {
		size_t part = document_end_find(&d->end, data, len);
		status = feed_document(d, data, part);
		data += part;
		len -= part;
		if (status == 0 && len > 0)
			status = end_clixml(d);
		if (status == 0 && len > 0)
			status = begin_document(d);
	}
	return status;
}

static void close_clixml(void *state)
{
	struct decoding *d = state;

	if (!d)
		return;
	winch_decoder_free(d->decoder);
	drop_temporary(d);
	text_done(&d->kept);
	free(d);
}

const struct decode_kind decode_clixml = { "clixml",    NULL,       open_clixml,
					   feed_clixml, end_clixml, close_clixml };
