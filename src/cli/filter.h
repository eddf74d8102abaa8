/*
 * filter.h - what a server sent, made harmless for a terminal.
 *
 * CR LF counts as newline; every other control character but newline and tab,
 * C1, DEL and the bidi controls U+202A-202E, U+2066-2069 are shown, not obeyed;
 * of SGR 0-7, 9, 21-29, 30-49, 90-107 pass, and are reset at the end of an item.
 */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include <stddef.h>

#include "src/cli/cli.h"

enum filter_colour {
	FILTER_PLAIN, /* SGR that would pass is left out */
	FILTER_COLOUR
};

/* One item: the filtered text at the end of *out. */
void filter_text(struct text *out, const char *in, size_t len, enum filter_colour colour);

/* JSON for a terminal: U+007F-009F and the bidi controls as \uXXXX. */
void filter_json(struct text *out, const char *json, size_t len);

/* FILTER_COLOUR for a terminal that has colours (TERM, NO_COLOR). */
enum filter_colour filter_of(int fd);

#endif
