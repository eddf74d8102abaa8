/*
 * test-primitive.c - the texts of CLIXML's primitives, at each limit and one beyond it.
 */
#include "tests/unit/test.h"

#include "psrp/primitive.h"
#include "src/base/mem.h"

struct row {
	enum tag tag;
	const char *text, *normal; /* NULL: refused */
};

static const struct row rows[] = {
	{ TAG_B, "true", "true" },
	{ TAG_B, "false", "false" },
	{ TAG_B, " \t\r\n1\n", "true" },
	{ TAG_B, "0", "false" },
	{ TAG_B, "True", NULL },
	{ TAG_B, "", NULL },
	{ TAG_B, "00", NULL },

	{ TAG_C, "0", "0" },
	{ TAG_C, "65535", "65535" },
	{ TAG_C, "65536", NULL },
	{ TAG_BY, "255", "255" },
	{ TAG_BY, "000255", "255" },
	{ TAG_BY, "256", NULL },
	{ TAG_BY, "+1", NULL },
	{ TAG_BY, "-0", NULL },
	{ TAG_BY, "1 2", NULL },
	{ TAG_SB, "127", "127" },
	{ TAG_SB, "128", NULL },
	{ TAG_SB, "-128", "-128" },
	{ TAG_SB, "-129", NULL },
	{ TAG_SB, "+007", "7" },
	{ TAG_SB, "-007", "-7" },
	{ TAG_SB, "-0", "0" },
	{ TAG_SB, "-", NULL },
	{ TAG_SB, "+-1", NULL },
	{ TAG_SB, "\xD9\xA1", NULL }, /* an Arabic-Indic digit */
	{ TAG_U16, "65535", "65535" },
	{ TAG_U16, "65536", NULL },
	{ TAG_I16, "32767", "32767" },
	{ TAG_I16, "32768", NULL },
	{ TAG_I16, "-32768", "-32768" },
	{ TAG_I16, "-32769", NULL },
	{ TAG_U32, "4294967295", "4294967295" },
	{ TAG_U32, "4294967296", NULL },
	{ TAG_I32, "2147483647", "2147483647" },
	{ TAG_I32, "2147483648", NULL },
	{ TAG_I32, "-2147483648", "-2147483648" },
	{ TAG_I32, "-2147483649", NULL },
	{ TAG_I32, "1.0", NULL },
	{ TAG_I32, "1e2", NULL },
	{ TAG_I32, "0x10", NULL },
	{ TAG_I32, "", NULL },
	{ TAG_SR, "-1", "-1" },
	{ TAG_PC, "2147483648", NULL },
	{ TAG_U64, "18446744073709551615", "18446744073709551615" },
	{ TAG_U64, "18446744073709551616", NULL },
	{ TAG_U64, "100000000000000000000", NULL },
	{ TAG_I64, "9223372036854775807", "9223372036854775807" },
	{ TAG_I64, "9223372036854775808", NULL },
	{ TAG_I64, "-9223372036854775808", "-9223372036854775808" },
	{ TAG_I64, "-9223372036854775809", NULL },

	{ TAG_D, "1.10", "1.10" },
	{ TAG_D, "+1", "1" },
	{ TAG_D, "-0", "-0" },
	{ TAG_D, ".5", "0.5" },
	{ TAG_D, "-.5", "-0.5" },
	{ TAG_D, "5.", "5" },
	{ TAG_D, "007.50", "7.50" },
	{ TAG_D, ".", NULL },
	{ TAG_D, "", NULL },
	{ TAG_D, "1e2", NULL },
	{ TAG_D, "NaN", NULL },
	{ TAG_D, "1,5", NULL },
	{ TAG_D, "79228162514264337593543950335", "79228162514264337593543950335" },
	{ TAG_D, "79228162514264337593543950335.49", "79228162514264337593543950335.49" },
	{ TAG_D, "79228162514264337593543950335.5", NULL },
	{ TAG_D, "-79228162514264337593543950335.5", NULL },
	{ TAG_D, "79228162514264337593543950336", NULL },
	{ TAG_D, "00079228162514264337593543950335", "79228162514264337593543950335" },

	{ TAG_DB, "1E+05", "1E+05" },
	{ TAG_DB, "1e-400", "1e-400" },
	{ TAG_DB, "-0", "-0" },
	{ TAG_DB, "+.5E3", "0.5E3" },
	{ TAG_DB, "5.e3", "5e3" },
	{ TAG_DB, "e3", NULL },
	{ TAG_DB, "1e", NULL },
	{ TAG_DB, "1e+", NULL },
	{ TAG_DB, "NaN", "NaN" },
	{ TAG_DB, "nan", NULL },
	{ TAG_DB, "INF", "INF" },
	{ TAG_DB, "-Infinity", "-INF" },
	{ TAG_DB, "Infinity", "INF" },
	{ TAG_DB, "+INF", NULL },
	{ TAG_DB, "inf", NULL },
	/* The largest double, and around half a step above it (computed with Python's fractions).
	 */
	{ TAG_DB, "1.7976931348623157E+308", "1.7976931348623157E+308" },
	{ TAG_DB, "1.7976931348623158E+308", "1.7976931348623158E+308" },
	{ TAG_DB, "1.797693134862315807E+308", "1.797693134862315807E+308" },
	{ TAG_DB, "1.797693134862315808E+308", "INF" },
	{ TAG_DB, "-17976.93134862315808E+304", "-INF" },
	{ TAG_DB, "1e309", "INF" },
	{ TAG_DB, "0e999999999999999999999", "0e999999999999999999999" },
	{ TAG_DB, "1e999999999999999999999", "INF" },
	{ TAG_DB, "1e-999999999999999999999", "1e-999999999999999999999" },
	{ TAG_DB, "0.00001e313", "0.00001e313" },
	{ TAG_DB, "0.00001e314", "INF" },
	{ TAG_SG, "3.4028235E+38", "3.4028235E+38" },
	{ TAG_SG, "340282356779733661637539395458142568447",
	  "340282356779733661637539395458142568447" },
	{ TAG_SG, "340282356779733661637539395458142568448", "INF" },
	{ TAG_SG, "340282356779733661637539395458142568447.9999",
	  "340282356779733661637539395458142568447.9999" },
	{ TAG_SG, "-1e39", "-INF" },

	{ TAG_DT, "0001-01-01", "0001-01-01" },
	{ TAG_DT, "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z" },
	{ TAG_DT, "0000-01-01", NULL },
	{ TAG_DT, "10000-01-01", NULL },
	{ TAG_DT, "2024-02-29", "2024-02-29" },
	{ TAG_DT, "2026-02-29", NULL },
	{ TAG_DT, "1900-02-29", NULL },
	{ TAG_DT, "2000-02-29Z", "2000-02-29Z" },
	{ TAG_DT, "2026-04-31", NULL },
	{ TAG_DT, "2026-00-01", NULL },
	{ TAG_DT, "2026-13-01", NULL },
	{ TAG_DT, "2026-01-01T24:00:00", NULL },
	{ TAG_DT, "2026-01-01T00:60:00", NULL },
	{ TAG_DT, "2026-01-01T00:00:60", NULL },
	{ TAG_DT, "2026-01-01T00:00", NULL },
	{ TAG_DT, "2026-01-01T00:00:00.", NULL },
	{ TAG_DT, "2026-01-01 00:00:00", NULL },
	{ TAG_DT, "2026-01-01T00:00:00+14:00", "2026-01-01T00:00:00+14:00" },
	{ TAG_DT, "2026-01-01T00:00:00-14:01", NULL },
	{ TAG_DT, "2026-01-01T00:00:00+15:00", NULL },
	{ TAG_DT, "2026-01-01T00:00:00z", NULL },
	{ TAG_DT, "2026-1-1", NULL },

	{ TAG_TS, "PT1H", "PT1H" },
	{ TAG_TS, "-P1Y2M3DT4H5M6.789S", "-P1Y2M3DT4H5M6.789S" },
	{ TAG_TS, "PT0S", "PT0S" },
	{ TAG_TS, "P", NULL },
	{ TAG_TS, "PT", NULL },
	{ TAG_TS, "P1DT", NULL },
	{ TAG_TS, "P1H", NULL },
	{ TAG_TS, "PT1D", NULL },
	{ TAG_TS, "P1M1Y", NULL },
	{ TAG_TS, "P1D1D", NULL },
	{ TAG_TS, "PT1.5H", NULL },
	{ TAG_TS, "PT1.S", NULL },
	{ TAG_TS, "PT.5S", NULL },
	{ TAG_TS, "+PT1S", NULL },
	{ TAG_TS, "1:00:00", NULL },

	{ TAG_G, "00112233-4455-6677-8899-aAbBcCdDeEfF", "00112233-4455-6677-8899-aabbccddeeff" },
	{ TAG_G, "{00112233-4455-6677-8899-aabbccddeeff}", "00112233-4455-6677-8899-aabbccddeeff" },
	{ TAG_G, "(00112233-4455-6677-8899-aabbccddeeff)", "00112233-4455-6677-8899-aabbccddeeff" },
	{ TAG_G, "00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff" },
	{ TAG_G, "{00112233445566778899aabbccddeeff}", NULL },
	{ TAG_G, "{00112233-4455-6677-8899-aabbccddeeff)", NULL },
	{ TAG_G, "0011223-34455-6677-8899-aabbccddeeff", NULL },
	{ TAG_G, "00112233-4455-6677-8899-aabbccddeef", NULL },
	{ TAG_G, "00112233-4455-6677-8899-aabbccddeeffa", NULL },
	{ TAG_G, "g0112233-4455-6677-8899-aabbccddeeff", NULL },
	{ TAG_G, "00112233-4455-6677-8899aabbccddeeff0", NULL },
	{ TAG_G, "001122334455667788990aabbccddeeff", NULL },

	{ TAG_VERSION, "1.2", "1.2" },
	{ TAG_VERSION, "1.2.3.4", "1.2.3.4" },
	{ TAG_VERSION, "01.002", "1.2" },
	{ TAG_VERSION, "2147483647.0", "2147483647.0" },
	{ TAG_VERSION, "2147483648.0", NULL },
	{ TAG_VERSION, "1", NULL },
	{ TAG_VERSION, "1.", NULL },
	{ TAG_VERSION, "1.2.3.4.5", NULL },
	{ TAG_VERSION, "1.-2", NULL },
	{ TAG_VERSION, "1. 2", NULL },

	{ TAG_BA, "", "" },
	{ TAG_BA, " Z m\n9v\t", "Zm9v" },
	{ TAG_BA, "Zg==", "Zg==" },
	{ TAG_BA, "Zg=", NULL },
	{ TAG_BA, "Z===", NULL },
	{ TAG_BA, "Zg==Zg==", NULL },
	{ TAG_BA, "Zm9_", NULL },
	{ TAG_BA, "====", NULL },

	{ TAG_SS, " anything, <kept> ", "anything, <kept>" },
};

static void texts_as_the_table_says(void **state)
{
	AUTO(buf_done) struct buf scratch = { .max = 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes normal = { NULL, 0 };
		int r = primitive_normal(rows[i].tag, bytes_str(rows[i].text), &scratch, &normal,
					 NULL);
		if (rows[i].normal ? r != 0 || !bytes_is(normal, rows[i].normal)
				   : r != WINCH_E_FORMAT)
			fail_msg("%s \"%s\": %d \"%.*s\"", tag_name(rows[i].tag), rows[i].text, r,
				 (int)normal.len, normal.data ? (const char *)normal.data : "");
	}
}

/* What is kept is accepted again, unchanged. */
static void normal_is_a_fixed_point(void **state)
{
	AUTO(buf_done) struct buf scratch = { .max = 1000 };
	struct bytes normal;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].normal)
			continue;
		assert_int_equal(primitive_normal(rows[i].tag, bytes_str(rows[i].normal), &scratch,
						  &normal, NULL),
				 0);
		assert_true(bytes_is(normal, rows[i].normal));
	}
}

static void big_numbers(void **state)
{
	(void)state;
	assert_false(primitive_is_big(BYTES_LIT("9007199254740991")));
	assert_true(primitive_is_big(BYTES_LIT("9007199254740992")));
	assert_false(primitive_is_big(BYTES_LIT("-9007199254740991")));
	assert_true(primitive_is_big(BYTES_LIT("-9007199254740992")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_as_the_table_says),
		cmocka_unit_test(normal_is_a_fixed_point),
		cmocka_unit_test(big_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
