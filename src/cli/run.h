/*
 * run.h - winch run: one pipeline on one host.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "src/cli/options.h"

int run_command(const struct options *o);

#endif
