/*
 * output.h - stdout: items as lines, or as one JSON array, buffered.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "src/cli/options.h"

enum output_format {
	OUTPUT_NDJSON, /* one plain JSON value a line */
	OUTPUT_JSON,   /* one array of them */
	OUTPUT_TYPED,
	OUTPUT_CLIXML,
	OUTPUT_TOSTRING,
	OUTPUT_TEXT /* the host's own Out-String */
};

struct output {
	enum output_format format;
	bool terminal;
	bool colour; /* the terminal has them */
	bool shared; /* stderr is the same file: there the order of both is seen */
	bool waits;  /* for its reader; else what can't be written now stays in the buffer */
	bool pretty; /* JSON for people: nothing else was asked for, on a terminal */
	bool big_as_strings;
	struct text buffer;
	size_t sent;  /* of the buffer */
	size_t count; /* items so far */
	int failed;   /* STATUS_CLOSED, or STATUS_USAGE: nothing can be written any more */
};

/* -o and --big-numbers.  0, or STATUS_USAGE, said. */
int output_init(struct output *out, const struct options *o);
void output_done(struct output *out);

bool output_is_json(const struct output *out);

/* One item, without its line feed.  0, or the exit status. */
int output_item(struct output *out, const char *text, size_t len);

/* Lines of JSON, each with its line feed. */
int output_lines(struct output *out, const char *lines, size_t len);

/* Write what is there.  A signal may cut it short, and a reader who does not read, where it does
 * not wait for him: the rest stays in the buffer. */
int output_flush(struct output *out);

/* No more should come before its reader has read. */
bool output_is_full(const struct output *out);

/* The end of an array, and the last flush, for which it waits in any case. */
int output_end(struct output *out);

#endif
