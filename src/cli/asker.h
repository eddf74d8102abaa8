/*
 * asker.h - --interactive: the questions of all jobs, one after the other on the terminal.
 *
 * There is one terminal, so there is one asker.  A job's questions wait in its host.
 */
#ifndef CLI_ASKER_H
#define CLI_ASKER_H

#include "src/cli/job.h"

/* 0, or STATUS_USAGE, said: there is no terminal. */
int asker_begin(void);
void asker_end(void);

/* Poll it for reading; -1: nothing is asked now. */
int asker_fd(void);

/* Take what was typed, answer, ask the next; take back what nobody waits for any more.
 * jobs: those that run, NULL where a place is free. */
void asker_work(struct job *const *jobs, size_t count);

#endif
