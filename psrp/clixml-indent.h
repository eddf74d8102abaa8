/*
 * clixml-indent.h - CLIXML laid out in lines, two blanks a level, as Export-Clixml does.
 */
#ifndef PSRP_CLIXML_INDENT_H
#define PSRP_CLIXML_INDENT_H

#include "src/base/buf.h"

/* Append clixml, which clixml_write() wrote: no white space between its tags.  Each element
 * that holds no text is a line of its own; level is that of the outermost. */
int clixml_indent(struct buf *out, struct bytes clixml, size_t level, winch_error *err);

#endif
