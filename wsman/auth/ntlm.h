/*
 * ntlm.h - an NTLM context, as SPNEGO uses it besides what auth.h says.
 */
#ifndef AUTH_NTLM_H
#define AUTH_NTLM_H

#include "wsman/auth/auth.h"

extern const struct auth_sealing ntlm_sealing;

/* A mechListMIC made (16 bytes at the end of out), or checked: MS-SPNG 3.3.5.1. */
int ntlm_mic_make(struct auth *a, struct bytes text, struct buf *out, winch_error *err);
int ntlm_mic_check(struct auth *a, struct bytes text, struct bytes mic, winch_error *err);

#endif
