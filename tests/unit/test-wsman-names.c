/*
 * test-wsman-names.c - names and fault codes against specs/names.tsv and specs/faults.tsv.
 */
#include "tests/unit/spec-table.h"

#include "wsman/fault.h"
#include "wsman/names.h"

static void names_are_the_specs(void **state)
{
	struct table t;
	size_t i = 0;

	(void)state;
	open_table(&t, "names.tsv");
	assert_true(next_row(&t)); /* the heading */
	for (; next_row(&t); i++) {
		assert_int_equal(t.count, 3);
		assert_true(i < wsman_name_count);
		assert_string_equal(wsman_names[i].symbol, t.columns[0]);
		assert_string_equal(wsman_names[i].value, t.columns[1]);
	}
	assert_int_equal(i, wsman_name_count);
	fclose(t.file);
}

static void faults_are_the_specs(void **state)
{
	struct table t;
	size_t i = 0;

	(void)state;
	open_table(&t, "faults.tsv");
	assert_true(next_row(&t));
	for (; next_row(&t); i++) {
		assert_int_equal(t.count, 6);
		uint32_t code = (uint32_t)strtoul(t.columns[0], NULL, 10);
		assert_int_equal(code, strtoul(t.columns[1], NULL, 16));
		const struct wsman_fault_row *row = wsman_fault_lookup(code);
		assert_non_null(row);
		assert_ptr_equal(row, &wsman_fault_rows[i]);
		assert_string_equal(row->name, t.columns[2]);
		assert_string_equal(wsman_fault_class_name(row->class), t.columns[3]);
		assert_string_equal(row->may_retry ? "yes" : "no", t.columns[4]);
		assert_true(strlen(row->meaning) > 0);
	}
	assert_int_equal(i, wsman_fault_row_count);
	fclose(t.file);
}

static void unknown_codes_have_no_row(void **state)
{
	(void)state;
	assert_null(wsman_fault_lookup(0));
	assert_null(wsman_fault_lookup(1));
	assert_null(wsman_fault_lookup(UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_specs),
		cmocka_unit_test(faults_are_the_specs),
		cmocka_unit_test(unknown_codes_have_no_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
