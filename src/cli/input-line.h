/*
 * input-line.h - from what was read to values; input.c has the reading.
 */
#ifndef CLI_INPUT_LINE_H
#define CLI_INPUT_LINE_H

#include "src/cli/input.h"

/* What a read gave (len 0: the end) into in->bytes.  false: it can't be, said. */
bool input_take_chunk(struct input *in, const char *chunk, size_t len);

/* One line, or piece of bytes, into in->pending; blank ones of JSON and CLIXML give
 * none.  false: it is invalid, said. */
bool input_make_value(struct input *in, const char *text, size_t len);

#endif
