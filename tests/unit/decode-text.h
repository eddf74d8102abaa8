/*
 * decode-text.h - a decoder of CLIXML over bytes in memory.
 */
#ifndef UNIT_DECODE_TEXT_H
#define UNIT_DECODE_TEXT_H

#include "psrp/decode.h"
#include "src/base/buf.h"

/* in as JSON at the end of out, fed in steps; again: it may be read once more.  The status. */
int decode_text(struct decoder_options opts, struct bytes in, size_t step, bool again,
		struct buf *out, winch_error *err);

#endif
