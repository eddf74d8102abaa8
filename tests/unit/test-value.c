/*
 * test-value.c - <winch/value.h>: values made, read and written.
 */
#include "tests/unit/mem-failing.h"
#include "tests/unit/test.h"

#include <winch/value.h>

#include "src/base/mem.h"

DEFINE_AUTO_FREE(winch_value, winch_value_free)
DEFINE_AUTO_FREE(char, winch_text_free)

static const char document[] =
	"<Obj RefId=\"0\"><TN "
	"RefId=\"0\"><T>Deserialized.System.IO.FileInfo</T><T>System.Object</T></TN>"
	"<ToString>a.txt</ToString><Props><S N=\"Name\">adapted</S><I64 "
	"N=\"Length\">42</I64></Props>"
	"<MS><S N=\"NAME\">extended</S><B N=\"Hidden\">1</B><Obj N=\"List\" "
	"RefId=\"1\"><LST><I32>0</I32>"
	"<Nil /><I32>2</I32></LST></Obj><Obj N=\"Table\" RefId=\"2\"><DCT><En><S N=\"Key\">k</S>"
	"<Ref N=\"Value\" RefId=\"1\" /></En></DCT></Obj><Obj N=\"Day\" "
	"RefId=\"3\"><ToString>Friday"
	"</ToString><I32>5</I32></Obj></MS></Obj>";

static void assert_text(const char *text, size_t len, const char *expect)
{
	assert_non_null(text);
	assert_int_equal(len, strlen(expect));
	assert_string_equal(text, expect);
}

/* Of a call that sets len. */
#define ASSERT_TEXT(call, expect)                                                                  \
	do {                                                                                       \
		const char *text_ = call;                                                          \
		assert_text(text_, len, expect);                                                   \
	} while (0)

static void objects_are_read_by_name(void **state)
{
	AUTO(winch_value_free_auto)
	winch_value *v = winch_value_from_clixml(document, sizeof(document) - 1, NULL);
	size_t len;
	int64_t n;
	bool b;

	(void)state;
	assert_string_equal(winch_value_tag(v), "Obj");
	ASSERT_TEXT(winch_value_to_string(v, &len), "a.txt");
	assert_null(winch_value_text(v, &len));
	assert_string_equal(winch_value_type(v, 1), "System.Object");
	assert_null(winch_value_type(v, 2));
	assert_true(winch_value_is_a(v, "system.io.fileinfo"));
	assert_false(winch_value_is_a(v, "System.IO.File"));
	ASSERT_TEXT(winch_value_text(winch_value_member(v, "name"), &len), "extended");
	assert_true(winch_value_int(winch_value_member(v, "LENGTH"), &n));
	assert_int_equal(n, 42);
	assert_true(winch_value_bool(winch_value_member(v, "hidden"), &b));
	assert_true(b);
	assert_null(winch_value_member(v, "none"));
	assert_false(winch_value_int(winch_value_member(v, "none"), &n));

	const winch_value *day = winch_value_member(v, "Day");
	assert_string_equal(winch_value_tag(day), "I32");
	ASSERT_TEXT(winch_value_to_string(day, &len), "Friday");
	assert_true(winch_value_int(day, &n));
	assert_int_equal(n, 5);
}

static void lists_are_read_by_index(void **state)
{
	AUTO(winch_value_free_auto)
	winch_value *v = winch_value_from_clixml(document, sizeof(document) - 1, NULL);
	const winch_value *list = winch_value_member(v, "List");
	const winch_value *table = winch_value_member(v, "Table");
	size_t len;

	(void)state;
	assert_string_equal(winch_value_tag(list), "LST");
	assert_int_equal(winch_value_count(list), 3);
	/* In any order: it remembers where it was. */
	static const size_t order[] = { 2, 0, 1, 1, 2, 0, 0, 2, 1 };
	for (size_t i = 0; i < 9; i++) {
		const winch_value *item = winch_value_item(list, order[i]);
		int64_t n = -1;
		assert_non_null(item);
		assert_int_equal(winch_value_is_null(item), order[i] == 1);
		assert_int_equal(winch_value_int(item, &n), order[i] != 1);
		assert_int_equal(n, order[i] == 1 ? -1 : (int64_t)order[i]);
	}
	assert_null(winch_value_item(list, 3));
	assert_null(winch_value_key(list, 0));
	assert_string_equal(winch_value_tag(table), "DCT");
	assert_int_equal(winch_value_count(table), 1);
	ASSERT_TEXT(winch_value_text(winch_value_key(table, 0), &len), "k");
	assert_int_equal(winch_value_count(winch_value_item(table, 0)), 3); /* by the Ref */
	assert_int_equal(winch_value_count(v), 0);
	assert_null(winch_value_item(v, 0));
}

static void nothing_is_null(void **state)
{
	size_t len;

	(void)state;
	assert_string_equal(winch_value_tag(NULL), "Nil");
	assert_true(winch_value_is_null(NULL));
	assert_null(winch_value_text(NULL, &len));
	assert_null(winch_value_to_string(NULL, NULL));
	assert_null(winch_value_type(NULL, 0));
	assert_false(winch_value_is_a(NULL, "a"));
	assert_null(winch_value_member(NULL, "a"));
	assert_int_equal(winch_value_count(NULL), 0);
	assert_null(winch_value_item(NULL, 0));
	winch_value_free(NULL);
	winch_text_free(NULL);
}

static void check_clixml(winch_value *made, const char *expect)
{
	AUTO(winch_value_free_auto) winch_value *v = made;
	AUTO(winch_text_free_auto) char *text = NULL;
	size_t len;

	assert_non_null(v);
	assert_int_equal(winch_value_to_clixml(v, &text, &len, NULL), 0);
	assert_text(text, len, expect);
}

static void values_are_made(void **state)
{
	(void)state;
	check_clixml(winch_value_new_string("a\0<b", 4, NULL), "<S>a_x0000_&lt;b</S>");
	check_clixml(winch_value_new_string(NULL, 0, NULL), "<S></S>");
	check_clixml(winch_value_new_string("\xED\xA0\x80", 3, NULL), "<S>_xD800_</S>");
	check_clixml(winch_value_new_bytes("foob", 4, NULL), "<BA>Zm9vYg==</BA>");
	check_clixml(winch_value_new_bytes(NULL, 0, NULL), "<BA />");
	check_clixml(winch_value_new_int(INT32_MIN, NULL), "<I32>-2147483648</I32>");
	check_clixml(winch_value_new_bool(true, NULL), "<B>true</B>");
	check_clixml(winch_value_new_bool(false, NULL), "<B>false</B>");
	check_clixml(winch_value_new_null(NULL), "<Nil />");

	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	assert_null(winch_value_new_string("\xFF", 1, &err));
	assert_int_equal(err.status, WINCH_E_ARG);
	assert_null(winch_value_from_json(7, "1", 1, &err));
	assert_int_equal(err.status, WINCH_E_ARG);
}

static void documents_hold_one_value(void **state)
{
	static const char one[] = "<Objs><I32>1</I32></Objs>", none[] = "<Objs></Objs>",
			  two[] = "<Objs><I32>1</I32><I32>2</I32></Objs>", bad[] = "<S>\n<X/></S>";
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	(void)state;
	check_clixml(winch_value_from_clixml(one, sizeof(one) - 1, NULL), "<I32>1</I32>");
	check_clixml(winch_value_from_clixml("", 0, NULL), "<Nil />");
	assert_null(winch_value_from_clixml(none, sizeof(none) - 1, &err));
	assert_int_equal(err.status, WINCH_E_FORMAT);
	assert_null(winch_value_from_clixml(two, sizeof(two) - 1, &err));
	assert_int_equal(err.status, WINCH_E_FORMAT);
	assert_null(winch_value_from_clixml(bad, sizeof(bad) - 1, &err));
	assert_int_equal(err.status, WINCH_E_FORMAT);
	assert_int_equal(err.line, 2);
}

/* A part may refer to what is not in it: that is then written where it comes first. */
static void parts_are_written_alone(void **state)
{
	static const char cycle[] =
		"<Obj RefId=\"0\"><MS><Obj N=\"a\" RefId=\"1\"><LST><Ref RefId=\"0\" /><Ref "
		"RefId=\"1\" /></LST></Obj></MS></Obj>";
	AUTO(winch_value_free_auto)
	winch_value *v = winch_value_from_clixml(document, sizeof(document) - 1, NULL);
	AUTO(winch_value_free_auto)
	winch_value *c = winch_value_from_clixml(cycle, sizeof(cycle) - 1, NULL);
	AUTO(winch_text_free_auto) char *list = NULL;
	AUTO(winch_text_free_auto) char *json = NULL;
	AUTO(winch_text_free_auto) char *part = NULL;
	size_t len;

	(void)state;
	const winch_value *again = winch_value_item(winch_value_member(v, "Table"), 0);
	assert_int_equal(winch_value_to_clixml(again, &list, &len, NULL), 0);
	assert_text(list, len, "<Obj RefId=\"0\"><LST><I32>0</I32><Nil /><I32>2</I32></LST></Obj>");
	assert_int_equal(winch_value_to_json(again, NULL, &json, &len, NULL), 0);
	assert_text(json, len, "[0,null,2]");
	assert_int_equal(winch_value_to_clixml(winch_value_member(c, "a"), &part, &len, NULL), 0);
	assert_text(part, len,
		    "<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><MS><Ref N=\"a\" RefId=\"0\" /></MS>"
		    "</Obj><Ref RefId=\"0\" /></LST></Obj>");
}

static void json_both_modes(void **state)
{
	AUTO(winch_value_free_auto)
	winch_value *v = winch_value_from_clixml("<Obj RefId=\"5\"><D>1.10</D></Obj>", 32, NULL);
	AUTO(winch_text_free_auto) char *plain = NULL;
	AUTO(winch_text_free_auto) char *typed = NULL;
	AUTO(winch_text_free_auto) char *big = NULL;
	winch_json_options opts = WINCH_JSON_OPTIONS_INIT;
	size_t len;

	(void)state;
	assert_int_equal(winch_value_to_json(v, NULL, &plain, &len, NULL), 0);
	assert_text(plain, len, "1.10");
	opts.big_numbers = WINCH_JSON_BIG_AS_STRINGS;
	assert_int_equal(winch_value_to_json(v, &opts, &big, &len, NULL), 0);
	assert_text(big, len, "\"1.10\"");
	opts.mode = WINCH_JSON_TYPED;
	assert_int_equal(winch_value_to_json(v, &opts, &typed, &len, NULL), 0);
	assert_text(typed, len, "{\"$t\":\"Obj\",\"v\":{\"$t\":\"D\",\"v\":1.10}}");
}

/* Read, write, write as JSON, make: with the n-th allocation failing. */
static int use_all(void)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(winch_value_free_auto)
	winch_value *v = winch_value_from_clixml(document, sizeof(document) - 1, &err);
	AUTO(winch_text_free_auto) char *clixml = NULL;
	AUTO(winch_text_free_auto) char *json = NULL;
	size_t len;

	int r = v ? winch_value_to_clixml(v, &clixml, &len, &err) : err.status;
	if (r == 0)
		r = winch_value_to_json(v, NULL, &json, &len, &err);
	AUTO(winch_value_free_auto)
	winch_value *s = r == 0 ? winch_value_new_string("abc", 3, &err) : NULL;
	AUTO(winch_value_free_auto)
	winch_value *b = s ? winch_value_new_bytes("abc", 3, &err) : NULL;
	AUTO(winch_value_free_auto) winch_value *i = b ? winch_value_new_int(7, &err) : NULL;
	AUTO(winch_value_free_auto) winch_value *n = i ? winch_value_new_null(&err) : NULL;
	AUTO(winch_value_free_auto) winch_value *t = n ? winch_value_new_bool(true, &err) : NULL;
	return t ? 0 : err.status;
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(mem_fail_each(use_all) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_read_by_name),
		cmocka_unit_test(lists_are_read_by_index),
		cmocka_unit_test(nothing_is_null),
		cmocka_unit_test(values_are_made),
		cmocka_unit_test(documents_hold_one_value),
		cmocka_unit_test(parts_are_written_alone),
		cmocka_unit_test(json_both_modes),
		cmocka_unit_test(each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
