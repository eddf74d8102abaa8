/*
 * status.c - from enum winch_status to exit statuses and messages.
 */
#include "src/cli/status.h"

#include <string.h>

int status_of(const winch_error *err)
{
	switch ((enum winch_status)err->status) {
	case WINCH_E_CONNECT:
	case WINCH_E_TLS:
		return STATUS_CONNECT;
	case WINCH_E_AUTH:
		return STATUS_AUTH;
	case WINCH_E_TIMEOUT:
		return STATUS_TIMEOUT;
	case WINCH_E_LIMIT:
	case WINCH_E_FORMAT: /* of what the server sent */
	case WINCH_E_PROTOCOL:
	case WINCH_E_FAULT:
	case WINCH_E_UNSUPPORTED:
		return STATUS_PROTOCOL;
	case WINCH_E_ARG:
	case WINCH_E_STATE:
	case WINCH_E_NOMEM:
	case WINCH_E_SYSTEM:
		return STATUS_USAGE;
	}
	return STATUS_PROTOCOL;
}

/* Not a locked account, nor a ticket: there the text says what to do. */
static bool may_be_mistyped(const winch_error *err)
{
	return err->reason == WINCH_REASON_CREDENTIAL_REFUSED ||
	       err->reason == WINCH_REASON_KDC_PASSWORD;
}

/* Nothing that an authority could vouch for. */
static bool has_own_advice(const winch_error *err)
{
	return err->reason == WINCH_REASON_NOT_PINNED || err->reason == WINCH_REASON_CREDSSP_TLS;
}

/* The option of ours that the library's text can't name. */
static const char *option_for(const struct attempt *a, const winch_error *err)
{
	switch (err->reason) {
	case WINCH_REASON_CREDSSP_OLD:
		return "; see --allow-old-credssp";
	case WINCH_REASON_KDC_SERVICE_UNKNOWN:
	case WINCH_REASON_TICKET_REFUSED:
		return "; see --spn";
	default:
		return a->user && may_be_mistyped(err) ? "; check user and password" : "";
	}
}

static const char *advice(const struct attempt *a, const winch_error *err)
{
	switch (err->status) {
	case WINCH_E_TLS:
		return a->not_trusted || has_own_advice(err)
			       ? ""
			       : "; see --ca-file, --pin, --accept-new";
	case WINCH_E_AUTH:
		return option_for(a, err);
	default:
		return "";
	}
}

/* One line, even where the library or a server gave several. */
static char *one_line(const char *text)
{
	struct text line = { 0 };

	text_str(&line, "");
	for (; *text; text++) {
		if (*text != '\n' && *text != '\r')
			text_char(&line, *text);
		else if (text[1] && text[1] != '\n' && line.data[line.len - !!line.len] != ' ')
			text_char(&line, ' ');
	}
	return line.data;
}

char *status_text(const struct attempt *a, const winch_error *err)
{
	bool better = err->status == WINCH_E_TLS && a->not_trusted;
	AUTO(free_auto) char *text = one_line(better ? a->not_trusted : winch_error_text(err));
	struct text line = { 0 };

	if (a->host && !strstr(text, a->host))
		text_printf(&line, "%s: ", a->host);
	text_str(&line, text);
	/* A proxy knows nothing of that user. */
	if (err->status == WINCH_E_AUTH && err->reason != WINCH_REASON_PROXY && a->user &&
	    !strstr(text, a->user))
		text_printf(&line, " (user %s, --auth %s)", a->user, a->auth);
	if (err->status == WINCH_E_FAULT && err->fault) {
		AUTO(free_auto) char *number = must_printf("%u", err->fault);
		AUTO(free_auto) char *hex = must_printf("%08X", err->fault);
		if (!strstr(text, number) && !strcasestr(text, hex))
			text_printf(&line, " (fault %s, 0x%s)", number, hex);
	}
	text_str(&line, advice(a, err));
	return line.data;
}
