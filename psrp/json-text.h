/*
 * json-text.h - texts as JSON strings.
 */
#ifndef PSRP_JSON_TEXT_H
#define PSRP_JSON_TEXT_H

#include "src/base/buf.h"

/* text (WTF-8) as a JSON string with its quotes; a lone surrogate becomes U+FFFD. */
int json_put_string(struct buf *out, struct bytes text, winch_error *err);

/* The same without the quotes. */
int json_put_chars(struct buf *out, struct bytes text, winch_error *err);

/* The string with a colon behind it, and, but for the first, a comma before it. */
int json_put_name(struct buf *out, struct bytes text, bool first, winch_error *err);

#endif
