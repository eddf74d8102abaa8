/*
 * lane-inside.h - what lane.c, lane-auth.c and lane-reply.c share.
 */
#ifndef HTTP_LANE_INSIDE_H
#define HTTP_LANE_INSIDE_H

#include "wsman/http/http-inside.h"
#include "wsman/http/sealed.h"

enum {
	MAX_LEGS = 10,
	MAX_TOKEN = 128 * 1024,
	MAX_TOKEN_REPLY = 64 * 1024, /* the page that comes with a 401 */
};

/* lane.c */
int lane_send(struct lane *lane, enum phase phase, bool bound, winch_error *err);
int lane_begin_again(struct lane *lane, winch_error *err);
void lane_drop_connection(struct lane *lane);

/* lane-auth.c */

/* Start a handshake on a new connection. */
int lane_handshake(struct lane *lane, winch_error *err);
/* What comes before its first token, and the token. */
int lane_first_token(struct lane *lane, winch_error *err);
/* A mechanism without one: its header, and the body. */
int lane_at_once(struct lane *lane, winch_error *err);

/* Fill in what the request says: token, type, body, sealed where it has to be. */
int lane_prepare(struct lane *lane, bool has_body, struct wire_request *req, winch_error *err);

/* A 401 came: the next leg, a new handshake, or the end. */
int lane_on_401(struct lane *lane, winch_error *err);

/* Another status came with the final token's reply: the context must stand now. */
int lane_complete(struct lane *lane, winch_error *err);

/* lane-refused.c: how a handshake ends.  What they give is < 0. */

/* The mechanisms that would bind to the channel. */
bool lane_binds(const struct http *h);
/* Another lane, or this one, was refused before.  0: no. */
int lane_still_refused(const struct http *h, winch_error *err);
/* Keep *err: no lane sends the credential again. */
int lane_refuse(struct lane *lane, winch_error *err);
/* The mechanism says why it does not go on; and before anything went out. */
int lane_step_failed(struct lane *lane, int status, winch_error *err);
int lane_first_failed(struct lane *lane, int status, winch_error *err);
int lane_not_offered(struct lane *lane, winch_error *err);
int lane_credential_refused(struct lane *lane, winch_error *err);
int lane_certificate_refused(struct lane *lane, winch_error *err);
int lane_mechanism_refused(struct lane *lane, winch_error *err);
int lane_ticket_refused(struct lane *lane, winch_error *err);
/* It has let us in twice, and does not know us when the body comes. */
int lane_forgotten_again(struct lane *lane, winch_error *err);
/* The connection was gone though the next leg needs it. */
int lane_not_kept(struct lane *lane, winch_error *err);

/* lane-reply.c */

/* Judge a whole reply.  0 with phase idle: it is lane_reply()'s. */
int lane_on_reply(struct lane *lane, winch_error *err);

#endif
