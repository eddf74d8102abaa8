/*
 * poller-epoll.c - poller.h for Linux: an epoll descriptor is itself pollable.
 */
#include "src/session/poller.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

struct poller {
	int epoll, timer, wake;
	int64_t deadline; /* what the timer is set to */
};

void poller_free(struct poller *p)
{
	if (!p)
		return;
	if (p->epoll >= 0)
		close(p->epoll);
	if (p->timer >= 0)
		close(p->timer);
	if (p->wake >= 0)
		close(p->wake);
	mem_free(p);
}

static int add_own(struct poller *p, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &ev);
}

struct poller *poller_new(winch_error *err)
{
	struct poller *p = mem_alloc(sizeof(*p));

	if (!p) {
		fail_nomem(err);
		return NULL;
	}
	*p = (struct poller){ .deadline = -1 };
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->epoll < 0 || p->timer < 0 || p->wake < 0 || add_own(p, p->timer) < 0 ||
	    add_own(p, p->wake) < 0) {
		fail(err, WINCH_E_SYSTEM, "no descriptor to wait on: %s", strerror(errno));
		poller_free(p);
		return NULL;
	}
	return p;
}

int poller_fd(const struct poller *p)
{
	return p->epoll;
}

int poller_watch(struct poller *p, int fd, int events)
{
	struct epoll_event ev = { .data.fd = fd };

	if (events & POLLER_READ)
		ev.events |= EPOLLIN;
	if (events & POLLER_WRITE)
		ev.events |= EPOLLOUT;
	if (!events)
		/* The socket may be closed already: then it is gone from epoll as well. */
		return epoll_ctl(p->epoll, EPOLL_CTL_DEL, fd, &ev) < 0 && errno == EPERM ? -1 : 0;
	if (epoll_ctl(p->epoll, EPOLL_CTL_MOD, fd, &ev) == 0)
		return 0;
	return epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &ev);
}

void poller_deadline(struct poller *p, int64_t at_ms)
{
	struct itimerspec t = { 0 };

	if (at_ms == p->deadline)
		return;
	p->deadline = at_ms;
	if (at_ms >= 0) {
		t.it_value.tv_sec = at_ms / 1000;
		/* All zero would disarm it; a time in the past fires at once. */
		t.it_value.tv_nsec = at_ms % 1000 * 1000000 + 1;
	}
	timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

void poller_wake(struct poller *p)
{
	uint64_t one = 1;
	int saved = errno;
	ssize_t ignored = write(p->wake, &one, sizeof(one));

	(void)ignored; /* full: it is awake already */
	errno = saved;
}

/* Empty one of our own counters; true: it had been set. */
static bool drain(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count);
}

int poller_wait(struct poller *p, int timeout_ms, struct poller_ready *ret_ready, int max,
		bool *ret_woken, winch_error *err)
{
	struct epoll_event evs[32];
	int n = 0;

	*ret_woken = false;
	if (max > 30)
		max = 30;
	int got = epoll_wait(p->epoll, evs, max + 2, timeout_ms);
	if (got < 0 && errno != EINTR)
		return fail(err, WINCH_E_SYSTEM, "waiting failed: %s", strerror(errno));
	for (int i = 0; i < got; i++) {
		int fd = evs[i].data.fd;
		if (fd == p->wake) {
			*ret_woken = drain(fd);
		} else if (fd == p->timer) {
			drain(fd);
			p->deadline = -1;
		} else if (n < max) {
			int events = evs[i].events & EPOLLIN ? POLLER_READ : 0;
			if (evs[i].events & EPOLLOUT)
				events |= POLLER_WRITE;
			if (evs[i].events & (EPOLLERR | EPOLLHUP))
				events |= POLLER_READ | POLLER_WRITE;
			ret_ready[n++] = (struct poller_ready){ fd, events };
		}
	}
	return n;
}
