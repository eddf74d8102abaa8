/*
 * log.h - what the library does, told to the application.
 *
 * The library never prints.  Each session has a level and a callback; nothing
 * is formatted when an entry's level is above it.  Secrets are removed before
 * an entry is made.
 *
 * The callback runs on the thread that called the library, inside that call;
 * it must not call back into the same session.  All pointers live for the
 * length of the callback.
 */
#ifndef WINCH_LOG_H
#define WINCH_LOG_H

#include <stddef.h>
#include <stdint.h>

#include <winch/export.h>

WINCH_BEGIN

enum winch_log_level {
	WINCH_LOG_NONE = 0,
	WINCH_LOG_WARNING = 1, /* something is weaker or slower than was asked for */
	WINCH_LOG_INFO = 2,    /* one entry an operation: -v */
	WINCH_LOG_DEBUG = 3,   /* requests, replies, states: -vv */
	WINCH_LOG_TRACE = 4    /* whole envelopes, secrets removed: --trace */
};

typedef struct winch_log_field {
	const char *key;   /* host, lane, op, id, ... */
	const char *value; /* UTF-8 */
} winch_log_field;

typedef struct winch_log_entry {
	size_t size;      /* sizeof(winch_log_entry) */
	int level;        /* enum winch_log_level */
	const char *text; /* one line, without fields */
	const winch_log_field *fields;
	size_t field_count;
	const char *data; /* WINCH_LOG_TRACE: the envelope or message; else NULL */
	size_t data_len;
} winch_log_entry;

typedef void winch_log_fn(void *user, const winch_log_entry *entry);

WINCH_END
#endif
