/*
 * output.c - what goes to stdout, and when.
 */
#include "src/cli/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cli/filter.h"
#include "src/cli/json-pretty.h"
#include "src/cli/progress.h"
#include "src/cli/signals.h"

enum {
	FLUSH_AT = 64 * 1024,
	FULL_AT = 1024 * 1024,
	NEVER_BLOCKS = 4096, /* so much a pipe that polls as writable takes at once */
};

static const struct {
	const char *name;
	enum output_format format;
	unsigned commands;
} formats[] = {
	{ "ndjson", OUTPUT_NDJSON, COMMAND_RUN | COMMAND_DECODE },
	{ "json", OUTPUT_JSON, COMMAND_RUN | COMMAND_DECODE },
	{ "typed", OUTPUT_TYPED, COMMAND_RUN | COMMAND_DECODE },
	{ "clixml", OUTPUT_CLIXML, COMMAND_RUN },
	{ "tostring", OUTPUT_TOSTRING, COMMAND_RUN },
	{ "text", OUTPUT_TEXT, COMMAND_RUN },
};

static int read_format(struct output *out, const struct options *o)
{
	const char *value = options_get(o, OPTION_OUTPUT);

	if (!value) {
		out->pretty = out->terminal;
		return 0;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, value) != 0 || !(formats[i].commands & o->command))
			continue;
		out->format = formats[i].format;
		return 0;
	}
	return refuse("-o %s: not one of ndjson, json, typed%s", value,
		      o->command == COMMAND_RUN ? ", clixml, tostring, text" : "");
}

static bool is_stderr_too(void)
{
	struct stat out, err;

	return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
	       out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

int output_init(struct output *out, const struct options *o)
{
	const char *big = options_get(o, OPTION_BIG_NUMBERS);

	*out = (struct output){ .terminal = isatty(STDOUT_FILENO),
				.shared = is_stderr_too(),
				.waits = true,
				.colour = filter_of(STDOUT_FILENO) == FILTER_COLOUR };
	if (big && strcmp(big, "string") != 0)
		return refuse("--big-numbers %s: only 'string'", big);
	out->big_as_strings = big != NULL;
	return read_format(out, o);
}

void output_done(struct output *out)
{
	text_done(&out->buffer);
}

/* Can something be written now?  Also a reader who has gone away is news. */
static bool is_writable(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) != 0 && p.revents != 0;
}

/* How much of it is done with: written, or dropped since nobody reads any more. */
static size_t write_some(struct output *out, const char *text, size_t len)
{
	size_t done = 0;

	if (out->terminal && len > 0)
		progress_hide();
	while (!out->failed && done < len) {
		size_t most = out->waits || len - done < NEVER_BLOCKS ? len - done : NEVER_BLOCKS;
		if (!out->waits && !is_writable())
			break;
		ssize_t n = write(STDOUT_FILENO, text + done, most);
		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EINTR) {
			if (signals_came())
				break;
		} else if (errno == EPIPE) {
			out->failed = STATUS_CLOSED;
		} else {
			out->failed = refuse("stdout: %s", strerror(errno));
		}
	}
	return out->failed ? len : done;
}

bool output_is_full(const struct output *out)
{
	return !out->failed && out->buffer.len - out->sent >= FULL_AT;
}

int output_flush(struct output *out)
{
	struct text *b = &out->buffer;

	out->sent += write_some(out, b->data + out->sent, b->len - out->sent);
	/* A long rest is not moved each time that its reader takes some of it. */
	if (out->sent >= b->len - out->sent) {
		text_drop(b, out->sent);
		out->sent = 0;
	}
	return out->failed;
}

/* A large text goes out as it is, behind what waits, if that is possible now. */
static void put_raw(struct output *out, const char *text, size_t len)
{
	size_t done = 0;

	if (len >= FLUSH_AT && output_flush(out) == 0 && out->buffer.len == 0)
		done = write_some(out, text, len);
	text_put(&out->buffer, text + done, len - done);
}

bool output_is_json(const struct output *out)
{
	return out->format == OUTPUT_NDJSON || out->format == OUTPUT_JSON ||
	       out->format == OUTPUT_TYPED;
}

static void put_json(struct output *out, const char *json, size_t len)
{
	AUTO(text_done) struct text clean = { 0 };

	filter_json(out->pretty ? &clean : &out->buffer, json, len);
	if (out->pretty)
		json_pretty(&out->buffer, clean.data, clean.len, out->colour);
}

static void put_item(struct output *out, const char *text, size_t len)
{
	if (out->format == OUTPUT_JSON)
		text_str(&out->buffer, out->count ? ",\n" : "[");
	out->count++;
	if (!out->terminal)
		put_raw(out, text, len);
	else if (output_is_json(out))
		put_json(out, text, len);
	else
		filter_text(&out->buffer, text, len, out->colour ? FILTER_COLOUR : FILTER_PLAIN);
	if (out->format != OUTPUT_JSON)
		text_char(&out->buffer, '\n');
}

int output_item(struct output *out, const char *text, size_t len)
{
	if (out->failed)
		return out->failed;
	put_item(out, text, len);
	return out->buffer.len >= FLUSH_AT ? output_flush(out) : 0;
}

int output_lines(struct output *out, const char *lines, size_t len)
{
	/* The common case costs no search for line feeds. */
	if (out->format != OUTPUT_JSON && !out->terminal) {
		text_put(&out->buffer, lines, len);
		out->count++;
		return out->buffer.len >= FLUSH_AT ? output_flush(out) : out->failed;
	}
	while (len > 0) {
		const char *end = memchr(lines, '\n', len);
		size_t line = end ? (size_t)(end - lines) : len;
		int status = output_item(out, lines, line);
		if (status)
			return status;
		line += end != NULL;
		lines += line;
		len -= line;
	}
	return 0;
}

int output_end(struct output *out)
{
	if (out->format == OUTPUT_JSON && !out->failed)
		text_str(&out->buffer, out->count ? "]\n" : "[]\n");
	out->count = 0;
	out->waits = true;
	return output_flush(out);
}
