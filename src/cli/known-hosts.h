/*
 * known-hosts.h - certificates that were accepted once: ~/.config/winch/known_hosts.
 *
 *     HOST PORT sha256:HEX     a line each; # comments
 *
 * They count where no authority vouches for a host.  A host that has another certificate than it
 * had is refused, as ssh does.
 */
#ifndef CLI_KNOWN_HOSTS_H
#define CLI_KNOWN_HOSTS_H

#include <winch/certificate.h>

#include "src/cli/cli.h"

enum { PIN_BYTES = 32 };

struct known_host {
	char *host;
	int port;
	uint8_t pin[PIN_BYTES];
	size_t line; /* of the file */
};

struct known_hosts {
	char *path;
	struct known_host *list;
	size_t count;
	size_t lines; /* that the file has */
};

/* The user's file; one that is not there is empty.  0, or STATUS_USAGE, said. */
int known_hosts_read(struct known_hosts *k);
void known_hosts_done(struct known_hosts *k);

/* Text of a file called path, for known_hosts_read() and tests. */
int known_hosts_parse(struct known_hosts *k, const char *path, const char *text, size_t len);

/* Whom to trust for one target. */
struct trust {
	struct known_hosts *known;
	const char *host;
	int port;
	bool accept_new; /* a host that is not known becomes known, said on stderr */
	char *refusal;   /* why not, to be said in place of the library's reason; NULL: nothing */
};

/* A winch_trust_fn; user is a struct trust. */
int trust_certificate(void *user, const winch_host_certificate *c);
void trust_done(struct trust *t);

/* "sha256:HEX", colons and case ignored.  false: it is not that. */
bool pin_parse(const char *text, uint8_t pin[PIN_BYTES]);
char *pin_text(const uint8_t pin[PIN_BYTES]);

#endif
