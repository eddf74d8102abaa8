/*
 * driver.c - a session told by lines on stdin, for recorded hosts: one step a line,
 * one line of JSON for each thing that happened.  tests/replay/README says the steps.
 */
#include <winch/session.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/replay/stray.h"

enum { HOST_METHODS = 57, NO_ANSWER = -100 };

struct driver {
	winch_session_options opts;
	winch_pool_options pool;
	winch_host_info host;
	winch_value *arguments;
	winch_session *session;
	winch_pipeline_options popts;
	winch_pipeline *pipeline;
	winch_value *inputs[100];
	size_t input_count, input_next;
	winch_value *answers[HOST_METHODS];
	winch_json_options json;
	const char *url;
};

static void print_failed(const char *what, const winch_error *err)
{
	printf("{\"event\":\"failed\",\"what\":\"%s\",\"status\":%d,\"fault\":%u}\n", what,
	       err ? err->status : 0, err ? err->fault : 0);
	fprintf(stderr, "%s: %s\n", what, winch_error_text(err));
}

static void die(const char *what, const winch_error *err)
{
	print_failed(what, err);
	fflush(stdout);
	exit(1);
}

static winch_value *from_json(int how, const char *text)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_value *v = winch_value_from_json(how, text, strlen(text), &err);

	if (!v)
		die(text, &err);
	return v;
}

static const char *const names[] = {
	[WINCH_EVENT_POOL_STATE] = "pool-state",
	[WINCH_EVENT_PRIVATE_DATA] = "private-data",
	[WINCH_EVENT_OUTPUT] = "output",
	[WINCH_EVENT_ERROR] = "error",
	[WINCH_EVENT_WARNING] = "warning",
	[WINCH_EVENT_VERBOSE] = "verbose",
	[WINCH_EVENT_DEBUG] = "debug",
	[WINCH_EVENT_INFORMATION] = "information",
	[WINCH_EVENT_PROGRESS] = "progress",
	[WINCH_EVENT_PIPELINE_STATE] = "pipeline-state",
	[WINCH_EVENT_HOST_CALL] = "host-call",
	[WINCH_EVENT_INPUT_ROOM] = "input-room",
	[WINCH_EVENT_AVAILABILITY] = "availability",
	[WINCH_EVENT_USER_EVENT] = "user-event",
	[WINCH_EVENT_SESSION_KEY] = "session-key",
};

static void print_event(const struct driver *d, winch_event *ev)
{
	winch_error err = WINCH_ERROR_INIT;
	const char *json = "null";
	size_t len = 4;

	if (winch_event_has_value(ev) && winch_event_json(ev, &d->json, &json, &len, &err) < 0)
		die("json", &err);
	printf("{\"event\":\"%s\",\"state\":%d,\"method\":%d,\"value\":%.*s}\n",
	       names[winch_event_type(ev)], winch_event_state(ev), winch_event_method(ev), (int)len,
	       json);
}

/* As a host does: what returns something is answered, or refused. */
static void answer(struct driver *d, const winch_event *ev)
{
	winch_pool *pool = winch_session_pool(d->session);
	winch_error err = WINCH_ERROR_INIT;
	winch_guid id = winch_event_pipeline(ev);
	int method = winch_event_method(ev);
	const winch_value *v = method < HOST_METHODS ? d->answers[method] : NULL;

	if (winch_event_call(ev) == NO_ANSWER)
		return;
	int r = v ? winch_pool_answer(pool, &id, winch_event_call(ev), v, &err)
		  : winch_pool_refuse(pool, &id, winch_event_call(ev), "not here", &err);
	if (r < 0)
		die("answer", &err);
}

/* The text of a SecureString that came as output: the key is here, for the server had it. */
static void print_secure(const struct driver *d, winch_event *ev)
{
	winch_error err = WINCH_ERROR_INIT;
	const winch_value *v;
	winch_value *open;
	size_t len;

	if (winch_event_type(ev) != WINCH_EVENT_OUTPUT)
		return;
	if (winch_event_value(ev, &v, &err) < 0)
		die("value", &err);
	if (strcmp(winch_value_tag(v), "SS") != 0)
		return;
	if (winch_pool_open_secure(winch_session_pool(d->session), v, &open, &err) != 0)
		die("open-secure", &err);
	const char *text = winch_value_secure_text(open, &len);
	printf("{\"event\":\"secure\",\"value\":\"%.*s\"}\n", (int)len, text);
	winch_value_free(open);
}

static winch_event *next(struct driver *d)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_event *ev;
	int r = winch_session_next(d->session, 30000, &ev, &err);

	if (r < 0)
		die("next", &err);
	if (r == 0)
		die("nothing came for 30 s", NULL);
	print_event(d, ev);
	print_secure(d, ev);
	if (winch_event_type(ev) == WINCH_EVENT_HOST_CALL)
		answer(d, ev);
	return ev;
}

static void open_session(struct driver *d)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_event *ev;

	d->opts.url = d->url;
	d->opts.auth = WINCH_AUTH_NONE;
	d->opts.allow_cleartext = true;
	d->pool.host = &d->host;
	d->pool.application_arguments = d->arguments;
	d->opts.pool = &d->pool;
	d->session = winch_session_new(&d->opts, &err);
	if (!d->session || winch_session_open(d->session, &err) < 0)
		die("open", &err);
	do
		ev = next(d);
	while (winch_event_type(ev) != WINCH_EVENT_POOL_STATE ||
	       winch_event_state(ev) != WINCH_POOL_OPENED);
	printf("{\"event\":\"opened\",\"minor\":%d}\n",
	       winch_pool_protocol_minor(winch_session_pool(d->session)));
}

/* All that the queue takes now, and the end of input behind the last. */
static void feed(struct driver *d, const winch_guid *id)
{
	winch_pool *pool = winch_session_pool(d->session);
	winch_error err = WINCH_ERROR_INIT;

	while (d->input_next < d->input_count) {
		int r = winch_pool_input(pool, id, d->inputs[d->input_next], &err);
		if (r < 0)
			die("input", &err);
		if (r > 0)
			return;
		d->input_next++;
	}
	winch_pool_end_input(pool, id);
}

static winch_pipeline *pipeline(struct driver *d)
{
	if (!d->pipeline)
		d->pipeline = winch_pipeline_new(&d->popts, NULL);
	return d->pipeline;
}

static void run(struct driver *d)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_guid id;
	winch_event *ev;

	if (winch_pool_invoke(winch_session_pool(d->session), pipeline(d), &id, &err) < 0)
		die("invoke", &err);
	if (d->popts.has_input)
		feed(d, &id);
	do {
		ev = next(d);
		if (winch_event_type(ev) == WINCH_EVENT_INPUT_ROOM)
			feed(d, &id);
	} while (winch_event_type(ev) != WINCH_EVENT_PIPELINE_STATE);
	winch_pipeline_free(d->pipeline);
	d->pipeline = NULL;
	for (size_t i = 0; i < d->input_count; i++)
		winch_value_free(d->inputs[i]);
	d->input_count = d->input_next = 0;
	d->popts = (winch_pipeline_options)WINCH_PIPELINE_OPTIONS_INIT;
}

/* The pipeline never ends: the session fails before, and can still be closed. */
static void run_to_failure(struct driver *d)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_guid id;
	winch_event *ev;
	int r;

	if (winch_pool_invoke(winch_session_pool(d->session), pipeline(d), &id, &err) < 0)
		die("invoke", &err);
	while ((r = winch_session_next(d->session, 30000, &ev, &err)) > 0)
		print_event(d, ev);
	if (r == 0)
		die("nothing came for 30 s", NULL);
	print_failed("run-to-failure", &err);
	winch_error_done(&err);
}

static void close_session(struct driver *d)
{
	winch_error err = WINCH_ERROR_INIT;

	if (winch_session_close(d->session, 10000, &err) < 0)
		die("close", &err);
	printf("{\"event\":\"closed\",\"state\":%d,\"requests\":%llu}\n",
	       winch_pool_state(winch_session_pool(d->session)),
	       (unsigned long long)winch_session_request_count(d->session));
	winch_session_free(d->session);
	d->session = NULL;
}

static void host(struct driver *d, const char *kind)
{
	d->host.has_host = strcmp(kind, "none") != 0;
	d->host.has_raw_ui = strcmp(kind, "raw-ui") == 0;
	d->host.foreground = 15;
	d->host.background = 9;
	d->host.width = d->host.height = 80;
	d->host.buffer_width = d->host.buffer_height = 80;
	d->host.title = "a window";
}

static void option(struct driver *d, const char *name, const char *value)
{
	if (strcmp(name, "protocol") == 0)
		d->pool.protocol_minor = atoi(value);
	else if (strcmp(name, "no-profile") == 0)
		d->opts.no_profile = true;
	else if (strcmp(name, "max-envelope") == 0)
		d->opts.max_envelope = (size_t)atol(value);
	else if (strcmp(name, "idle-timeout") == 0)
		d->opts.idle_timeout_ms = atoi(value);
	else if (strcmp(name, "key-timeout") == 0)
		d->opts.key_timeout_ms = atoi(value);
	else if (strcmp(name, "host") == 0)
		host(d, value);
	else if (strcmp(name, "all-lanes") == 0)
		d->opts.all_lanes = true;
	else if (strcmp(name, "typed") == 0)
		d->json.mode = WINCH_JSON_TYPED;
	else
		die(name, NULL);
}

/* What takes a value: WINCH_FROM_PLAIN for scripts, else as parameters are. */
static int value_step(struct driver *d, const char *step, char *rest)
{
	bool secure = strcmp(step, "secure") == 0;
	const char *name = NULL;
	size_t len;
	int r;

	if (strcmp(step, "parameter") == 0 || secure)
		name = strtok_r(rest, " ", &rest);
	else if (strcmp(step, "script") != 0 && strcmp(step, "argument") != 0)
		return 1;
	winch_value *v = from_json(WINCH_FROM_PARAMETER, rest);
	if (strcmp(step, "script") == 0) {
		const char *text = winch_value_text(v, &len);
		r = winch_pipeline_add_script(pipeline(d), text, len, false);
	} else if (secure) {
		const char *text = winch_value_text(v, &len);
		winch_value *s = winch_value_new_secure(text, len, NULL);
		r = winch_pipeline_add_parameter(pipeline(d), name, s);
		winch_value_free(s);
	} else {
		r = winch_pipeline_add_parameter(pipeline(d), name, v);
	}
	winch_value_free(v);
	return r;
}

static int pipeline_step(struct driver *d, const char *step, char *rest)
{
	if (strcmp(step, "set") == 0) {
		d->popts.add_to_history |= strcmp(rest, "history") == 0;
		d->popts.no_invocation_info |= strcmp(rest, "no-invocation-info") == 0;
		d->popts.has_input |= strcmp(rest, "input") == 0;
		return 0;
	}
	if (strcmp(step, "input") == 0) {
		d->inputs[d->input_count++] = from_json(WINCH_FROM_PARAMETER, rest);
		return 0;
	}
	if (strcmp(step, "command") == 0)
		return winch_pipeline_add_command(pipeline(d), rest);
	if (strcmp(step, "statement") == 0)
		return winch_pipeline_add_statement(pipeline(d));
	if (strcmp(step, "merge") == 0) {
		unsigned from = (unsigned)strtoul(rest, &rest, 10);
		return winch_pipeline_merge(pipeline(d), from, atoi(rest));
	}
	return value_step(d, step, rest);
}

static void take_step(struct driver *d, char *line)
{
	char *rest = line;
	const char *step = strtok_r(line, " ", &rest);

	if (!step)
		return;
	if (strcmp(step, "option") == 0) {
		const char *name = strtok_r(rest, " ", &rest);
		option(d, name, rest);
	} else if (strcmp(step, "arguments") == 0) {
		d->arguments = from_json(WINCH_FROM_TYPED, rest);
	} else if (strcmp(step, "answer") == 0) {
		long method = strtol(rest, &rest, 10);
		if (method < 1 || method >= HOST_METHODS || d->answers[method])
			die(step, NULL);
		d->answers[method] = from_json(WINCH_FROM_TYPED, rest);
	} else if (strcmp(step, "config") == 0) {
		d->opts.max_envelope = stray_config(d->url);
	} else if (strcmp(step, "stray-receive") == 0) {
		stray_receive(d->url, winch_session_shell_id(d->session));
	} else if (strcmp(step, "get-shell") == 0) {
		stray_get_shell(d->url, winch_session_shell_id(d->session));
	} else if (strcmp(step, "open") == 0) {
		open_session(d);
	} else if (strcmp(step, "run") == 0) {
		run(d);
	} else if (strcmp(step, "run-to-failure") == 0) {
		run_to_failure(d);
	} else if (strcmp(step, "close") == 0) {
		close_session(d);
	} else if (pipeline_step(d, step, rest) != 0) {
		die(step, NULL);
	}
}

int main(int argc, char **argv)
{
	struct driver d = { .opts = WINCH_SESSION_OPTIONS_INIT,
			    .pool = WINCH_POOL_OPTIONS_INIT,
			    .popts = WINCH_PIPELINE_OPTIONS_INIT,
			    .json = WINCH_JSON_OPTIONS_INIT };
	char *line = NULL;
	size_t cap = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: driver URL < STEPS\n");
		return 2;
	}
	d.url = argv[1];
	d.host = (winch_host_info){ .size = sizeof(d.host), .has_host = true };
	while (getline(&line, &cap, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		take_step(&d, line);
	}
	free(line);
	winch_value_free(d.arguments);
	for (size_t i = 0; i < HOST_METHODS; i++)
		winch_value_free(d.answers[i]);
	winch_session_free(d.session);
	winch_pipeline_free(d.pipeline);
	return 0;
}
