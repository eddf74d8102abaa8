/*
 * fail.h - filling a winch_error where the failure is found.
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <stdarg.h>

#include <winch/error.h>

/* Fill *err (NULL is fine) and give status back: return fail(err, WINCH_E_X, "..."). */
int fail(winch_error *err, int status, const char *fmt, ...) WINCH_PRINTF(3, 4);
int fail_v(winch_error *err, int status, const char *fmt, va_list args) WINCH_PRINTF(3, 0);

/* Out of memory: makes no text, so that it can't fail itself. */
int fail_nomem(winch_error *err);

/* Put "prefix: " in front of the text that *err has; status stays.  Gives err's status. */
int fail_prefix(winch_error *err, const char *fmt, ...) WINCH_PRINTF(2, 3);

/* What fail() gave, and exactly why: return fail_for(err, WINCH_REASON_X, fail(err, ...)). */
int fail_for(winch_error *err, int reason, int status);

/* Fill *err with what *why has, all of it; gives why's status. */
int fail_again(winch_error *err, const winch_error *why);

/* Move *from into *to (which may be NULL); *from is then as initialised. */
void fail_move(winch_error *to, winch_error *from);

#endif
