/*
 * host.h - the host of a run: it writes to stderr, knows sizes and colours, and answers no
 * questions; with --interactive it keeps them for the asker.
 */
#ifndef CLI_HOST_H
#define CLI_HOST_H

#include <winch/pool.h>

#include "src/cli/question.h"
#include "src/cli/streams.h"

struct host {
	int width, height;
	bool asked;      /* a question ended the pipeline */
	int should_exit; /* what SetShouldExit said */
	bool has_exit;
	const char *title;          /* the target's, for messages */
	bool interactive;           /* --interactive */
	struct question *questions; /* that wait for an answer */
};

void host_init(struct host *host, const char *title, const struct options *o);
void host_info(const struct host *host, winch_host_info *ret_info);

/* Nobody waits for the answers any more. */
void host_drop_questions(struct host *host);

/* Do what a HOST_CALL asks.  < 0: an answer could not be given, *err says why. */
int host_call(struct host *host, struct streams *streams, winch_pool *pool, winch_event *ev,
	      winch_error *err);

#endif
