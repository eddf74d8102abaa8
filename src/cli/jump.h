/*
 * jump.h - --jump: connections through a host, by OpenSSH's own ssh -W.
 *
 * ssh asks on the terminal for what it needs.  What it says on stderr comes through us: it is
 * passed on, and where it says that the jump host lets nobody through, that is kept: no other ssh
 * is started, for nothing of that passes by itself, and a refused login counts there.
 */
#ifndef CLI_JUMP_H
#define CLI_JUMP_H

#include <winch/error.h>

#include "src/cli/options.h"

struct jump {
	char *to; /* [USER@]HOST or ssh://[USER@]HOST[:PORT]; NULL: there is none */
	int timeout_ms;
	int said[2];      /* every ssh's stderr, a pipe; 0: there is none */
	struct text line; /* of it, so far */
	bool in;          /* the jump host took the login */
	winch_error why;  /* .status set: it lets nobody through */
};

/* --jump of these options.  0, or STATUS_USAGE, said. */
int jump_read(struct jump *j, const struct options *o, int timeout_ms);
void jump_done(struct jump *j);

/* A winch_connect_fn; user is a struct jump.  ssh ends with the connection. */
int jump_connect(void *user, const char *host, int port, int fd);

/* Becomes readable when ssh has something to say; -1: there is none. */
int jump_fd(const struct jump *j);

/* Take in what ssh has said. */
void jump_listen(struct jump *j);

/* The same, of all whose connections have ended. */
void jump_hang_up(struct jump *j);

/* What to say of *err, which ended a connection: err itself, or why ssh came to no end.  It has
 * WINCH_REASON_PROXY, and lives as long as j. */
const winch_error *jump_explain(struct jump *j, const winch_error *err);

#endif
