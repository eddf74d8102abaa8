/*
 * run.c - winch run: what is local is read and checked before anything is sent.
 */
#include "src/cli/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/connection.h"
#include "src/cli/log.h"
#include "src/cli/loop.h"
#include "src/cli/parameters.h"
#include "src/cli/script.h"
#include "src/cli/signals.h"

enum { CLOSE_MS = 5000, CLOSE_AFTER_STOP_MS = 1000 };

struct run {
	const struct options *options;
	struct connection connection;
	struct text script;
	winch_pipeline *pipeline;
	struct input input;
	struct output output;
	struct streams streams;
	struct host host;
	struct log_sinks log;
	winch_session *session;
	int timeout_ms;
	int64_t due;
};

/* TARGET... and -: one target, and where the script comes from. */
static int read_operands(struct run *run, const char **ret_target, bool *ret_stdin)
{
	const struct options *o = run->options;
	size_t targets = 0;

	*ret_stdin = false;
	for (size_t i = 0; i < o->operand_count; i++) {
		if (strcmp(o->operands[i], "-") == 0) {
			*ret_stdin = true;
			continue;
		}
		*ret_target = o->operands[i];
		if (++targets > 1)
			return refuse("several targets: not yet (%s, %s)", o->operands[i - 1],
				      o->operands[i]);
	}
	return targets ? 0 : refuse("no TARGET; see 'winch help run'");
}

/* stdin can be one thing only. */
static int check_stdin(const struct options *o, bool script)
{
	const char *file = options_get(o, OPTION_FILE), *input = options_get(o, OPTION_INPUT);
	const char *fd = options_get(o, OPTION_PASSWORD_FD);
	int uses = script || (file && strcmp(file, "-") == 0);

	uses += input && strcmp(input, "-") == 0;
	uses += fd && strcmp(fd, "0") == 0;
	return uses > 1 ? refuse("stdin can be only one of script, --input and --password-fd") : 0;
}

static int make_pipeline(struct run *run)
{
	winch_pipeline_options options = WINCH_PIPELINE_OPTIONS_INIT;

	options.has_input = run->input.given;
	options.add_to_history = options_has(run->options, OPTION_HISTORY);
	run->pipeline = winch_pipeline_new(&options);
	if (!run->pipeline ||
	    winch_pipeline_add_script(run->pipeline, run->script.data, run->script.len, false) < 0)
		return refuse("out of memory");
	return parameters_add(run->pipeline, run->options);
}

static int check_output(struct run *run)
{
	bool json = run->output.format != OUTPUT_CLIXML && run->output.format != OUTPUT_TOSTRING;

	if (options_has(run->options, OPTION_STREAMS) && !json)
		return refuse("--streams needs -o ndjson, json or typed");
	return 0;
}

/* All that can be wrong here. */
static int prepare(struct run *run)
{
	const struct options *o = run->options;
	const char *target = NULL;
	bool from_stdin;
	int status = read_operands(run, &target, &from_stdin);

	if (status == 0)
		status = check_stdin(o, from_stdin);
	if (status == 0)
		status = output_init(&run->output, o);
	if (status == 0)
		status = check_output(run);
	if (status == 0)
		status = options_seconds(o, OPTION_TIMEOUT, &run->timeout_ms);
	if (status == 0)
		status = connection_read(&run->connection, o, target);
	if (status == 0)
		status = input_open(&run->input, o);
	if (status == 0)
		status = script_read(&run->script, o, from_stdin);
	if (status == 0)
		status = make_pipeline(run);
	return status ? status : log_open(&run->log, o);
}

static int open_session(struct run *run)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_session_options options;
	winch_host_info info;

	int status = connection_ask(&run->connection, run->options);
	if (status)
		return status;
	connection_options(&run->connection, &options);
	host_init(&run->host, run->connection.title);
	host_info(&run->host, &info);
	options.pool.host = &info;
	options.log_level = log_level(&run->log);
	options.log = log_write;
	options.log_user = &run->log;
	run->due = run->timeout_ms ? now_ms() + run->timeout_ms : -1;
	run->session = winch_session_new(&options, &err);
	connection_wipe(&run->connection);
	if (!run->session || winch_session_open(run->session, &err) < 0)
		return status_tell(&run->connection.attempt, &err);
	return 0;
}

static void close_session(struct run *run, int status)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	bool hurry =
		status == STATUS_INTERRUPTED || status == STATUS_TIMEOUT || status == STATUS_CLOSED;

	signals_name_shell(winch_session_shell_id(run->session));
	/* After a failure the shell is deleted where that is still possible; what goes wrong
	 * then is no news. */
	int r = winch_session_close(run->session, hurry ? CLOSE_AFTER_STOP_MS : CLOSE_MS, &err);
	if (r == WINCH_E_TIMEOUT || (r < 0 && status == STATUS_DONE))
		complain("%s: shell %s may stay until its idle time-out: %s", run->connection.title,
			 winch_session_shell_id(run->session), winch_error_text(&err));
}

static int run_pipeline(struct run *run)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct loop loop = {
		.session = run->session,
		.pool = winch_session_pool(run->session),
		.input = &run->input,
		.output = &run->output,
		.streams = &run->streams,
		.host = &run->host,
		.attempt = &run->connection.attempt,
		.json = WINCH_JSON_OPTIONS_INIT,
		.tagged = options_has(run->options, OPTION_STREAMS),
		.due = run->due,
	};

	if (run->output.format == OUTPUT_TYPED)
		loop.json.mode = WINCH_JSON_TYPED;
	if (run->output.big_as_strings)
		loop.json.big_numbers = WINCH_JSON_BIG_AS_STRINGS;
	signals_watch(run->session, run->connection.title);
	if (run->timeout_ms)
		signals_limit(run->timeout_ms + STOP_MS + 1000, STATUS_TIMEOUT);
	if (winch_pool_invoke(loop.pool, run->pipeline, &loop.id, &err) < 0)
		return status_tell(loop.attempt, &err);
	return loop_run(&loop);
}

static void run_done(struct run *run)
{
	signals_watch(NULL, "");
	winch_session_free(run->session);
	winch_pipeline_free(run->pipeline);
	input_close(&run->input);
	output_done(&run->output);
	streams_done(&run->streams);
	log_close(&run->log);
	text_done(&run->script);
	connection_done(&run->connection);
}

int run_command(const struct options *o)
{
	struct run run = { .options = o,
			   .input = { .fd = -1 },
			   .log = { .file = -1, .trace = -1 } };

	streams_init(&run.streams);
	int status = prepare(&run);
	if (status == 0)
		status = open_session(&run);
	if (status == 0) {
		status = run_pipeline(&run);
		close_session(&run, status);
	}
	run_done(&run);
	return status;
}
