/*
 * targets.h - the TARGETs of a command line and of the files that it names.
 */
#ifndef CLI_TARGETS_H
#define CLI_TARGETS_H

#include "src/cli/options.h"

struct target_line {
	char *text;  /* as typed */
	char *where; /* "FILE: line N"; NULL: the command line */
};

struct targets {
	struct target_line *lines;
	size_t count;
	bool any_file;     /* some came from an @FILE */
	bool script_stdin; /* "-" stood among them */
	bool file_stdin;   /* "@-" did */
};

/* TARGET, @FILE (one a line; # begins a comment, blank lines are nothing), @- and -.
 * The texts are not looked at.  0, or STATUS_USAGE, said. */
int targets_read(struct targets *t, const struct options *o);
void targets_done(struct targets *t);

#endif
