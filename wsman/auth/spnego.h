/*
 * spnego.h - a Negotiate context, as CredSSP uses it besides what auth.h says.
 */
#ifndef AUTH_SPNEGO_H
#define AUTH_SPNEGO_H

#include "wsman/auth/auth.h"

/* Seal into, or unseal from, one run: the signature first (MS-CSSP 2.2.1), as GSS_WrapEx has it. */
int spnego_wrap(struct auth *a, struct bytes plain, struct buf *out, winch_error *err);
int spnego_unwrap(struct auth *a, struct bytes sealed, struct buf *out, winch_error *err);

#endif
