/*
 * proxy.h - --proxy, else what the environment says: https_proxy, http_proxy, no_proxy.
 */
#ifndef CLI_PROXY_H
#define CLI_PROXY_H

#include "src/cli/options.h"
#include "src/cli/password.h"
#include "src/cli/target.h"

struct proxy {
	char *url;                    /* SCHEME://HOST[:PORT]; NULL: no proxy */
	char *user;                   /* NULL: none */
	struct password own;          /* which the environment had */
	const struct password *asked; /* of .user; NULL: none was asked for */
};

/* Passwords of proxies, each read or asked for once. */
struct proxy_logins {
	struct proxy_login {
		char *key;
		struct password password;
	} * *list;
	size_t count;
};

/* Which proxy leads to t.  0, or STATUS_USAGE, said. */
int proxy_read(struct proxy *p, const struct options *o, const struct target *t);

/* The password of its user, where it is not known yet. */
int proxy_ask(struct proxy *p, const struct options *o, struct proxy_logins *all);

void proxy_done(struct proxy *p);
void proxy_logins_done(struct proxy_logins *all);

/* Does a no_proxy list name this host?  Names with what is below them, addresses, networks
 * (10.0.0.0/8), * for all. */
bool proxy_is_excepted(const char *list, const char *host);

#endif
