/*
 * fleet.h - the jobs of a run, on one thread: which may begin, and the waiting for all
 * of them.  A run on one target is a fleet of one.
 */
#ifndef CLI_FLEET_H
#define CLI_FLEET_H

#include "src/cli/job.h"

struct fleet {
	struct task task;
	struct output output;
	struct job *jobs;
	size_t count;
	size_t throttle; /* so many run at once */

	struct job **running; /* [throttle]: a job's place is its index; NULL: free */
	int stopped_with;     /* all were stopped for it */
};

/* Until all have ended.  The exit status. */
int fleet_run(struct fleet *f);

#endif
