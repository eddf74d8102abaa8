/*
 * run.c - winch run: what is local is read and checked before anything is sent.
 */
#include "src/cli/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/fleet.h"
#include "src/cli/parameters.h"
#include "src/cli/script.h"

struct run {
	const struct options *options;
	struct fleet fleet;
	struct text script;
	winch_pipeline *pipeline, *ask_code;
	struct log_sinks log;
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

	options.has_input = options_has(run->options, OPTION_INPUT);
	options.add_to_history = options_has(run->options, OPTION_HISTORY);
	run->pipeline = winch_pipeline_new(&options);
	if (!run->pipeline || (!options_has(run->options, OPTION_COMMAND) &&
			       winch_pipeline_add_script(run->pipeline, run->script.data,
							 run->script.len, false) < 0))
		return refuse("out of memory");
	return parameters_add(run->pipeline, run->options);
}

/* The value is freed; NULL is what there was no memory for. */
static int add_value(winch_pipeline *p, const char *name, winch_value *value)
{
	int r = value ? winch_pipeline_add_parameter(p, name, value) : WINCH_E_NOMEM;

	winch_value_free(value);
	return r;
}

static int add_get_variable(winch_pipeline *p)
{
	int r = winch_pipeline_add_command(p, "Get-Variable");

	if (r == 0)
		r = add_value(p, "Name", winch_value_new_string("LASTEXITCODE", 12, NULL));
	if (r == 0)
		r = add_value(p, "Scope", winch_value_new_string("Global", 6, NULL));
	if (r == 0)
		r = add_value(p, "ErrorAction", winch_value_new_string("Ignore", 6, NULL));
	return r < 0 ? r : add_value(p, "ValueOnly", winch_value_new_bool(true, NULL));
}

/* --exit-code.  Where no script text is sent, none is sent for this. */
static int make_ask_code(struct run *run)
{
	static const char script[] = "$global:LASTEXITCODE";

	if (!options_has(run->options, OPTION_EXIT_CODE))
		return 0;
	winch_pipeline *p = run->ask_code = winch_pipeline_new(NULL);
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

	if (status)
		return status;
	bool json = out->format != OUTPUT_CLIXML && out->format != OUTPUT_TOSTRING;
	if (options_has(o, OPTION_STREAMS) && !json)
		return refuse("--streams needs -o ndjson, json or typed");
	*task = (struct task){ .options = o,
			       .output = out,
			       .log = &run->log,
			       .json = WINCH_JSON_OPTIONS_INIT,
			       .tagged = options_has(o, OPTION_STREAMS),
			       .alone = true,
			       .exit_code = options_has(o, OPTION_EXIT_CODE) };
	if (out->format == OUTPUT_TYPED)
		task->json.mode = WINCH_JSON_TYPED;
	if (out->big_as_strings)
		task->json.big_numbers = WINCH_JSON_BIG_AS_STRINGS;
	return options_seconds(o, OPTION_TIMEOUT, &task->timeout_ms);
}

static int make_jobs(struct run *run, const char *target)
{
	struct fleet *f = &run->fleet;

	f->count = f->throttle = 1;
	f->jobs = must_alloc(sizeof(*f->jobs));
	struct job *j = &f->jobs[0];
	j->input.fd = -1;
	int status = connection_read(&j->connection, run->options, target);
	if (status == 0)
		status = input_open(&j->input, run->options);
	job_init(j, &f->task);
	return status;
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
		status = make_task(run);
	if (status == 0)
		status = make_jobs(run, target);
	if (status == 0)
		status = script_read(&run->script, o, from_stdin);
	if (status == 0)
		status = make_pipeline(run);
	if (status == 0)
		status = make_ask_code(run);
	if (status == 0)
		status = log_open(&run->log, o);
	run->fleet.task.pipeline = run->pipeline;
	run->fleet.task.ask_code = run->ask_code;
	return status ? status : connection_ask(&run->fleet.jobs[0].connection, o);
}

static void run_done(struct run *run)
{
	for (size_t i = 0; i < run->fleet.count; i++)
		job_done(&run->fleet.jobs[i]);
	free(run->fleet.jobs);
	winch_pipeline_free(run->pipeline);
	winch_pipeline_free(run->ask_code);
	output_done(&run->fleet.output);
	log_close(&run->log);
	text_done(&run->script);
}

int run_command(const struct options *o)
{
	struct run run = { .options = o, .log = { .file = -1, .trace = -1 } };

	int status = prepare(&run);
	if (status && options_has(o, OPTION_EXIT_CODE))
		status = STATUS_OURS;
	if (status == 0)
		status = fleet_run(&run.fleet);
	run_done(&run);
	return status;
}
