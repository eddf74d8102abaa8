/*
 * pool-peer.h - the other end of a pool, for tests: says messages, hears what the pool sends.
 *
 * It knows MS-PSRP 2.2.1 and 2.2.4 by itself, and has no state but object ids.
 */
#ifndef POOL_PEER_H
#define POOL_PEER_H

#include <winch/pool.h>

#include "src/base/buf.h"
#include "tests/unit/test.h"

enum { MAX_HEARD = 32 };

struct heard {
	uint32_t type;
	int op; /* of its chunk */
	winch_guid pid;
	bool secret; /* its chunk was */
	char *body;  /* NUL-terminated */
};

struct peer {
	winch_pool *pool;
	winch_guid id;
	uint64_t object_id;
	struct heard heard[MAX_HEARD];
	size_t heard_count;
	int stops; /* WINCH_OP_STOP chunks */
};

/* A pool of protocol 2.minor, as opts say but for id and new_guid. */
void peer_init(struct peer *p, winch_pool_options *opts, int minor);
void peer_done(struct peer *p);

/* Guids whose text is easily read; new_guid counts from 1. */
winch_guid peer_guid(uint8_t n);

/* The message arrives, whole in one fragment, for the pool or (pid not zero) a pipeline.  Gives
 * what winch_pool_feed() gave. */
int peer_say(struct peer *p, uint32_t type, const winch_guid *pid, const char *body);

/* Take all that the pool has to send: .heard from its front.  false: memory is out. */
bool peer_hear(struct peer *p);

/* What was heard last, of this type; NULL: nothing. */
const struct heard *peer_heard(const struct peer *p, uint32_t type);

/* SESSION_CAPABILITY and RUNSPACEPOOL_STATE Opened; what the pool sent for it is forgotten. */
int peer_open(struct peer *p, int minor);

/* Events until there are none; how many of this type there were.  < 0: the pool failed. */
int peer_events(struct peer *p, int type);

#endif
