/*
 * pool.h - <winch/pool.h>, inside: what the pool's files share.
 *
 *     pool.c          the application's calls
 *     pool-answer.c   its answers to host calls
 *     pool-key.c      SecureStrings and the session key
 *     pool-carrier.c  the carrier's calls: bytes in, chunks out
 *     pool-read.c     messages that came: walks pool-table.c and run-table.c
 *     pool-table.c    which message may come in which state
 */
#ifndef PSRP_POOL_H
#define PSRP_POOL_H

#include <winch/pool.h>

#include "psrp/cut.h"
#include "psrp/event.h"
#include "psrp/run.h"
#include "psrp/session-key.h"

enum pool_stage {
	POOL_BEFORE_OPEN = 1 << 0,
	POOL_NEGOTIATING = 1 << 1, /* SESSION_CAPABILITY and INIT_RUNSPACEPOOL are on their way */
	POOL_NEGOTIATED = 1 << 2,  /* the server's SESSION_CAPABILITY came */
	POOL_OPENED = 1 << 3,
	POOL_CLOSING = 1 << 4,
	POOL_CLOSED = 1 << 5,
	POOL_BROKEN = 1 << 6
};

/* An answer that waits for the session key. */
struct held_answer {
	struct held_answer *next;
	winch_guid pipeline;
	int64_t call;
	int method;
	struct arena arena; /* .value's */
	const struct value *value;
};

struct winch_pool {
	winch_pool_options opts; /* its pointers are not used after winch_pool_new */
	winch_host_info host;
	bool has_host_info;
	char *title;
	struct arena kept;
	const struct value *arguments; /* in .kept */
	enum pool_stage stage;
	bool shut; /* the application closed it, or its shell is gone */
	int minor; /* 2.minor is spoken; 0: not known yet */
	struct join join;
	struct cut cut;
	winch_chunk chunk; /* the one that was given last */
	struct run *runs;
	struct host_call *calls; /* of the pool's own host calls */
	struct winch_event *first, *last, *current;
	struct event_json *json;
	struct session_key key;
	bool key_awaited; /* PUBLIC_KEY was sent, the answer has not come */
	struct held_answer *held;
	size_t waiting;
	winch_error failed;
};

typedef int pool_handler(struct winch_pool *pool, const struct message *m, winch_error *err);
struct pool_row {
	uint32_t type;
	unsigned stages; /* bits of enum pool_stage in which it may come */
	pool_handler *read;
	const char *cite;
};
extern const struct pool_row pool_rows[];
extern const size_t pool_row_count;

pool_handler pool_on_capability, pool_on_init_data, pool_on_private_data, pool_on_state,
	pool_on_host_call, pool_on_availability, pool_on_user_event, pool_on_key_request,
	pool_on_session_key, pool_on_startup;

/* Read what pool (run NULL) or run has buffered. */
int pool_read(struct winch_pool *pool, struct run *run, winch_error *err);

/* An event at the end of the queue, about m (NULL: about no message). */
struct winch_event *pool_event(struct winch_pool *pool, int type, const winch_guid *pipeline,
			       const struct message *m, winch_error *err);

/* The body is a tree; op and pipeline say how the message travels. */
struct pool_message {
	uint32_t type;
	int op;                   /* enum winch_op */
	winch_guid pid;           /* in the header */
	winch_guid pipeline;      /* whose command carries it; all zero: the pool's shell */
	const struct value *body; /* NULL: an empty body */
	bool urgent, counts;
};
/* 0: queued.  1: not, a SecureString in it waits for the session key; the exchange was started. */
int pool_send(struct winch_pool *pool, const struct pool_message *m, winch_error *err);

/* Of clixml_secure: an SS as this session has it.  user: a struct pool_sealing. */
struct pool_sealing {
	struct winch_pool *pool;
	bool waits; /* set: the session key is not here, nothing was written */
};
int pool_put_secure(void *user, struct buf *out, const struct value *ss, winch_error *err);

/* Send PUBLIC_KEY, unless its answer is awaited already. */
int pool_want_key(struct winch_pool *pool, winch_error *err);

/* An answer to a host call.  1: as pool_send(); it may then be held until the key comes. */
struct payload_answer;
int pool_send_answer(struct winch_pool *pool, const winch_guid *pipeline,
		     const struct payload_answer *p, winch_error *err);
int pool_hold_answer(struct winch_pool *pool, const winch_guid *pipeline,
		     const struct payload_answer *p, winch_error *err);
void pool_drop_held(struct winch_pool *pool);

/* Pipelines that waited for the pool, or for its key, are sent. */
int pool_start_waiting(struct winch_pool *pool, winch_error *err);

struct run *pool_run(struct winch_pool *pool, const winch_guid *id);

/* What is queued for a pipeline is not sent any more; who waits for its room is told. */
int pool_drop_output(struct winch_pool *pool, const winch_guid *pipeline, winch_error *err);

/* The pipeline is over without having said so. */
int pool_fail_run(struct winch_pool *pool, struct run *run, winch_error *err);

/* < 0, and why, when the pool has failed. */
int pool_refuse_use(const struct winch_pool *pool, winch_error *err);

/* Keep *err as why the pool failed; gives its status. */
int pool_fail(struct winch_pool *pool, winch_error *err);

#endif
