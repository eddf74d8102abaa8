/*
 * terminal.h - how large a terminal is.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "src/cli/options.h"

struct terminal_size {
	int width, height;
};

/* --width, else what fd's terminal says, else 120 columns of 50 lines. */
struct terminal_size terminal_size(int fd, const struct options *o);

/* Is --width a number of columns?  0, or STATUS_USAGE, said. */
int terminal_check(const struct options *o);

#endif
