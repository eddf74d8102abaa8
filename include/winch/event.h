/*
 * event.h - what a server said, one thing at a time.
 *
 * Lifetime   An event, and all that it gives, lives until the next call of
 *            winch_pool_next() or winch_session_next() on the same object.
 *            winch_event_keep() moves it out; winch_event_free() ends a kept one.
 * Values     A value is kept as the CLIXML that came; it is read into a tree,
 *            or turned into JSON, only when that is asked for.
 * Results    Where an int is returned, 0: done; < 0: an enum winch_status (error.h), ret_
 *            arguments are then untouched.  WINCH_E_STATE: the event has no value;
 *            WINCH_E_PROTOCOL, WINCH_E_LIMIT: it can't be read.
 * Text       UTF-8 as the server sent it: filter it before a terminal sees it.
 * Threads    An event is used on its pool's or session's thread, a kept one too (it shares
 *            what makes JSON with them), but it may outlive them.
 */
#ifndef WINCH_EVENT_H
#define WINCH_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winch/error.h>
#include <winch/export.h>
#include <winch/guid.h>
#include <winch/json.h>
#include <winch/value.h>

WINCH_BEGIN

typedef struct winch_event winch_event;

/* MS-PSRP 2.2.2 names the message behind each. */
enum winch_event_type {
	WINCH_EVENT_POOL_STATE = 1, /* state is an enum winch_pool_state; error when it broke */
	WINCH_EVENT_PRIVATE_DATA,   /* value: APPLICATION_PRIVATE_DATA (2.2.2.13) */
	WINCH_EVENT_OUTPUT,         /* value: one output object (2.2.2.19) */
	WINCH_EVENT_ERROR,          /* value: an ErrorRecord (2.2.2.20) */
	WINCH_EVENT_WARNING,        /* value: an InformationalRecord (2.2.2.24) */
	WINCH_EVENT_VERBOSE,        /* the same (2.2.2.23) */
	WINCH_EVENT_DEBUG,          /* the same (2.2.2.22) */
	WINCH_EVENT_INFORMATION,    /* value: an InformationRecord (2.2.2.26) */
	WINCH_EVENT_PROGRESS,       /* value: a property bag (2.2.2.25) */
	WINCH_EVENT_PIPELINE_STATE, /* state is an enum winch_pipeline_state; value: the ErrorRecord
				       that ended it, or none (2.2.2.21) */
	WINCH_EVENT_HOST_CALL,      /* call, method, value: the list of parameters (2.2.2.27) */
	WINCH_EVENT_INPUT_ROOM,     /* the pipeline's input queue is below its mark again */
	WINCH_EVENT_AVAILABILITY,   /* call, value: the answer (2.2.2.8) */
	WINCH_EVENT_USER_EVENT,     /* value: the event's members (2.2.2.12) */
	WINCH_EVENT_SESSION_KEY     /* the key is here: winch_pool_open_secure() opens (2.2.2.4) */
};

enum winch_pool_state { /* MS-PSRP 2.2.3.4, and what the wire calls them */
			WINCH_POOL_BEFORE_OPEN = 0,
			WINCH_POOL_OPENING = 1,
			WINCH_POOL_OPENED = 2,
			WINCH_POOL_CLOSED = 3,
			WINCH_POOL_CLOSING = 4,
			WINCH_POOL_BROKEN = 5
};

enum winch_pipeline_state { /* MS-PSRP 2.2.3.5 */
			    WINCH_PIPELINE_NOT_STARTED = 0,
			    WINCH_PIPELINE_RUNNING = 1,
			    WINCH_PIPELINE_STOPPING = 2,
			    WINCH_PIPELINE_STOPPED = 3,
			    WINCH_PIPELINE_COMPLETED = 4,
			    WINCH_PIPELINE_FAILED = 5
};

WINCH_API int winch_event_type(const winch_event *ev); /* enum winch_event_type */

/* The pipeline it belongs to; all zero: the pool. */
WINCH_API winch_guid winch_event_pipeline(const winch_event *ev);

/* POOL_STATE, PIPELINE_STATE: the state; else 0. */
WINCH_API int winch_event_state(const winch_event *ev);

/* HOST_CALL: the call's id (-100: a call that must not be answered) and its
 * method, an id of MS-PSRP 2.2.3.17.  Else 0. */
WINCH_API int64_t winch_event_call(const winch_event *ev);
WINCH_API int winch_event_method(const winch_event *ev);

/* Is there a value?  An OUTPUT of $null has one. */
WINCH_API bool winch_event_has_value(const winch_event *ev);

/* The body of the message as CLIXML, without BOM: the value, but of a HOST_CALL, POOL_STATE or
 * PIPELINE_STATE all that stands around it, too.  *ret_len 0: $null, or no body.  Never NULL, a
 * NUL behind it; lives as long as the event. */
WINCH_API const char *winch_event_clixml(const winch_event *ev, size_t *ret_len);

/* The value as a tree, read at the first call.  *ret_value lives as long as the event. */
WINCH_API int winch_event_value(winch_event *ev, const winch_value **ret_value, winch_error *err);

/* The value as JSON (json.h: mode and options), without a line feed, straight
 * from the CLIXML.  *ret_json lives until the next call on this event. */
WINCH_API int winch_event_json(winch_event *ev, const winch_json_options *opts,
			       const char **ret_json, size_t *ret_len, winch_error *err);

/* Move *ev out of the pool or session that gave it: the event is the caller's.  NULL when there
 * is no memory; it then stays where it was. */
WINCH_API winch_event *winch_event_keep(winch_event *ev);
WINCH_API void winch_event_free(winch_event *ev); /* of kept ones only; NULL is accepted */

WINCH_END
#endif
