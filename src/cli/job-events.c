/*
 * job-events.c - what a session's event means to its job.
 */
#include "src/cli/job.h"

#include <string.h>

#include "src/cli/show.h"

/* As one says it: 10, 0.5. */
static char *seconds(int64_t ms)
{
	return must_printf("%.*f", ms < 10000 && ms % 1000 ? 1 : 0, (double)ms / 1000);
}

/* Is there another try after this failure?  Only before the pool was open: nothing of the
 * pipeline has left then.  Gives what is said of it, NULL: there is none. */
static char *plan_again(struct job *j, const winch_error *err)
{
	const struct connection *c = &j->connection;
	int64_t now = now_ms(), next = now + c->retry_ms, until = j->began + c->wait_ms;

	if (j->state != JOB_OPENING || !(err->flags & WINCH_ERROR_MAY_PASS))
		return NULL;
	if (c->wait_ms ? now >= until : j->tries > c->retries)
		return NULL;
	if (c->wait_ms && next > until)
		next = until;
	j->again = next;
	AUTO(free_auto) char *delay = seconds(next - now);
	if (!c->wait_ms)
		return must_printf("trying again in %s s (%d of %d)", delay, j->tries, c->retries);
	AUTO(free_auto) char *left = seconds(until - now);
	return must_printf("trying again in %s s, for %s s more", delay, left);
}

/* What PowerShell's plugin answers when a pipeline was sent more than it may get; its text, in the
 * host's language, says no name.  A Send that comes later finds no command any more. */
static const char *quota_advice(const struct job *j, const winch_error *err)
{
	enum { FAILED_THERE = 0x80540FA0u, NO_SUCH_COMMAND = 0x8033805Bu };

	if (j->state != JOB_RUNNING ||
	    !(err->fault == (uint32_t)FAILED_THERE ||
	      (err->fault == (uint32_t)NO_SUCH_COMMAND && j->input.given)))
		return "";
	return "; a host ends a command that was sent more than "
	       "MaximumReceivedDataSizePerCommandMB (50), or an object above "
	       "MaximumReceivedObjectSizeMB (10), of its session configuration: see "
	       "Set-PSSessionConfiguration there, or send less at once";
}

/* Is it something that the doctor looks at: the way there, who asks, what he may? */
static bool is_for_doctor(const struct job *j, const winch_error *err)
{
	int status = status_of(err);

	return j->task->alone && j->state == JOB_OPENING &&
	       (status == STATUS_CONNECT || status == STATUS_AUTH || status == STATUS_PROTOCOL);
}

/* The TARGET as it was typed, to be typed again. */
static void point_to_doctor(const struct options *o)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@%_+=:,./[]-";
	const char *target = "TARGET";

	for (size_t i = o->operand_count; i > 0; i--)
		if (strcmp(o->operands[i - 1], "-") != 0)
			target = o->operands[i - 1];
	bool quote = target[strspn(target, plain)] && !strchr(target, '\'');
	complain("see also: winch doctor %s%s%s", quote ? "'" : "", target, quote ? "'" : "");
}

static bool is_of_kdc(const winch_error *err)
{
	return err->reason >= WINCH_REASON_KDC_PASSWORD && err->reason <= WINCH_REASON_KERBEROS;
}

/* What the failure says of our logins: who was asked, who comes before him, who refused. */
static void look_at_logins(struct job *j, const winch_error *err)
{
	const struct connection *c = &j->connection;
	bool refused = err->flags & WINCH_ERROR_REFUSED;
	bool by_way = err->reason == WINCH_REASON_PROXY, by_kdc = is_of_kdc(err);
	bool by_host = err->status == WINCH_E_AUTH && !by_way && !by_kdc;
	/* Over http it is asked before there is a connection, but by CredSSP. */
	bool past_kdc = by_host || (err->status == WINCH_E_CONNECT && !c->target.tls &&
				    c->auth != WINCH_AUTH_CREDSSP);

	/* Who answers with a fault has let us in. */
	if (err->status == WINCH_E_FAULT)
		job_let_in(j);
	if (by_host || c->jump.in)
		j->logins[LOGIN_WAY] = LOGIN_TAKEN;
	if (past_kdc)
		j->logins[LOGIN_KDC] = LOGIN_TAKEN;
	if (refused && by_way)
		j->logins[LOGIN_WAY] = LOGIN_REFUSED;
	if (refused && by_kdc)
		j->logins[LOGIN_KDC] = LOGIN_REFUSED;
	if (refused && !by_way)
		j->logins[LOGIN_HOST] = LOGIN_REFUSED;
}

void job_tell(struct job *j, const winch_error *err)
{
	err = jump_explain(&j->connection.jump, err);
	j->connection.attempt.not_trusted = j->connection.trust.refusal;
	AUTO(free_auto) char *text = status_text(&j->connection.attempt, err);
	AUTO(free_auto) char *again = plan_again(j, err);

	streams_flush(&j->streams);
	complain("%s%s%s%s", text, quota_advice(j, err), again ? "; " : "", again ? again : "");
	if (!again && is_for_doctor(j, err))
		point_to_doctor(j->task->options);
	job_note(j, status_of(err), text);
	look_at_logins(j, err);
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
	job_complain(j, STATUS_PROTOCOL,
		     state == WINCH_POOL_BROKEN ? "the runspace pool is broken"
						: "the runspace pool was closed by the host");
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

/* What came first is seen first, where one reader has both stdout and stderr. */
static void keep_order(struct job *j, int type)
{
	if (!j->task->output->shared || type == WINCH_EVENT_INPUT_ROOM)
		return;
	if (type == WINCH_EVENT_OUTPUT)
		streams_flush(&j->streams);
	else
		output_flush(j->task->output);
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

	keep_order(j, winch_event_type(ev));
	if (j->state == JOB_ASKING)
		handle_code(j, ev);
	else if (handle(j, ev, &err) < 0)
		job_tell(j, &err);
}
