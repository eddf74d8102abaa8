/*
 * target.h - the host that a command line names.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "src/cli/cli.h"

struct target {
	char *user;  /* NULL: none given */
	char *host;  /* without brackets: where to connect to */
	char *name;  /* what TARGET called it, where a configuration file has HostName; else NULL */
	int port;    /* 0: none given */
	bool scheme; /* tls was said by http:// or https:// */
	bool tls;
	char *path; /* "/wsman" */
};

/* HOST, USER@HOST, HOST:PORT, [IPv6]:PORT, http[s]://...; the last @ separates.  where:
 * "FILE: line N" of a line of an @FILE; NULL: the command line.  0, or STATUS_USAGE, said. */
int target_read(struct target *t, const char *text, const char *where);
void target_done(struct target *t);

/* Connect to HostName in place of the host; title: where it stands.  0, or STATUS_USAGE, said. */
int target_rename(struct target *t, const char *host, const char *title);

int target_port(const struct target *t);

/* For the library, and for messages ("host", or "host:port" when it isn't the default). */
char *target_url(const struct target *t);
char *target_title(const struct target *t);

/* A user name as it may be sent; what it is called in messages: "--user NAME". */
int target_check_user(const char *user, const char *title);

#endif
