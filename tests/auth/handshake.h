/*
 * handshake.h - our initiator and the acceptor of tests, their tokens passed by hand.
 *
 * Random bytes are 1, 2, 3 ...: the client's challenge first, then the session key.
 */
#ifndef TESTS_AUTH_HANDSHAKE_H
#define TESTS_AUTH_HANDSHAKE_H

#include "tests/auth/acceptor.h"

typedef struct auth *auth_maker(const struct auth_world *world, winch_error *err);

struct handshake {
	struct credential who;
	struct auth_world world;
	struct acceptor_rules rules;
	struct auth *client;
	struct acceptor server;
	struct buf to_server, to_client; /* the last token each way */
	uint8_t random;                  /* the last byte given */
	bool no_random;
};

/* User "CORP\anna", password "Pa55-\u00fc"; the caller may change world and rules before the
 * first token. */
int handshake_init(struct handshake *h, auth_maker *make, winch_error *err);
void handshake_done(struct handshake *h);

/* One token of the client's, or of the server's: what step gives. */
int handshake_client(struct handshake *h, winch_error *err);
int handshake_server(struct handshake *h, winch_error *err);

/* All of it; the client's last result. */
int handshake_run(struct handshake *h, winch_error *err);

/* len bytes from client to server and back, three times: 0 when they came through. */
int handshake_talk(struct handshake *h, size_t len, winch_error *err);

/* The session key that the client draws. */
extern const uint8_t handshake_session_key[NTLM_KEY];

#endif
