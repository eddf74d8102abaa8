/*
 * signals.h - Ctrl-C, SIGTERM and SIGHUP, and the time that is left after them.
 *
 * The first wakes the session and the pipeline is stopped; a second one, or a
 * program that still runs STOP_MS and a little later, leaves at once and names the
 * shell that stays behind.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <winch/session.h>

#include "src/cli/cli.h"

enum { STOP_MS = 5000 }; /* for stopping and closing, together */

/* session NULL: none is there any more.  title: the host, for the farewell. */
void signals_watch(winch_session *session, const char *title);

/* Did one come?  Its number, else 0. */
int signals_came(void);

/* The farewell's shell, as soon as it is known. */
void signals_name_shell(const char *shell_id);

/* Leave with this status if the program still runs after ms. */
void signals_limit(int ms, int status);

#endif
