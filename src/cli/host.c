/*
 * host.c - the 56 host methods (MS-PSRP 2.2.3.17), for a program that runs unattended, or nearly
 * so.
 */
#include "src/cli/host.h"

#include <string.h>
#include <unistd.h>

#include "src/cli/terminal.h"

enum { NO_ANSWER = -100, GRAY = 7, BLACK = 0 };

enum method {
	GET_NAME = 1,
	GET_VERSION = 2,
	GET_INSTANCE_ID = 3,
	GET_CULTURE = 4,
	GET_UI_CULTURE = 5,
	SET_SHOULD_EXIT = 6,
	READ_LINE = 11,
	READ_SECRET = 12,
	WRITE_1 = 13,
	WRITE_2 = 14,
	WRITE_LINE_1 = 15,
	WRITE_LINE_2 = 16,
	WRITE_LINE_3 = 17,
	WRITE_ERROR = 18,
	WRITE_DEBUG = 19,
	WRITE_VERBOSE = 21,
	WRITE_WARNING = 22,
	PROMPT = 23,
	ASK_CREDENTIAL_1 = 24,
	ASK_CREDENTIAL_2 = 25,
	ASK_CHOICE = 26,
	GET_FOREGROUND = 27,
	GET_BACKGROUND = 29,
	GET_CURSOR = 31,
	GET_POSITION = 33,
	GET_CURSOR_SIZE = 35,
	GET_BUFFER_SIZE = 37,
	GET_WINDOW_SIZE = 39,
	GET_TITLE = 41,
	GET_MAX_SIZE = 43,
	GET_PHYSICAL_SIZE = 44,
	GET_KEY_AVAILABLE = 45,
	READ_KEY = 46,
	GET_PUSHED = 54,
	ASK_CHOICES = 56
};

void host_init(struct host *host, const char *title, const struct options *o)
{
	struct terminal_size size = terminal_size(STDERR_FILENO, o);

	*host = (struct host){ .width = size.width,
			       .height = size.height,
			       .title = title,
			       .interactive = options_has(o, OPTION_INTERACTIVE) };
}

void host_info(const struct host *host, winch_host_info *ret_info)
{
	*ret_info = (winch_host_info){
		.size = sizeof(*ret_info),
		.has_host = true,
		.has_raw_ui = true,
		.foreground = GRAY,
		.background = BLACK,
		.width = host->width,
		.height = host->height,
		.buffer_width = host->width,
		.buffer_height = host->height,
		.title = "winch",
	};
}

/* ConsoleColor 0 to 15 as SGR of a foreground; NULL: the terminal's own. */
static const char *colour_of(const winch_value *v)
{
	static const char *const sgr[] = { "30", "34", "32", "36", "31", "35", "33", NULL,
					   "90", "94", "92", "96", "91", "95", "93", "97" };
	int64_t n;

	return winch_value_int(v, &n) && n >= 0 && n < 16 ? sgr[n] : NULL;
}

static const char *text_of(const winch_value *v, size_t *ret_len)
{
	const char *text = winch_value_text(v, ret_len);

	if (!text)
		*ret_len = 0;
	return text ? text : "";
}

/* Records come as host calls, too; where one was shown, its twin is not. */
static void write_line_of(struct streams *s, int stream, const char *prefix, const winch_value *v)
{
	size_t len;
	const char *text = text_of(v, &len);
	AUTO(text_done) struct text line = { 0 };

	if (streams_is_twin(s, stream, text, len))
		return;
	text_str(&line, prefix);
	text_put(&line, text, len);
	streams_write(s, "33;1", line.data, line.len, true);
}

static void write_text(struct streams *s, const char *sgr, const winch_value *v, bool newline)
{
	size_t len;
	const char *text = text_of(v, &len);

	if (!streams_is_twin(s, WINCH_EVENT_INFORMATION, text, len))
		streams_write(s, sgr, text, len, newline);
}

/* false: it is no method that writes. */
static bool write_call(struct streams *s, int method, const winch_value *list)
{
	const winch_value *first = winch_value_item(list, 0), *third = winch_value_item(list, 2);

	switch (method) {
	case WRITE_1:
	case WRITE_LINE_2:
		write_text(s, NULL, first, method == WRITE_LINE_2);
		return true;
	case WRITE_2:
	case WRITE_LINE_3:
		write_text(s, colour_of(first), third, method == WRITE_LINE_3);
		return true;
	case WRITE_LINE_1:
		streams_write(s, NULL, "", 0, true);
		return true;
	case WRITE_ERROR:
		write_text(s, "31;1", first, true);
		return true;
	case WRITE_DEBUG:
		write_line_of(s, WINCH_EVENT_DEBUG, "DEBUG: ", first);
		return true;
	case WRITE_VERBOSE:
		write_line_of(s, WINCH_EVENT_VERBOSE, "VERBOSE: ", first);
		return true;
	case WRITE_WARNING:
		write_line_of(s, WINCH_EVENT_WARNING, "WARNING: ", first);
		return true;
	default:
		return false;
	}
}

static void put_part(struct text *out, const winch_value *v)
{
	size_t len;
	const char *text = text_of(v, &len);

	if (len == 0)
		return;
	if (out->len > 0)
		text_str(out, out->data[out->len - 1] == ':' ? " " : ": ");
	text_put(out, text, len);
}

/* Caption, message, and the fields or choices of a question. */
static void put_question(struct text *out, const winch_value *list)
{
	put_part(out, winch_value_item(list, 0));
	put_part(out, winch_value_item(list, 1));
	const winch_value *fields = winch_value_item(list, 2);
	for (size_t i = 0; i < winch_value_count(fields); i++) {
		const winch_value *field = winch_value_item(fields, i);
		const winch_value *name = winch_value_member(field, "name");
		put_part(out, name ? name : winch_value_member(field, "label"));
	}
}

static bool is_question(int method)
{
	return method == READ_LINE || method == READ_SECRET || method == READ_KEY ||
	       (method >= PROMPT && method <= ASK_CHOICE) || method == ASK_CHOICES;
}

/* The question's text, and an end of the pipeline, whose call then gets no answer: the server drops
 * it, where an exception might be caught before the stop comes.  Only what is asked outside of a
 * pipeline gets one. */
static int refuse_question(struct host *host, struct streams *s, winch_pool *pool, winch_event *ev,
			   const winch_value *list, winch_error *err)
{
	AUTO(text_done) struct text question = { 0 };
	int method = winch_event_method(ev);
	winch_guid id = winch_event_pipeline(ev);

	/* Read-Host writes its question before it asks. */
	if (method != READ_LINE && method != READ_SECRET && method != READ_KEY)
		put_question(&question, list);
	if (s->mid_line)
		streams_write(s, NULL, "", 0, true);
	if (question.len > 0)
		streams_write(s, NULL, question.data, question.len, true);
	streams_flush(s);
	if (!host->asked)
		complain("%s: the script asks a question, and 'winch run' answers none without "
			 "--interactive: stopped",
			 host->title);
	host->asked = true;
	static const winch_guid of_pool;
	if (memcmp(&id, &of_pool, sizeof(id)) != 0)
		return winch_pool_stop(pool, &id);
	return winch_pool_refuse(pool, &id, winch_event_call(ev), "winch run answers no questions",
				 err);
}

void host_drop_questions(struct host *host)
{
	while (host->questions) {
		struct question *q = host->questions;
		host->questions = q->next;
		question_free(q);
	}
}

/* false: the asker can't ask it. */
static bool keep_question(struct host *host, winch_event *ev, winch_error *err)
{
	struct question **end = &host->questions, *q = question_new(ev, err);

	while (*end)
		end = &(*end)->next;
	*end = q;
	return q != NULL;
}

static winch_value *bag(const char *a, int a_value, const char *b, int b_value, winch_error *err)
{
	AUTO(free_auto)
	char *xml = must_printf("<Obj RefId=\"0\"><MS><I32 N=\"%s\">%d</I32><I32 N=\"%s\">%d</I32>"
				"</MS></Obj>",
				a, a_value, b, b_value);

	return winch_value_from_clixml(xml, strlen(xml), err);
}

/* Servers answer these themselves, from HostInfo; one that asks gets the same.
 * NULL without an error: no such method. */
static winch_value *answer_of(const struct host *host, int method, winch_error *err)
{
	switch (method) {
	case GET_NAME:
	case GET_TITLE:
		return winch_value_new_string("winch", 5, err);
	case GET_VERSION:
		return winch_value_from_clixml("<Version>1.0</Version>", 22, err);
	case GET_CULTURE:
	case GET_UI_CULTURE:
		return winch_value_new_string("en-US", 5, err);
	case GET_FOREGROUND:
		return winch_value_new_int(GRAY, err);
	case GET_BACKGROUND:
		return winch_value_new_int(BLACK, err);
	case GET_CURSOR:
	case GET_POSITION:
		return bag("x", 0, "y", 0, err);
	case GET_CURSOR_SIZE:
		return winch_value_new_int(25, err);
	case GET_BUFFER_SIZE:
	case GET_WINDOW_SIZE:
	case GET_MAX_SIZE:
	case GET_PHYSICAL_SIZE:
		return bag("width", host->width, "height", host->height, err);
	case GET_KEY_AVAILABLE:
	case GET_PUSHED:
		return winch_value_new_bool(false, err);
	default:
		return NULL;
	}
}

static int answer(const struct host *host, winch_pool *pool, winch_event *ev, winch_error *err)
{
	winch_guid id = winch_event_pipeline(ev);
	int64_t call = winch_event_call(ev);

	if (call == NO_ANSWER)
		return 0;
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;
	winch_value *value = answer_of(host, winch_event_method(ev), &why);
	if (!value)
		return winch_pool_refuse(pool, &id, call, "winch run's host can't do that", err);
	int r = winch_pool_answer(pool, &id, call, value, err);
	winch_value_free(value);
	return r;
}

int host_call(struct host *host, struct streams *streams, winch_pool *pool, winch_event *ev,
	      winch_error *err)
{
	int method = winch_event_method(ev);
	const winch_value *list;
	int r = winch_event_value(ev, &list, err);

	if (r < 0)
		return r;
	bool question = is_question(method) && winch_event_call(ev) != NO_ANSWER;
	if (question && host->interactive && keep_question(host, ev, err))
		return 0;
	if (question && !host->interactive)
		return refuse_question(host, streams, pool, ev, list, err);
	if (method == SET_SHOULD_EXIT) {
		int64_t code = 0;
		host->has_exit = winch_value_int(winch_value_item(list, 0), &code);
		host->should_exit = (int)code;
	}
	write_call(streams, method, list);
	return answer(host, pool, ev, err);
}
