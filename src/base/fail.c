/*
 * fail.c - winch_error: filled, moved, read.
 */
#include "src/base/fail.h"

#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"

/* Formatted text on our heap, or NULL when there is no memory. */
static char *format(const char *fmt, va_list args)
{
	va_list again;

	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return NULL;

	char *text = mem_alloc((size_t)len + 1);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

int fail_v(winch_error *err, int status, const char *fmt, va_list args)
{
	if (!err)
		return status;

	/* Before the old text goes: fmt's arguments may quote it. */
	char *text = format(fmt, args);
	winch_error_done(err);
	err->status = status;
	err->text = text;
	return status;
}

int fail(winch_error *err, int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_v(err, status, fmt, args);
	va_end(args);
	return status;
}

int fail_nomem(winch_error *err)
{
	winch_error_done(err);
	if (err)
		err->status = WINCH_E_NOMEM;
	return WINCH_E_NOMEM;
}

int fail_prefix(winch_error *err, const char *fmt, ...)
{
	if (!err)
		return WINCH_E_STATE;

	va_list args;
	va_start(args, fmt);
	AUTO(mem_free_auto) char *prefix = format(fmt, args);
	va_end(args);
	if (!prefix)
		return err->status;

	const char *old = winch_error_text(err);
	int len = snprintf(NULL, 0, "%s: %s", prefix, old);
	char *text = len < 0 ? NULL : mem_alloc((size_t)len + 1);
	if (!text)
		return err->status;
	snprintf(text, (size_t)len + 1, "%s: %s", prefix, old);
	mem_free(err->text);
	err->text = text;
	return err->status;
}

int fail_for(winch_error *err, int reason, int status)
{
	if (err)
		err->reason = reason;
	return status;
}

int fail_again(winch_error *err, const winch_error *why)
{
	int status = why->status;

	if (!err)
		return status;
	winch_error copy = *why;
	copy.text = why->text ? mem_strndup(why->text, strlen(why->text)) : NULL;
	winch_error_done(err);
	*err = copy;
	return status;
}

void fail_move(winch_error *to, winch_error *from)
{
	if (to) {
		winch_error_done(to);
		*to = *from;
		from->text = NULL;
	}
	winch_error_done(from);
}

const char *winch_status_text(int status)
{
	switch (status) {
	case 0:
		return "done";
	case WINCH_E_ARG:
		return "wrong argument";
	case WINCH_E_STATE:
		return "not possible in this state";
	case WINCH_E_NOMEM:
		return "out of memory";
	case WINCH_E_LIMIT:
		return "a limit is exceeded";
	case WINCH_E_FORMAT:
		return "text that does not parse";
	case WINCH_E_PROTOCOL:
		return "the server broke the protocol";
	case WINCH_E_FAULT:
		return "the server answered with a fault";
	case WINCH_E_CONNECT:
		return "host not reached";
	case WINCH_E_TLS:
		return "TLS failed";
	case WINCH_E_AUTH:
		return "authentication refused";
	case WINCH_E_TIMEOUT:
		return "time-out";
	case WINCH_E_SYSTEM:
		return "the operating system refused";
	case WINCH_E_UNSUPPORTED:
		return "not supported";
	}
	return status > 0 ? "done" : "unknown error";
}

const char *winch_error_text(const winch_error *err)
{
	if (err && err->text)
		return err->text;
	return winch_status_text(err ? err->status : 0);
}

void winch_error_done(winch_error *err)
{
	if (!err)
		return;
	mem_free(err->text);
	*err = (winch_error)WINCH_ERROR_INIT;
}
