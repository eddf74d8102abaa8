/*
 * primitive.h - the texts of CLIXML's primitives: what is accepted, and the normal
 * form that is kept.  MS-PSRP 2.2.5.1; specs/json-mapping.md 2 has the table.
 */
#ifndef PSRP_PRIMITIVE_H
#define PSRP_PRIMITIVE_H

#include "psrp/tags.h"
#include "src/base/buf.h"

/* The normal form of text as a tag of TAG_TEXT_TRIMMED (an I32 for AI PI PC SR).  It is a part
 * of text, or was put into scratch (cleared first), or is static.  WINCH_E_FORMAT, without
 * a text: text is not accepted; WINCH_E_NOMEM. */
int primitive_normal(enum tag tag, struct bytes text, struct buf *scratch, struct bytes *ret,
		     winch_error *err);

/* Is the normal form of an integer (no plus, no leading zeros), or of a D, beyond 2^53 - 1? */
bool primitive_is_big(struct bytes digits);

/* The usual integer, of fewer digits than its type's range has: its own normal form.  False
 * says nothing. */
bool primitive_is_plain_integer(enum tag tag, struct bytes text);

#endif
