/*
 * connection.h - the connection options, as the library takes them.
 */
#ifndef CLI_CONNECTION_H
#define CLI_CONNECTION_H

#include <winch/session.h>

#include "src/cli/options.h"
#include "src/cli/password.h"
#include "src/cli/status.h"
#include "src/cli/target.h"

struct connection {
	const struct options *options;
	struct target target;
	char *url, *title;
	char *user;
	int auth; /* enum winch_auth */
	struct password password;
	uint8_t pin[32];
	bool has_pin;
	int connect_ms, operation_ms, idle_ms;
	int min_runspaces, max_runspaces;
	struct attempt attempt;
};

/* Options and TARGET, checked as far as that is possible here. */
int connection_read(struct connection *c, const struct options *o, const char *target);

/* What is missing: a user's name and the password. */
int connection_ask(struct connection *c, const struct options *o);

/* *ret_options points into *c. */
void connection_options(const struct connection *c, winch_session_options *ret_options);

/* The password is no longer needed. */
void connection_wipe(struct connection *c);
void connection_done(struct connection *c);

#endif
