/*
 * run.c - running pipelines: made and freed.
 */
#include "psrp/run.h"

#include "src/base/mem.h"

/* What one reply may bring at once, beside a message under way. */
enum { MAX_FEED = 16 * 1024 * 1024 };

struct run *run_new(const winch_guid *id, const winch_pipeline *p, size_t max_message)
{
	struct run *run = mem_zalloc(sizeof(*run));

	if (!run)
		return NULL;
	run->id = *id;
	run->stage = RUN_WAITING;
	run->spec = pipeline_share(p);
	run->has_input = pipeline_has_input(run->spec);
	join_init(&run->join, max_message, MAX_FEED);
	return run;
}

void run_free(struct run *run)
{
	if (!run)
		return;
	while (run->calls) {
		struct host_call *c = run->calls;
		run->calls = c->next;
		mem_free(c);
	}
	pipeline_unshare(run->spec);
	join_done(&run->join);
	mem_free(run);
}
