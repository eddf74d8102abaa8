/*
 * test-escape.c - the _xHHHH_ escape: resolved, and put.
 */
#include "tests/unit/test.h"

#include "psrp/escape.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

static const struct {
	const char *text, *resolved;
} rows[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "_x0041_", "A" },
	{ "_X0041_", "A" },
	{ "_x00e9__x20AC_", "\xC3\xA9\xE2\x82\xAC" },
	{ "a_x005F_x0041_", "a_x0041_" }, /* what it gives is not looked at again */
	{ "_x004", "_x004" },
	{ "_x0041", "_x0041" },
	{ "_x041_", "_x041_" },
	{ "_x00041_", "_x00041_" },
	{ "_x000041_", "_x000041_" },
	{ "_x0000041_", "_x0000041_" },
	{ "_x00000041_", "A" },
	{ "_x000000041_", "_x000000041_" },
	{ "_x0010FFFF_", "\xF4\x8F\xBF\xBF" },
	{ "_x00110000_", "_x00110000_" },
	{ "_xFFFFFFFF_", "_xFFFFFFFF_" },
	{ "_x0001F600_", "\xF0\x9F\x98\x80" },
	{ "_xD83D__xDE00_", "\xF0\x9F\x98\x80" },
	{ "_x0000D83D__xDE00_", "\xF0\x9F\x98\x80" },
	{ "\xED\xA0\xBD_xDE00_", "\xF0\x9F\x98\x80" },
	{ "_xD83D_\xED\xB8\x80", "\xF0\x9F\x98\x80" },
	{ "\xED\xA0\xBD\xED\xB8\x80", "\xF0\x9F\x98\x80" },
	{ "_xD83D_a_xDE00_", "\xED\xA0\xBD"
			     "a\xED\xB8\x80" },
	{ "_xDE00__xD83D_", "\xED\xB8\x80\xED\xA0\xBD" },
	{ "_xD83D__xD83D__xDE00_", "\xED\xA0\xBD\xF0\x9F\x98\x80" },
	{ "__x0041__", "_A_" },
	{ "_x_x0041_", "_xA" },
	{ "_x00_x0041_", "_x00A" },
	{ "_x00G1_", "_x00G1_" },
	{ "x0041_", "x0041_" },
	{ "\xED\x95\x9C", "\xED\x95\x9C" }, /* U+D55C, below the surrogates */
};

static void resolved_from_the_left(void **state)
{
	AUTO(buf_done) struct buf scratch = { .max = 1000 };
	struct bytes got;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(escape_resolve(bytes_str(rows[i].text), &scratch, &got, NULL), 0);
		if (!bytes_is(got, rows[i].resolved))
			fail_msg("%s: %.*s", rows[i].text, (int)got.len, (const char *)got.data);
	}
}

/* Each unit, put and resolved, is itself; and is put as specs/json-mapping.md 4 says. */
static void each_code_point_comes_back(void **state)
{
	AUTO(buf_done) struct buf out = { .max = 1000 }, scratch = { .max = 1000 };
	struct bytes got;

	(void)state;
	for (uint32_t c = 0; c <= 0x10FFFF; c += c < 0x11000 ? 1 : 997) {
		uint8_t raw[4];
		struct bytes text = bytes_of(raw, utf8_encode(c, raw));
		bool escaped = c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xFFFE || c >= 0xFFFF ||
			       (c >= 0xD800 && c <= 0xDFFF);

		buf_clear(&out);
		assert_int_equal(escape_put(&out, text, NULL), 0);
		assert_int_equal(out.len, !escaped ? text.len : c > 0xFFFF ? 14 : 7);
		if (escaped && c <= 0xFFFF) {
			char expect[16];
			snprintf(expect, sizeof(expect), "_x%04X_", (unsigned)c);
			assert_true(bytes_is(buf_bytes(&out), expect));
		}
		assert_int_equal(escape_resolve(buf_bytes(&out), &scratch, &got, NULL), 0);
		assert_true(bytes_eq(got, text));
		assert_int_equal(escape_has_lone(got), c >= 0xD800 && c <= 0xDFFF);
	}
}

static void underscore_before_x(void **state)
{
	static const char *const pairs[][2] = {
		{ "_x", "_x005F_x" },   { "_X", "_x005F_X" },   { "_", "_" },
		{ "__x", "__x005F_x" }, { "a_b_", "a_b_" },     { "_x0041_", "_x005F_x0041_" },
		{ "x_", "x_" },         { "_\x01", "__x0001_" }
	};
	AUTO(buf_done) struct buf out = { .max = 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		buf_clear(&out);
		assert_int_equal(escape_put(&out, bytes_str(pairs[i][0]), NULL), 0);
		assert_true(bytes_is(buf_bytes(&out), pairs[i][1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolved_from_the_left),
		cmocka_unit_test(each_code_point_comes_back),
		cmocka_unit_test(underscore_before_x),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
