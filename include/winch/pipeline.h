/*
 * pipeline.h - what is to be run: statements of commands, with parameters.
 *
 *     winch_pipeline *p = winch_pipeline_new(NULL, &err);
 *     winch_pipeline_add_script(p, "param($n) 1..$n", 15, false);
 *     winch_pipeline_add_parameter(p, "n", three);
 *
 * It becomes a running pipeline when a pool invokes it (pool.h), any number of
 * times.
 *
 * Results    0: done.  < 0: an enum winch_status (error.h).
 * Failure    WINCH_E_ARG, _STATE (a parameter without a command; a change while an invocation
 *            of it waits), _NOMEM; the pipeline is then as it was before the call.
 * Ownership  Values and texts are copied.  It may be freed while an invocation of it waits.
 * Units      Lengths are bytes; text is UTF-8.
 * Threads    A pipeline, and the pools that invoke it, are used on one thread.
 */
#ifndef WINCH_PIPELINE_H
#define WINCH_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winch/error.h>
#include <winch/export.h>
#include <winch/value.h>

WINCH_BEGIN

typedef struct winch_pipeline winch_pipeline;

typedef struct winch_pipeline_options {
	size_t size;             /* sizeof(winch_pipeline_options) */
	bool has_input;          /* NoInput false: winch_pool_input() will be called */
	bool add_to_history;     /* of the runspace */
	bool no_invocation_info; /* RemoteStreamOptions 0 in place of AddInvocationInfo */
	bool use_runspace_host;  /* host calls go to the pool, not to the pipeline */
	int reserved;            /* 0 */
} winch_pipeline_options;

#define WINCH_PIPELINE_OPTIONS_INIT                                                                \
	{                                                                                          \
		sizeof(winch_pipeline_options), false, false, false, false, 0                      \
	}

/* opts may be NULL: the defaults.  NULL on failure, with *err filled if err is not NULL. */
WINCH_API winch_pipeline *winch_pipeline_new(const winch_pipeline_options *opts, winch_error *err);
WINCH_API void winch_pipeline_free(winch_pipeline *p); /* NULL is accepted */

/* A command at the end of the current statement (MS-PSRP 2.2.3.12). */
WINCH_API int winch_pipeline_add_script(winch_pipeline *p, const char *text, size_t len,
					bool use_local_scope);
WINCH_API int winch_pipeline_add_command(winch_pipeline *p, const char *name);

/* The newest command runs in a scope of its own, or in its caller's (a function or a script
 * file: dot-sourced).  Not said: a script in its caller's, all else in its own.  A host that
 * restricts its language refuses what says false.  (MS-PSRP 2.2.3.12) */
WINCH_API int winch_pipeline_use_local_scope(winch_pipeline *p, bool local);

/* For the newest command.  name NULL: a positional argument.  (MS-PSRP 2.2.3.13) */
WINCH_API int winch_pipeline_add_parameter(winch_pipeline *p, const char *name,
					   const winch_value *value);

/* The next command begins another statement; protocol 2.2 and later. */
WINCH_API int winch_pipeline_add_statement(winch_pipeline *p);

/* Streams of the newest command that are merged (2.2.3.31): bits of from.  Errors are merged
 * to the output only; before protocol 2.2 nothing else is merged, before 2.3 no information. */
enum winch_merge {
	WINCH_MERGE_ERROR = 1,
	WINCH_MERGE_WARNING = 2,
	WINCH_MERGE_VERBOSE = 4,
	WINCH_MERGE_DEBUG = 8,
	WINCH_MERGE_INFORMATION = 16
};
enum winch_merge_to { WINCH_MERGE_TO_OUTPUT = 1, WINCH_MERGE_TO_NULL = 4 };
WINCH_API int winch_pipeline_merge(winch_pipeline *p, unsigned from, int to);

/* The newest command takes what the one before it wrote as errors, too:
 * PowerShell's MergePreviousResults, for "2>&1" between statements of old hosts. */
WINCH_API int winch_pipeline_merge_previous(winch_pipeline *p);

WINCH_END
#endif
