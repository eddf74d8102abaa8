/*
 * summary.c - counting, and naming those that are not ok.
 */
#include "src/cli/summary.h"

/* In the order in which they are told, and their hosts named. */
static const struct {
	int status;
	bool tried;
	const char *word;
} kinds[] = {
	{ STATUS_DONE, true, "ok" },
	{ STATUS_RECORD, true, "with errors" },
	{ STATUS_USAGE, true, "failed here" },
	{ STATUS_AUTH, true, "refused" },
	{ STATUS_CONNECT, true, "unreachable" },
	{ STATUS_PROTOCOL, true, "broken" },
	{ STATUS_TIMEOUT, true, "timed out" },
	{ STATUS_AUTH, false, "not tried" },
	{ STATUS_INTERRUPTED, true, "interrupted" },
	{ STATUS_INTERRUPTED, false, "not begun" },
	{ STATUS_CLOSED, true, "interrupted" },
	{ STATUS_CLOSED, false, "not begun" },
};

static bool is_of(const struct job *j, size_t kind)
{
	return j->status == kinds[kind].status && (j->tries > 0) == kinds[kind].tried;
}

void summary_tell(const struct fleet *f)
{
	AUTO(text_done) struct text counts = { 0 };
	AUTO(text_done) struct text names = { 0 };

	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		size_t count = 0;
		for (size_t i = 0; i < f->count; i++) {
			const struct job *j = &f->jobs[i];
			if (!is_of(j, kind))
				continue;
			count++;
			if (j->status != STATUS_DONE)
				text_printf(&names, "%s%s", names.len ? ", " : "",
					    j->connection.title);
		}
		if (count > 0)
			text_printf(&counts, "%s%zu %s", counts.len ? ", " : "", count,
				    kinds[kind].word);
	}
	complain("%s%s%s", counts.data, names.len ? ": " : "", names.len ? names.data : "");
}
