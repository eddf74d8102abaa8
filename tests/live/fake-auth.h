/*
 * fake-auth.h - a mechanism that only a test's server understands: it has NTLM's shape (two
 * tokens, keys of the connection, sequence numbers) and nothing of its strength.
 *
 * tests/faults/fake_server.py has the other side.
 */
#ifndef FAKE_AUTH_H
#define FAKE_AUTH_H

#include "wsman/auth/auth.h"

/* Done with its second token, as raw NTLM is. */
struct auth *fake_auth_new(const struct auth_world *world, winch_error *err);

/* Has its keys then, but waits for the server's last token, as NTLM in SPNEGO does. */
struct auth *fake_auth_late_new(const struct auth_world *world, winch_error *err);

/* "HELLO" is all that it has to say, bound to the host's certificate; "OK" has to come back. */
struct auth *fake_auth_ticket_new(const struct auth_world *world, winch_error *err);

#endif
