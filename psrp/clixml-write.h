/*
 * clixml-write.h - values to CLIXML, byte for byte as PowerShell's serializer writes it.
 */
#ifndef PSRP_CLIXML_WRITE_H
#define PSRP_CLIXML_WRITE_H

#include "psrp/value.h"
#include "src/base/buf.h"

/* Append v (NULL: <Nil />) as one message body: RefIds from 0 in document order, those of
 * type names apart.  Marks its objects: one tree, one thread at a time.
 * WINCH_E_LIMIT: more than 100 objects are open.  WINCH_E_ARG: a REF to an object
 * that has not started. */
int clixml_write(struct buf *out, const struct value *v, winch_error *err);

#endif
