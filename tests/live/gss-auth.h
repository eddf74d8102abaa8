/*
 * gss-auth.h - NTLM by GSSAPI (gss-ntlmssp): a mechanism that is not ours, for lanes under test.
 */
#ifndef GSS_AUTH_H
#define GSS_AUTH_H

#include "wsman/auth/auth.h"

struct auth *gss_ntlm_new(const struct auth_world *world, winch_error *err);    /* raw NTLM */
struct auth *gss_unbound_new(const struct auth_world *world, winch_error *err); /* no binding */
struct auth *gss_spnego_new(const struct auth_world *world, winch_error *err);  /* in SPNEGO */

#endif
