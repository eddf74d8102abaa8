/*
 * http.h - exchanges on authenticated lanes: a plain envelope in, a plain reply out.
 *
 * A struct http is one endpoint and one credential; a lane of it is one
 * connection, one authentication context and its seal.  A lane carries one exchange at a time.
 * Nothing blocks but name resolution that libcurl can't do in the background (what Kerberos waits
 * for is on a thread of its own), and a proxy that wants a Kerberos ticket: the caller's
 * loop watches descriptors and one timer, and pulls finished exchanges.  One thread at a time.
 * Sealed bodies: MS-WSMV 2.2.9.1.  No XML is read here.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <winch/certificate.h>
#include <winch/error.h>
#include <winch/look.h>

#include "src/base/bytes.h"
#include "src/base/log.h"
#include "wsman/auth/auth.h"

struct http;
struct lane;

enum http_auth {
	HTTP_AUTH_NEGOTIATE = 0, /* SPNEGO: Kerberos, else NTLM */
	HTTP_AUTH_NTLM,          /* raw NTLM under the Negotiate scheme */
	HTTP_AUTH_BASIC,         /* https, or allow_cleartext */
	HTTP_AUTH_CERTIFICATE,   /* https; .certificate is shown when the server asks for it */
	HTTP_AUTH_KERBEROS,      /* raw Kerberos under the Kerberos scheme */
	HTTP_AUTH_CREDSSP,       /* the host gets the password; over http .pin is that of the
				    certificate inside */
	HTTP_AUTH_NONE,          /* no Authorization header at all: recordings, a front server */
};

enum { HTTP_READ = 1, HTTP_WRITE = 2 };

/* What the caller's loop watches.  Called from any function below that takes a struct http or
 * a struct lane; they may not call back into it. */
struct http_watch {
	/* Call http_ready() when fd is as want (HTTP_READ | HTTP_WRITE) says, until told
	 * otherwise.  0: forget fd; it may be closed right afterwards. */
	void (*socket)(void *user, int fd, int want);
	/* Call http_expired() once, ms from now; it replaces the timer set before.  -1: no timer.
	 */
	void (*timer)(void *user, long ms);
	void *user;
};

/* Texts are copied but for what is said to be borrowed: that lives as long as the http. */
struct http_options {
	const char *url; /* http:// or https://, with path, without user; port as in the URL */
	enum http_auth auth;
	const struct credential *credential;  /* borrowed; NULL: the mechanism needs none */
	const struct auth_kerberos *kerberos; /* NULL: the defaults */
	bool allow_cleartext;    /* bodies may leave unsealed over http, Basic may be used there */
	bool allow_old_credssp;  /* hosts whose CredSSP is older than version 5 */
	bool never_first_body;   /* authenticate with empty bodies from the start */
	const char *user_agent;  /* NULL: "winch/VERSION" */
	long connect_timeout_ms; /* 0: 10 s */

	const char *ca_file;  /* PEM; NULL: the system's */
	const char *tls_name; /* the name that the certificate must have; NULL: the URL's host */
	bool insecure;        /* no verification */
	bool look_only;       /* lane_look() tells of the certificate, which is trusted: to look
				 at a host without a credential */
	const winch_certificate *certificate; /* ours; borrowed; may be NULL */
	winch_trust_fn *trust;                /* where the chain's answer is no; NULL: no it is */
	void *trust_user;
	const uint8_t
		*pin; /* 32 bytes, SHA-256 of the certificate's DER: instead of chain and name */

	const char *proxy; /* URL without user; NULL: none */
	const char *proxy_user;
	struct bytes proxy_password;

	/* Takes the other end of each connection (winch_connect_fn).  NULL: by TCP, or .proxy. */
	int (*connect)(void *user, const char *host, int port, int fd);
	void *connect_user;

	const struct log *log; /* borrowed; may be NULL */
	/* Makes the context of a new connection in place of .auth's own: how a test brings a
	 * mechanism of its own.  NULL: by .auth. */
	struct auth *(*auth_new)(const struct auth_world *world, winch_error *err);
};

/* WINCH_E_ARG: the URL, or options that don't go together (Basic over http).  NULL on failure. */
struct http *http_new(const struct http_options *opts, const struct http_watch *watch,
		      winch_error *err);

/* Ends all lanes as well; the watcher is told to forget their descriptors. */
void http_free(struct http *h);

/* Why NTLM was taken in place of Kerberos, for good; NULL: it was not, so far. */
const char *http_why_ntlm(const struct http *h);

/* fd is ready as events (HTTP_READ | HTTP_WRITE; both for errors and hang-ups) says. */
void http_ready(struct http *h, int fd, int events);
void http_expired(struct http *h);

/* The lane whose exchange ended, in the order of ending.  1: *ret_lane; lane_error() says how.
 * 0: none.  Each is given once. */
int http_next_done(struct http *h, struct lane **ret_lane);

/* Whether bodies leave sealed: over http with every mechanism but Basic and none. */
bool http_seals(const struct http *h);

/* A lane opens its connection with its first exchange.  NULL on failure. */
struct lane *lane_new(struct http *h, winch_error *err);
void lane_free(struct lane *lane);

/* From 1, in the order of lane_new(): for messages. */
unsigned lane_number(const struct lane *lane);

struct lane_request {
	struct bytes body;  /* plain envelope, UTF-8; borrowed until the exchange ended or was
			       cancelled: it is sealed again after a 401 */
	const char *op;     /* "Receive": for the log; static */
	const char *id;     /* of the message, for the log; borrowed as body is; may be NULL */
	long timeout_ms;    /* of the whole exchange, handshake and all; <= 0: none */
	size_t max_reply;   /* plain bytes of the reply: twice the envelope */
	bool may_repeat;    /* may be sent a second time as it is: Receive */
	const char *header; /* "Name: value", one more; borrowed; may be NULL */
	bool first_body_ok; /* may travel with the final token to a host that has not taken such a
			       body yet: Create, Identify, Get */
};

/* Start an exchange.  What fails later ends it: http_next_done(), lane_error().
 * WINCH_E_STATE: one is under way.  A lane whose seal broke repeats why. */
int lane_post(struct lane *lane, const struct lane_request *req, winch_error *err);

/* Give up the exchange under way; the lane is not given by http_next_done() for it.  Its
 * connection is closed; the next lane_post() opens and authenticates another one. */
void lane_cancel(struct lane *lane);

bool lane_busy(const struct lane *lane);

/* Its seal broke: nothing can be carried on it any more. */
bool lane_is_dead(const struct lane *lane);

/* How the exchange ended.  NULL: with a reply.  Else why not: lives until the next lane_post().
 *
 *   WINCH_E_CONNECT   not reached, or the connection was lost.  lane_was_sent() says whether the
 *                     server may have acted on the request.
 *   WINCH_E_TLS       handshake, trust, name, pin
 *   WINCH_E_AUTH      refused or not possible.  Once refused, the credential is not sent again
 *                     by any lane of this http: they repeat the error.
 *   WINCH_E_TIMEOUT   timeout_ms is over
 *   WINCH_E_LIMIT     the reply is longer than max_reply, its headers than 64 KiB
 *   WINCH_E_PROTOCOL  not HTTP, not SOAP, bad seal, an unsealed reply to a sealed request
 */
const winch_error *lane_error(const struct lane *lane);

/* Of an exchange under way, or one that ended with an error: whether all of its body was given
 * to the connection, so that the server may have acted on it. */
bool lane_was_sent(const struct lane *lane);

/* Of the last exchange, with may_repeat: whether the connection was lost when all of its body was
 * given to it, and it was sent a second time. */
bool lane_was_repeated(const struct lane *lane);

/* The reply, where lane_error() is NULL: status (SOAP faults come with 500, 400, 404...; the
 * status line itself is never sealed) and plain body.  Lives until the next lane_post(). */
void lane_reply(const struct lane *lane, int *ret_http_status, struct bytes *ret_body);

/* What the last reply and its connection showed, however it was taken.  Empty and 0: not there. */
struct lane_look {
	int http_status;
	struct bytes type, server, location;
	int64_t date;              /* seconds since 1970 */
	struct bytes offers;       /* WWW-Authenticate lines, with commas between them */
	const winch_tls_look *tls; /* with .look_only; NULL: none was seen */
	bool connected;
	bool asks_certificate; /* for the client's, in TLS */
	int connect_ms, tls_ms, first_ms;
	const char *address;
};
void lane_look(const struct lane *lane, struct lane_look *ret_look);

/* What stood, unsealed, in a reply that had to be sealed (lane_error() is then set): anybody on
 * the way may have written it, so it can explain, in words that say so, and decide nothing.
 * false: there is none. */
bool lane_hearsay(const struct lane *lane, int *ret_http_status, struct bytes *ret_body);

#endif
