/*
 * quote.h - what somebody else said, inside a line of ours.
 *
 * Between quotes that it can't leave: a quote in it, and backslashes before one, have a backslash
 * in front; other backslashes stand for themselves.  What looks like a quote becomes an
 * apostrophe, what ends a line a blank.  Control characters are filter.h's.
 */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

#include <stddef.h>

#include "src/cli/cli.h"

/* At the end of *out; no more than most bytes of it, and then "..." behind the quotes. */
void quote_text(struct text *out, const char *said, size_t most);

#endif
