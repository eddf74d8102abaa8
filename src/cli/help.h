/*
 * help.h - what --help and the man page print, from the option table.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "src/cli/options.h"

/* All commands, or one of them, as text of at most 80 columns. */
void help_program(struct text *out);
void help_command(struct text *out, const struct command_row *row);

#endif
