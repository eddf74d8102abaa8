/*
 * password.h - where a password or another secret comes from, and memory that is wiped after it.
 *
 * --password-file, --password-fd or --password-command; else WINCH_PASSWORD; else a
 * prompt on the terminal.  The first line counts, without its end.
 */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "src/cli/options.h"

struct password {
	char *data; /* locked in memory where that is allowed; NUL-terminated */
	size_t len;
};

/* Take WINCH_PASSWORD out of the environment: the block that the program was started
 * with is overwritten, so that /proc does not show it.  Call it first of all. */
void password_take_environment(void);

/* Empty, with locked and zeroed room. */
void password_make(struct password *p);

/* Which source these options name, as a key to compare; the caller's.  user: whose, where it
 * is asked for on the terminal. */
char *password_source(const struct options *o, const char *user);

/* Is there one that needs no question? */
bool password_is_given(const struct options *o);

/* title: whose, for the prompt ("user at host").  0, or STATUS_USAGE, said. */
int password_read(struct password *p, const struct options *o, const char *title);
void password_done(struct password *p);

/* Wipe what password_take_environment() kept. */
void password_forget(void);

/* The first line of a file that nobody else can read, of a descriptor, and what is typed without
 * echo, into p, which password_make() made.  title: whose it is, for messages. */
int password_from_file(struct password *p, const char *title, const char *path);
int password_from_fd(struct password *p, const char *title, int fd);
int password_typed(struct password *p, const char *title, const char *prompt);

/* A line typed on the terminal; echo false: not shown.  1: there is no terminal. */
int password_ask(struct password *p, const char *prompt, bool echo);

#endif
