/*
 * jump.h - --jump: connections through a host, by OpenSSH's own ssh -W.
 */
#ifndef CLI_JUMP_H
#define CLI_JUMP_H

#include "src/cli/options.h"

struct jump {
	char *to; /* [USER@]HOST or ssh://[USER@]HOST[:PORT]; NULL: there is none */
	int timeout_ms;
};

/* --jump of these options.  0, or STATUS_USAGE, said. */
int jump_read(struct jump *j, const struct options *o, int timeout_ms);
void jump_done(struct jump *j);

/* A winch_connect_fn; user is a struct jump.  ssh asks on the terminal for what it needs, says on
 * stderr what it has to say, and ends with the connection. */
int jump_connect(void *user, const char *host, int port, int fd);

#endif
