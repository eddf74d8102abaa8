/*
 * credssp-talk.h - what client and host of CredSSP say to each other inside their TLS:
 * MS-CSSP 3.1.5.
 *
 * First SPNEGO's tokens; then each shows that the key of the TLS is the one it sees; then,
 * and only then, the password.
 */
#ifndef AUTH_CREDSSP_TALK_H
#define AUTH_CREDSSP_TALK_H

#include "wsman/auth/auth.h"
#include "wsman/auth/credssp-wire.h"

/* What is expected next. */
enum credssp_stage {
	CREDSSP_BEGIN,
	CREDSSP_WANTS_TOKEN,
	CREDSSP_WANTS_KEY, /* our last token has been made, and what binds the key */
	CREDSSP_WANTS_END, /* the password has been made */
	CREDSSP_DONE,
	CREDSSP_FAILED,
};

struct credssp_talk {
	const struct auth_world *world;
	struct auth_world inside; /* what the mechanism inside is told */
	struct auth *inner;
	enum credssp_stage stage;
	uint32_t version; /* the host's; 0: not said yet */
	struct buf key;   /* SubjectPublicKey of the TLS's certificate: the caller fills it in */
	uint8_t nonce[CREDSSP_NONCE];
	bool inner_done;
};

/* WINCH_E_ARG: there is no password. */
int credssp_talk_init(struct credssp_talk *t, const struct auth_world *world, winch_error *err);
void credssp_talk_done(struct credssp_talk *t);

/* Take the host's TSRequest (empty: none) and append ours to out (maybe none): as
 * auth_class.step. */
int credssp_talk(struct credssp_talk *t, struct bytes in, struct buf *out, winch_error *err);

/* Whether what was said so far names the user. */
bool credssp_talk_shown(const struct credssp_talk *t);

enum credssp_way { CREDSSP_TO_SERVER, CREDSSP_TO_CLIENT };

/* Append the hash that binds the key from version 5 on. */
int credssp_hash_key(enum credssp_way way, struct bytes nonce, struct bytes key, struct buf *out,
		     winch_error *err);

#endif
