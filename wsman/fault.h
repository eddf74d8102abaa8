/*
 * fault.h - what a server answers in place of a reply, by its number: never by its text,
 * which is in the server's language.
 */
#ifndef WSMAN_FAULT_H
#define WSMAN_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include <winch/error.h>

#include "src/base/bytes.h"

enum {
	WSMAN_FAULT_CODE_TIMED_OUT = 2150858793u, /* of the operation: poll again */
	WSMAN_FAULT_CODE_ABORTED = 995,           /* pending when its shell or command ended */
	WSMAN_FAULT_CODE_INTERNAL = 1359,         /* also: that MessageID is being worked on */
};

/* What a caller does about it. */
enum wsman_fault_class {
	WSMAN_FAULT_OTHER = 0,
	WSMAN_FAULT_POLL_AGAIN,   /* the operation's time is over, nothing is lost */
	WSMAN_FAULT_ABORTED,      /* the shell or command was ended meanwhile */
	WSMAN_FAULT_GONE,         /* no such shell or command (any more) */
	WSMAN_FAULT_DISCONNECTED, /* the shell is disconnected, or another client has it */
	WSMAN_FAULT_QUOTA,        /* a limit of the server is met; .meaning says which */
	WSMAN_FAULT_TOO_LARGE,    /* an envelope above the server's or our maximum */
	WSMAN_FAULT_DENIED,       /* access denied */
	WSMAN_FAULT_NOT_FOUND,    /* no such session configuration or resource */
	WSMAN_FAULT_REQUEST,      /* the server refuses what the request says */
	WSMAN_FAULT_BUSY          /* not now: the service starts, stops or is overloaded */
};

struct wsman_fault_row {
	uint32_t code;
	const char *name; /* as wsmerror.h or winerror.h has it */
	enum wsman_fault_class class;
	bool may_retry;      /* the same request may succeed later, unchanged */
	const char *meaning; /* one line, English */
	const char *advice;  /* what to do; "" where there is nothing to say */
};

/* NULL: not in the table. */
const struct wsman_fault_row *wsman_fault_lookup(uint32_t code);
const char *wsman_fault_class_name(enum wsman_fault_class class);

/* The rows, sorted by code: for the test and for documentation. */
extern const struct wsman_fault_row wsman_fault_rows[];
extern const size_t wsman_fault_row_count;

/* A fault as it came.  Texts are the server's, in its language, and may be empty. */
struct wsman_fault {
	bool seen;
	uint32_t code;                /* of the WSManFault; 0: it had none */
	enum wsman_fault_class class; /* by code */
	struct bytes soap_code;       /* "s:Sender" */
	struct bytes soap_subcode;    /* "w:InvalidSelectors"; the innermost */
	struct bytes reason;
	struct bytes detail; /* wsman:FaultDetail, a URI */
	struct bytes machine, message;
	struct bytes provider, provider_path, provider_message;
	uint32_t provider_code; /* of a WSManFault inside the provider's; 0: none */
};

/* Fill err: WINCH_E_FAULT, number, meaning, the server's text.  op: "Create". */
int wsman_fault_fail(const struct wsman_fault *f, const char *op, int http_status,
		     winch_error *err);

#endif
