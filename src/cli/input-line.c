/*
 * input-line.c - the input formats.
 *
 * CLIXML comes as one document (Export-Clixml, winch encode --objs) or as one
 * value a line (winch run -o clixml).  A document goes through the library's
 * decoder as typed JSON, which keeps all but secure strings.
 */
#include "src/cli/input-line.h"

#include <string.h>

#include "src/cli/utf8.h"

static int write_typed(void *user, const char *data, size_t len, winch_error *err)
{
	struct input *in = user;

	(void)err;
	text_put(&in->bytes, data, len);
	return 0;
}

/* Not a document: a value's own element begins the first line. */
static bool is_document(const char *chunk, size_t len)
{
	static const char *const starts[] = { "<Objs", "<?", "#<", "\xFF\xFE", "\xFE\xFF" };

	if (len >= 3 && memcmp(chunk, "\xEF\xBB\xBF", 3) == 0) {
		chunk += 3;
		len -= 3;
	}
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (len >= strlen(starts[i]) && memcmp(chunk, starts[i], strlen(starts[i])) == 0)
			return true;
	return len >= 2 && (chunk[0] == '\0' || chunk[1] == '\0');
}

static bool complain_clixml(const struct input *in, const winch_error *err)
{
	complain("--input %s: %s", in->name, winch_error_text(err)); /* it begins with the place */
	return false;
}

static bool feed_decoder(struct input *in, const char *chunk, size_t len)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	int r = len > 0 ? winch_decoder_feed(in->decoder, chunk, len, &err)
			: winch_decoder_end(in->decoder, &err);

	return r < 0 ? complain_clixml(in, &err) : true;
}

static bool start_decoder(struct input *in)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_json_options typed = WINCH_JSON_OPTIONS_INIT;

	typed.mode = WINCH_JSON_TYPED;
	in->decoder = winch_decoder_new(&typed, write_typed, NULL, in, &err);
	return in->decoder ? true : complain_clixml(in, &err);
}

bool input_take_chunk(struct input *in, const char *chunk, size_t len)
{
	bool first = in->first;

	in->first = false;
	if (first && in->format == INPUT_CLIXML && is_document(chunk, len) && !start_decoder(in))
		return false;
	if (in->decoder)
		return feed_decoder(in, chunk, len);
	text_put(&in->bytes, chunk, len);
	/* A BOM is no part of a text. */
	if (first && in->format != INPUT_BYTES && len >= 3 &&
	    memcmp(chunk, "\xEF\xBB\xBF", 3) == 0) {
		text_drop(&in->bytes, 3);
	}
	return true;
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r", text[i]) || !text[i])
			return false;
	return true;
}

static winch_value *value_of_line(const char *text, size_t len, winch_error *err)
{
	if (len > 0 && text[len - 1] == '\r')
		len--;
	return winch_value_new_string(text, len, err);
}

static winch_value *make(const struct input *in, const char *text, size_t len, winch_error *err)
{
	switch (in->format) {
	case INPUT_NDJSON:
		return winch_value_from_json(WINCH_FROM_PLAIN, text, len, err);
	case INPUT_TYPED:
		return winch_value_from_json(WINCH_FROM_TYPED, text, len, err);
	case INPUT_LINES:
		return value_of_line(text, len, err);
	case INPUT_BYTES:
		return winch_value_new_bytes(text, len, err);
	case INPUT_CLIXML:
		return in->decoder ? winch_value_from_json(WINCH_FROM_TYPED, text, len, err)
				   : winch_value_from_clixml(text, len, err);
	}
	return NULL;
}

bool input_make_value(struct input *in, const char *text, size_t len)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	const char *of = in->decoder ? "object" : "line";

	if (in->format != INPUT_BYTES && in->format != INPUT_LINES && is_blank(text, len))
		return true;
	size_t valid = in->format == INPUT_LINES ? utf8_valid(text, len) : len;
	if (valid < len) {
		complain("--input %s: line %llu: not UTF-8, at byte offset %zu of the line",
			 in->name, (unsigned long long)in->line, valid);
		return false;
	}
	in->pending = make(in, text, len, &err);
	if (in->pending)
		return true;
	/* A line of CLIXML is a document of one line: the reader's "line 1, column 7". */
	const char *why = winch_error_text(&err), *one = "line 1, ";
	bool placed = strncmp(why, one, strlen(one)) == 0;
	complain("--input %s: %s %llu%s%s", in->name, of, (unsigned long long)in->line,
		 placed ? ", " : ": ", placed ? why + strlen(one) : why);
	return false;
}
