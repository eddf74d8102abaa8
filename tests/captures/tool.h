/*
 * tool.h - captures-tool: what its files share.
 *
 *     tool.c     reading the lines, printing; main
 *     recode.c   fragments to messages, bodies read and written again
 *     drive.c    a pool that does what a captured client did
 *     content.c  a captured message's content as the options and pipelines of our calls
 */
#ifndef TESTS_CAPTURES_TOOL_H
#define TESTS_CAPTURES_TOOL_H

#include <winch/pool.h>

#include "src/base/buf.h"

/* A line of input: words with single spaces between; "-" is an empty one. */
enum { MAX_WORDS = 5 };
struct line {
	char *word[MAX_WORDS]; /* "" behind the last */
};

/* The word's bytes, given in hex; it becomes them.  Ends the program when it is no hex. */
struct bytes line_bytes(const struct line *l, size_t i);
winch_guid line_guid(const struct line *l, size_t i); /* none: all zero */
size_t line_number(const struct line *l, size_t i);

void print_hex(const void *data, size_t len); /* "-" for nothing */

/* End the program: what failed, and why. */
_Noreturn void die(const char *what, const winch_error *err);

/* Each takes lines until the last and prints lines; step: bytes fed at a time. */
void recode(size_t step, size_t room);
void drive(size_t step, size_t room);

/* The next line, in memory that lives until the next call.  false: that was the last. */
bool next_line(struct line *ret_line);

/* What a captured body holds.  ret_host's title and ret_arguments live as long as body. */
struct content_pool {
	int min_runspaces, max_runspaces;
	winch_host_info host;
	const winch_value *arguments;
};
void content_of_init(const winch_value *body, struct content_pool *ret_pool);
winch_pipeline *content_of_create(const winch_value *body);

/* A SecureString, or a PSCredential with one, that is to be sent: run.py has put its text, in hex,
 * where the capture has it encrypted.  The caller's; NULL: v is neither. */
winch_value *content_secure(const winch_value *v);

#endif
