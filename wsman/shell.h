/*
 * shell.h - what is known of a shell and of its commands, and which operation may come in
 * which state.  The states are a table (shell.c); wsman.h walks it.
 */
#ifndef WSMAN_SHELL_H
#define WSMAN_SHELL_H

#include <winch/error.h>
#include <winch/guid.h>

#include "src/base/buf.h"

enum wsman_shell_state {
	WSMAN_SHELL_BEFORE = 1, /* not created, or only its id is known */
	WSMAN_SHELL_OPENING,    /* Create or Connect is under way */
	WSMAN_SHELL_OPEN,
	WSMAN_SHELL_LEAVING,      /* Disconnect is under way */
	WSMAN_SHELL_DISCONNECTED, /* by this client */
	WSMAN_SHELL_RETURNING,    /* Reconnect is under way */
	WSMAN_SHELL_DELETING,
	WSMAN_SHELL_GONE /* deleted; or the server does not know it any more */
};

enum wsman_command_state {
	WSMAN_COMMAND_BEFORE = 1,
	WSMAN_COMMAND_STARTING,
	WSMAN_COMMAND_RUNNING,
	WSMAN_COMMAND_ENDED,   /* CommandState Done came; it stays listed until terminate */
	WSMAN_COMMAND_CLOSING, /* Signal terminate is under way */
	WSMAN_COMMAND_GONE
};

/* Envelope sizes to begin with: for servers of protocol 2.1 and before, and above. */
/* Before and since WinRM 3.0: deviations.md envelope-size. */
enum { WSMAN_ENVELOPE_OLD = 153600, WSMAN_ENVELOPE_NEW = 512000 };

struct wsman_shell {
	enum wsman_shell_state state;
	struct buf to;                 /* the URL */
	struct buf resource_uri;       /* what kind of shell, e.g. WSMAN_RESOURCE_CMD (names.h) */
	struct buf locale;             /* "en-US"; of data too */
	struct buf id;                 /* as the server returned it; empty: not known yet */
	char session_id[42];           /* "uuid:..." on every request */
	size_t max_envelope;           /* may be changed at any time; at least 8192 */
	unsigned operation_timeout_ms; /* may be changed at any time */
};

struct wsman_shell_options {
	const char *to; /* the URL */
	const char *resource_uri;
	const char *locale; /* NULL: "en-US" */
	winch_guid session_id;
	size_t max_envelope;           /* 0: WSMAN_ENVELOPE_OLD */
	unsigned operation_timeout_ms; /* 0: 20 s */
};

int wsman_shell_init(struct wsman_shell *s, const struct wsman_shell_options *opts,
		     winch_error *err);
void wsman_shell_done(struct wsman_shell *s);

/* Something is open on the server: Delete is due (also when Create's answer was lost but the
 * id was proposed). */
bool wsman_shell_is_open(const struct wsman_shell *s);

struct wsman_command {
	enum wsman_command_state state;
	struct buf id; /* as the server returned it */
};

void wsman_command_init(struct wsman_command *c);
void wsman_command_done(struct wsman_command *c);

/* Ids from elsewhere (an enumeration, the command line), for Connect, Get and Delete. */
int wsman_shell_set_id(struct wsman_shell *s, struct bytes id, winch_error *err);
int wsman_command_set_id(struct wsman_command *c, struct bytes id, winch_error *err);

#endif
