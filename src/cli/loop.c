/*
 * loop.c - the loop of winch run.
 *
 * Events first, as long as there are any; then input, as far as there is room; then
 * what was written goes out; only then it waits.
 */
#include "src/cli/loop.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "src/cli/show.h"
#include "src/cli/signals.h"

enum { CLOSE_MS = 1000 }; /* of STOP_MS, kept for the shell's end */

static void fail_loop(struct loop *l, int status)
{
	if (!l->failed)
		l->failed = status;
	l->ended = true;
}

/* Ask the server to stop the pipeline; its finally blocks run, their output arrives. */
static void stop(struct loop *l, int status)
{
	if (l->stopped_with)
		return;
	l->stopped_with = status;
	l->stop_due = now_ms() + STOP_MS - CLOSE_MS;
	signals_limit(STOP_MS + 500, status);
	input_close(l->input);
	if (winch_pool_stop(l->pool, &l->id) < 0)
		l->ended = true;
}

static void tell_failure(struct loop *l, const winch_error *err)
{
	streams_flush(l->streams);
	fail_loop(l, status_tell(l->attempt, err));
}

static void pool_state(struct loop *l, winch_event *ev)
{
	const winch_value *value = NULL;
	int state = winch_event_state(ev);

	signals_name_shell(winch_session_shell_id(l->session));
	if (state != WINCH_POOL_BROKEN && state != WINCH_POOL_CLOSED)
		return;
	if (winch_event_has_value(ev) && winch_event_value(ev, &value, NULL) == 0 && value)
		streams_error(l->streams, value);
	streams_flush(l->streams);
	complain("%s: the runspace pool %s", l->attempt->host,
		 state == WINCH_POOL_BROKEN ? "is broken" : "was closed by the host");
	fail_loop(l, STATUS_PROTOCOL);
}

static void pipeline_state(struct loop *l, winch_event *ev)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	int state = winch_event_state(ev);

	if (state < WINCH_PIPELINE_STOPPED)
		return;
	l->ended = true;
	if (state == WINCH_PIPELINE_COMPLETED)
		return;
	l->had_error = true;
	/* A pipeline that we stopped says so in an error record: that is no news. */
	if (l->stopped_with || l->host->asked || !winch_event_has_value(ev))
		return;
	if (show_failure(l, ev, &err) < 0)
		tell_failure(l, &err);
}

static int handle(struct loop *l, winch_event *ev, winch_error *err)
{
	switch ((enum winch_event_type)winch_event_type(ev)) {
	case WINCH_EVENT_OUTPUT:
		return show_output(l, ev, err);
	case WINCH_EVENT_ERROR:
		l->had_error = true;
		return show_record(l, ev, err);
	case WINCH_EVENT_WARNING:
	case WINCH_EVENT_VERBOSE:
	case WINCH_EVENT_DEBUG:
	case WINCH_EVENT_INFORMATION:
	case WINCH_EVENT_PROGRESS:
		return show_record(l, ev, err);
	case WINCH_EVENT_POOL_STATE:
		pool_state(l, ev);
		return 0;
	case WINCH_EVENT_PIPELINE_STATE:
		pipeline_state(l, ev);
		return 0;
	case WINCH_EVENT_HOST_CALL:
		return host_call(l->host, l->streams, l->pool, ev, err);
	case WINCH_EVENT_INPUT_ROOM:
		input_room(l->input);
		return 0;
	case WINCH_EVENT_PRIVATE_DATA:
	case WINCH_EVENT_AVAILABILITY:
	case WINCH_EVENT_USER_EVENT:
		return 0;
	}
	return 0;
}

/* All events that are there now.  false: the session can give no more. */
static bool take_events(struct loop *l)
{
	while (!l->ended) {
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		winch_event *ev;
		int r = winch_session_next(l->session, 0, &ev, &err);
		if (r == 0)
			return true;
		if (r == WINCH_WOKEN) {
			if (signals_came())
				stop(l, STATUS_INTERRUPTED);
			continue;
		}
		if (r == 1)
			r = handle(l, ev, &err);
		if (r < 0)
			tell_failure(l, &err);
		if (l->output->failed && !l->stopped_with)
			stop(l, l->output->failed);
	}
	return false;
}

static int left_ms(const struct loop *l)
{
	int64_t due = l->stopped_with ? l->stop_due : l->due;

	if (due < 0)
		return -1;
	int64_t left = due - now_ms();
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/* Wait for the session, for input, for the end of stdout's reader, or for the time. */
static void wait_for_more(struct loop *l)
{
	struct pollfd fds[] = {
		{ .fd = winch_session_fd(l->session), .events = POLLIN },
		{ .fd = input_fd(l->input), .events = POLLIN },
		{ .fd = l->output->failed ? -1 : STDOUT_FILENO,
		  .events = l->output->buffer.len ? POLLOUT : 0 },
	};
	int r = poll(fds, 3, left_ms(l));

	if (signals_came())
		stop(l, STATUS_INTERRUPTED);
	if (r < 0 && errno != EINTR && errno != EAGAIN) {
		complain("poll failed");
		fail_loop(l, STATUS_USAGE);
	}
	if (r > 0 && (fds[2].revents & (POLLERR | POLLHUP | POLLNVAL))) {
		l->output->failed = STATUS_CLOSED;
		stop(l, STATUS_CLOSED);
	}
	if (left_ms(l) != 0)
		return;
	if (l->stopped_with) {
		l->ended = true; /* the server did not stop it in time */
		return;
	}
	complain("%s: --timeout: not done in time, stopped", l->attempt->host);
	stop(l, STATUS_TIMEOUT);
}

/* The session says 0 for ever once its pool is gone. */
static void check_pool(struct loop *l)
{
	int state = winch_pool_state(l->pool);

	if (l->ended || (state != WINCH_POOL_CLOSED && state != WINCH_POOL_BROKEN))
		return;
	complain("%s: the host ended the session", l->attempt->host);
	fail_loop(l, STATUS_PROTOCOL);
}

static int result(const struct loop *l)
{
	if (l->stopped_with == STATUS_CLOSED || l->stopped_with == STATUS_INTERRUPTED)
		return l->stopped_with;
	if (l->failed)
		return l->failed;
	if (l->stopped_with)
		return l->stopped_with;
	if (l->output->failed)
		return l->output->failed;
	if (l->input->failed)
		return l->input->failed;
	return l->had_error || l->host->asked ? STATUS_RECORD : STATUS_DONE;
}

int loop_run(struct loop *l)
{
	while (take_events(l)) {
		check_pool(l);
		if (l->ended)
			break;
		if (input_feed(l->input, l->pool, &l->id))
			continue;
		streams_flush(l->streams);
		if (output_flush(l->output) && !l->stopped_with)
			stop(l, l->output->failed);
		wait_for_more(l);
	}
	streams_flush(l->streams);
	output_end(l->output);
	return result(l);
}
