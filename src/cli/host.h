/*
 * host.h - the host of a run: it writes to stderr, knows sizes and colours, and
 * answers no questions.
 */
#ifndef CLI_HOST_H
#define CLI_HOST_H

#include <winch/pool.h>

#include "src/cli/streams.h"

struct host {
	int width, height;
	bool asked;      /* a question ended the pipeline */
	int should_exit; /* what SetShouldExit said */
	bool has_exit;
	const char *title; /* the target's, for messages */
};

void host_init(struct host *host, const char *title, const struct options *o);
void host_info(const struct host *host, winch_host_info *ret_info);

/* Do what a HOST_CALL asks.  < 0: an answer could not be given, *err says why. */
int host_call(struct host *host, struct streams *streams, winch_pool *pool, winch_event *ev,
	      winch_error *err);

#endif
