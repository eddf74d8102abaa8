/*
 * http-inside.h - what http.c and lane.c share.
 */
#ifndef HTTP_HTTP_INSIDE_H
#define HTTP_HTTP_INSIDE_H

#include "wsman/http/http.h"
#include "wsman/http/lane-work.h"
#include "wsman/http/wire.h"

/* NULL with *err filled on failure. */
typedef struct auth *auth_maker(const struct auth_world *world, winch_error *err);

/* NULL: this build has none. */
auth_maker *http_mechanism(enum http_auth auth);

enum { MAX_NETBIOS_NAME = 15 };

/* Whether this host takes a sealed body together with the final token. */
enum first_body { FIRST_BODY_UNKNOWN, FIRST_BODY_TAKEN, FIRST_BODY_REFUSED };

struct http {
	char *url, *host, *where; /* where: "host:port", for messages */
	char *user_agent, *ca_file;
	char *proxy, *proxy_user;                                       /* NULL: none */
	int (*connect)(void *user, const char *host, int port, int fd); /* NULL: by TCP */
	void *connect_user;
	int port;
	struct secret proxy_password;
	char workstation[MAX_NETBIOS_NAME + 1];
	bool tls, allow_cleartext, allow_old_credssp;
	enum http_auth auth;
	auth_maker *auth_new;
	const struct credential *credential;
	struct auth_kerberos kerberos; /* its texts are ours */
	bool no_kerberos;              /* Negotiate goes without it: it was tried */
	char *why_ntlm;                /* that; NULL: no memory was left for it */
	bool said_unbound;             /* that its certificate has no channel binding */
	long connect_timeout_ms;
	struct tls_rules rules;
	const struct log *log;
	struct http_watch watch;
	CURLSH *share; /* resolved names */

	struct lane *lanes;            /* all of them */
	struct lane *done, **done_end; /* those with an ended exchange, in that order */
	unsigned lane_count;
	int64_t told_ms; /* the timer that the watcher has */

	enum first_body first_body;
	winch_error refused; /* .status set: no credential is sent any more */
};

/* What the exchange is at. */
enum phase {
	PHASE_IDLE,
	PHASE_WORK,       /* the mechanism works on its first token; nothing is under way */
	PHASE_OPEN,       /* a connection is opened, to bind the first token to it */
	PHASE_TOKEN,      /* a token under way with an empty body */
	PHASE_FIRST_BODY, /* the final token under way with the body */
	PHASE_BODY,       /* the body under way */
};

struct lane {
	struct http *http;
	struct lane *next, *next_done;
	bool queued; /* in http->done */
	unsigned number;
	struct wire wire;

	struct auth *auth; /* of the wire's connection */
	struct auth_world world;
	bool authenticated;     /* auth stands on this connection */
	bool context_done;      /* auth's step has said AUTH_DONE */
	bool opened;            /* the connection stood before the first token */
	struct lane_work *work; /* NULL: none is going on; else auth is its */
	unsigned legs;
	winch_error dead; /* .status set: the seal broke, for good */

	enum phase phase;
	struct lane_request req;
	int64_t deadline_ms; /* -1: none */
	bool sealed;         /* the request under way is */
	bool opened_again;   /* a new connection was made for this exchange already */
	bool empty_first;    /* this exchange's handshake goes with empty bodies */
	bool was_sent;
	bool repeated;         /* its body was sent whole before the connection was lost */
	struct buf token, out; /* base64 of our token (secret), the sealed body */
	struct buf type;

	winch_error error; /* .status set: how it ended */
	int status;
	struct buf plain; /* the unsealed reply; else wire.reply is it */
	bool hearsay;
};

/* The mechanism has no handshake: its header goes with each request. */
bool http_at_once(const struct http *h);

/* The mechanism's work is done, or its time is over. */
void lane_work_done(struct lane *lane);
void lane_work_expired(struct lane *lane);

/* Everything that ended is handled, and what follows is started. */
void lane_pump(struct lane *lane);

/* After each call from outside: the watcher's timer. */
void http_set_timer(struct http *h);

void http_queue_done(struct http *h, struct lane *lane);
void http_unqueue_done(struct http *h, struct lane *lane);

#endif
