/*
 * password-input.h - what password.c and the sources beside it share.
 */
#ifndef CLI_PASSWORD_INPUT_H
#define CLI_PASSWORD_INPUT_H

#include "src/cli/password.h"

enum { SECRET_ROOM = 8192 }; /* bytes of a password and its NUL */

/* Read until a line feed, the end, or the room is full; more may follow the line. */
int secret_read_line(struct password *p, int fd, const char *title);

/* What a command prints.  0, or STATUS_USAGE, said. */
int password_from_command(struct password *p, const char *command);

#endif
