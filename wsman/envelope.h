/*
 * envelope.h - writing envelopes: the header that all requests share, and text, escaped.
 *
 * Failures stick in .status, so that a whole envelope is written before anybody asks.
 * DSP0226 5 to 7; MS-WSMV 3.2.4.1.
 */
#ifndef WSMAN_ENVELOPE_H
#define WSMAN_ENVELOPE_H

#include "wsman/wsman.h"

struct envelope {
	struct buf *out;
	winch_error *err;
	int status; /* 0, or why nothing more is written */
};

void envelope_put(struct envelope *e, const char *markup);

/* WINCH_E_ARG: not UTF-8, or a character that XML 1.0 can't hold. */
void envelope_text(struct envelope *e, struct bytes text);
void envelope_element(struct envelope *e, const char *tag, struct bytes text);
void envelope_attr(struct envelope *e, const char *name, struct bytes value);

/* xs:duration of milliseconds: PT20S, PT0.500S. */
void envelope_duration(struct envelope *e, const char *tag, unsigned ms);

struct envelope_header {
	const struct wsman_shell *shell;
	const char *action;
	struct bytes resource_uri;
	const char *message_id;
	const struct wsman_option *options;
	size_t option_count;
	struct bytes shell_id; /* selector; empty: none */
};

/* From the first byte to <s:Body>; envelope_end() closes both. */
void envelope_begin(struct envelope *e, const struct envelope_header *h);
#define ENVELOPE_END "</s:Body></s:Envelope>"

#endif
