/*
 * spnego-wire.h - SPNEGO's two tokens, read and written: RFC 4178 4.2.
 */
#ifndef AUTH_SPNEGO_WIRE_H
#define AUTH_SPNEGO_WIRE_H

#include "src/base/buf.h"

enum spnego_state {
	SPNEGO_COMPLETED = 0,
	SPNEGO_INCOMPLETE = 1,
	SPNEGO_REJECT = 2,
	SPNEGO_REQUEST_MIC = 3,
	SPNEGO_NO_STATE = -1, /* left out */
};

/* NegTokenResp; an empty run is what was left out. */
struct spnego_response {
	int state; /* enum spnego_state */
	struct bytes mechanism; /* OID's content */
	struct bytes token, mic;
};

/* The MechTypeList of these OIDs (contents), as the mechListMIC is over it. */
int spnego_list_put(struct buf *out, const struct bytes *oids, size_t count, winch_error *err);

/* NegTokenInit in its GSS-API frame (RFC 2743 3.1); list is what spnego_list_put made. */
int spnego_init_put(struct buf *out, struct bytes list, struct bytes token, winch_error *err);

int spnego_response_put(struct buf *out, const struct spnego_response *r, winch_error *err);
int spnego_response_read(struct bytes in, struct spnego_response *ret, winch_error *err);

#endif
