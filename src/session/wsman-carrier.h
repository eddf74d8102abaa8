/*
 * wsman-carrier.h - what the carrier over WSMan is made of; for its own files only.
 *
 *     wsman-carrier.c    which chunk and which Receive may start now; the carrier.h class
 *     wsman-connect.c    what the application's options make of it
 *     wsman-operation.c  one operation: written, posted, its reply taken in
 *     wsman-config.c     the host's configuration, beside the shell
 *     wsman-trace.c      both as the log may show them
 *
 * A carrier runs one shell.  Each operation under way has a lane of its own.
 */
#ifndef SESSION_WSMAN_CARRIER_H
#define SESSION_WSMAN_CARRIER_H

#include <winch/pool.h>

#include "src/session/carrier.h"
#include "src/session/wsman-trace.h"
#include "wsman/http/http.h"
#include "wsman/wsman.h"

enum { MAX_LANES = 8 };

/* A pipeline's command on the server. */
struct command {
	struct command *next;
	struct wsman_command ws;
	winch_guid pipeline;
	bool receiving; /* a Receive of it is under way */
	bool done;      /* its stream ended, or it is known to be gone */
	bool stopping;  /* Signal stop was sent */
	int64_t wanted; /* since when a Receive of it waits for a lane; -1: none does */
	struct trace_streams trace;
};

/* One operation under way on one lane. */
struct operation {
	struct wsman_request request; /* kept until answered: sealed again after a 401 */
	struct command *command;      /* NULL: the shell's */
	int chunk;                    /* the enum winch_op that it carries, or 0 */
	int64_t since;
	int64_t again_at;  /* when this Receive is sent once more; 0: it is not */
	unsigned again_ms; /* how long it waits for that */
};

struct slot {
	struct lane *lane; /* NULL: not opened yet */
	bool busy;
	struct operation now;
};

/* The host's configuration, once asked for. */
struct host_config {
	enum { HOST_CONFIG_NONE, HOST_CONFIG_ASKED, HOST_CONFIG_HERE } state;
	winch_error why; /* .status set: it can't be had */
	winch_setting *list;
	size_t count;
	struct buf text; /* behind the list */
};

struct wsman_carrier {
	struct carrier base;
	struct carrier_world world;
	struct credential credential;
	struct http *http;
	struct wsman_shell shell;
	struct wsman_reply reply; /* of the operation that is being finished */
	struct command *commands;
	struct slot slots[MAX_LANES];
	winch_guid pool_id;
	bool shut;           /* only delete from now on */
	bool deleted_again;  /* the connection of the first Delete was lost */
	bool delete_failed;  /* it was tried, and the shell may still be there */
	bool pool_receiving; /* the pool's Receive is under way */
	bool pool_ended;     /* the shell's own stream ended */
	bool pool_stands;    /* the pool's Receive has a lane of its own from now on */
	int64_t http_due;    /* libcurl's timer; -1: none */
	uint64_t requests;
	bool no_profile;
	bool fixed_envelope; /* its size was chosen by the application */
	unsigned idle_timeout_ms;
	char protocol[8]; /* "2.3": of the protocolversion option */
	char shell_text[64];
	struct trace_streams trace; /* of the shell itself */
	struct host_config config;
};

/* Fill in the endpoint, whom it is asked as, and the shell; nothing is sent. */
int carrier_connect(struct wsman_carrier *c, const winch_session_options *opts, winch_error *err);

struct operation_plan {
	enum wsman_op op;
	int chunk;               /* enum winch_op; 0: it carries none */
	struct command *command; /* NULL: the shell's */
	const char *signal;      /* WSMAN_SIGNAL */
	const char *stream;      /* WSMAN_SEND */
};

/* Write the operation and post it on slot, which is free.  Where .chunk is set its payload is
 * taken from the pool, as much as the envelope has room for. */
int operation_start(struct wsman_carrier *c, struct slot *slot, const struct operation_plan *plan,
		    winch_error *err);

/* Take in how the operation on slot ended; the slot is free then. */
int operation_finish(struct wsman_carrier *c, struct slot *slot, winch_error *err);

/* Is any operation of the command under way?  A server may answer a Signal before the Send in
 * front of it. */
bool operation_under_way(const struct wsman_carrier *c, const struct command *command);

/* A Receive whose connection was lost, and which the server still works on, is asked for again
 * and again: post those that are due.  1: there was one. */
int operation_again(struct wsman_carrier *c, winch_error *err);
int64_t operation_again_due(const struct wsman_carrier *c); /* -1: none waits */
void operation_drop_again(struct wsman_carrier *c);

/* ---- wsman-config.c ---- */

/* Get of the configuration has ended. */
int host_config_finish(struct wsman_carrier *c, struct slot *slot);

/* As struct carrier_class says it of config. */
int host_config_answer(const struct wsman_carrier *c, const winch_setting **ret, size_t *ret_count,
		       winch_error *err);
void host_config_done(struct host_config *h);

#endif
