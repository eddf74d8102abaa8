/*
 * show.h - one event on stdout or stderr, in the form that was asked for.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "src/cli/job.h"

/* < 0: the event can't be read, *err says why. */
int show_output(struct job *j, winch_event *ev, winch_error *err);
int show_record(struct job *j, winch_event *ev, winch_error *err);

/* The ErrorRecord with which a pipeline failed. */
int show_failure(struct job *j, winch_event *ev, winch_error *err);

/* {"host":H,"status":N,"error":...}: how it ended. */
void show_status(struct job *j);

/* A text as a JSON string; the caller's. */
char *show_quoted(const char *text);

#endif
