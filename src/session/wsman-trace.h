/*
 * wsman-trace.h - envelopes for the log, without the texts of SecureStrings (psrp/scrub.h).
 */
#ifndef SESSION_WSMAN_TRACE_H
#define SESSION_WSMAN_TRACE_H

#include "psrp/scrub.h"

/* What a shell or a command of its sends and gets; starts zeroed. */
struct trace_streams {
	struct scrub to_stdin, to_pr, from_stdout;
};
void trace_streams_done(struct trace_streams *t);

struct wsman_carrier;
struct slot;

/* Does nothing unless the log is at WINCH_LOG_TRACE. */
void trace_request(struct wsman_carrier *c, struct slot *slot);
void trace_reply(struct wsman_carrier *c, struct slot *slot, struct bytes body);

/* Append the envelope; the base64 in elements that carry fragments goes through s. */
int trace_envelope(struct scrub *s, struct bytes envelope, struct buf *out, winch_error *err);

#endif
