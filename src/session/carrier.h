/*
 * carrier.h - what takes a pool's chunks to a server and brings its bytes back;
 * wsman-carrier.c does so over WSMan.
 *
 * A carrier has the pool; the session has the carrier, waits for it and hands
 * out events.  Nothing here blocks.
 */
#ifndef SESSION_CARRIER_H
#define SESSION_CARRIER_H

#include <winch/error.h>
#include <winch/session.h>

#include "src/base/log.h"
#include "src/session/poller.h"

struct carrier;

struct carrier_class {
	/* Take in what has ended, start what can start.  lazy: what is only worth doing
	 * when the application goes on waiting is started too.  1: something happened,
	 * look for events; 0: nothing to do but wait. */
	int (*pump)(struct carrier *c, bool lazy, winch_error *err);
	void (*ready)(struct carrier *c, int fd, int events);
	/* When pump has to run again though nothing is ready; < 0: never. */
	int64_t (*deadline)(const struct carrier *c);
	void (*expired)(struct carrier *c);
	/* From now on only end what is open on the server. */
	void (*shut)(struct carrier *c);
	/* Nothing is open on the server any more, or nothing can be done about it. */
	bool (*ended)(const struct carrier *c);
	/* What could not be closed, as a name for messages; "" when nothing is open. */
	const char *(*shell_id)(const struct carrier *c);
	uint64_t (*request_count)(const struct carrier *c);
	/* Why NTLM was taken in place of Kerberos; NULL: it was not. */
	const char *(*why_ntlm)(const struct carrier *c);
	/* Ask for the host's configuration, anew; and what came: 1: *ret_, which lives until it
	 * is asked for again; 0: nothing yet. */
	int (*ask_config)(struct carrier *c, winch_error *err);
	int (*config)(const struct carrier *c, const winch_setting **ret_list, size_t *ret_count,
		      winch_error *err);
	void (*free)(struct carrier *c);
};

/* Every carrier begins with this. */
struct carrier {
	const struct carrier_class *class;
};

/* Everything is borrowed for the carrier's life but opts, which is copied. */
struct carrier_world {
	winch_pool *pool;
	struct poller *poller;
	const struct log *log;
};

struct carrier *wsman_carrier_new(const winch_session_options *opts,
				  const struct carrier_world *world, winch_error *err);

#endif
