/*
 * kerberos.h - a Kerberos context, as SPNEGO uses it besides what auth.h says.
 */
#ifndef AUTH_KERBEROS_H
#define AUTH_KERBEROS_H

#include "wsman/auth/auth.h"

/* A mechListMIC made, or checked: RFC 4178 5. */
int kerberos_mic_make(struct auth *a, struct bytes text, struct buf *out, winch_error *err);
int kerberos_mic_check(struct auth *a, struct bytes text, struct bytes mic, winch_error *err);

/* Unseal what came in one run, as GSS_Wrap makes it. */
int kerberos_open(struct auth *a, struct bytes sealed, struct buf *out, winch_error *err);

#endif
