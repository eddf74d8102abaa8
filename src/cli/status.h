/*
 * status.h - what a failure of the library means for the program: its exit status,
 * and the line that says what happened, where, and what to do.
 */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <winch/error.h>

#include "src/cli/cli.h"

/* Whom and how it was tried, for the message. */
struct attempt {
	const char *host, *user, *auth;
	const char
		*not_trusted; /* why the certificate was refused, where we know better; or NULL */
};

/* The exit status for what a session said. */
int status_of(const winch_error *err);

/* The line that says what happened; the caller's. */
char *status_text(const struct attempt *attempt, const winch_error *err);

#endif
