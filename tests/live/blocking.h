/*
 * blocking.h - one lane, one exchange after the other, waited for: for tests and benches.
 */
#ifndef LIVE_BLOCKING_H
#define LIVE_BLOCKING_H

#include <poll.h>

#include "wsman/http/http.h"

enum { BLOCKING_FDS = 8 };

struct blocking {
	struct http *http;
	struct lane *lane;
	struct pollfd fds[BLOCKING_FDS];
	long timer_ms;
};

/* Ends the program with a message on failure, as all of these do. */
void blocking_open(struct blocking *b, const struct http_options *opts);
void blocking_close(struct blocking *b);

/* *ret_body lives until the next exchange. */
int blocking_exchange(struct blocking *b, struct bytes request, bool first, struct bytes *ret_body);

#endif
