/*
 * der.h - the little of DER that SPNEGO needs: definite lengths, one-byte tags.
 */
#ifndef AUTH_DER_H
#define AUTH_DER_H

#include "src/base/buf.h"
#include "src/base/rd.h"

enum {
	DER_BIT_STRING = 0x03,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_ENUM = 0x0A,
	DER_SEQUENCE = 0x30,
	DER_APPLICATION_0 = 0x60,
	DER_CONTEXT_0 = 0xA0,  /* + n */
	DER_CONTEXT_LAST = 30, /* the highest n of a one-byte tag */
};

/* Read one element: its tag and content.  false: there is none, or it is cut short, or
 * its length is not written the shortest way. */
bool der_next(struct rd *in, uint8_t *ret_tag, struct bytes *ret_content);

/* Read one element that must have this tag. */
bool der_expect(struct rd *in, uint8_t tag, struct bytes *ret_content);

int der_put(struct buf *out, uint8_t tag, struct bytes content, winch_error *err);

#endif
