/*
 * log.h - entries to the application's callback, with the fields of where they happen.
 *
 *     if (log_on(log, WINCH_LOG_DEBUG))
 *             log_put(log, WINCH_LOG_DEBUG, "lane opened", 2, (winch_log_field[]){...});
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <winch/log.h>

#include "src/base/bytes.h"

struct log {
	int level; /* entries above it are not made */
	winch_log_fn *write;
	void *user;
	const char *host; /* put in front of each entry's fields; may be NULL */
};

static inline bool log_on(const struct log *log, int level)
{
	return log && log->write && level <= log->level;
}

/* fields may be NULL; at most 14 of them. */
void log_put(const struct log *log, int level, const char *text, size_t field_count,
	     const winch_log_field *fields);

/* One TRACE entry with data: an envelope or message that holds no secret any more. */
void log_data(const struct log *log, const char *text, size_t field_count,
	      const winch_log_field *fields, struct bytes data);

#endif
