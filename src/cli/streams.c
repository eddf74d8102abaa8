/*
 * streams.c - how records look on stderr.
 */
#include "src/cli/streams.h"

#include <string.h>
#include <unistd.h>

#include "src/cli/progress.h"
#include "src/cli/terminal.h"

void streams_init(struct streams *s, const struct options *o)
{
	enum filter_colour colour = filter_of(STDERR_FILENO);

	*s = (struct streams){
		.colour = colour,
		.view = { .normal = options_has(o, OPTION_VERBOSE),
			  .colour = colour,
			  .width = (size_t)terminal_size(STDERR_FILENO, o).width },
	};
}

void streams_done(struct streams *s)
{
	text_done(&s->out);
	for (int i = 0; i <= WINCH_EVENT_PROGRESS; i++)
		text_done(&s->twin[i]);
}

static void flush_lines(struct streams *s)
{
	AUTO(text_done) struct text lines = { 0 };
	size_t at = 0;

	for (;;) {
		const char *line = s->out.data + at;
		const char *feed = memchr(line, '\n', s->out.len - at);
		if (!feed)
			break;
		text_printf(&lines, "%s: ", s->prefix);
		text_put(&lines, line, (size_t)(feed - line) + 1);
		at += (size_t)(feed - line) + 1;
	}
	write_all(STDERR_FILENO, lines.data, lines.len);
	text_drop(&s->out, at);
}

void streams_flush(struct streams *s)
{
	if (s->out.len == 0)
		return;
	if (s->prefix) {
		flush_lines(s);
		return;
	}
	progress_hide();
	write_all(STDERR_FILENO, s->out.data, s->out.len);
	s->out.len = 0;
}

void streams_take_part(struct streams *s, struct text *out)
{
	streams_flush(s);
	text_put(out, s->out.data, s->out.len);
	s->out.len = 0;
}

void streams_end(struct streams *s)
{
	if (s->prefix && s->out.len > 0 && s->out.data[s->out.len - 1] != '\n')
		text_char(&s->out, '\n');
	streams_flush(s);
}

const char *streams_name(int event_type)
{
	static const char *const names[] = {
		[WINCH_EVENT_OUTPUT] = "output",     [WINCH_EVENT_ERROR] = "error",
		[WINCH_EVENT_WARNING] = "warning",   [WINCH_EVENT_VERBOSE] = "verbose",
		[WINCH_EVENT_DEBUG] = "debug",       [WINCH_EVENT_INFORMATION] = "information",
		[WINCH_EVENT_PROGRESS] = "progress",
	};

	return event_type >= 0 && event_type <= WINCH_EVENT_PROGRESS ? names[event_type] : NULL;
}

/* $PSStyle's own colours, as it comes. */
static const struct {
	const char *prefix, *sgr;
} looks[] = {
	[WINCH_EVENT_WARNING] = { "WARNING: ", "33;1" },
	[WINCH_EVENT_VERBOSE] = { "VERBOSE: ", "33;1" },
	[WINCH_EVENT_DEBUG] = { "DEBUG: ", "33;1" },
};

void streams_write(struct streams *s, const char *sgr, const char *text, size_t len, bool newline)
{
	bool coloured = sgr && s->colour == FILTER_COLOUR && len > 0;

	if (coloured)
		text_printf(&s->out, "\033[%sm", sgr);
	filter_text(&s->out, text, len, s->colour);
	if (coloured)
		text_str(&s->out, "\033[0m");
	if (newline)
		text_char(&s->out, '\n');
	if (len > 0 || newline)
		s->mid_line = !newline && text[len - 1] != '\n';
}

/* A record begins its own line. */
static void fresh_line(struct streams *s)
{
	if (s->mid_line)
		text_char(&s->out, '\n');
	s->mid_line = false;
}

/* A text, or what ToString gave; "" for none. */
static const char *text_of(const winch_value *v, size_t *ret_len)
{
	const char *text = winch_value_text(v, ret_len);

	if (!text)
		text = winch_value_to_string(v, ret_len);
	if (!text)
		*ret_len = 0;
	return text ? text : "";
}

/* What a record says: an InformationalRecord's message, an InformationRecord's data. */
static const char *message_of(int type, const winch_value *v, size_t *ret_len)
{
	if (type != WINCH_EVENT_INFORMATION) {
		const winch_value *m = winch_value_member(v, "InformationalRecord_Message");
		return text_of(m ? m : v, ret_len);
	}
	const winch_value *data = winch_value_member(v, "MessageData");
	const winch_value *message = winch_value_member(data, "Message");
	return text_of(message ? message : data, ret_len);
}

void streams_expect_twin(struct streams *s, int type, const winch_value *value)
{
	size_t len;
	const char *text = message_of(type, value, &len);

	s->twin[type].len = 0;
	text_put(&s->twin[type], text, len);
	s->has_twin[type] = true;
}

bool streams_is_twin(struct streams *s, int type, const char *text, size_t len)
{
	bool same = s->has_twin[type] && s->twin[type].len == len &&
		    memcmp(s->twin[type].data, text, len) == 0;

	if (same)
		s->has_twin[type] = false;
	return same;
}

void streams_record(struct streams *s, int type, const winch_value *value)
{
	size_t len;

	switch (type) {
	case WINCH_EVENT_ERROR:
		streams_error(s, value);
		return;
	case WINCH_EVENT_WARNING:
	case WINCH_EVENT_VERBOSE:
	case WINCH_EVENT_DEBUG: {
		const char *text = message_of(type, value, &len);
		AUTO(text_done) struct text line = { 0 };
		fresh_line(s);
		text_str(&line, looks[type].prefix);
		text_put(&line, text, len);
		streams_write(s, looks[type].sgr, line.data, line.len, true);
		streams_expect_twin(s, type, value);
		return;
	}
	case WINCH_EVENT_PROGRESS:
		progress_record(value);
		return;
	default:
		/* Information that PowerShell would show comes as a host call, too; with
		 * $InformationPreference SilentlyContinue only the record comes. */
		return;
	}
}

void streams_error(struct streams *s, const winch_value *record)
{
	fresh_line(s);
	error_view_put(&s->out, record, &s->view);
	text_char(&s->out, '\n');
}
