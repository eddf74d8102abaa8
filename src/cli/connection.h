/*
 * connection.h - the connection options, as the library takes them.
 */
#ifndef CLI_CONNECTION_H
#define CLI_CONNECTION_H

#include <winch/session.h>

#include "src/cli/certificate.h"
#include "src/cli/config.h"
#include "src/cli/credential.h"
#include "src/cli/jump.h"
#include "src/cli/known-hosts.h"
#include "src/cli/login.h"
#include "src/cli/proxy.h"
#include "src/cli/status.h"
#include "src/cli/target.h"
#include "src/cli/targets.h"

struct connection {
	struct options options; /* the command line's, then the configuration file's */
	struct target target;
	char *url, *title;
	char *user;                    /* NULL: to be asked for */
	int auth;                      /* enum winch_auth */
	struct credential *credential; /* NULL: the certificate is who we are */
	const winch_certificate *certificate;
	const char *keytab;                 /* NULL: a ticket or a password */
	bool wiped;                         /* it no longer needs the password */
	struct login *logins[LOGIN_STAGES]; /* shared ones; NULL: none */
	uint8_t pin[PIN_BYTES];
	bool has_pin;
	struct trust trust;
	struct proxy proxy;
	struct jump jump;
	int connect_ms, operation_ms, idle_ms;
	int retries, retry_ms, wait_ms;
	int min_runspaces, max_runspaces;
	struct attempt attempt;
};

/* Options and TARGET, checked as far as that is possible here. */
int connection_read(struct connection *c, const struct options *line, const struct config *config,
		    const struct target_line *target);

/* Is the certificate looked at? */
bool connection_is_insecure(const struct connection *c);

/* Is there a name for the host in Kerberos? */
bool connection_kerberos_can_name(const struct connection *c);

/* What was read or asked for, for all targets. */
struct answers {
	struct credentials credentials;
	struct certificates certificates;
	struct proxy_logins proxies;
	struct logins logins;
};

void answers_done(struct answers *a);

/* What is missing: a user's name and the password, or the certificate; the proxy's password.
 * others: so many more targets there are. */
int connection_ask(struct connection *c, struct answers *answers, size_t others);

/* What was asked for, a refusal would spoil for other targets, too: it is one of these. */
void connection_share(struct connection *c, struct logins *all);

/* Is the certificate checked against known hosts?  Then these. */
bool connection_asks_known_hosts(const struct connection *c);
void connection_trust(struct connection *c, struct known_hosts *known);

/* *ret_options points into *c. */
void connection_options(struct connection *c, winch_session_options *ret_options);

/* The password is no longer needed. */
void connection_wipe(struct connection *c);
void connection_done(struct connection *c);

#endif
