/*
 * fleet.c - one loop over all jobs.
 *
 * What can be done is done first: jobs begin, events are taken, input is given, and
 * what was written goes out; only then it waits.
 */
#include "src/cli/fleet.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/cli/signals.h"

enum { FIRST_JOB = 2 }; /* in the polled descriptors, behind signals and stdout */

static void stop_all(struct fleet *f, int status)
{
	if (f->stopped_with)
		return;
	f->stopped_with = status;
	if (status != STATUS_INTERRUPTED) /* a signal has set its limit itself */
		signals_limit(STOP_MS + 500, status);
	for (size_t i = 0; i < f->count; i++)
		if (f->jobs[i].state != JOB_ENDED)
			job_stop(&f->jobs[i], status);
}

/* The next job that has not begun; NULL: there is none. */
static struct job *next_waiting(struct fleet *f)
{
	while (f->next < f->count && f->jobs[f->next].state != JOB_WAITING)
		f->next++;
	return f->next < f->count ? &f->jobs[f->next] : NULL;
}

static void start_jobs(struct fleet *f)
{
	for (size_t place = 0; place < f->throttle; place++) {
		if (f->running[place])
			continue;
		struct job *j = next_waiting(f);
		if (!j)
			return;
		f->running[place] = j;
		j->place = place;
		job_step(j, JOB_START);
	}
}

static void work(struct fleet *f)
{
	for (size_t place = 0; place < f->throttle; place++) {
		struct job *j = f->running[place];
		if (!j)
			continue;
		if (j->ready || (j->due >= 0 && j->due <= now_ms()))
			job_work(j);
		streams_flush(&j->streams);
		if (j->state == JOB_ENDED)
			f->running[place] = NULL;
	}
}

/* false: nothing runs, and nothing will. */
static bool any_left(struct fleet *f)
{
	for (size_t place = 0; place < f->throttle; place++)
		if (f->running[place])
			return true;
	return next_waiting(f) != NULL;
}

/* How long nothing can happen but what is polled. */
static int left_ms(struct fleet *f)
{
	int64_t due = -1;

	for (size_t place = 0; place < f->throttle; place++) {
		const struct job *j = f->running[place];
		if (!j && next_waiting(f))
			return 0;
		if (!j)
			continue;
		if (j->ready)
			return 0;
		if (j->due >= 0 && (due < 0 || j->due < due))
			due = j->due;
	}
	if (due < 0)
		return -1;
	int64_t left = due - now_ms();
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static void set_fds(const struct fleet *f, struct pollfd *fds)
{
	const struct output *out = f->task.output;

	fds[0] = (struct pollfd){ .fd = signals_fd(), .events = POLLIN };
	/* The end of its reader shows, too. */
	fds[1] = (struct pollfd){ .fd = out->failed ? -1 : STDOUT_FILENO,
				  .events = out->buffer.len ? POLLOUT : 0 };
	for (size_t place = 0; place < f->throttle; place++) {
		struct pollfd *of = &fds[FIRST_JOB + 2 * place];
		of[0] = of[1] = (struct pollfd){ .fd = -1, .events = POLLIN };
		if (f->running[place])
			job_fds(f->running[place], &of[0].fd, &of[1].fd);
	}
}

static void wait_for_more(struct fleet *f, struct pollfd *fds)
{
	set_fds(f, fds);
	int r = poll(fds, FIRST_JOB + 2 * f->throttle, left_ms(f));

	if (r < 0 && errno != EINTR && errno != EAGAIN) {
		complain("poll failed");
		stop_all(f, STATUS_USAGE);
		return;
	}
	if (r <= 0)
		return;
	if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		f->task.output->failed = STATUS_CLOSED;
	for (size_t place = 0; place < f->throttle; place++)
		if (f->running[place] &&
		    (fds[FIRST_JOB + 2 * place].revents || fds[FIRST_JOB + 2 * place + 1].revents))
			f->running[place]->ready = true;
}

/* The highest below 100; what stopped all of them counts before it. */
static int result(const struct fleet *f)
{
	int status = STATUS_DONE;

	if (f->count == 1)
		return job_exit_status(&f->jobs[0]);
	if (f->stopped_with >= 100)
		return f->stopped_with;
	for (size_t i = 0; i < f->count; i++) {
		int of = job_exit_status(&f->jobs[i]);
		if (of > status && (of < 100 || f->task.exit_code))
			status = of;
	}
	return status;
}

int fleet_run(struct fleet *f)
{
	struct output *out = f->task.output;
	struct pollfd *fds = must_alloc((FIRST_JOB + 2 * f->throttle) * sizeof(*fds));

	f->running = must_alloc(f->throttle * sizeof(struct job *));
	signals_watch(f->throttle);
	for (;;) {
		if (signals_came())
			stop_all(f, STATUS_INTERRUPTED);
		start_jobs(f);
		work(f);
		output_flush(out);
		if (out->failed)
			stop_all(f, out->failed);
		if (!any_left(f))
			break;
		wait_for_more(f, fds);
	}
	output_end(out);
	signals_done();
	free(f->running);
	free(fds);
	return result(f);
}
