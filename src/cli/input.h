/*
 * input.h - --input: a file's or stdin's objects, as the pipeline takes them.
 *
 * No more is read than the pipeline has room for, and reading never waits:
 * whoever has the loop polls input_fd().
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <winch/json.h>
#include <winch/pool.h>

#include "src/cli/options.h"

enum input_format { INPUT_NDJSON, INPUT_TYPED, INPUT_LINES, INPUT_BYTES, INPUT_CLIXML };

struct input {
	int fd; /* -1: there is none, or it was read to its end */
	const char *name;
	enum input_format format;
	bool given;             /* --input was there */
	bool full;              /* the pipeline has no room: until input_room() */
	bool done;              /* all was given, or no more is taken */
	struct text bytes;      /* read, not yet given: from at on */
	size_t at, searched;    /* no line feed before searched */
	uint64_t line;          /* of the one at at, from 1 */
	winch_value *pending;   /* made, but not yet taken */
	winch_decoder *decoder; /* of a CLIXML document; it writes typed lines to bytes */
	bool first;             /* nothing was read yet */
	int failed;             /* STATUS_USAGE: a line was invalid */
};

/* Can it be read once for each of several targets?  0, or STATUS_USAGE, said. */
int input_check(const struct options *o);

/* 0, or STATUS_USAGE, said. */
int input_open(struct input *in, const struct options *o);
void input_close(struct input *in);

/* The descriptor to poll for reading; -1: none now. */
int input_fd(const struct input *in);

/* The pipeline has room again. */
void input_room(struct input *in);

/* Give what is there.  true: something was given or ended, so the session has work. */
bool input_feed(struct input *in, winch_pool *pool, const winch_guid *pipeline);

#endif
