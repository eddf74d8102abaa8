/*
 * config-pattern.c - * and ? and ! of a Host line.
 */
#include "src/cli/config-pattern.h"

#include <ctype.h>

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* * is any number of characters, ? is one; the case of letters is ignored.  Its time is at
 * most len(text) * len(pattern). */
static bool pattern_match(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL; /* the last *, and the text that it gives back */

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == '?' || (*pattern && same(*pattern, *text))) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool patterns_match(char *const *patterns, size_t count, const char *text)
{
	bool match = false;

	for (size_t i = 0; i < count; i++) {
		bool negated = patterns[i][0] == '!';
		if (!pattern_match(patterns[i] + negated, text))
			continue;
		if (negated)
			return false;
		match = true;
	}
	return match;
}
