/*
 * test-upcase.c - upper case of user names: examples of the exFAT specification 7.2.5.1's table,
 * what must stay as it is, and the shape of the table.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "src/base/utf.h"
#include "wsman/auth/upcase.h"

static const struct {
	const char *name, *upper;
} names[] = {
	{ "", "" },
	{ "user", "USER" },
	{ "Us3r-_.@\\{}~`", "US3R-_.@\\{}~`" },
	{ "j\xC3\xBCrg\xC3\xBF", "J\xC3\x9CRG\xC5\xB8" }, /* U+00FF is far from U+0178 */
	{ "\xC3\xB7\xC3\x97", "\xC3\xB7\xC3\x97" },       /* the signs amid Latin-1 */
	{ "stra\xC3\x9F"
	  "e",
	  "STRA\xC3\x9F"
	  "E" },                                                    /* no pair: U+00DF */
	{ "\xC4\xB1i", "\xC4\xB1I" },                               /* dotless i */
	{ "\xC2\xB5\xC5\xBF", "\xC2\xB5\xC5\xBF" },                 /* micro sign, long s */
	{ "\xC4\x81\xC4\x82\xC4\x83", "\xC4\x80\xC4\x82\xC4\x82" }, /* every other one */
	{ "\xCE\xB1\xCE\xAC\xCF\x82\xCF\x89", "\xCE\x91\xCE\x86\xCE\xA3\xCE\xA9" },
	{ "\xD0\xB8\xD0\xB2\xD0\xB0\xD0\xBD\xD1\x91", "\xD0\x98\xD0\x92\xD0\x90\xD0\x9D\xD0\x81" },
	{ "\xD5\xA1\xD6\x86", "\xD4\xB1\xD5\x96" },                 /* Armenian */
	{ "\xE1\x83\x90", "\xE1\x83\x90" },                         /* Georgian has none */
	{ "\xEF\xBD\x81\xEF\xBD\x9A", "\xEF\xBC\xA1\xEF\xBC\xBA" }, /* full width */
	{ "\xE6\x97\xA5\xE6\x9C\xAC", "\xE6\x97\xA5\xE6\x9C\xAC" },
	{ "\xF0\x90\x90\xA8x", "\xF0\x90\x90\xA8X" }, /* Deseret: surrogates stay */
};

static void of_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		AUTO(buf_done) struct buf wide = { .max = 1000 };
		AUTO(buf_done) struct buf back = { .max = 1000 };
		assert_int_equal(utf16le_put(&wide, bytes_str(names[i].name), NULL), 0);
		if (wide.len)
			upcase_utf16le(wide.data + wide.start, wide.len);
		assert_int_equal(utf8_put_utf16le(&back, buf_bytes(&wide), NULL), 0);
		assert_bytes(buf_bytes(&back), bytes_str(names[i].upper));
	}
}

/* Upper case has no upper case, and a surrogate has none. */
static void twice_is_once(void **state)
{
	(void)state;
	for (uint32_t unit = 0; unit <= 0xFFFF; unit++) {
		uint16_t once = upcase_unit((uint16_t)unit);
		assert_int_equal(upcase_unit(once), once);
		if (unit >= 0xD800 && unit <= 0xDFFF)
			assert_int_equal(once, unit);
	}
}

static void the_table_is_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < upcase_table_len; i++) {
		const struct upcase_row *row = &upcase_table[i];
		assert_true(row->first <= row->last);
		assert_true(row->step == 1 || row->step == 2);
		assert_int_equal((row->last - row->first) % row->step, 0);
		assert_true(i == 0 || upcase_table[i - 1].last < row->first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_names),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(the_table_is_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
