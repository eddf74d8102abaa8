/*
 * credential.h - who logs on, with what, shared by all targets that have the same.
 *
 * Each password is read or asked for once.
 */
#ifndef CLI_CREDENTIAL_H
#define CLI_CREDENTIAL_H

#include "src/cli/options.h"
#include "src/cli/password.h"

struct secret {
	char *source; /* as password_source() says it */
	struct password password;
	size_t uses;
};

struct credential {
	char *user;
	struct secret *secret;
	size_t uses; /* of connections that still may need the password */
};

struct credentials {
	struct credential **list;
	size_t count;
	struct secret **secrets;
	size_t secret_count;
	char *asked_user; /* as typed on the terminal */
};

/* The user's credential; its password is read if nobody else has the same.  user NULL: asked
 * for, once.  title: the host; others: so many more hosts may use it.  0, or the exit status,
 * said. */
int credential_get(struct credentials *all, const struct options *o, const char *user,
		   const char *title, size_t others, struct credential **ret_credential);

/* Its connection needs the password no more: the last one's is wiped. */
void credential_release(struct credential *c);

void credentials_done(struct credentials *all);

/* Is it an account of a domain, seen from this host?  .\NAME and HOST\NAME are the host's. */
bool credential_of_domain(const char *user, const char *host);

#endif
