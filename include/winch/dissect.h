/*
 * dissect.h - recorded conversations taken apart: envelopes of WS-Management, fragments and
 * messages of PSRP.  For tools that show them; nothing is connected, nothing is sent.
 *
 *     winch_dissector *d = winch_dissector_new(&err);
 *     while (... r == 0) {
 *             r = winch_dissector_envelope(d, data, len, &envelope, &err);
 *             while (winch_dissector_next(d, &message) > 0)
 *                     ...
 *     }
 *     winch_dissector_free(d);
 *
 * Messages   A message may be spread over many envelopes: it is given once its last fragment
 *            came.  The streams of an envelope (the shell's and each command's, each
 *            way) are joined apart.
 * Results    0: done.  > 0: one item given.  < 0: an enum winch_status (error.h).
 * Failure    WINCH_E_FORMAT, WINCH_E_PROTOCOL, WINCH_E_LIMIT: these bytes can't be read.  What
 *            came before them is still given, and others may follow.
 * Text       UTF-8 with a NUL behind it, as received: filter it before a terminal sees it.
 * Ownership  Envelopes, messages and their texts are the dissector's and live until it is
 *            given something again, or freed.
 * Threads    One dissector, one thread at a time.  Two dissectors share nothing.
 */
#ifndef WINCH_DISSECT_H
#define WINCH_DISSECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winch/error.h>
#include <winch/export.h>
#include <winch/guid.h>

WINCH_BEGIN

typedef struct winch_dissector winch_dissector;

/* A message (MS-PSRP 2.2.1). */
typedef struct winch_dissected_message {
	const char *name;          /* "PIPELINE_OUTPUT"; "" where the type is not known */
	uint32_t type;             /* 0x00041004 */
	bool to_server;            /* destination 2; false: destination 1, the client */
	winch_guid pool, pipeline; /* RPID, PID */
	const char *clixml;        /* the body, without its BOM; may be empty */
	size_t clixml_len;
} winch_dissected_message;

/* What an envelope says besides messages; "" where it says nothing of that. */
typedef struct winch_dissected_envelope {
	const char *action; /* "Create", "ReceiveResponse", "fault" */
	const char *shell_id, *command_id;
	const char *streams;    /* what a Receive asks for */
	const char *signal;     /* a Signal's code */
	const char *state;      /* a command's: "Done" */
	const char *fault_code; /* of the WSManFault, in decimal */
	const char *fault_text;
} winch_dissected_envelope;

WINCH_API winch_dissector *winch_dissector_new(winch_error *err);
WINCH_API void winch_dissector_free(winch_dissector *d); /* NULL is accepted */

/* One envelope, whole.  *ret_envelope says what it is; also on failure, as far as it could be
 * read, but for WINCH_E_ARG. */
WINCH_API int winch_dissector_envelope(winch_dissector *d, const void *data, size_t len,
				       const winch_dissected_envelope **ret_envelope,
				       winch_error *err);

/* Fragments (MS-PSRP 2.2.4) of one stream, which may end anywhere. */
WINCH_API int winch_dissector_fragments(winch_dissector *d, const void *data, size_t len,
					winch_error *err);

/* The same as base64, white space anywhere. */
WINCH_API int winch_dissector_base64(winch_dissector *d, const char *text, size_t len,
				     winch_error *err);

/* Is a fragment or a message begun and not whole? */
WINCH_API bool winch_dissector_is_inside(const winch_dissector *d);

/* 1: *ret_message is the next message of what was given.  0: none is left. */
WINCH_API int winch_dissector_next(winch_dissector *d, const winch_dissected_message **ret_message);

WINCH_END
#endif
