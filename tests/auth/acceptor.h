/*
 * acceptor.h - the server's side of NTLMv2, raw or in SPNEGO, as far as tests need one.
 *
 * It stands on the messages and keys of wsman/auth, which have vectors of their own, and is
 * itself judged by gss-ntlmssp as the client (gss-grid.c).
 */
#ifndef TESTS_AUTH_ACCEPTOR_H
#define TESTS_AUTH_ACCEPTOR_H

#include "wsman/auth/auth.h"
#include "wsman/auth/ntlm-crypto.h"

struct acceptor_rules {
	struct bytes password;        /* everybody's; UTF-8 */
	struct bytes channel_binding; /* application data; empty: none is looked at */
	uint64_t filetime;            /* told in the target information; 0: none is */
	uint32_t not_granted;         /* of enum ntlm_flag, though asked for */
};

enum acceptor_stage { ACCEPTOR_BEGIN, ACCEPTOR_WANTS_AUTHENTICATE, ACCEPTOR_DONE };

struct acceptor {
	const struct acceptor_rules *rules;
	enum acceptor_stage stage;
	bool spnego;
	struct buf list; /* the client's MechTypeList */
	struct buf negotiate, challenge;
	uint32_t granted;
	struct ntlm_seal ours, theirs;

	/* What the client sent. */
	struct buf user, domain, workstation, target_name; /* UTF-8 */
	uint64_t filetime;
	bool mic;      /* one, and right */
	bool bound;    /* to the channel, rightly */
	bool list_mic; /* a mechListMIC, and right */
	bool lm;       /* an LM response that is not zeros */
};

void acceptor_init(struct acceptor *a, const struct acceptor_rules *rules);
void acceptor_done(struct acceptor *a);

/* A token in; the answer, if there is one, is appended to out.  AUTH_MORE, AUTH_DONE or < 0. */
int acceptor_step(struct acceptor *a, struct bytes in, struct buf *out, winch_error *err);

/* The challenge that it always has. */
extern const uint8_t acceptor_challenge[NTLM_CHALLENGE_LEN];

#endif
