/*
 * decode-fragments.c - fragments, binary or as lines of base64, to messages.
 */
#include <stdlib.h>
#include <string.h>

#include "src/cli/decode-kind.h"
#include "src/cli/message-json.h"

enum { MAX_LINE = 200 << 20 };

struct fragments {
	struct output *out;
	const char *name;
	winch_dissector *dissector;
	winch_json_options json;
	bool began, base64;
	struct text line; /* base64: one that is not whole yet */
	unsigned long line_number;
};

/* An object id below 2^32, big-endian. */
static bool is_binary(const char *data, size_t len)
{
	return len >= 21 && memcmp(data, "\0\0\0\0", 4) == 0;
}

/* The same as base64: five A are 30 zero bits. */
static bool is_base64(const char *data, size_t len)
{
	size_t first = 0;

	while (first < len && data[first] && strchr("\r\n\t ", data[first]))
		first++;
	return len - first >= 28 && memcmp(data + first, "AAAAA", 5) == 0;
}

static bool begins(const char *data, size_t len)
{
	return is_binary(data, len) || is_base64(data, len);
}

static int put_messages(struct fragments *f)
{
	const winch_dissected_message *m;

	while (winch_dissector_next(f->dissector, &m) > 0) {
		AUTO(text_done) struct text line = { 0 };
		message_json(&line, m, &f->json);
		int status = output_item(f->out, line.data, line.len);
		if (status)
			return status;
	}
	return 0;
}

static int tell(const struct fragments *f, const winch_error *err)
{
	if (f->base64)
		return refuse("%s: line %lu: %s", f->name, f->line_number, winch_error_text(err));
	return refuse("%s: %s", f->name, winch_error_text(err));
}

/* What could be read before a failure is written. */
static int take(struct fragments *f, int r, const winch_error *err)
{
	int status = put_messages(f);

	return status == 0 && r < 0 ? tell(f, err) : status;
}

static int take_line(struct fragments *f, const char *text, size_t len)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	f->line_number++;
	return take(f, winch_dissector_base64(f->dissector, text, len, &err), &err);
}

static int take_lines(struct fragments *f, const char *data, size_t len)
{
	const char *end;
	int status = 0;

	while (status == 0 && (end = memchr(data, '\n', len))) {
		size_t piece = (size_t)(end - data);
		text_put(&f->line, data, piece);
		status = take_line(f, f->line.data ? f->line.data : "", f->line.len);
		f->line.len = 0;
		data += piece + 1;
		len -= piece + 1;
	}
	if (status == 0 && f->line.len + len > MAX_LINE)
		return refuse("%s: line %lu is longer than %d bytes", f->name, f->line_number + 1,
			      MAX_LINE);
	text_put(&f->line, data, len);
	return status;
}

static int open_fragments(const struct decode_source *source, struct output *out, void **ret_state)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct fragments *f = must_alloc(sizeof(*f));

	*f = (struct fragments){ .out = out,
				 .name = source->name,
				 .json = WINCH_JSON_OPTIONS_INIT };
	*ret_state = f;
	f->json.mode = out->format == OUTPUT_TYPED ? WINCH_JSON_TYPED : WINCH_JSON_PLAIN;
	f->json.big_numbers = out->big_as_strings ? WINCH_JSON_BIG_AS_STRINGS : WINCH_JSON_NUMBERS;
	f->dissector = winch_dissector_new(&err);
	return f->dissector ? 0 : refuse("%s", winch_error_text(&err));
}

static int feed_fragments(void *state, const char *data, size_t len)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct fragments *f = state;

	if (!f->began)
		f->base64 = !is_binary(data, len);
	f->began = true;
	if (f->base64)
		return take_lines(f, data, len);
	return take(f, winch_dissector_fragments(f->dissector, data, len, &err), &err);
}

static int end_fragments(void *state)
{
	struct fragments *f = state;
	int status = f->line.len ? take_line(f, f->line.data, f->line.len) : 0;

	if (status == 0 && winch_dissector_is_inside(f->dissector))
		return refuse("%s: ends inside a message", f->name);
	return status;
}

static void close_fragments(void *state)
{
	struct fragments *f = state;

	winch_dissector_free(f->dissector);
	text_done(&f->line);
	free(f);
}

const struct decode_kind decode_fragments = { "fragments",    begins,        open_fragments,
					      feed_fragments, end_fragments, close_fragments };
