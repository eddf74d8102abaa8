/*
 * run.h - a running pipeline: its state, its stream of fragments, its open host calls.
 */
#ifndef PSRP_RUN_H
#define PSRP_RUN_H

#include <winch/pool.h>

#include "psrp/join.h"
#include "psrp/message.h"
#include "psrp/pipeline.h"

/* A call of the server's that waits for its answer. */
struct host_call {
	struct host_call *next;
	int64_t id;
	int method;
};

/* The states in which a message may come; pool-table.c and run-table.c say which. */
enum run_stage {
	RUN_WAITING = 1 << 0, /* CREATE_PIPELINE is not sent: the pool is not open, or has no key */
	RUN_RUNNING = 1 << 1,
	RUN_STOPPING = 1 << 2, /* a stop was asked for */
	RUN_ENDED = 1 << 3     /* its final state came */
};

struct run {
	struct run *next;
	winch_guid id;
	enum run_stage stage;
	int state; /* enum winch_pipeline_state, as last told */
	struct join join;
	struct pipeline_spec *spec; /* until CREATE_PIPELINE is made */
	bool has_input, input_ended, room_wanted;
	bool key_wanted;   /* input waits for the session key */
	bool stream_ended; /* the carrier said so */
	struct host_call *calls;
};

struct run *run_new(const winch_guid *id, const winch_pipeline *p, size_t max_message);
void run_free(struct run *run); /* NULL is accepted */

struct winch_pool;
typedef int run_handler(struct winch_pool *pool, struct run *run, const struct message *m,
			winch_error *err);
struct run_row {
	uint32_t type;
	unsigned stages; /* bits of enum run_stage in which it may come */
	run_handler *read;
	const char *cite;
};
extern const struct run_row run_rows[];
extern const size_t run_row_count;

run_handler run_on_record, run_on_state, run_on_host_call;

#endif
