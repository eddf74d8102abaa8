/*
 * xml-write.h - XML text put into a buffer, escaped.  Structure is the caller's.
 */
#ifndef BASE_XML_WRITE_H
#define BASE_XML_WRITE_H

#include "src/base/buf.h"

/* Markup as it stands: a literal of the program, never outside text. */
#define xml_put_raw(out, lit, err) buf_put((out), BYTES_LIT(lit), (err))

/* Text content: & < > are escaped.  The bytes must be UTF-8 without what XML
 * forbids (see CLIXML's own escape, psrp/escape.h). */
int xml_put_text(struct buf *out, struct bytes text, winch_error *err);

/* Attribute value, without its quotes: " is escaped too, and tab, CR, LF as references. */
int xml_put_attr(struct buf *out, struct bytes text, winch_error *err);

#endif
