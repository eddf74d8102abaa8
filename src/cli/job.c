/*
 * job.c - what a job does when its state changes.
 */
#include "src/cli/job.h"

#include <stdlib.h>

#include "src/cli/show.h"
#include "src/cli/signals.h"

enum {
	CLOSE_MS = 5000,
	CLOSE_AFTER_STOP_MS = 1000, /* of STOP_MS, kept for the shell's end at least */
	EVENTS_AT_ONCE = 256,       /* then others have their turn */
};

void job_init(struct job *j, const struct task *task)
{
	j->task = task;
	j->state = JOB_WAITING;
	j->due = -1;
	j->input.fd = -1;
	streams_init(&j->streams, task->options);
	host_init(&j->host, j->connection.title, task->options);
	if (task->alone || !j->connection.title)
		return;
	j->streams.prefix = j->connection.title;
	j->tag = show_quoted(j->connection.title);
}

static void free_session(struct job *j)
{
	host_drop_questions(&j->host);
	signals_name(j->place, NULL, NULL);
	winch_session_free(j->session);
	jump_hang_up(&j->connection.jump);
	j->session = NULL;
	j->pool = NULL;
	j->named = false;
}

void job_done(struct job *j)
{
	if (j->session)
		free_session(j);
	input_close(&j->input);
	streams_done(&j->streams);
	connection_done(&j->connection);
	free(j->tag);
	free(j->error);
}

void job_note(struct job *j, int status, const char *text)
{
	if (j->failed)
		return;
	j->failed = status;
	free(j->error);
	j->error = must_strdup(text);
}

void job_complain(struct job *j, int status, const char *text)
{
	streams_flush(&j->streams);
	complain("%s: %s", j->connection.title, text);
	job_note(j, status, text);
}

void job_step(struct job *j, enum job_input input)
{
	const struct job_row *row = &job_table[j->state][input];

	if (!row->to)
		return;
	j->state = row->to;
	if (row->act)
		row->act(j);
}

void job_stop(struct job *j, int status)
{
	if (!j->stopped_with)
		j->stopped_with = status;
	job_step(j, JOB_STOP);
}

/* ---- the table's ---- */

/* With several targets each reads the file for itself. */
static int open_input(struct job *j)
{
	if (j->input.given || !options_has(j->task->options, OPTION_INPUT))
		return 0;
	return input_open(&j->input, j->task->options);
}

static int make_session(struct job *j, winch_error *err)
{
	winch_session_options options;
	winch_pool_options pool = WINCH_POOL_OPTIONS_INIT;
	winch_host_info info;

	connection_options(&j->connection, &options);
	host_info(&j->host, &info);
	pool.host = &info;
	pool.min_runspaces = j->connection.min_runspaces;
	pool.max_runspaces = j->connection.max_runspaces;
	options.pool = &pool;
	options.log_level = log_level(j->task->log);
	options.log = log_write;
	options.log_user = j->task->log;
	options.key_pair = j->task->key_pair;
	j->session = winch_session_new(&options, err);
	if (!j->session)
		return err->status;
	j->pool = winch_session_pool(j->session);
	signals_name(j->place, j->connection.title, "");
	int r = winch_session_open(j->session, err);
	return r < 0 ? r : winch_pool_invoke(j->pool, j->task->pipeline, &j->id, err);
}

void job_open(struct job *j)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	int timeout_ms = j->task->timeout_ms, status = open_input(j);

	j->ready = true;
	j->again = 0;
	j->tries++;
	if (!j->began)
		j->began = now_ms();
	j->due = timeout_ms ? now_ms() + timeout_ms : -1;
	if (status) {
		job_note(j, status, "the input can't be read");
		job_step(j, JOB_FAILED);
	} else if (make_session(j, &err) < 0) {
		job_tell(j, &err);
	}
	/* Also when the program is held up by a reader of stdout who does not read. */
	if (j->session && j->task->alone && timeout_ms)
		signals_limit(timeout_ms + STOP_MS + 1000, STATUS_TIMEOUT);
}

/* There is no other try after this one. */
void job_opened(struct job *j)
{
	connection_wipe(&j->connection);
}

/* It never began, or will not again. */
void job_drop(struct job *j)
{
	j->status = j->stopped_with ? j->stopped_with : j->failed;
	job_end(j);
}

void job_begin_stop(struct job *j)
{
	j->over = now_ms() + STOP_MS;
	j->due = j->over - CLOSE_AFTER_STOP_MS;
	j->ready = true;
	if (j->task->alone)
		signals_limit(STOP_MS + 500, j->stopped_with);
	input_close(&j->input);
	if (winch_pool_stop(j->pool, &j->id) < 0)
		job_step(j, JOB_FAILED);
}

static void tell_time_out(struct job *j)
{
	job_complain(j, STATUS_TIMEOUT, "--timeout: not done in time, stopped");
	j->stopped_with = STATUS_TIMEOUT;
}

void job_time_out(struct job *j)
{
	tell_time_out(j);
	job_begin_stop(j);
}

/* There is no script under way whose end is worth waiting for. */
void job_time_out_closing(struct job *j)
{
	tell_time_out(j);
	job_begin_close(j);
}

/* The script is done; what its last program said, the runspace still knows. */
void job_ask(struct job *j)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	if (winch_pool_invoke(j->pool, j->task->ask_code, &j->id, &err) < 0)
		job_tell(j, &err);
}

/* The status of the pipeline; the shell's end does not change it. */
static int result(const struct job *j)
{
	if (j->stopped_with == STATUS_CLOSED || j->stopped_with == STATUS_INTERRUPTED)
		return j->stopped_with;
	if (j->failed)
		return j->failed;
	if (j->stopped_with)
		return j->stopped_with;
	if (j->task->output->failed)
		return j->task->output->failed;
	if (j->input.failed)
		return j->input.failed;
	return j->had_error || j->host.asked ? STATUS_RECORD : STATUS_DONE;
}

static void closed(struct job *j)
{
	job_step(j, j->again ? JOB_AGAIN : JOB_CLOSED);
}

void job_begin_close(struct job *j)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	j->status = result(j);
	j->ready = true;
	input_close(&j->input);
	if (!j->session || winch_session_begin_close(j->session, &err) < 0) {
		closed(j);
		return;
	}
	/* A host may take seconds to make the shell whose id Delete needs. */
	j->due = j->over ? j->over : now_ms() + (j->stopped_with ? STOP_MS : CLOSE_MS);
}

/* It is closing already, and will not take longer than a stop may. */
void job_stop_closing(struct job *j)
{
	j->again = 0;
	j->status = j->stopped_with;
}

static void tell_left_open(struct job *j, const char *why)
{
	const char *shell = winch_session_shell_id(j->session);

	complain("%s: %s%s may stay until its idle time-out: %s", j->connection.title,
		 *shell ? "shell " : "a shell", shell, why);
}

void job_left_open(struct job *j)
{
	tell_left_open(j, "it was not closed in time");
	closed(j);
}

void job_pause(struct job *j)
{
	free_session(j);
	j->due = j->again;
	j->failed = 0;
}

void job_end(struct job *j)
{
	free_session(j);
	connection_wipe(&j->connection);
	j->due = -1;
	streams_end(&j->streams);
	if (j->task->tagged && !j->task->alone)
		show_status(j);
}

/* ---- work ---- */

/* After a failure the shell is deleted where that is still possible; what goes wrong
 * then is no news. */
static void close_failed(struct job *j, const winch_error *err)
{
	if (j->status == STATUS_DONE)
		tell_left_open(j, winch_error_text(err));
	closed(j);
}

void job_let_in(struct job *j)
{
	for (size_t stage = 0; stage < LOGIN_STAGES; stage++)
		j->logins[stage] = LOGIN_TAKEN;
}

static void name_shell(struct job *j)
{
	const char *shell = winch_session_shell_id(j->session);

	if (j->named || !*shell)
		return;
	signals_name(j->place, j->connection.title, shell);
	j->named = true;
	job_let_in(j);
}

/* The session says 0 for ever once its pool is gone. */
static void check_pool(struct job *j)
{
	int state = winch_pool_state(j->pool);

	if (j->state >= JOB_CLOSING || (state != WINCH_POOL_CLOSED && state != WINCH_POOL_BROKEN))
		return;
	job_complain(j, STATUS_PROTOCOL, "the host ended the session");
	job_step(j, JOB_FAILED);
}

/* One look at the session.  false: there is nothing to be had now. */
static bool take(struct job *j)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_event *ev;
	int r = winch_session_next(j->session, 0, &ev, &err);

	name_shell(j);
	if (r == 0) {
		check_pool(j);
		return j->state == JOB_CLOSING && j->ready;
	}
	j->ready = true;
	if (r == WINCH_CLOSED)
		closed(j);
	else if (r < 0 && j->state == JOB_CLOSING)
		close_failed(j, &err);
	else if (r < 0)
		job_tell(j, &err);
	else if (r == 1)
		job_handle(j, ev);
	return true;
}

void job_work(struct job *j)
{
	jump_listen(&j->connection.jump);
	if (j->due >= 0 && j->due <= now_ms())
		job_step(j, JOB_DUE);
	for (int i = 0; i < EVENTS_AT_ONCE && j->session; i++) {
		j->ready = false;
		if (take(j))
			continue;
		/* Input, as far as there is room; the session sends it at the next look.  Not
		 * before the pool is open: another try would miss it. */
		j->ready = j->state == JOB_RUNNING && input_feed(&j->input, j->pool, &j->id);
		if (!j->ready)
			return;
	}
}

void job_fds(const struct job *j, int fds[JOB_FDS])
{
	fds[0] = j->session ? winch_session_fd(j->session) : -1;
	fds[1] = j->state == JOB_RUNNING ? input_fd(&j->input) : -1;
	fds[2] = jump_fd(&j->connection.jump);
}

/* As ssh has it, 255 is a code that no process here can end with, or a failure of ours. */
int job_exit_status(const struct job *j)
{
	if (!j->task->exit_code || j->status >= 100)
		return j->status;
	if (j->status > STATUS_RECORD)
		return STATUS_OURS;
	if (!j->has_code)
		return j->status;
	if (j->code >= 0 && j->code < 255)
		return j->code;
	complain("%s: exit code %d", j->connection.title, j->code);
	return STATUS_OURS;
}
