/*
 * spec-table.h - for tests that compare a table of specs/ with one of the code.
 */
#ifndef TEST_SPEC_TABLE_H
#define TEST_SPEC_TABLE_H

#include <stdbool.h>

#include "tests/unit/test.h"

enum { MAX_COLUMNS = 12 };

struct table {
	FILE *file;
	char line[2048];
	char *columns[MAX_COLUMNS];
	int count;
};

static inline void open_table(struct table *t, const char *name)
{
	const char *root = getenv("WINCH_SOURCE");
	char path[4096];

	snprintf(path, sizeof(path), "%s/specs/%s", root ? root : ".", name);
	t->file = fopen(path, "r");
	assert_non_null(t->file);
}

/* The next row that is no comment. */
static inline bool next_row(struct table *t)
{
	do {
		if (!fgets(t->line, sizeof(t->line), t->file))
			return false;
	} while (t->line[0] == '#');
	t->line[strcspn(t->line, "\n")] = '\0';

	char *rest = t->line;
	t->count = 0;
	while (rest && t->count < MAX_COLUMNS)
		t->columns[t->count++] = strsep(&rest, "\t");
	return true;
}

#endif
