/*
 * login.h - logins that several targets share: one of them shows it first.
 *
 * Each refusal counts towards a lock-out of the account.  So as long as nobody has taken a login
 * that a refusal would spoil for all, the other targets wait; once it is refused they end.
 */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

/* Who looks at a login. */
enum login_stage {
	LOGIN_WAY,  /* the proxy, or the jump host */
	LOGIN_KDC,  /* where Kerberos may be taken: whatever the user's name looks like */
	LOGIN_HOST, /* the host, at a domain user's */
	LOGIN_STAGES
};

enum login_state {
	LOGIN_UNTRIED,
	LOGIN_TRYING, /* one target shows it */
	LOGIN_TAKEN,
	LOGIN_REFUSED
};

struct login {
	char *name; /* "user anna" */
	char *at;   /* who looks at it; NULL: each host */
	const void *secret;
	enum login_state state;
	const void *by; /* LOGIN_TRYING: who */
};

struct logins {
	struct login **list;
	size_t count;
};

/* The one of this name, place and secret; NULL at: each host.  secret only tells one from another.
 */
struct login *login_get(struct logins *all, const char *name, const char *at, const void *secret);
void logins_done(struct logins *all);

/* What follows takes NULL, too: a login that nobody shares. */

/* May it be shown now? */
bool login_is_free(const struct login *l);

/* by shows it, if it is the first. */
void login_try(struct login *l, const void *by);

/* What came of that: LOGIN_UNTRIED, it was not shown.  true: it is by's to say. */
bool login_tried(struct login *l, const void *by, enum login_state state);

#endif
