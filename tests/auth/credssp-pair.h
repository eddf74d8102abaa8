/*
 * credssp-pair.h - our client of CredSSP and the host of tests, their tokens passed by hand.
 */
#ifndef TESTS_AUTH_CREDSSP_PAIR_H
#define TESTS_AUTH_CREDSSP_PAIR_H

#include "tests/auth/credssp-host.h"

struct credssp_pair {
	struct credential who;
	struct auth_world world;
	struct auth *client;
	struct credssp_host host;
	struct buf to_host, to_client; /* the last token each way */
	unsigned tokens;               /* of the client's */
	uint8_t random;                /* the last byte given */
	bool no_random;
};

/* User "CORP\anna", password "Pa55-\u00fc", a host of version 6 with TLS 1.3 but for what rules
 * (NULL: nothing) say.  The caller may change the world before the client is made. */
void credssp_pair_init(struct credssp_pair *p, const struct credssp_host_rules *rules);
void credssp_pair_done(struct credssp_pair *p);

/* Make the client. */
int credssp_pair_start(struct credssp_pair *p, winch_error *err);

/* One token of the client's: what step gives. */
int credssp_pair_client(struct credssp_pair *p, winch_error *err);

/* All of it, the client's last result; HTTP's 200 is the last token without a byte.  A host that
 * breaks off is WINCH_E_CONNECT. */
int credssp_pair_run(struct credssp_pair *p, winch_error *err);

/* As they are by default. */
extern const struct credssp_host_rules credssp_pair_rules;

#endif
