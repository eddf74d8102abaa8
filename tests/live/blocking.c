/*
 * blocking.c - one lane, one exchange after the other.
 */
#include "tests/live/blocking.h"

#include <stdio.h>
#include <stdlib.h>

static void on_socket(void *user, int fd, int want)
{
	struct blocking *b = user;
	struct pollfd *slot = NULL;

	for (size_t i = 0; i < BLOCKING_FDS; i++)
		if (b->fds[i].fd == fd || (b->fds[i].fd < 0 && !slot))
			slot = &b->fds[i];
	if (!slot)
		abort();
	slot->fd = want ? fd : -1;
	slot->events = (short)((want & HTTP_READ ? POLLIN : 0) | (want & HTTP_WRITE ? POLLOUT : 0));
}

static void on_timer(void *user, long ms)
{
	((struct blocking *)user)->timer_ms = ms;
}

static void stop(const winch_error *err)
{
	fprintf(stderr, "%s\n", winch_error_text(err));
	exit(1);
}

void blocking_open(struct blocking *b, const struct http_options *opts)
{
	winch_error err = WINCH_ERROR_INIT;
	struct http_watch watch = { on_socket, on_timer, b };

	*b = (struct blocking){ .timer_ms = -1 };
	for (size_t i = 0; i < BLOCKING_FDS; i++)
		b->fds[i].fd = -1;
	b->http = http_new(opts, &watch, &err);
	b->lane = b->http ? lane_new(b->http, &err) : NULL;
	if (!b->lane)
		stop(&err);
}

void blocking_close(struct blocking *b)
{
	http_free(b->http);
}

static void wait_once(struct blocking *b)
{
	int n = poll(b->fds, BLOCKING_FDS, b->timer_ms < 0 ? 1000 : (int)b->timer_ms);

	if (n == 0 && b->timer_ms >= 0) {
		b->timer_ms = -1;
		http_expired(b->http);
	}
	for (size_t i = 0; n > 0 && i < BLOCKING_FDS; i++) {
		short got = b->fds[i].fd >= 0 ? b->fds[i].revents : 0;
		if (got)
			http_ready(b->http, b->fds[i].fd,
				   (got & POLLOUT ? HTTP_WRITE : 0) |
					   (got & ~POLLOUT ? HTTP_READ : 0));
	}
}

int blocking_exchange(struct blocking *b, struct bytes request, bool first, struct bytes *ret_body)
{
	winch_error err = WINCH_ERROR_INIT;
	struct lane *done = NULL;
	int status;
	struct lane_request post = { .body = request,
				     .op = "Blocking",
				     .timeout_ms = 30000,
				     .max_reply = 1 << 20,
				     .first_body_ok = first };

	if (lane_post(b->lane, &post, &err) < 0)
		stop(&err);
	while (http_next_done(b->http, &done) == 0)
		wait_once(b);
	if (lane_error(b->lane))
		stop(lane_error(b->lane));
	lane_reply(b->lane, &status, ret_body);
	return status;
}
