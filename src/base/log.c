/*
 * log.c - entries to the application's callback.
 */
#include "src/base/log.h"

#include <assert.h>

enum { MAX_FIELDS = 15 };

static void put(const struct log *log, winch_log_entry *entry, size_t field_count,
		const winch_log_field *fields)
{
	winch_log_field all[MAX_FIELDS];
	size_t n = 0;

	assert(field_count < MAX_FIELDS);
	if (log->host)
		all[n++] = (winch_log_field){ "host", log->host };
	for (size_t i = 0; i < field_count; i++)
		all[n++] = fields[i];
	entry->fields = all;
	entry->field_count = n;
	log->write(log->user, entry);
}

void log_put(const struct log *log, int level, const char *text, size_t field_count,
	     const winch_log_field *fields)
{
	if (!log_on(log, level))
		return;
	winch_log_entry entry = { .size = sizeof(entry), .level = level, .text = text };
	put(log, &entry, field_count, fields);
}

void log_data(const struct log *log, const char *text, size_t field_count,
	      const winch_log_field *fields, struct bytes data)
{
	if (!log_on(log, WINCH_LOG_TRACE))
		return;
	winch_log_entry entry = { .size = sizeof(entry),
				  .level = WINCH_LOG_TRACE,
				  .text = text,
				  .data = (const char *)data.data,
				  .data_len = data.len };
	put(log, &entry, field_count, fields);
}
