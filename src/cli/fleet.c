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
#include <sys/resource.h>
#include <unistd.h>

#include "src/cli/asker.h"
#include "src/cli/progress.h"
#include "src/cli/signals.h"
#include "src/cli/summary.h"

enum { FIRST_JOB = 3 }; /* in the polled descriptors, behind signals, stdout and the terminal */

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

/* ---- a login that is shared is shown by one target first ---- */

static bool may_try(const struct job *j)
{
	for (size_t stage = 0; stage < LOGIN_STAGES; stage++)
		if (!login_is_free(j->connection.logins[stage]))
			return false;
	return true;
}

static void begin_to_try(const struct job *j)
{
	for (size_t stage = 0; stage < LOGIN_STAGES; stage++)
		login_try(j->connection.logins[stage], j);
}

/* asked had it refused: nobody else shows it. */
static void drop_others(struct fleet *f, const struct job *asked, int stage)
{
	const struct login *l = asked->connection.logins[stage];
	AUTO(free_auto)
	char *why = must_printf("not tried: %s refused %s", l->at ? l->at : asked->connection.title,
				l->name);
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct job *j = &f->jobs[i];
		if (j->state != JOB_WAITING || j->connection.logins[stage] != l)
			continue;
		job_note(j, STATUS_AUTH, why);
		job_step(j, JOB_FAILED);
		count++;
	}
	if (count > 0)
		complain("%s is not tried at %zu more %s: see --keep-trying", l->name, count,
			 count == 1 ? "target" : "targets");
}

/* What this target's way so far says of its login. */
static enum login_state found(const struct job *j, int stage)
{
	bool over = j->state == JOB_WAITING || j->state == JOB_ENDED;

	return over || j->logins[stage] ? j->logins[stage] : LOGIN_TRYING;
}

static void look_at_logins(struct fleet *f, const struct job *j)
{
	for (int stage = 0; stage < LOGIN_STAGES; stage++) {
		enum login_state state = found(j, stage);
		if (login_tried(j->connection.logins[stage], j, state) && state == LOGIN_REFUSED)
			drop_others(f, j, stage);
	}
}

/* ---- jobs ---- */

static bool may_begin(const struct job *j, int64_t now)
{
	return j->state == JOB_WAITING && j->due <= now && may_try(j);
}

static void start_jobs(struct fleet *f)
{
	int64_t now = now_ms();
	size_t next = 0;

	for (size_t place = 0; place < f->throttle; place++) {
		if (f->running[place])
			continue;
		while (next < f->count && !may_begin(&f->jobs[next], now))
			next++;
		if (next == f->count)
			return;
		struct job *j = &f->jobs[next++];
		f->running[place] = j;
		j->place = place;
		begin_to_try(j);
		job_step(j, JOB_START);
	}
}

/* Its events wait until what is written has been read. */
static bool is_held(const struct fleet *f, const struct job *j)
{
	return j->state == JOB_RUNNING && output_is_full(f->task.output);
}

static void work(struct fleet *f)
{
	for (size_t place = 0; place < f->throttle; place++) {
		struct job *j = f->running[place];
		if (!j)
			continue;
		if ((j->ready && !is_held(f, j)) || (j->due >= 0 && j->due <= now_ms()))
			job_work(j);
		streams_flush(&j->streams);
		/* One that waits for another try keeps nobody from the place. */
		if (j->state == JOB_ENDED || j->state == JOB_WAITING)
			f->running[place] = NULL;
		look_at_logins(f, j);
	}
}

/* false: nothing runs, and nothing will. */
static bool any_left(const struct fleet *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->jobs[i].state != JOB_ENDED)
			return true;
	return false;
}

static bool has_free_place(const struct fleet *f)
{
	for (size_t place = 0; place < f->throttle; place++)
		if (!f->running[place])
			return true;
	return false;
}

/* When the next thing happens that is not polled; < 0: never. */
static int64_t next_due(const struct fleet *f)
{
	bool room = has_free_place(f);
	int64_t due = -1, now = now_ms();

	for (size_t i = 0; i < f->count; i++) {
		const struct job *j = &f->jobs[i];
		bool waits = j->state == JOB_WAITING;
		if (j->state == JOB_ENDED || (waits && !(room && may_try(j))))
			continue;
		bool at_once = waits ? j->due < 0 : j->ready && !is_held(f, j);
		int64_t at = at_once ? now : j->due;
		if (at >= 0 && (due < 0 || at < due))
			due = at;
	}
	return due;
}

static int left_ms(const struct fleet *f)
{
	int64_t due = next_due(f);

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
	fds[2] = (struct pollfd){ .fd = asker_fd(), .events = POLLIN };
	for (size_t place = 0; place < f->throttle; place++) {
		int of[JOB_FDS] = { -1, -1, -1 };
		if (f->running[place] && !is_held(f, f->running[place]))
			job_fds(f->running[place], of);
		for (size_t i = 0; i < JOB_FDS; i++)
			fds[FIRST_JOB + JOB_FDS * place + i] =
				(struct pollfd){ .fd = of[i], .events = POLLIN };
	}
}

static void wait_for_more(struct fleet *f, struct pollfd *fds)
{
	set_fds(f, fds);
	int r = poll(fds, FIRST_JOB + JOB_FDS * f->throttle, left_ms(f));

	if (r < 0 && errno != EINTR && errno != EAGAIN) {
		complain("poll failed");
		stop_all(f, STATUS_USAGE);
		return;
	}
	if (r <= 0)
		return;
	if (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		f->task.output->failed = STATUS_CLOSED;
	for (size_t i = 0; i < JOB_FDS * f->throttle; i++)
		if (fds[FIRST_JOB + i].revents && f->running[i / JOB_FDS])
			f->running[i / JOB_FDS]->ready = true;
}

/* The highest below 100; what stopped all of them counts before it. */
static int result(const struct fleet *f)
{
	int status = STATUS_DONE;

	if (f->task.alone)
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

/* Each session has a handful of descriptors. */
static void allow_descriptors(size_t sessions)
{
	struct rlimit limit;
	rlim_t want = 64 + 12 * (rlim_t)sessions;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int fleet_run(struct fleet *f)
{
	struct output *out = f->task.output;
	struct pollfd *fds = must_alloc((FIRST_JOB + JOB_FDS * f->throttle) * sizeof(*fds));

	f->running = must_alloc(f->throttle * sizeof(struct job *));
	allow_descriptors(f->throttle);
	signals_watch(f->throttle);
	if (f->task.alone)
		progress_begin();
	out->waits = false;
	for (;;) {
		if (signals_came())
			stop_all(f, STATUS_INTERRUPTED);
		start_jobs(f);
		work(f);
		output_flush(out);
		if (out->failed)
			stop_all(f, out->failed);
		asker_work(f->running, f->throttle);
		if (!any_left(f))
			break;
		/* Behind what a host wrote without a newline there is no place for it. */
		if (!f->jobs[0].streams.mid_line && asker_fd() < 0)
			progress_draw();
		wait_for_more(f, fds);
	}
	progress_end();
	output_end(out);
	signals_done();
	if (!f->task.alone)
		summary_tell(f);
	free(f->running);
	free(fds);
	return result(f);
}
