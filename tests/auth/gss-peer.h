/*
 * gss-peer.h - both ends of NTLM by GSSAPI and gss-ntlmssp: not our code, and what ours is judged
 * by.
 */
#ifndef TESTS_AUTH_GSS_PEER_H
#define TESTS_AUTH_GSS_PEER_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#include "src/base/buf.h"

struct peer {
	bool initiates;
	gss_OID mechanism;
	struct bytes binding; /* application data; empty: none */
	gss_ctx_id_t context;
	gss_cred_id_t credential;
	gss_name_t target, user;
	OM_uint32 flags; /* when it stands */
};

/* Once: where gss-ntlmssp looks for passwords, and where it must not look.  false: this machine
 * has no gss-ntlmssp. */
bool peer_set_up(const char *user_file);

/* user: as gss-ntlmssp wants it, "DOMAIN\user" or "user"; its password is in the user file. */
int peer_initiator_init(struct peer *g, bool spnego, const char *user, winch_error *err);
void peer_acceptor_init(struct peer *g);
void peer_done(struct peer *g);

/* A token in (empty at first for an initiator), one out.  AUTH_MORE, AUTH_DONE or < 0. */
int peer_step(struct peer *g, struct bytes in, struct buf *out, winch_error *err);

/* 16 bytes of signature and the sealed text. */
int peer_seal(struct peer *g, struct bytes plain, struct buf *out, winch_error *err);
int peer_unseal(struct peer *g, struct bytes sealed, struct buf *out, winch_error *err);

/* Who asked, as the acceptor has it. */
int peer_put_user(const struct peer *g, struct buf *out, winch_error *err);

#endif
