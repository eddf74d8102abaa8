/*
 * job.h - one target of a run: its session, its pipeline, and where it has got to.
 *
 *     job-table.c   the states, and what each thing that happens leads to
 *     job.c         what is done then
 *     job-events.c  what a session's event means
 *
 * A job never waits: whoever has the loop (fleet.c) polls what job_fds() names and
 * calls job_work().
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include <winch/session.h>

#include "src/cli/connection.h"
#include "src/cli/host.h"
#include "src/cli/input.h"
#include "src/cli/log.h"
#include "src/cli/output.h"

/* What a run does on each of its targets. */
struct task {
	const struct options *options;
	winch_pipeline *pipeline;
	struct output *output;
	struct log_sinks *log;
	winch_key_pair *key_pair; /* for SecureStrings on older hosts: made once for all */
	winch_json_options json;
	bool tagged;              /* --streams */
	bool alone;               /* one target: lines do not name it */
	int timeout_ms;           /* --timeout; 0: none */
	bool exit_code;           /* --exit-code */
	winch_pipeline *ask_code; /* --exit-code: says $LASTEXITCODE */
};

enum job_state {
	JOB_WAITING = 1, /* has not begun, or waits to begin again from .due on */
	JOB_OPENING,     /* until the pool is open */
	JOB_RUNNING,
	JOB_ASKING,   /* for the exit code of the last program */
	JOB_STOPPING, /* the server was asked to stop the pipeline */
	JOB_CLOSING,  /* the shell is being deleted */
	JOB_ENDED,
	JOB_STATES
};

/* What happens to a job. */
enum job_input {
	JOB_START,
	JOB_OPENED,
	JOB_DONE,   /* the pipeline has ended */
	JOB_ASK,    /* it has, and its exit code is to be asked for */
	JOB_FAILED, /* the session has; it was said */
	JOB_STOP,   /* .stopped_with says why */
	JOB_DUE,    /* .due is over */
	JOB_AGAIN,  /* nothing is left to be closed, and it is to begin again */
	JOB_CLOSED, /* nothing is left to be closed */
	JOB_INPUTS
};

struct job {
	const struct task *task;
	struct connection connection;
	struct input input;
	struct streams streams;
	struct host host;
	char *tag;    /* its host, as a JSON string */
	size_t place; /* among those that run at once: signals.h */

	enum job_state state;
	winch_session *session; /* NULL before JOB_OPENING and after JOB_CLOSING */
	winch_pool *pool;
	winch_guid id; /* the pipeline's */
	int64_t due;   /* when JOB_DUE comes; -1: never */
	int64_t over;  /* when a stopped one must be over, its shell's end too; 0: not stopped */
	bool ready;    /* job_work() has something to do now */
	bool named;    /* its shell is in the farewell */

	int64_t began; /* its first try; 0: there was none */
	int tries;
	int64_t again; /* when to begin again, after closing; 0: not */

	bool had_error; /* an error record was written, or the script failed */
	enum login_state logins[LOGIN_STAGES]; /* what came of them, as far as it is known */
	int stopped_with; /* the status for which it was stopped; 0: it was not */
	int failed;       /* the status of what went wrong, said */
	char *error;      /* its text */
	bool has_code;    /* the exit code of the script, or of its last program: */
	int code;
	int status; /* of one that has ended */
};

/* Zeroed but for its connection. */
void job_init(struct job *j, const struct task *task);
void job_done(struct job *j);

/* Something happened: the table says what follows. */
void job_step(struct job *j, enum job_input input);

/* Why it fails, if it has not already; JOB_FAILED is the caller's.  job_complain() also says
 * it on stderr, as "HOST: text". */
void job_note(struct job *j, int status, const char *text);
void job_complain(struct job *j, int status, const char *text);

/* Stop what is under way, for this exit status; it ends soon. */
void job_stop(struct job *j, int status);

/* All that can be done without waiting, up to a fair share of events. */
void job_work(struct job *j);

/* Poll these for reading; -1: none. */
enum { JOB_FDS = 3 };
void job_fds(const struct job *j, int fds[JOB_FDS]);

/* What the program ends with: the status, or with --exit-code the remote code. */
int job_exit_status(const struct job *j);

/* ---- of job.c, for the table ---- */

typedef void job_act(struct job *j);

struct job_row {
	enum job_state to;
	job_act *act; /* after the change of state; NULL: nothing */
};

/* A row of zeroes: it means nothing then. */
extern const struct job_row job_table[JOB_STATES][JOB_INPUTS];

job_act job_open, job_opened, job_drop, job_ask, job_begin_stop, job_time_out, job_time_out_closing,
	job_begin_close, job_stop_closing, job_left_open, job_pause, job_end;

/* Everybody took the login that he was shown. */
void job_let_in(struct job *j);

/* ---- of job-events.c ---- */

/* What went wrong on the wire, said; its status kept. */
void job_tell(struct job *j, const winch_error *err);
void job_handle(struct job *j, winch_event *ev);

#endif
