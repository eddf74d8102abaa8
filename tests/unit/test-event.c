/*
 * test-event.c - events: read or turned into JSON when asked, kept beyond their pool, no memory.
 */
#include "psrp/event.h"

#include <winch/pool.h>

#include "src/base/mem.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/test.h"

#define BIG "9007199254740993"
#define RECORD                                                                                     \
	"<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">5</I32><Obj N=\"Error\" RefId=\"1\">"       \
	"<ToString>bad</ToString><MS><S N=\"a\">x</S><Ref N=\"self\" RefId=\"1\" "                 \
	"/></MS></Obj></MS></Obj>"

static const winch_guid id = { { 5 } };

static winch_event *new_event(struct event_json *maker, const char *clixml)
{
	const struct message m = { .body = bytes_str(clixml) };
	winch_event *ev = event_new(WINCH_EVENT_OUTPUT, &id, &m, maker);

	assert_non_null(ev);
	ev->has_value = true;
	return ev;
}

static void json_is(winch_event *ev, int mode, int numbers, const char *expect)
{
	const winch_json_options opts = { sizeof(opts), mode, numbers };
	const char *json;
	size_t len;

	assert_int_equal(winch_event_json(ev, &opts, &json, &len, NULL), 0);
	assert_int_equal(len, strlen(json));
	assert_string_equal(json, expect);
}

static void what_it_says(void **state)
{
	struct event_json *maker = event_json_new();
	winch_event *ev = new_event(maker, "<I64>" BIG "</I64>");
	const winch_value *v;
	winch_guid of = winch_event_pipeline(ev);
	size_t len;

	(void)state;
	assert_int_equal(winch_event_type(ev), WINCH_EVENT_OUTPUT);
	assert_memory_equal(&of, &id, sizeof(id));
	assert_true(winch_event_has_value(ev));
	assert_string_equal(winch_event_clixml(ev, &len), "<I64>" BIG "</I64>");
	assert_int_equal(len, strlen("<I64>" BIG "</I64>"));
	/* In any order, again and again; one decoder serves equal options. */
	json_is(ev, WINCH_JSON_PLAIN, WINCH_JSON_NUMBERS, BIG);
	struct decoder *first = maker->decoder;
	json_is(ev, WINCH_JSON_PLAIN, WINCH_JSON_NUMBERS, BIG);
	assert_ptr_equal(maker->decoder, first);
	json_is(ev, WINCH_JSON_PLAIN, WINCH_JSON_BIG_AS_STRINGS, "\"" BIG "\"");
	json_is(ev, WINCH_JSON_TYPED, WINCH_JSON_NUMBERS, "{\"$t\":\"I64\",\"v\":" BIG "}");
	assert_int_equal(winch_event_value(ev, &v, NULL), 0);
	assert_string_equal(winch_value_tag(v), "I64");
	const winch_value *again;
	assert_int_equal(winch_event_value(ev, &again, NULL), 0);
	assert_ptr_equal(v, again);
	json_is(ev, WINCH_JSON_PLAIN, WINCH_JSON_NUMBERS, BIG);
	event_done(ev);
	event_json_free(maker);
}

static void nothing_is_null(void **state)
{
	struct event_json *maker = event_json_new();
	winch_event *ev = new_event(maker, "");
	const winch_value *v;
	size_t len;

	(void)state;
	json_is(ev, WINCH_JSON_PLAIN, WINCH_JSON_NUMBERS, "null");
	assert_non_null(winch_event_clixml(ev, &len));
	assert_int_equal(len, 0);
	assert_int_equal(winch_event_value(ev, &v, NULL), 0);
	assert_true(winch_value_is_null(v));
	event_done(ev);
	event_json_free(maker);
}

static void no_value(void **state)
{
	struct event_json *maker = event_json_new();
	winch_event *ev = new_event(maker, "");
	winch_error err = WINCH_ERROR_INIT;
	const winch_value *v;
	const char *json;
	size_t len;

	(void)state;
	ev->has_value = false;
	assert_int_equal(winch_event_value(ev, &v, &err), WINCH_E_STATE);
	assert_int_equal(winch_event_json(ev, NULL, &json, &len, &err), WINCH_E_STATE);
	event_set_part(ev, NULL);
	assert_false(winch_event_has_value(ev));
	winch_error_done(&err);
	event_done(ev);
	event_done(NULL);
	event_json_free(maker);
	event_json_free(NULL);
}

/* A part of the message stands alone: its references are to itself. */
static void a_part_of_it(void **state)
{
	struct event_json *maker = event_json_new();
	winch_event *ev = new_event(maker, RECORD);
	const struct value *root;
	const winch_value *v;
	size_t len;

	(void)state;
	assert_int_equal(event_parse(ev, &root, NULL), 0);
	event_set_part(ev, value_member(root, "Error"));
	json_is(ev, WINCH_JSON_TYPED, WINCH_JSON_NUMBERS,
		"{\"$t\":\"Obj\",\"id\":1,\"s\":\"bad\",\"x\":{\"a\":\"x\",\"self\":{\"$t\":"
		"\"Ref\",\"id\":1}}}");
	assert_int_equal(winch_event_value(ev, &v, NULL), 0);
	assert_string_equal(winch_value_to_string(v, &len), "bad");
	event_done(ev);
	event_json_free(maker);
}

/* Body that is no CLIXML: said to who reads it, each time. */
static void garbage_is_said(void **state)
{
	struct event_json *maker = event_json_new();
	winch_event *ev = new_event(maker, "<S>half"), *good = new_event(maker, "<S>x</S>");
	winch_error err = WINCH_ERROR_INIT;
	const winch_value *v;
	const char *json;
	size_t len;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(winch_event_json(ev, NULL, &json, &len, &err), WINCH_E_PROTOCOL);
		assert_non_null(strstr(winch_error_text(&err), "line 1"));
		assert_int_equal(winch_event_value(ev, &v, &err), WINCH_E_PROTOCOL);
		json_is(good, WINCH_JSON_PLAIN, WINCH_JSON_NUMBERS, "\"x\"");
	}
	winch_error_done(&err);
	event_done(ev);
	event_done(good);
	event_json_free(maker);
}

/* A kept event lives on without its pool, whatever was read of it before. */
static void kept_beyond_its_maker(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		const long live = mem_live();
		struct event_json *maker = event_json_new();
		winch_event *ev = new_event(maker, RECORD);
		const struct value *root;
		const winch_value *v;
		if (how == 1)
			assert_int_equal(winch_event_value(ev, &v, NULL), 0);
		if (how == 2) {
			assert_int_equal(event_parse(ev, &root, NULL), 0);
			event_set_part(ev, value_member(root, "Error"));
		}
		winch_event *kept = winch_event_keep(ev);
		event_done(ev);
		event_json_free(maker);
		assert_int_equal(winch_event_value(kept, &v, NULL), 0);
		assert_non_null(winch_value_member(v, how == 2 ? "a" : "PipelineState"));
		json_is(kept, WINCH_JSON_PLAIN, WINCH_JSON_NUMBERS,
			how == 2 ? "{\"a\":\"x\",\"self\":null}"
				 : "{\"PipelineState\":5,\"Error\":{\"a\":\"x\",\"self\":null}}");
		winch_event_free(kept);
		winch_event_free(NULL);
		assert_int_equal(mem_live(), live);
	}
}

/* For back-pressure: what its message has. */
static void it_is_weighed(void **state)
{
	struct event_json *maker = event_json_new();
	winch_event *small = new_event(maker, ""), *large = new_event(maker, RECORD);

	(void)state;
	assert_int_equal(large->weight - small->weight, strlen(RECORD));
	event_done(small);
	event_done(large);
	event_json_free(maker);
}

/* ---- whose the message is ---- */

/* A message whose body is an S of len letters, as the last bytes of holder. */
static struct message message_of(struct buf *holder, size_t len)
{
	struct message m = { .holder = holder };

	holder->max = 1024 * 1024;
	assert_int_equal(buf_put_str(holder, "the header<S>", NULL), 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(buf_put_str(holder, "x", NULL), 0);
	assert_int_equal(buf_put_str(holder, "</S>", NULL), 0);
	m.body = bytes_skip(buf_bytes(holder), 10);
	return m;
}

/* The event has the body with a NUL behind it, and its JSON. */
static void check(struct winch_event *ev, size_t letters)
{
	size_t len, json_len;
	const char *text = winch_event_clixml(ev, &len), *json;

	assert_int_equal(len, letters + 7);
	assert_memory_equal(text, "<S>x", 4);
	assert_string_equal(text + len - 5, "x</S>");
	ev->has_value = true;
	assert_int_equal(winch_event_json(ev, NULL, &json, &json_len, NULL), 0);
	assert_int_equal(json_len, letters + 2);
	assert_string_equal(json + json_len - 2, "x\"");
}

static void a_small_body_is_copied(void **state)
{
	struct event_json *json = event_json_new();
	struct buf holder = { 0 };
	struct message m = message_of(&holder, 5);

	(void)state;
	struct winch_event *ev = event_new(WINCH_EVENT_OUTPUT, &id, &m, json);
	assert_non_null(ev);
	assert_int_equal(holder.len, 10 + 12);
	buf_done(&holder);
	check(ev, 5);
	event_done(ev);
	event_json_free(json);
}

static void a_large_body_is_taken_over(void **state)
{
	/* Of the second, the message fills its buffer: there is no room for the NUL. */
	static const size_t sizes[] = { 70000, 131072 - 17 };
	struct event_json *json = event_json_new();

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct buf holder = { 0 };
		struct message m = message_of(&holder, sizes[i]);
		struct winch_event *ev = event_new(WINCH_EVENT_OUTPUT, &id, &m, json);

		assert_non_null(ev);
		assert_null(holder.data);
		assert_int_equal(holder.len, 0);
		assert_int_equal(holder.max, 1024 * 1024);
		if (i == 0) {
			size_t len;
			assert_ptr_equal(winch_event_clixml(ev, &len), m.body.data);
		}
		/* What held it is as new. */
		assert_int_equal(buf_put_str(&holder, "next", NULL), 0);
		check(ev, sizes[i]);
		buf_done(&holder);
		event_done(ev);
	}
	event_json_free(json);
}

static void no_message_is_an_empty_body(void **state)
{
	struct event_json *json = event_json_new();
	struct winch_event *ev = event_new(WINCH_EVENT_INPUT_ROOM, &id, NULL, json);
	size_t len = 1;

	(void)state;
	assert_string_equal(winch_event_clixml(ev, &len), "");
	assert_int_equal(len, 0);
	event_done(ev);
	event_json_free(json);
}

/* ---- no memory ---- */

/* Make, read in all ways, keep: the first failure is given. */
static int use(void)
{
	const winch_json_options typed = { sizeof(typed), WINCH_JSON_TYPED, 0 };
	const struct message m = { .body = BYTES_LIT(RECORD) };
	winch_error err = WINCH_ERROR_INIT;
	struct event_json *maker = event_json_new();
	winch_event *ev = NULL, *kept = NULL;
	const struct value *root;
	const winch_value *v;
	const char *json;
	size_t len;
	int r = WINCH_E_NOMEM;

	if (!maker || !(ev = event_new(WINCH_EVENT_ERROR, &id, &m, maker)))
		goto out;
	ev->has_value = true;
	r = winch_event_json(ev, NULL, &json, &len, &err);
	if (r == 0)
		r = winch_event_json(ev, &typed, &json, &len, &err);
	if (r == 0)
		r = winch_event_value(ev, &v, &err);
	if (r == 0)
		r = event_parse(ev, &root, &err);
	if (r < 0)
		goto out;
	event_set_part(ev, value_member(root, "Error"));
	r = winch_event_json(ev, NULL, &json, &len, &err);
	if (r == 0 && !(kept = winch_event_keep(ev)))
		r = WINCH_E_NOMEM;
out:
	if (r < 0 && err.status)
		assert_int_equal(err.status, r);
	winch_error_done(&err);
	winch_event_free(kept);
	event_done(ev);
	event_json_free(maker);
	return r;
}

static void each_allocation_fails(void **state)
{
	(void)state;
	assert_true(mem_fail_each(use) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_says),
		cmocka_unit_test(nothing_is_null),
		cmocka_unit_test(no_value),
		cmocka_unit_test(a_part_of_it),
		cmocka_unit_test(garbage_is_said),
		cmocka_unit_test(kept_beyond_its_maker),
		cmocka_unit_test(it_is_weighed),
		cmocka_unit_test(a_small_body_is_copied),
		cmocka_unit_test(a_large_body_is_taken_over),
		cmocka_unit_test(no_message_is_an_empty_body),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
