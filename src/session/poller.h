/*
 * poller.h - one pollable descriptor out of many sockets, one deadline and a wake-up.
 *
 * Each system has a file of its own: poller-epoll.c.  Times are milliseconds of
 * the monotonic clock, as clock_ms() gives them.
 */
#ifndef SESSION_POLLER_H
#define SESSION_POLLER_H

#include <winch/error.h>

#include <stdbool.h>
#include <stdint.h>

struct poller;

enum { POLLER_READ = 1, POLLER_WRITE = 2 };

struct poller *poller_new(winch_error *err);
void poller_free(struct poller *p);

/* Readable whenever poller_wait(p, 0, ...) would have something. */
int poller_fd(const struct poller *p);

/* From now on watch fd for these POLLER_ bits; 0: no more. */
int poller_watch(struct poller *p, int fd, int events);

/* The descriptor becomes readable at this time; < 0: never. */
void poller_deadline(struct poller *p, int64_t at_ms);

/* From any thread or signal handler. */
void poller_wake(struct poller *p);

struct poller_ready {
	int fd; /* -1 none */
	int events;
};

/* Wait up to timeout_ms (-1: until something is).  Gives how many of ret_ready[max]
 * were filled; *ret_woken tells whether poller_wake() was called since the last time.
 * A deadline that is reached ends the wait.  EINTR ends it too, with 0. */
int poller_wait(struct poller *p, int timeout_ms, struct poller_ready *ret_ready, int max,
		bool *ret_woken, winch_error *err);

#endif
