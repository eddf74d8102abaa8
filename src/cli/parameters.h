/*
 * parameters.h - -P NAME=TEXT, NAME:=JSON, NAME@=FILE, NAME?, and -- ARG...
 */
#ifndef CLI_PARAMETERS_H
#define CLI_PARAMETERS_H

#include <winch/pipeline.h>

#include "src/cli/options.h"

/* Add them all: to the script, or with --command the commands, each with its parameters; ARGs
 * go to the last.  0, or STATUS_USAGE, said. */
int parameters_add(winch_pipeline *p, const struct options *o);

/* One of the newest command.  value is freed; NULL is what there was no memory for.  < 0: as the
 * library says it. */
int parameter_add(winch_pipeline *p, const char *name, winch_value *value);

/* Does one of them read stdin (NAME?fd:0)? */
bool parameters_use_stdin(const struct options *o);

#endif
