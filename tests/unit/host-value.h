/*
 * host-value.h - for tests that make HostInfo as a capture has it.
 */
#ifndef TEST_HOST_VALUE_H
#define TEST_HOST_VALUE_H

#include <winch/pool.h>

#include "psrp/value.h"
#include "tests/unit/test.h"

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
	host.cursor_x = host_int(info, 2, "x");
	host.cursor_y = host_int(info, 2, "y");
	host.window_x = host_int(info, 3, "x");
	host.window_y = host_int(info, 3, "y");
	host.cursor_size = host_int(info, 4, NULL);
	host.max_width = host_int(info, 7, "width");
	host.max_height = host_int(info, 7, "height");
	host.screen_width = host_int(info, 8, "width");
	host.screen_height = host_int(info, 8, "height");
	assert_true(value_get_text(host_data(info, 9), &title));
	host.title = (const char *)title.data; /* a text of an arena has a NUL behind it */
	return host;
}

#endif
