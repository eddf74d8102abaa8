/*
 * loop.h - a running pipeline: events out, input in, until it has ended.
 */
#ifndef CLI_LOOP_H
#define CLI_LOOP_H

#include <winch/session.h>

#include "src/cli/host.h"
#include "src/cli/input.h"
#include "src/cli/output.h"
#include "src/cli/status.h"

struct loop {
	winch_session *session;
	winch_pool *pool;
	winch_guid id; /* the pipeline's */
	struct input *input;
	struct output *output;
	struct streams *streams;
	struct host *host;
	const struct attempt *attempt;
	winch_json_options json;
	bool tagged; /* --streams */
	int64_t due; /* --timeout; -1: none */

	bool ended;       /* the pipeline has */
	bool had_error;   /* an error record was written, or the script failed */
	int stopped_with; /* the status for which it was stopped; 0: it was not */
	int64_t stop_due; /* then no longer */
	int failed;       /* the status of what went wrong, said */
};

/* Until the pipeline has ended, or nothing more can come.  The exit status. */
int loop_run(struct loop *l);

#endif
