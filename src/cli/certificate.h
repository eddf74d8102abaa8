/*
 * certificate.h - --cert and --key, read once for all targets that have the same.
 */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include <winch/certificate.h>

#include "src/cli/options.h"

struct certificates {
	struct certificate_files {
		char *cert, *key; /* key NULL: it is in cert */
		winch_certificate *certificate;
	} * list;
	size_t count;
};

/* The certificate that o names.  The passphrase of its key, where it needs one, comes from where a
 * password would.  0, or the exit status, said. */
int certificate_get(struct certificates *all, const struct options *o,
		    const winch_certificate **ret_certificate);
void certificates_done(struct certificates *all);

#endif
