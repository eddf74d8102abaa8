/*
 * escape.h - CLIXML's own escape, _xHHHH_, in texts and names.  MS-PSRP 2.2.5.3.2.
 */
#ifndef PSRP_ESCAPE_H
#define PSRP_ESCAPE_H

#include "src/base/buf.h"

/* Resolve the escapes of a text, and join surrogate pairs (also those that came as two
 * halves in WTF-8).  *ret is text itself, or was put into scratch (cleared first). */
int escape_resolve(struct bytes text, struct buf *scratch, struct bytes *ret, winch_error *err);

/* Put text (WTF-8) in the escape: U+0000-001F, U+007F-009F, U+FFFE, U+FFFF, every
 * surrogate unit, so also of pairs, and '_' before x or X. */
int escape_put(struct buf *out, struct bytes text, winch_error *err);

/* Does WTF-8 text hold a lone surrogate? */
bool escape_has_lone(struct bytes text);

#endif
