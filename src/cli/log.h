/*
 * log.h - -v, -vv, --log FILE and --trace FILE: the library's log, written down.
 */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include <winch/log.h>

#include "src/cli/options.h"

struct log_sinks {
	int stderr_level, file_level; /* enum winch_log_level */
	int file, trace;              /* descriptors; -1: none */
};

/* 0, or STATUS_USAGE, said. */
int log_open(struct log_sinks *log, const struct options *o);
void log_close(struct log_sinks *log);

/* The level that the library must have for these sinks. */
int log_level(const struct log_sinks *log);

winch_log_fn log_write; /* user: a struct log_sinks */

#endif
