/*
 * lane-work.c - what of a handshake may block, on a thread of its own.
 */
#include "wsman/http/lane-work.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

struct lane_work {
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	bool done, abandoned;
	struct auth *auth;
	int fds[2];
};

static void work_free(struct lane_work *w)
{
	close(w->fds[0]);
	close(w->fds[1]);
	pthread_mutex_destroy(&w->lock);
	mem_free(w);
}

static void *run(void *user)
{
	struct lane_work *w = user;

	w->auth->class->work(w->auth);

	pthread_mutex_lock(&w->lock);
	bool abandoned = w->abandoned;
	w->done = true;
	/* One byte fits into a pipe that nobody has written to. */
	ssize_t written = abandoned ? 0 : write(w->fds[1], "", 1);
	(void)written;
	pthread_mutex_unlock(&w->lock);
	if (abandoned) {
		auth_free(w->auth);
		work_free(w);
	}
	return NULL;
}

/* Signals are for the threads of the application. */
static int start(struct lane_work *w)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

struct lane_work *lane_work_start(struct auth *a, winch_error *err)
{
	struct lane_work *w = mem_zalloc(sizeof(*w));

	if (!w) {
		fail_nomem(err);
		return NULL;
	}
	if (pipe2(w->fds, O_CLOEXEC) < 0) {
		fail(err, WINCH_E_SYSTEM, "pipe: %s", strerror(errno));
		mem_free(w);
		return NULL;
	}
	w->auth = a;
	pthread_mutex_init(&w->lock, NULL);
	int r = start(w);
	if (r != 0) {
		fail(err, WINCH_E_SYSTEM, "no thread for Kerberos: %s", strerror(r));
		work_free(w);
		return NULL;
	}
	return w;
}

int lane_work_fd(const struct lane_work *w)
{
	return w->fds[0];
}

void lane_work_finish(struct lane_work *w)
{
	pthread_join(w->thread, NULL);
	work_free(w);
}

void lane_work_abandon(struct lane_work *w)
{
	pthread_mutex_lock(&w->lock);
	bool done = w->done;
	w->abandoned = true;
	if (!done)
		pthread_detach(w->thread);
	pthread_mutex_unlock(&w->lock);
	if (!done) /* w is the thread's, and may be gone already */
		return;
	struct auth *a = w->auth;
	lane_work_finish(w);
	auth_free(a);
}
