/*
 * join.h - fragments in, whole messages out.
 */
#ifndef PSRP_JOIN_H
#define PSRP_JOIN_H

#include "src/base/buf.h"

/* One for each stream of fragments: the pool's own, and one for each pipeline. */
struct join {
	struct buf in;      /* bytes not yet read */
	struct buf message; /* blobs of the message under way */
	uint64_t object_id, next_id, last_object_id;
	bool open;   /* a message has begun */
	bool given;  /* .message was handed out */
	bool resync; /* after Connect: what does not fit is skipped, until a new object begins */
};

void join_init(struct join *j, size_t max_message, size_t max_feed);
void join_done(struct join *j);

/* Bytes that may end anywhere, also inside a header. */
int join_feed(struct join *j, struct bytes in, winch_error *err);

/* 1: *ret_message is whole; it lives until the next call on j, or j->message is taken out and
 * an empty one left in its place.  0: more is needed.
 * WINCH_E_PROTOCOL, WINCH_E_LIMIT: the stream can't be read on. */
int join_next(struct join *j, struct bytes *ret_message, winch_error *err);

/* The stream goes on after Connect or Reconnect, perhaps inside a message, perhaps with a
 * message that was delivered before: until a new one begins, what does not fit is no error. */
void join_resync(struct join *j);

#endif
