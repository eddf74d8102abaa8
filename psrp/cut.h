/*
 * cut.h - messages in, fragments out, cut when they are taken.
 */
#ifndef PSRP_CUT_H
#define PSRP_CUT_H

#include <winch/guid.h>

#include "src/base/buf.h"

/* A message that waits to be sent, or the rest of one. */
struct outgoing {
	struct outgoing *next;
	int op;              /* enum winch_op */
	winch_guid pipeline; /* all zero: the pool */
	struct buf message;  /* header and body */
	uint64_t object_id, next_id;
	size_t sent; /* bytes of message that were cut off already */
	bool counts; /* of max_queued_input */
	bool urgent; /* overtakes all that is not: a stop, a host's answer */
};

/* What a pool has to send, in the order of taking.  Object ids count from 1 over the
 * pool and all its pipelines (MS-PSRP 2.2.4). */
struct cut {
	struct outgoing *first, *last;
	uint64_t last_object_id;
	size_t queued_input; /* bytes of messages with .counts */
	size_t urgent;       /* messages that are */
	struct buf chunk;    /* what was taken last */
};

void cut_init(struct cut *c);
void cut_done(struct cut *c);

/* A message at the end of the queue, or of its urgent front; out->message is moved.  It may
 * overtake one that is half sent: their streams differ (stdin, pr), or it has no data. */
int cut_put(struct cut *c, struct outgoing *out, winch_error *err);

/* The next chunk's op and pipeline.  0: none. */
int cut_peek(const struct cut *c, int *ret_op, winch_guid *ret_pipeline);

/* Take at most room bytes of whole fragments: of the first message, and of those behind it that
 * have the same op and pipeline (OPEN is one op for all of its messages). */
int cut_take(struct cut *c, size_t room, int *ret_op, winch_guid *ret_pipeline,
	     struct bytes *ret_data, winch_error *err);

/* Does something with this op wait for this pipeline? */
bool cut_has(const struct cut *c, int op, const winch_guid *pipeline);

/* Forget what is queued for a pipeline (NULL: all). */
void cut_drop(struct cut *c, const winch_guid *pipeline);

#endif
