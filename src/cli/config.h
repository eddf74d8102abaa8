/*
 * config.h - ~/.config/winch/config: connection options by host, in ssh_config's shape.
 *
 *     Host web* !web9          patterns of the host as TARGET names it
 *         HostName %h.corp.example
 *         User CORP\anna
 *         connect-timeout 5    a long option's name; its case and dashes don't matter
 *         Tls yes
 *
 * The command line comes first, then the first value that the file has for a host.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "src/cli/options.h"

struct config_entry {
	const struct option_row *row; /* NULL: Host or HostName */
	char **patterns;              /* of Host; NULL: none */
	size_t pattern_count;
	char *value; /* of all others */
	char *title; /* "FILE: line N: KEY", for messages */
};

struct config {
	char *path;
	struct config_entry *entries;
	size_t count;
};

/* Is this option a key?  Those are the connection options, which all commands have. */
bool config_has(const struct option_row *row);

/* The path of a file in the folder of the configuration file; the caller's. */
char *config_file(const char *name);

/* Nobody else may write such a file (it can hold commands to run, or say whom to trust): as ssh
 * says of its own.  0, or STATUS_USAGE, said. */
int config_check_owner(const char *path, int fd);

/* The user's file; one that is not there is empty.  0, or STATUS_USAGE, said. */
int config_read(struct config *c);
void config_done(struct config *c);

/* The options of the command line, and what the file says for this host where it says
 * nothing.  *ret_options points into both; end it with options_done().  *ret_name: HostName,
 * else NULL; the caller's.  0, or STATUS_USAGE, said. */
int config_apply(const struct config *c, const struct options *line, const char *host,
		 struct options *ret_options, char **ret_name);

#endif
