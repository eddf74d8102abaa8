/*
 * signals.h - Ctrl-C, SIGTERM and SIGHUP, and the time that is left after them.
 *
 * The first makes signals_fd() readable and the pipelines are stopped; a second one, or a
 * program that still runs STOP_MS and a little later, leaves at once and names the
 * shells that stay behind.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include "src/cli/cli.h"

enum { STOP_MS = 5000 }; /* for stopping and closing, together */

/* From now on they are caught.  places: so many shells can be there at once. */
void signals_watch(size_t places);
void signals_done(void);

/* Readable once one came; what it holds is nobody's. */
int signals_fd(void);

/* Did one come?  Its number, else 0. */
int signals_came(void);

/* What the farewell says of this place: shell "" before it is known; host NULL: nothing. */
void signals_name(size_t place, const char *host, const char *shell);

/* Called before the program leaves at once: async-signal-safe. */
void signals_on_leave(void (*tidy)(void));

/* Leave with this status if the program still runs after ms. */
void signals_limit(int ms, int status);

#endif
