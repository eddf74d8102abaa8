/*
 * auth.h - what every authentication mechanism is: token in, token out; then
 * seal and unseal.  No HTTP, no base64, no I/O; time and random bytes are arguments.
 *
 * A context belongs to one connection.  It is made from a credential, which
 * outlives it and may serve many contexts.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <winch/error.h>

#include "src/base/buf.h"
#include "src/base/secret.h"

/* Who wants in.  User forms (winch(1)): "user", "DOMAIN\user", "user@realm". */
struct credential {
	struct buf user;        /* without the domain */
	struct buf domain;      /* empty: none was named */
	struct secret password; /* UTF-8; .data NULL: none.  NTLM keeps the hash instead */
	struct secret nt_hash;  /* 16 bytes: MD4 of the UTF-16LE password, once made */
};

/* "DOMAIN\user" is split at its first backslash; "user@realm" stays whole in
 * .user with an empty .domain, as NTLM wants it. */
int credential_set(struct credential *c, struct bytes user, struct bytes password,
		   winch_error *err);
void credential_done(struct credential *c);

/* Keep the NT hash in place of the password: for a credential that only NTLM will use. */
int credential_keep_nt_hash(struct credential *c, winch_error *err);

/* What Kerberos is told besides the credential; copied when a context is made.  NULL texts: the
 * default. */
struct auth_kerberos {
	const char *spn; /* "SERVICE/host" or "SERVICE/host@REALM"; default host/NAME, HTTP/NAME */
	const char *keytab; /* the user's keys, in place of a password */
	const char *ccache; /* where tickets are; default: libkrb5's own */
	bool delegate;      /* forward the ticket: the host may act in the user's name */
};

/* What the world is, for one handshake.  Borrowed until auth_free(). */
struct auth_world {
	const struct credential *credential; /* NULL: who the ticket says (Kerberos alone) */
	struct bytes target_name;            /* host name for SPNs: "HTTP/name" is made of it */
	struct bytes workstation;     /* this machine's NetBIOS name, for NTLM; may be empty */
	struct bytes channel_binding; /* the application data of RFC 5929: "tls-server-end-point:" +
					 hash; empty over plain HTTP */
	bool channel_stands;          /* channel_binding is what it will be */
	bool must_seal;               /* plain HTTP: a context that can't seal is refused */
	const struct auth_kerberos *kerberos; /* NULL: Negotiate leaves Kerberos out */
	bool allow_old_credssp;               /* a host whose CredSSP is older than version 5 */
	const uint8_t *credssp_pin; /* SHA-256 of the certificate inside CredSSP; NULL: any */
	uint64_t filetime;          /* 100 ns since 1601, for NTLM where the server sends no time */
	int (*random)(void *user, uint8_t *out, size_t len); /* 0, or < 0 */
	void *random_user;
};

struct auth; /* one context */

enum { AUTH_DONE = 0, AUTH_MORE = 1 };

/* What sealing costs and how a sealed body is named. */
struct auth_sealing {
	const char *protocol; /* "application/HTTP-SPNEGO-session-encrypted" ... */
	size_t max_part;      /* plain bytes of one sealed part; 0: no limit (CredSSP: 16 KiB) */
	size_t overhead;      /* most bytes that sealing adds to one part */
};

struct auth_class {
	const char *name;   /* "ntlm", "negotiate", "basic": for messages and -v */
	const char *scheme; /* of the Authorization header: "Negotiate", "Basic" ... */
	/* Take the server's token (empty at first) and append ours to out (maybe none).
	 * AUTH_MORE: another of the server's is needed.  AUTH_DONE: the context stands. */
	int (*step)(struct auth *a, struct bytes in, struct buf *out, winch_error *err);
	/* The keys are there though step has not said AUTH_DONE yet: a first body may be
	 * sealed to travel with the token just made.  NULL: never. */
	bool (*can_seal)(const struct auth *a);
	/* Append to header the signature (the part with the 4-byte length in front of it)
	 * and to data the sealed bytes. */
	int (*seal)(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		    winch_error *err);
	/* Append the plain bytes to out.  WINCH_E_PROTOCOL: bad seal; the context is dead. */
	int (*unseal)(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
		      winch_error *err);
	const struct auth_sealing *sealing; /* NULL: this mechanism can't seal (Basic) */
	/* What may block before the first step (a KDC, a name server).  has_work is called by
	 * the context's owner, and copies what work needs of the world; true: work is to be
	 * called, on any one thread, and has_work asked again.  Work touches nothing but a, and
	 * step tells how it went.  A step without it does the work itself.  NULL: never.  free
	 * touches nothing but a, too. */
	bool (*has_work)(struct auth *a);
	void (*work)(struct auth *a);
	/* The first token will hold the channel binding: the connection has to stand before it.
	 * NULL: never. */
	bool (*binds_first)(const struct auth *a);
	/* The server has refused the first token without a word: is there another mechanism to
	 * try on a new connection, the first one left out?  NULL: never. */
	bool (*falls_back)(const struct auth *a);
	/* A token without a byte is an answer as well.  NULL: never. */
	bool (*takes_nothing)(const struct auth *a);
	/* Whether the tokens made so far show who asks: a server that does not go on then has
	 * refused the credential.  NULL: from the second one on. */
	bool (*shown)(const struct auth *a);
	/* A step that fails on the server's word knows why the credential was refused, if it was.
	 */
	bool explains;
	/* Why NTLM stands in Kerberos's place, once it does; else NULL.  NULL: never. */
	const char *(*why_ntlm)(struct auth *a);
	void (*free)(struct auth *a);
};

/* Every mechanism's context begins with this. */
struct auth {
	const struct auth_class *class;
	const struct auth_world *world;
};

static inline void auth_free(struct auth *a)
{
	if (a)
		a->class->free(a);
}

/* The mechanisms.  NULL with *err filled on failure. */
struct auth *auth_basic_new(const struct auth_world *world, winch_error *err);
struct auth *auth_certificate_new(const struct auth_world *world, winch_error *err);
struct auth *auth_ntlm_new(const struct auth_world *world, winch_error *err);      /* raw NTLM */
struct auth *auth_negotiate_new(const struct auth_world *world, winch_error *err); /* SPNEGO */
struct auth *auth_credssp_new(const struct auth_world *world, winch_error *err);
/* WINCH_E_UNSUPPORTED: this build has none. */
struct auth *auth_kerberos_new(const struct auth_world *world, winch_error *err);
bool auth_has_kerberos(void);
/* The ticket cache's principal into out.  1: there is one, and a ticket that has not expired.
 * WINCH_E_UNSUPPORTED: this build has none. */
int auth_ticket_user(const char *ccache, struct buf *out, winch_error *err);

/* What Kerberos has for this user and host, and what a KDC says, without a secret: of the
 * credential only the names count.  Blocks. */
struct auth_kerberos_look {
	struct buf default_realm, host_realm; /* empty: none; the KDC is asked for it */
	struct buf client;                    /* the user's principal */
	struct buf service;                   /* the SPN */
	bool by_ticket;                       /* the client is a ticket's, and ... */
	int64_t ticket_end;                   /* ... it is good until, in seconds since 1970 */
	winch_error why;                      /* .status set: why it does not work */
};
void auth_kerberos_look(const struct auth_world *world, bool has_secret,
			struct auth_kerberos_look *ret);
void auth_kerberos_look_done(struct auth_kerberos_look *l);

#endif
