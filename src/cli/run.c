/*
 * run.c - winch run: what is local is read and checked before anything is sent.
 */
#include "src/cli/run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/asker.h"
#include "src/cli/fleet.h"
#include "src/cli/parameters.h"
#include "src/cli/script.h"
#include "src/cli/settings.h"
#include "src/cli/terminal.h"
#include "src/cli/text-view.h"

enum { THROTTLE = 32, THROTTLE_MAX = 10000 };

struct run {
	const struct options *options;
	struct targets targets;
	struct config config;
	struct answers answers;
	struct known_hosts known;
	struct fleet fleet;
	struct text script;
	winch_pipeline *pipeline, *ask_code;
	struct log_sinks log;
};

/* stdin can be one thing only. */
static int check_stdin(const struct options *o, const struct targets *t)
{
	const char *file = options_get(o, OPTION_FILE), *input = options_get(o, OPTION_INPUT);
	const char *fd = options_get(o, OPTION_PASSWORD_FD);
	const char *proxy_fd = options_get(o, OPTION_PROXY_PASSWORD_FD);
	int uses = t->script_stdin || (file && strcmp(file, "-") == 0);

	uses += input && strcmp(input, "-") == 0;
	uses += fd && strcmp(fd, "0") == 0;
	uses += proxy_fd && strcmp(proxy_fd, "0") == 0;
	uses += t->file_stdin;
	uses += parameters_use_stdin(o);
	return uses > 1 ? refuse("stdin can be only one of script, @-, --input, --password-fd and "
				 "-P NAME?fd:0")
			: 0;
}

static int make_pipeline(struct run *run)
{
	winch_pipeline_options options = WINCH_PIPELINE_OPTIONS_INIT;

	options.has_input = options_has(run->options, OPTION_INPUT);
	options.add_to_history = options_has(run->options, OPTION_HISTORY);
	run->pipeline = winch_pipeline_new(&options, NULL);
	if (!run->pipeline || (!options_has(run->options, OPTION_COMMAND) &&
			       winch_pipeline_add_script(run->pipeline, run->script.data,
							 run->script.len, false) < 0))
		return refuse("out of memory");
	int status = parameters_add(run->pipeline, run->options);
	const struct output *out = &run->fleet.output;
	if (status == 0 && out->format == OUTPUT_TEXT &&
	    text_view_add(run->pipeline, run->options, out->colour) < 0)
		return refuse("out of memory");
	return status;
}

static int add_get_variable(winch_pipeline *p)
{
	int r = winch_pipeline_add_command(p, "Get-Variable");

	if (r == 0)
		r = parameter_add(p, "Name", winch_value_new_string("LASTEXITCODE", 12, NULL));
	if (r == 0)
		r = parameter_add(p, "Scope", winch_value_new_string("Global", 6, NULL));
	if (r == 0)
		r = parameter_add(p, "ErrorAction", winch_value_new_string("Ignore", 6, NULL));
	return r < 0 ? r : parameter_add(p, "ValueOnly", winch_value_new_bool(true, NULL));
}

/* --exit-code.  Where no script text is sent, none is sent for this. */
static int make_ask_code(struct run *run)
{
	static const char script[] = "$global:LASTEXITCODE";

	if (!options_has(run->options, OPTION_EXIT_CODE))
		return 0;
	winch_pipeline *p = run->ask_code = winch_pipeline_new(NULL, NULL);
	int r = !p ? WINCH_E_NOMEM
		: options_has(run->options, OPTION_COMMAND)
			? add_get_variable(p)
			: winch_pipeline_add_script(p, script, sizeof(script) - 1, false);
	return r < 0 ? refuse("out of memory") : 0;
}

/* What all targets have in common. */
static int make_task(struct run *run)
{
	const struct options *o = run->options;
	struct task *task = &run->fleet.task;
	struct output *out = &run->fleet.output;
	int status = output_init(out, o);

	if (status == 0)
		status = terminal_check(o);
	if (status)
		return status;
	if (options_has(o, OPTION_STREAMS) && !output_is_json(out))
		return refuse("--streams needs -o ndjson, json or typed");
	*task = (struct task){ .options = o,
			       .output = out,
			       .log = &run->log,
			       .key_pair = winch_key_pair_new(NULL),
			       .json = WINCH_JSON_OPTIONS_INIT,
			       .tagged = options_has(o, OPTION_STREAMS),
			       .alone = run->targets.count == 1 && !run->targets.any_file,
			       .exit_code = options_has(o, OPTION_EXIT_CODE) };
	if (out->format == OUTPUT_TYPED)
		task->json.mode = WINCH_JSON_TYPED;
	if (out->big_as_strings)
		task->json.big_numbers = WINCH_JSON_BIG_AS_STRINGS;
	return options_seconds(o, OPTION_TIMEOUT, &task->timeout_ms);
}

/* A target each, with all that is wrong with it told. */
static int make_jobs(struct run *run)
{
	struct fleet *f = &run->fleet;
	int status = 0;

	f->count = run->targets.count;
	f->jobs = must_alloc(f->count * sizeof(*f->jobs));
	for (size_t i = 0; i < f->count; i++) {
		struct job *j = &f->jobs[i];
		int r = connection_read(&j->connection, run->options, &run->config,
					&run->targets.lines[i]);
		job_init(j, &f->task);
		status = status ? status : r;
	}
	return status;
}

static int read_throttle(struct run *run)
{
	struct fleet *f = &run->fleet;
	int throttle = THROTTLE;
	int status = options_number(run->options, OPTION_THROTTLE, 1, THROTTLE_MAX, &throttle);

	f->throttle = f->count < (size_t)throttle ? f->count : (size_t)throttle;
	return status;
}

static int open_input(struct run *run)
{
	if (run->fleet.task.alone)
		return input_open(&run->fleet.jobs[0].input, run->options);
	return input_check(run->options);
}

/* Who is given away, or not looked at. */
static void warn(const struct run *run)
{
	const struct fleet *f = &run->fleet;
	const char *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++) {
		if (!connection_is_insecure(&f->jobs[i].connection))
			continue;
		first = first ? first : f->jobs[i].connection.target.host;
		count++;
	}
	if (count == 1)
		complain("--insecure: the certificate of %s is not verified", first);
	else if (count > 1)
		complain("--insecure: the certificates of %s and %zu more are not verified", first,
			 count - 1);
}

/* The file of known hosts is read where a target needs it. */
static int read_known_hosts(struct run *run)
{
	struct fleet *f = &run->fleet;
	int status = 0;

	for (size_t i = 0; i < f->count && status == 0; i++) {
		struct connection *c = &f->jobs[i].connection;
		if (!connection_asks_known_hosts(c))
			continue;
		if (!run->known.path)
			status = known_hosts_read(&run->known);
		connection_trust(c, &run->known);
	}
	return status;
}

static int ask(struct run *run)
{
	struct fleet *f = &run->fleet;
	int status = 0;

	for (size_t i = 0; i < f->count && status == 0; i++)
		status = connection_ask(&f->jobs[i].connection, &run->answers, f->count - 1);
	password_forget();
	if (status || options_has(run->options, OPTION_KEEP_TRYING))
		return status;
	for (size_t i = 0; i < f->count; i++)
		connection_share(&f->jobs[i].connection, &run->answers.logins);
	return 0;
}

/* All that can be wrong here. */
static int prepare(struct run *run)
{
	const struct options *o = run->options;
	int status = check_stdin(o, &run->targets);

	if (status == 0 && options_has(o, OPTION_INTERACTIVE))
		status = asker_begin();
	if (status == 0)
		status = read_throttle(run);
	if (status == 0)
		status = open_input(run);
	if (status == 0)
		status = script_read(&run->script, o, run->targets.script_stdin);
	if (status == 0)
		status = make_pipeline(run);
	if (status == 0)
		status = make_ask_code(run);
	if (status == 0)
		status = read_known_hosts(run);
	if (status == 0)
		status = log_open(&run->log, &run->fleet.jobs[0].connection.options);
	if (status)
		return status;
	run->fleet.task.pipeline = run->pipeline;
	run->fleet.task.ask_code = run->ask_code;
	warn(run);
	return ask(run);
}

/* -G: the settings of each target. */
static int show_settings(const struct run *run)
{
	AUTO(text_done) struct text page = { 0 };

	for (size_t i = 0; i < run->fleet.count; i++)
		settings_put(&page, &run->fleet.jobs[i].connection);
	return write_all(STDOUT_FILENO, page.data, page.len) < 0 ? STATUS_CLOSED : 0;
}

static void run_done(struct run *run)
{
	asker_end();
	for (size_t i = 0; i < run->fleet.count; i++)
		job_done(&run->fleet.jobs[i]);
	free(run->fleet.jobs);
	answers_done(&run->answers);
	known_hosts_done(&run->known);
	config_done(&run->config);
	targets_done(&run->targets);
	winch_pipeline_free(run->pipeline);
	winch_pipeline_free(run->ask_code);
	winch_key_pair_free(run->fleet.task.key_pair);
	output_done(&run->fleet.output);
	log_close(&run->log);
	text_done(&run->script);
}

int run_command(const struct options *o)
{
	struct run run = { .options = o, .log = { .file = -1, .trace = -1 } };

	int status = targets_read(&run.targets, o);
	if (status == 0)
		status = config_read(&run.config);
	if (status == 0)
		status = make_task(&run);
	if (status == 0)
		status = make_jobs(&run);
	bool show = options_has(o, OPTION_SHOW_CONFIG);
	if (status == 0)
		status = show ? show_settings(&run) : prepare(&run);
	if (status && options_has(o, OPTION_EXIT_CODE))
		status = STATUS_OURS;
	else if (status == 0 && !show)
		status = fleet_run(&run.fleet);
	run_done(&run);
	return status;
}
