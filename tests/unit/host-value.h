/*
 * host-value.h - for tests that make HostInfo as a capture has it.
 */
#ifndef TEST_HOST_VALUE_H
#define TEST_HOST_VALUE_H

#include <winch/pool.h>

#include "psrp/value.h"
#include "tests/unit/server-bytes.h"
#include "tests/unit/test.h"

/* The captures' host has sizes and places that ours can't say: a window of less than the
 * screen, not in its corner, a cursor that moved. */
static inline void put_our_host(struct blob *out, const char *clixml)
{
	static const struct {
		const char *theirs, *ours;
	} pairs[] = {
		{ "<I32 N=\"width\">200</I32><I32 N=\"height\">60</I32>",
		  "<I32 N=\"width\">120</I32><I32 N=\"height\">50</I32>" },
		{ "<I32 N=\"width\">180</I32><I32 N=\"height\">50</I32>",
		  "<I32 N=\"width\">120</I32><I32 N=\"height\">50</I32>" },
		{ "<I32 N=\"x\">5</I32><I32 N=\"y\">6</I32>",
		  "<I32 N=\"x\">0</I32><I32 N=\"y\">0</I32>" },
		{ "<I32 N=\"x\">0</I32><I32 N=\"y\">1</I32>",
		  "<I32 N=\"x\">0</I32><I32 N=\"y\">0</I32>" },
	};

	while (*clixml) {
		size_t i = 0;
		while (i < 4 && strncmp(clixml, pairs[i].theirs, strlen(pairs[i].theirs)) != 0)
			i++;
		if (i < 4) {
			blob_put(out, pairs[i].ours, strlen(pairs[i].ours));
			clixml += strlen(pairs[i].theirs);
		} else {
			blob_put(out, clixml++, 1);
		}
	}
	blob_put(out, "", 1);
}

static inline const struct value *host_data(const struct value *info, int id)
{
	const struct value *table = value_member(value_member(info, "_hostDefaultData"), "data");
	const struct items *items = value_items(table);

	for (const struct item *i = items ? items->first : NULL; i; i = i->next) {
		int64_t key;
		if (value_get_int(i->key, &key) && key == id)
			return value_member(i->value, "V");
	}
	return NULL;
}

static inline int host_int(const struct value *info, int id, const char *member)
{
	const struct value *v = host_data(info, id);
	int64_t n = 0;

	assert_true(value_get_int(member ? value_member(v, member) : v, &n));
	return (int)n;
}

/* A HostInfo's value as our options; its title lives as long as the value. */
static inline winch_host_info host_of(const struct value *info)
{
	winch_host_info host = { .size = sizeof(host) };
	struct bytes title;
	bool none;

	assert_true(value_get_bool(value_member(info, "_isHostNull"), &none));
	host.has_host = !none;
	assert_true(value_get_bool(value_member(info, "_isHostRawUINull"), &none));
	host.has_raw_ui = !none;
	if (none)
		return host;
	host.foreground = host_int(info, 0, NULL);
	host.background = host_int(info, 1, NULL);
	host.width = host_int(info, 6, "width");
	host.height = host_int(info, 6, "height");
	host.buffer_width = host_int(info, 5, "width");
	host.buffer_height = host_int(info, 5, "height");
	assert_true(value_get_text(host_data(info, 9), &title));
	host.title = (const char *)title.data; /* a text of an arena has a NUL behind it */
	return host;
}

#endif
