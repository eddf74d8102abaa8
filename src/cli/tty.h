/*
 * tty.h - the controlling terminal, for questions while a run goes on: one at a time, a line
 * each, and nothing waits for it.
 */
#ifndef CLI_TTY_H
#define CLI_TTY_H

#include "src/cli/password.h"

enum tty_line {
	TTY_MORE, /* the line is not there yet */
	TTY_LINE, /* it is, without its end */
	TTY_END   /* there will be none: end of input, or the terminal is gone */
};

/* 1: there is no terminal.  May be called again. */
int tty_open(void);
void tty_close(void);

/* Show a server's text, through the filter. */
void tty_show(const char *text, size_t len);

/* Wait for a line; echo false: what is typed is not shown.  tty_take_back() ends it, too. */
void tty_ask(bool echo);

/* Poll it for reading while a line is awaited; else -1. */
int tty_fd(void);

/* What has been typed, at the end of *line.  TTY_LINE and TTY_END end the waiting. */
enum tty_line tty_read(struct password *line);

/* The terminal is as it was before tty_ask(); async-signal-safe. */
void tty_take_back(void);

#endif
