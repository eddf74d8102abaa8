/*
 * test-host-methods.c - the table of host methods against specs/host-methods.tsv.
 */
#include "psrp/host-methods.h"

#include <limits.h>

#include "tests/unit/spec-table.h"

static void rows_are_the_specs(void **state)
{
	struct table t;
	size_t i = 0;

	(void)state;
	open_table(&t, "host-methods.tsv");
	for (; next_row(&t); i++) {
		assert_int_equal(t.count, 6);
		assert_true(i < host_method_count);
		const struct host_method *m = &host_methods[i];
		assert_int_equal(m->id, atoi(t.columns[0]));
		assert_string_equal(m->id_name, t.columns[1]);
		assert_string_equal(m->interface, t.columns[2]);
		assert_string_equal(m->method, t.columns[3]);
		assert_string_equal(m->parameters, t.columns[4]);
		assert_string_equal(m->returns, t.columns[5]);
		assert_ptr_equal(host_method(m->id), m);
		assert_int_equal(host_method_is_void(m->id), strcmp(t.columns[5], "void") == 0);
	}
	assert_int_equal(i, host_method_count);
	assert_int_equal(i, 56);
	fclose(t.file);
}

static void others_have_no_row(void **state)
{
	static const int others[] = { INT_MIN, -100, -1, 0, 57, 58, INT_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_null(host_method(others[i]));
		assert_false(host_method_is_void(others[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_the_specs),
		cmocka_unit_test(others_have_no_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
