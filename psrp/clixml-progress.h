/*
 * clixml-progress.h - the parts of <PR>, in their order.
 */
#ifndef PSRP_CLIXML_PROGRESS_H
#define PSRP_CLIXML_PROGRESS_H

#include "psrp/value.h"

enum { PROGRESS_PARTS = 8, PROGRESS_OPERATION = 2 /* S, or Nil */ };

extern const uint8_t progress_parts[PROGRESS_PARTS]; /* enum tag */

/* The text of a part, in its normal form, into p; texts are copied to a.  WINCH_E_FORMAT, without
 * a text: T is neither Processing nor Completed. */
int progress_set(struct progress *p, enum tag part, struct bytes text, struct arena *a,
		 winch_error *err);

#endif
