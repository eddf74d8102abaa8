/*
 * show.c - JSON, CLIXML or text of what arrived.
 */
#include "src/cli/show.h"

#include <string.h>

/* {"stream":NAME,"value":...} */
static int put_tagged(struct job *j, const char *stream, winch_event *ev, winch_error *err)
{
	const char *json;
	size_t len;
	int r = winch_event_json(ev, &j->task->json, &json, &len, err);

	if (r < 0)
		return r;
	AUTO(text_done) struct text line = { 0 };
	text_printf(&line, "{\"stream\":\"%s\",\"value\":", stream);
	text_put(&line, json, len);
	text_char(&line, '}');
	output_item(j->task->output, line.data, line.len);
	return 0;
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
	output_item(j->task->output, text ? text : "", len);
	return 0;
}

/* As it came; one value a line, so a value of several lines is written anew. */
static int put_clixml(struct job *j, winch_event *ev, winch_error *err)
{
	size_t len;
	const char *text = winch_event_clixml(ev, &len);

	if (len == 0) {
		output_item(j->task->output, "<Nil />", 7);
		return 0;
	}
	if (!memchr(text, '\n', len)) {
		output_item(j->task->output, text, len);
		return 0;
	}
	const winch_value *value;
	char *anew;
	int r = winch_event_value(ev, &value, err);
	if (r == 0)
		r = winch_value_to_clixml(value, &anew, &len, err);
	if (r < 0)
		return r;
	output_item(j->task->output, anew, len);
	winch_text_free(anew);
	return 0;
}

int show_output(struct job *j, winch_event *ev, winch_error *err)
{
	const char *json;
	size_t len;

	if (j->task->tagged)
		return put_tagged(j, "output", ev, err);
	if (j->task->output->format == OUTPUT_TOSTRING)
		return put_to_string(j, ev, err);
	if (j->task->output->format == OUTPUT_CLIXML)
		return put_clixml(j, ev, err);
	int r = winch_event_json(ev, &j->task->json, &json, &len, err);
	if (r < 0)
		return r;
	output_item(j->task->output, json, len);
	return 0;
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
	return put_tagged(j, streams_name(type), ev, err);
}

int show_failure(struct job *j, winch_event *ev, winch_error *err)
{
	const winch_value *value;

	if (j->task->tagged)
		return put_tagged(j, "error", ev, err);
	int r = winch_event_value(ev, &value, err);
	if (r == 0)
		streams_error(&j->streams, value);
	return r;
}
