/*
 * utf8.h - reading UTF-8 strictly: no overlong forms, no surrogates.
 */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/cli/cli.h"

/* The character at in: its length, and its code point.  0: there is none. */
size_t utf8_read(const char *in, size_t len, uint32_t *ret_c);

/* How many bytes from the start are UTF-8: len when all are. */
size_t utf8_valid(const char *in, size_t len);

/* A JSON string of text; what is not UTF-8 becomes U+FFFD. */
void utf8_json(struct text *out, const char *text, size_t len);

/* A text file's bytes as UTF-8: UTF-8 with or without BOM, or UTF-16 with BOM.
 * false: it is something else, first at byte *ret_offset. */
bool utf8_from_file(struct text *out, const char *bytes, size_t len, size_t *ret_offset);

#endif
