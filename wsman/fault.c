/*
 * fault.c - looking a fault up and saying it.
 */
#include "wsman/fault.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/base/fail.h"

static int compare(const void *key, const void *row)
{
	uint32_t code = *(const uint32_t *)key;
	uint32_t other = ((const struct wsman_fault_row *)row)->code;

	return code < other ? -1 : code > other;
}

const struct wsman_fault_row *wsman_fault_lookup(uint32_t code)
{
	return bsearch(&code, wsman_fault_rows, wsman_fault_row_count, sizeof(wsman_fault_rows[0]),
		       compare);
}

const char *wsman_fault_class_name(enum wsman_fault_class class)
{
	switch (class) {
	case WSMAN_FAULT_OTHER:
		return "other";
	case WSMAN_FAULT_POLL_AGAIN:
		return "poll-again";
	case WSMAN_FAULT_ABORTED:
		return "aborted";
	case WSMAN_FAULT_GONE:
		return "gone";
	case WSMAN_FAULT_DISCONNECTED:
		return "disconnected";
	case WSMAN_FAULT_QUOTA:
		return "quota";
	case WSMAN_FAULT_TOO_LARGE:
		return "too-large";
	case WSMAN_FAULT_DENIED:
		return "denied";
	case WSMAN_FAULT_NOT_FOUND:
		return "not-found";
	case WSMAN_FAULT_REQUEST:
		return "request";
	case WSMAN_FAULT_BUSY:
		return "busy";
	}
	return "other";
}

/* What the server says, the most specific of it; its white space at the end left out. */
static struct bytes server_text(const struct wsman_fault *f)
{
	struct bytes text = f->provider_message.len ? f->provider_message
			    : f->message.len        ? f->message
						    : f->reason;

	while (text.len && text.data[text.len - 1] <= ' ')
		text.len--;
	return text;
}

int wsman_fault_fail(const struct wsman_fault *f, const char *op, int http_status, winch_error *err)
{
	const struct wsman_fault_row *row = wsman_fault_lookup(f->code);
	struct bytes text = server_text(f);
	int len = text.len > 4096 ? 4096 : (int)text.len;

	/* In one call: the number and its meaning, then the server's own words, then advice. */
	fail(err, WINCH_E_FAULT, "%s: fault %" PRIu32 "%s%s%s%.*s%s%.*s%s%s", op, f->code,
	     row ? " (" : "", row ? row->meaning : "", row ? ")" : "",
	     row || f->code ? 0 : (int)f->soap_subcode.len, (const char *)f->soap_subcode.data,
	     len ? ": " : "", len, (const char *)text.data, row && *row->advice ? "\n" : "",
	     row ? row->advice : "");
	if (err) {
		err->fault = f->code;
		err->http_status = http_status;
		if (row && row->may_retry)
			err->flags |= WINCH_ERROR_MAY_PASS;
	}
	return WINCH_E_FAULT;
}
