/*
 * test-event.c - what an event does with the message that it is about.
 */
#include "psrp/event.h"
#include "tests/unit/test.h"

static const winch_guid nobody;

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
	struct winch_event *ev = event_new(WINCH_EVENT_OUTPUT, &nobody, &m, json);
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
		struct winch_event *ev = event_new(WINCH_EVENT_OUTPUT, &nobody, &m, json);

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
	struct winch_event *ev = event_new(WINCH_EVENT_INPUT_ROOM, &nobody, NULL, json);
	size_t len = 1;

	(void)state;
	assert_string_equal(winch_event_clixml(ev, &len), "");
	assert_int_equal(len, 0);
	event_done(ev);
	event_json_free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_body_is_copied),
		cmocka_unit_test(a_large_body_is_taken_over),
		cmocka_unit_test(no_message_is_an_empty_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
