/*
 * scrub.h - a stream of fragments as it may be shown to people: without the texts of its
 * SecureStrings, which under protocol 2.4 are the secrets themselves.
 *
 * It shows whole fragments only, each shorter by what was removed; what is not whole yet comes
 * with what makes it whole.
 */
#ifndef PSRP_SCRUB_H
#define PSRP_SCRUB_H

#include "src/base/buf.h"

/* Where in a message it is. */
enum scrub_state {
	SCRUB_HEADER = 0, /* .seen bytes of the message's header */
	SCRUB_TEXT,
	SCRUB_NAME,      /* .seen characters of "<SS" */
	SCRUB_TAG,       /* in a start tag SS, behind its name */
	SCRUB_SLASH,     /* behind a / there */
	SCRUB_QUOTED,    /* in an attribute's value, until .quote */
	SCRUB_SECRET,    /* what is left out */
	SCRUB_SECRET_END /* behind a < there */
};

struct scrub {
	struct buf held; /* of a fragment that is not whole; secret */
	enum scrub_state state;
	size_t seen;
	uint8_t quote;
	bool lost; /* the stream makes no sense: nothing more is shown */
};

void scrub_init(struct scrub *s);
void scrub_done(struct scrub *s); /* a zeroed one is accepted */

/* Take bytes of the stream, append what may be shown of it.  < 0: WINCH_E_NOMEM. */
int scrub_put(struct scrub *s, struct bytes in, struct buf *out, winch_error *err);

#endif
