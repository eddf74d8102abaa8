/*
 * decode.c - winch decode.
 *
 * What was read may have to be read again, where a value refers to an earlier one:
 * from the file itself, or, of a pipe, from its first 16 MiB that are kept in memory
 * and an unlinked temporary file beyond.
 */
#include "src/cli/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <winch/json.h>

#include "src/cli/output.h"
#include "src/cli/status.h"

enum { CHUNK = 1 << 20, KEEP_MAX = 16 << 20 };

struct decoding {
	int fd;
	const char *name;
	off_t start;      /* >= 0: a regular file, read again from there */
	struct text kept; /* a pipe's first KEEP_MAX bytes */
	int temporary;    /* what came after them; -1: none yet */
	struct output out;
};

static int write_lines(void *user, const char *data, size_t len, winch_error *err)
{
	struct decoding *d = user;

	(void)err;
	/* Any failure ends the decoder; out.failed tells which it was. */
	return output_lines(&d->out, data, len) ? WINCH_E_SYSTEM : 0;
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
	if (d->start >= 0)
		n = read_at(d->fd, data, len, d->start + (off_t)offset);
	else if (offset >= d->kept.len)
		n = read_at(d->temporary, data, len, (off_t)(offset - d->kept.len));
	else {
		n = (ssize_t)(len < d->kept.len - offset ? len : d->kept.len - offset);
		memcpy(data, d->kept.data + offset, (size_t)n);
	}
	if (n < 0)
		complain("%s: reading again: %s", d->name, strerror(errno));
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
	if (d->start >= 0)
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

/* A chunk: as much as is there now, so that what comes slowly is shown as it comes. */
static int read_chunk(struct decoding *d, char *chunk, size_t *ret_len)
{
	struct pollfd more = { .fd = d->fd, .events = POLLIN };
	size_t len = 0;

	do {
		ssize_t n = read(d->fd, chunk + len, CHUNK - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse("%s: %s", d->name, strerror(errno));
		if (n == 0)
			break;
		len += (size_t)n;
	} while (len < CHUNK && poll(&more, 1, 0) > 0);
	*ret_len = len;
	return 0;
}

static int tell(struct decoding *d, const winch_error *err)
{
	if (d->out.failed)
		return d->out.failed;
	/* What was decoded before stays written. */
	output_end(&d->out);
	if (err->status == WINCH_E_SYSTEM)
		return STATUS_USAGE; /* said where it happened */
	if (err->line)
		return refuse("%s:%llu:%llu: %s", d->name, (unsigned long long)err->line,
			      (unsigned long long)err->column, winch_error_text(err));
	return refuse("%s: %s", d->name, winch_error_text(err));
}

static int check_kind(const struct decoding *d, const char *data, size_t len)
{
	/* A fragment begins with the object id, 8 bytes big-endian. */
	if (len >= 21 && memcmp(data, "\0\0\0\0", 4) == 0)
		return refuse("%s: PSRP fragments: not yet", d->name);
	return 0;
}

static int feed_all(struct decoding *d, winch_decoder *decoder, char *chunk)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	for (bool first = true;; first = false) {
		size_t len = 0;
		int status = read_chunk(d, chunk, &len);
		if (status)
			return status;
		if (first && (status = check_kind(d, chunk, len)))
			return status;
		if (len == 0)
			break;
		status = keep(d, chunk, len);
		if (status)
			return status;
		if (winch_decoder_feed(decoder, chunk, len, &err) < 0)
			return tell(d, &err);
		status = output_flush(&d->out);
		if (status)
			return status;
	}
	if (winch_decoder_end(decoder, &err) < 0)
		return tell(d, &err);
	return output_end(&d->out);
}

static int run(struct decoding *d)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_json_options options = WINCH_JSON_OPTIONS_INIT;
	AUTO(free_auto) char *chunk = must_alloc(CHUNK);

	options.mode = d->out.format == OUTPUT_TYPED ? WINCH_JSON_TYPED : WINCH_JSON_PLAIN;
	options.big_numbers =
		d->out.big_as_strings ? WINCH_JSON_BIG_AS_STRINGS : WINCH_JSON_NUMBERS;
	winch_decoder *decoder = winch_decoder_new(&options, write_lines, read_again, d, &err);
	if (!decoder)
		return refuse("%s", winch_error_text(&err));
	int status = feed_all(d, decoder, chunk);
	winch_decoder_free(decoder);
	return status;
}

static int open_input(struct decoding *d, const char *path)
{
	struct stat st;
	bool from_stdin = !path || strcmp(path, "-") == 0;

	d->name = from_stdin ? "stdin" : path;
	d->fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (d->fd < 0 || fstat(d->fd, &st) < 0)
		return refuse("%s: %s", d->name, strerror(errno));
	d->start = S_ISREG(st.st_mode) ? lseek(d->fd, 0, SEEK_CUR) : -1;
	return 0;
}

static int check_from(const struct options *o)
{
	const char *from = options_get(o, OPTION_FROM);

	if (!from || strcmp(from, "clixml") == 0)
		return 0;
	if (strcmp(from, "fragments") == 0 || strcmp(from, "trace") == 0)
		return refuse("--from %s: not yet", from);
	return refuse("--from %s: not one of clixml, fragments, trace", from);
}

int decode_command(const struct options *o)
{
	struct decoding d = { .fd = -1, .temporary = -1 };
	int status = check_from(o);

	if (status == 0 && o->operand_count + o->argument_count > 1)
		status = refuse("winch decode takes one FILE");
	if (status == 0)
		status = output_init(&d.out, o);
	if (status == 0)
		status = open_input(&d, o->operand_count    ? o->operands[0]
					: o->argument_count ? o->arguments[0]
							    : NULL);
	if (status == 0)
		status = run(&d);
	if (d.fd > STDIN_FILENO)
		close(d.fd);
	if (d.temporary >= 0)
		close(d.temporary);
	text_done(&d.kept);
	output_done(&d.out);
	return status;
}
