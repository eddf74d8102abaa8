/*
 * decode-trace.c - winch decode of what --trace wrote: a conversation that can be read.
 *
 * Lines stay as they are.  Below one that has data, its envelope in short and the messages
 * that came whole with it: > to the server, < to the client.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/decode-kind.h"
#include "src/cli/message-json.h"

enum { MAX_LINE = 1 << 20, MAX_DATA = 1 << 30 };

struct trace {
	struct output *out;
	const char *name;
	winch_json_options json;
	winch_dissector *dissector;
	struct text bytes; /* a line, or data, that is not whole yet */
	size_t data_len;   /* of the envelope that comes; 0: a line comes */
	unsigned long line;
};

static bool begins(const char *data, size_t len)
{
	static const char first[] = "# winch trace";

	return len >= sizeof(first) - 1 && memcmp(data, first, sizeof(first) - 1) == 0;
}

static int put_line(struct trace *t, const struct text *line)
{
	return output_item(t->out, line->data, line->len);
}

static void put_field(struct text *line, const char *name, const char *value)
{
	if (*value)
		text_printf(line, " %s=%s", name, value);
}

static int put_envelope(struct trace *t, const winch_dissected_envelope *e)
{
	AUTO(text_done) struct text line = { 0 };

	text_printf(&line, "    %s", *e->action ? e->action : "no SOAP envelope");
	put_field(&line, "shell", e->shell_id);
	put_field(&line, "command", e->command_id);
	put_field(&line, "streams", e->streams);
	put_field(&line, "state", e->state);
	if (strcmp(e->action, "Signal") == 0)
		put_field(&line, "signal", e->signal);
	put_field(&line, "fault", e->fault_code);
	if (*e->fault_text)
		text_printf(&line, ": %s", e->fault_text);
	return put_line(t, &line);
}

static int put_message(struct trace *t, const winch_dissected_message *m)
{
	AUTO(text_done) struct text line = { 0 };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	text_printf(&line, "    %c ", m->to_server ? '>' : '<');
	message_name(&line, m);
	text_char(&line, ' ');
	if (m->clixml_len && !message_value(&line, m, &t->json, &err))
		text_printf(&line, "%s: %s", winch_error_text(&err), m->clixml);
	return put_line(t, &line);
}

static int put_failure(struct trace *t, const winch_error *err)
{
	AUTO(text_done) struct text line = { 0 };

	text_printf(&line, "    can't be read: %s", winch_error_text(err));
	return put_line(t, &line);
}

static int take_data(struct trace *t, const char *data, size_t len)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	const winch_dissected_envelope *envelope;
	const winch_dissected_message *m;
	int r = winch_dissector_envelope(t->dissector, data, len, &envelope, &err);
	int status = put_envelope(t, envelope);

	while (status == 0 && winch_dissector_next(t->dissector, &m) > 0)
		status = put_message(t, m);
	return status == 0 && r < 0 ? put_failure(t, &err) : status;
}

/* A line; " data=LENGTH" at its end says that LENGTH bytes and a line feed follow. */
static int take_line(struct trace *t, const char *text, size_t len)
{
	static const char mark[] = " data=";
	AUTO(text_done) struct text line = { 0 };

	t->line++;
	text_put(&line, text, len);
	text_char(&line, '\0');
	line.len--;
	char *at = strrchr(line.data, ' '), *end;
	if (!at || strncmp(at, mark, sizeof(mark) - 1) != 0)
		return put_line(t, &line);
	errno = 0;
	unsigned long n = strtoul(at + sizeof(mark) - 1, &end, 10);
	if (errno || *end || at[sizeof(mark) - 1] < '0' || at[sizeof(mark) - 1] > '9' ||
	    n > MAX_DATA)
		return refuse("%s: line %lu: not a trace of winch: a length that can't be", t->name,
			      t->line);
	t->data_len = n + 1;
	line.len = (size_t)(at - line.data);
	return put_line(t, &line);
}

/* What is whole of the bytes is taken.  false: more must come. */
static bool take_next(struct trace *t, size_t *at, int *ret_status)
{
	const char *data = t->bytes.data + *at;
	size_t left = t->bytes.len - *at;
	size_t len = t->data_len;

	if (len > 0) {
		if (left < len)
			return false;
		t->data_len = 0;
		*ret_status = take_data(t, data, len - 1);
		*at += len;
		return true;
	}
	const char *end = left ? memchr(data, '\n', left) : NULL;
	if (!end)
		return false;
	len = (size_t)(end - data);
	*ret_status = take_line(t, data, len);
	*at += len + 1;
	return true;
}

static int open_trace(const struct decode_source *source, struct output *out, void **ret_state)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct trace *t = must_alloc(sizeof(*t));

	*t = (struct trace){ .out = out, .name = source->name, .json = WINCH_JSON_OPTIONS_INIT };
	*ret_state = t;
	if (out->format == OUTPUT_TYPED)
		t->json.mode = WINCH_JSON_TYPED;
	else if (out->format != OUTPUT_NDJSON)
		return refuse("a trace is decoded to text with JSON in it: -o is ndjson or typed");
	out->format = OUTPUT_TOSTRING;
	t->dissector = winch_dissector_new(&err);
	return t->dissector ? 0 : refuse("%s", winch_error_text(&err));
}

static int feed_trace(void *state, const char *data, size_t len)
{
	struct trace *t = state;
	size_t at = 0;
	int status = 0;

	text_put(&t->bytes, data, len);
	while (status == 0 && take_next(t, &at, &status))
		;
	text_drop(&t->bytes, at);
	if (status == 0 && t->data_len == 0 && t->bytes.len > MAX_LINE)
		status = refuse("%s: line %lu is longer than %d bytes", t->name, t->line + 1,
				MAX_LINE);
	return status;
}

static int end_trace(void *state)
{
	struct trace *t = state;

	/* A program that was killed leaves half a line, or half an envelope. */
	if (t->data_len)
		return refuse("%s: ends inside an envelope", t->name);
	return t->bytes.len ? take_line(t, t->bytes.data, t->bytes.len) : 0;
}

static void close_trace(void *state)
{
	struct trace *t = state;

	winch_dissector_free(t->dissector);
	text_done(&t->bytes);
	free(t);
}

const struct decode_kind decode_trace = { "trace",    begins,    open_trace,
					  feed_trace, end_trace, close_trace };
