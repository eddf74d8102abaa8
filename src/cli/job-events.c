/*
 * job-events.c - what a session's event means to its job.
 */
#include "src/cli/job.h"
#include "src/cli/show.h"

void job_tell(struct job *j, const winch_error *err)
{
	streams_flush(&j->streams);
	int status = status_tell(&j->connection.attempt, err);
	if (!j->failed)
		j->failed = status;
	job_step(j, JOB_FAILED);
}

static void pool_state(struct job *j, winch_event *ev)
{
	const winch_value *value = NULL;
	int state = winch_event_state(ev);

	if (state == WINCH_POOL_OPENED)
		job_step(j, JOB_OPENED);
	if (state != WINCH_POOL_BROKEN && state != WINCH_POOL_CLOSED)
		return;
	if (winch_event_has_value(ev) && winch_event_value(ev, &value, NULL) == 0 && value)
		streams_error(&j->streams, value);
	streams_flush(&j->streams);
	complain("%s: the runspace pool %s", j->connection.title,
		 state == WINCH_POOL_BROKEN ? "is broken" : "was closed by the host");
	j->failed = STATUS_PROTOCOL;
	job_step(j, JOB_FAILED);
}

/* exit N says its code itself; a script that failed has none. */
static bool asks_for_code(const struct job *j, int state)
{
	return j->task->exit_code && state == WINCH_PIPELINE_COMPLETED && !j->host.has_exit &&
	       !j->host.asked;
}

static void take_code(struct job *j, winch_event *ev)
{
	const winch_value *value;
	int64_t code;

	if (winch_event_value(ev, &value, NULL) < 0 || !winch_value_int(value, &code))
		return;
	j->has_code = true;
	j->code = (int)code;
}

static int pipeline_state(struct job *j, winch_event *ev, winch_error *err)
{
	int state = winch_event_state(ev), r = 0;

	if (state < WINCH_PIPELINE_STOPPED)
		return 0;
	j->had_error |= state != WINCH_PIPELINE_COMPLETED;
	/* A pipeline that we stopped says so in an error record: that is no news. */
	if (state != WINCH_PIPELINE_COMPLETED && !j->stopped_with && !j->host.asked &&
	    winch_event_has_value(ev))
		r = show_failure(j, ev, err);
	if (j->host.has_exit) {
		j->has_code = true;
		j->code = j->host.should_exit;
	}
	if (r == 0)
		job_step(j, asks_for_code(j, state) ? JOB_ASK : JOB_DONE);
	return r;
}

/* Of the pipeline that asks for the exit code; what can't be had is none. */
static void handle_code(struct job *j, winch_event *ev)
{
	if (winch_event_type(ev) == WINCH_EVENT_OUTPUT)
		take_code(j, ev);
	else if (winch_event_type(ev) == WINCH_EVENT_PIPELINE_STATE)
		job_step(j, JOB_DONE);
	else if (winch_event_type(ev) == WINCH_EVENT_POOL_STATE)
		pool_state(j, ev);
}

static int handle(struct job *j, winch_event *ev, winch_error *err)
{
	switch ((enum winch_event_type)winch_event_type(ev)) {
	case WINCH_EVENT_OUTPUT:
		return show_output(j, ev, err);
	case WINCH_EVENT_ERROR:
		j->had_error = true;
		return show_record(j, ev, err);
	case WINCH_EVENT_WARNING:
	case WINCH_EVENT_VERBOSE:
	case WINCH_EVENT_DEBUG:
	case WINCH_EVENT_INFORMATION:
	case WINCH_EVENT_PROGRESS:
		return show_record(j, ev, err);
	case WINCH_EVENT_POOL_STATE:
		pool_state(j, ev);
		return 0;
	case WINCH_EVENT_PIPELINE_STATE:
		return pipeline_state(j, ev, err);
	case WINCH_EVENT_HOST_CALL:
		return host_call(&j->host, &j->streams, j->pool, ev, err);
	case WINCH_EVENT_INPUT_ROOM:
		input_room(&j->input);
		return 0;
	case WINCH_EVENT_PRIVATE_DATA:
	case WINCH_EVENT_AVAILABILITY:
	case WINCH_EVENT_USER_EVENT:
	case WINCH_EVENT_SESSION_KEY:
		return 0;
	}
	return 0;
}

void job_handle(struct job *j, winch_event *ev)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	if (j->state == JOB_ASKING)
		handle_code(j, ev);
	else if (handle(j, ev, &err) < 0)
		job_tell(j, &err);
}
