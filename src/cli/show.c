/*
 * show.c - JSON, CLIXML or text of what arrived.
 */
#include "src/cli/show.h"

#include <string.h>

char *show_quoted(const char *text)
{
	winch_value *value = winch_value_new_string(text, strlen(text), NULL);
	char *json = NULL, *copy;
	size_t len;

	/* It lacks memory, or is not UTF-8: then it says nothing. */
	if (!value || winch_value_to_json(value, NULL, &json, &len, NULL) < 0)
		copy = must_strdup("null");
	else
		copy = must_strndup(json, len);
	winch_text_free(json);
	winch_value_free(value);
	return copy;
}

/* {"host":H,"stream":NAME,"value":...}, as far as host and stream are asked for. */
static int put_json(struct job *j, const char *stream, winch_event *ev, winch_error *err)
{
	bool tagged = j->task->tagged;
	const char *json;
	size_t len;
	int r = winch_event_json(ev, &j->task->json, &json, &len, err);

	if (r < 0)
		return r;
	if (!tagged && !j->tag) {
		output_item(j->task->output, json, len);
		return 0;
	}
	AUTO(text_done) struct text line = { 0 };
	text_char(&line, '{');
	if (j->tag)
		text_printf(&line, "\"host\":%s,", j->tag);
	if (tagged)
		text_printf(&line, "\"stream\":\"%s\",", stream);
	text_str(&line, "\"value\":");
	text_put(&line, json, len);
	text_char(&line, '}');
	output_item(j->task->output, line.data, line.len);
	return 0;
}

void show_status(struct job *j)
{
	AUTO(free_auto) char *error = j->status && j->error ? show_quoted(j->error) : NULL;
	AUTO(free_auto)
	char *line = must_printf("{\"host\":%s,\"status\":%d,\"error\":%s}", j->tag, j->status,
				 error ? error : "null");

	output_item(j->task->output, line, strlen(line));
}

/* A text that is no JSON: with several targets each of its lines begins with the host. */
static void put_text(struct job *j, const char *text, size_t len)
{
	AUTO(text_done) struct text lines = { 0 };

	if (!j->tag) {
		output_item(j->task->output, text, len);
		return;
	}
	for (const char *end = text + len; text <= end; text++) {
		const char *feed = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
		feed = feed ? feed : end;
		text_printf(&lines, "%s%s: ", lines.len ? "\n" : "", j->connection.title);
		text_put(&lines, text, (size_t)(feed - text));
		text = feed;
	}
	output_item(j->task->output, lines.data, lines.len);
}

/* ToString as PowerShell gives it: what came with the object, True and False, a type's
 * name where nothing came. */
static int put_to_string(struct job *j, winch_event *ev, winch_error *err)
{
	const winch_value *value;
	size_t len;
	bool truth;
	int r = winch_event_value(ev, &value, err);

	if (r < 0)
		return r;
	const char *text = winch_value_to_string(value, &len);
	if (!text) {
		text = winch_value_type(value, 0);
		len = text ? strlen(text) : 0;
	} else if (strcmp(winch_value_tag(value), "B") == 0 && winch_value_bool(value, &truth)) {
		text = truth ? "True" : "False";
		len = strlen(text);
	}
	put_text(j, text ? text : "", len);
	return 0;
}

/* As it came; one value a line, so a value of several lines is written anew. */
static int put_clixml(struct job *j, winch_event *ev, winch_error *err)
{
	size_t len;
	const char *text = winch_event_clixml(ev, &len);

	if (len == 0) {
		put_text(j, "<Nil />", 7);
		return 0;
	}
	if (!memchr(text, '\n', len)) {
		put_text(j, text, len);
		return 0;
	}
	const winch_value *value;
	char *anew;
	int r = winch_event_value(ev, &value, err);
	if (r == 0)
		r = winch_value_to_clixml(value, &anew, &len, err);
	if (r < 0)
		return r;
	put_text(j, anew, len);
	winch_text_free(anew);
	return 0;
}

int show_output(struct job *j, winch_event *ev, winch_error *err)
{
	enum output_format format = j->task->output->format;

	if (format == OUTPUT_TOSTRING || format == OUTPUT_TEXT)
		return put_to_string(j, ev, err);
	if (format == OUTPUT_CLIXML)
		return put_clixml(j, ev, err);
	return put_json(j, "output", ev, err);
}

int show_record(struct job *j, winch_event *ev, winch_error *err)
{
	const winch_value *value;
	int type = winch_event_type(ev);
	int r = winch_event_value(ev, &value, err);

	if (r < 0)
		return r;
	if (!j->task->tagged) {
		streams_record(&j->streams, type, value);
		return 0;
	}
	streams_expect_twin(&j->streams, type, value);
	return put_json(j, streams_name(type), ev, err);
}

int show_failure(struct job *j, winch_event *ev, winch_error *err)
{
	const winch_value *value;

	if (j->task->tagged)
		return put_json(j, "error", ev, err);
	int r = winch_event_value(ev, &value, err);
	if (r == 0)
		streams_error(&j->streams, value);
	return r;
}
