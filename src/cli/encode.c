/*
 * encode.c - winch encode.
 *
 * Each line is read, checked and written by itself: memory is that of the longest.
 */
#include "src/cli/encode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <winch/document.h>

enum { FLUSH_AT = 64 * 1024 };

struct encoding {
	FILE *in;
	const char *name;
	int from;                 /* enum winch_json_from */
	winch_document *document; /* --objs */
	unsigned long line;
	struct text out;
};

static int flush(struct encoding *e)
{
	int r = write_all(STDOUT_FILENO, e->out.data, e->out.len);

	e->out.len = 0;
	if (r < 0 && errno == EPIPE)
		return STATUS_CLOSED;
	return r < 0 ? refuse("stdout: %s", strerror(errno)) : 0;
}

static int write_document(void *user, const char *data, size_t len, winch_error *err)
{
	struct encoding *e = user;

	(void)err;
	text_put(&e->out, data, len);
	return 0;
}

static int put_line(struct encoding *e, const winch_value *v, winch_error *err)
{
	char *clixml;
	size_t len;
	int r = winch_value_to_clixml(v, &clixml, &len, err);

	if (r < 0)
		return r;
	text_put(&e->out, clixml, len);
	text_char(&e->out, '\n');
	winch_text_free(clixml);
	return 0;
}

static int encode_line(struct encoding *e, const char *text, size_t len)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_value *v = winch_value_from_json(e->from, text, len, &err);
	int r = v ? 0 : err.status;

	if (r == 0 && e->document)
		r = winch_document_add(e->document, v, &err);
	else if (r == 0)
		r = put_line(e, v, &err);
	winch_value_free(v);
	if (r == 0)
		return e->out.len >= FLUSH_AT ? flush(e) : 0;
	/* What was encoded before stays written. */
	int status = flush(e);
	if (status)
		return status;
	return refuse("%s: line %lu: %s", e->name, e->line, winch_error_text(&err));
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	return true;
}

static int encode_lines(struct encoding *e)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int status = 0;

	while (status == 0 && (len = getline(&line, &room, e->in)) >= 0) {
		size_t skip =
			++e->line == 1 && len >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
		if (!is_blank(line + skip, (size_t)len - skip))
			status = encode_line(e, line + skip, (size_t)len - skip);
	}
	if (status == 0 && !feof(e->in))
		status = refuse("%s: %s", e->name, strerror(errno));
	free(line);
	return status;
}

static int end(struct encoding *e)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	if (e->document && winch_document_end(e->document, &err) < 0)
		return refuse("%s", winch_error_text(&err));
	return flush(e);
}

static int read_from(struct encoding *e, const struct options *o)
{
	const char *from = options_get(o, OPTION_FROM);

	e->from = from && strcmp(from, "typed") == 0 ? WINCH_FROM_TYPED : WINCH_FROM_PLAIN;
	if (from && e->from == WINCH_FROM_PLAIN && strcmp(from, "ndjson") != 0)
		return refuse("--from %s: not one of ndjson, typed", from);
	if (o->operand_count + o->argument_count > 1)
		return refuse("winch encode takes one FILE");
	return 0;
}

static int open_input(struct encoding *e, const char *path)
{
	bool from_stdin = !path || strcmp(path, "-") == 0;

	e->name = from_stdin ? "stdin" : path;
	e->in = from_stdin ? stdin : fopen(path, "rbe");
	return e->in ? 0 : refuse("%s: %s", e->name, strerror(errno));
}

static int open_document(struct encoding *e)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	e->document = winch_document_new(write_document, e, &err);
	return e->document ? 0 : refuse("%s", winch_error_text(&err));
}

int encode_command(const struct options *o)
{
	struct encoding e = { 0 };
	int status = read_from(&e, o);

	if (status == 0)
		status = open_input(&e, o->operand_count    ? o->operands[0]
					: o->argument_count ? o->arguments[0]
							    : NULL);
	if (status == 0 && options_has(o, OPTION_OBJS))
		status = open_document(&e);
	if (status == 0)
		status = encode_lines(&e);
	if (status == 0)
		status = end(&e);
	if (e.in && e.in != stdin)
		fclose(e.in);
	winch_document_free(e.document);
	text_done(&e.out);
	return status;
}
