/*
 * document.h - values as one CLIXML document, as Export-Clixml writes it.
 *
 *     winch_document *d = winch_document_new(write, user, &err);
 *     while (... r == 0)
 *             r = winch_document_add(d, value, &err);
 *     if (r == 0)
 *             r = winch_document_end(d, &err);
 *     winch_document_free(d);
 *
 * Form       UTF-8 without BOM and XML declaration; an <Objs>, each element on a line
 *            of its own, indented by two blanks a level; line feeds.  RefIds go on from value
 *            to value, and type names are said once (MS-PSRP 2.2.5.2).
 * Results    0: done.  < 0: an enum winch_status (error.h).
 * Failure    WINCH_E_LIMIT: a value has more than 100 objects open.  What write returned
 *            is passed on.  A document that failed stays failed; nothing of the value that
 *            it failed at was written, unless write did.
 * Memory     Of one value at a time; besides, type names.
 * Threads    One document, one thread at a time.  Two documents share nothing.
 */
#ifndef WINCH_DOCUMENT_H
#define WINCH_DOCUMENT_H

#include <stddef.h>

#include <winch/error.h>
#include <winch/export.h>
#include <winch/value.h>

WINCH_BEGIN

typedef struct winch_document winch_document;

/* Takes len bytes of the document.  data lives as long as the call.  < 0, with *err filled,
 * ends the call that it was made for with that failure. */
typedef int winch_document_write(void *user, const char *data, size_t len, winch_error *err);

/* NULL on failure, with *err filled if err is not NULL.  Nothing is written yet. */
WINCH_API winch_document *winch_document_new(winch_document_write *write, void *user,
					     winch_error *err);
WINCH_API void winch_document_free(winch_document *d); /* NULL is accepted */

/* Write one value (NULL: a null). */
WINCH_API int winch_document_add(winch_document *d, const winch_value *v, winch_error *err);

/* Write what ends the document. */
WINCH_API int winch_document_end(winch_document *d, winch_error *err);

WINCH_END
#endif
