/*
 * kerberos-ticket.h - the ticket for a service, by libkrb5: from a cache, a keytab or a password.
 *
 * Blocks while a KDC or a name server answers.  libkrb5 reads its own environment (KRB5_CONFIG,
 * KRB5CCNAME, KRB5_CLIENT_KTNAME) and files.
 */
#ifndef AUTH_KERBEROS_TICKET_H
#define AUTH_KERBEROS_TICKET_H

#include <krb5/krb5.h>

#include <winch/error.h>

#include "src/base/secret.h"

/* Whose ticket, and for what.  All of it is owned: who asked may be gone by then. */
struct ticket_wish {
	char *user, *domain;    /* NULL: who the cache says; NULL: none was named */
	struct secret password; /* with a NUL at its end; .data NULL: none */
	char *host;
	char *spn, *keytab, *ccache; /* NULL: the defaults */
	bool delegate;
};

void ticket_wish_done(struct ticket_wish *w);

/* What the world says of it; kerberos.c's. */
struct auth_world;
int kerberos_copy_wish(struct ticket_wish *w, const struct auth_world *world, winch_error *err);

struct ticket {
	krb5_context krb5;
	krb5_ccache cache;
	bool own_cache; /* in memory, destroyed with it */
	krb5_principal client, service;
	char *service_name;
};

/* WINCH_ERROR_REFUSED is set where a KDC has looked at the user's password or key and refused it,
 * or refused the user's account: nobody else should be sent it. */
int ticket_get(struct ticket *t, const struct ticket_wish *w, winch_error *err);
void ticket_done(struct ticket *t);

/* The same without a secret: of a user who has one (has_secret; w->password is not looked at) only
 * what a KDC says to his name; of one with a ticket also the service's ticket. */
int ticket_look(struct ticket *t, const struct ticket_wish *w, bool has_secret, winch_error *err);

/* What libkrb5's code means, and what helps. */
int ticket_fail(const struct ticket *t, const struct ticket_wish *w, krb5_error_code code,
		winch_error *err);

/* The host's answer to the ticket does not do: it has not the key, or says so.  It may say
 * anything, also what only a KDC knows: that is no reason to believe that a password was refused.
 */
int ticket_answer_fail(const struct ticket *t, krb5_error_code code, winch_error *err);

/* The latest end of the tickets there, that of the TGT, in seconds since 1970; 0: there are none.
 */
int64_t ticket_end(krb5_context krb5, krb5_ccache cache);

/* As auth_ticket_user(). */
struct buf;
int ticket_user(const char *ccache, struct buf *out, winch_error *err);

#endif
