/*
 * test-wsman-request.c - requests: their room, their states, what they refuse.
 *
 * That they are what WS-Management wants is for the schemas to say (tests/wsman).
 */
#include "tests/unit/test.h"

#include "src/base/base64.h"
#include "src/base/mem.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/wsman-samples.h"
#include "wsman/names.h"

static const winch_guid message_guid = { { 1, 2, 3 } };

static bool contains(const struct wsman_request *q, const char *text)
{
	return memmem(q->body.data + q->body.start, q->body.len, text, strlen(text));
}

static void fill_to_the_last_byte(size_t max_envelope)
{
	AUTO(sample_done) struct sample s;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	assert_int_equal(sample_init(&s, NULL), 0);
	sample_open(&s);
	s.shell.max_envelope = max_envelope;
	assert_int_equal(
		wsman_send(&s.shell, NULL, "stdin", false, &message_guid, &s.request, NULL), 0);

	size_t room = wsman_room(&s.request);
	assert_true(room > 0);
	uint8_t *payload = test_calloc(1, room + 1);
	assert_int_equal(wsman_finish(&s.request, bytes_of(payload, room + 1), &err),
			 WINCH_E_LIMIT);
	assert_int_equal(wsman_finish(&s.request, bytes_of(payload, room), NULL), 0);
	test_free(payload);

	/* All of it, but for the part of a group of four. */
	assert_true(s.request.body.len <= max_envelope);
	assert_true(s.request.body.len + 4 > max_envelope);
	assert_int_equal(wsman_room(&s.request), 0);
	assert_int_equal(wsman_finish(&s.request, BYTES_LIT("x"), &err), WINCH_E_STATE);
}

static void room_is_what_is_left(void **state)
{
	(void)state;
	for (size_t max = 8192; max < 8192 + 9; max++)
		fill_to_the_last_byte(max);
	fill_to_the_last_byte(WSMAN_ENVELOPE_OLD);
	fill_to_the_last_byte(WSMAN_ENVELOPE_NEW);
}

static void an_envelope_too_small_is_refused(void **state)
{
	AUTO(sample_done) struct sample s;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	(void)state;
	assert_int_equal(sample_init(&s, NULL), 0);
	sample_open(&s);
	assert_int_equal(wsman_get_shell(&s.shell, &message_guid, &s.request, NULL), 0);
	size_t len = s.request.body.len;

	/* The number itself has as many digits. */
	s.shell.max_envelope = WSMAN_ENVELOPE_OLD;
	for (s.shell.max_envelope = len - 5; s.request.body.len != s.shell.max_envelope;)
		if (wsman_get_shell(&s.shell, &message_guid, &s.request, NULL) == WINCH_E_LIMIT)
			s.shell.max_envelope++;
	assert_int_equal(wsman_get_shell(&s.shell, &message_guid, &s.request, NULL), 0);
	s.shell.max_envelope--;
	assert_int_equal(wsman_get_shell(&s.shell, &message_guid, &s.request, &err), WINCH_E_LIMIT);
}

static void all_kinds_can_be_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < sample_row_count; i++) {
		AUTO(sample_done) struct sample s;
		assert_int_equal(sample_init(&s, NULL), 0);
		if (sample_rows[i].open)
			sample_open(&s);
		assert_int_equal(sample_rows[i].write(&s, NULL), 0);
		assert_int_equal(s.request.tail.len, 0);
		assert_true(contains(&s.request, "</s:Body></s:Envelope>"));
	}
}

static void the_payload_is_base64(void **state)
{
	AUTO(sample_done) struct sample s;

	(void)state;
	assert_int_equal(sample_init(&s, NULL), 0);
	sample_open(&s);
	assert_int_equal(
		wsman_send(&s.shell, &s.command, "stdin", true, &message_guid, &s.request, NULL),
		0);
	assert_int_equal(wsman_finish(&s.request, BYTES_LIT("winch"), NULL), 0);
	assert_true(contains(&s.request, "<rsp:Stream Name=\"stdin\" "
					 "CommandId=\"C0FFEE01-0203-0405-0607-08090A0B0C0D\" "
					 "End=\"true\">d2luY2g=</rsp:Stream></rsp:Send>"));
	assert_string_equal(s.request.message_id, "uuid:01020300-0000-0000-0000-000000000000");
}

static void text_is_escaped(void **state)
{
	AUTO(sample_done) struct sample s;

	(void)state;
	assert_int_equal(sample_init(&s, NULL), 0);
	assert_int_equal(sample_rows[1].write(&s, NULL), 0);
	assert_true(contains(&s.request, "<rsp:Variable Name=\"&lt;&amp;&quot;'&gt;\">a&#xD;&#xA;b"
					 "&#x9;&lt;&amp;&gt;]]&gt;</rsp:Variable>"));
	assert_true(contains(&s.request, "<rsp:Lifetime>PT1.500S</rsp:Lifetime>"));
	assert_true(contains(&s.request, "<a:To>http://host.example:5985/wsman?PSVersion=5.1&amp;x="
					 "&lt;y&gt;</a:To>"));
}

static void text_that_xml_cannot_hold(void **state)
{
	static const char *const bad[] = { "\x01",         "a\x1F", "\xEF\xBF\xBE",
					   "\xED\xA0\x80", "\xFF",  "\xC3" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(sample_done) struct sample s;
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		struct wsman_create args = { .working_directory = bad[i] };
		assert_int_equal(sample_init(&s, NULL), 0);
		assert_int_equal(wsman_create(&s.shell, &args, &message_guid, &s.request, &err),
				 WINCH_E_ARG);
		assert_int_equal(s.shell.state, WSMAN_SHELL_BEFORE);
	}
}

/* What may not come now changes nothing. */
static void states_are_kept(void **state)
{
	AUTO(sample_done) struct sample s;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct wsman_create args = { 0 };

	(void)state;
	assert_int_equal(sample_init(&s, NULL), 0);
	assert_int_equal(
		wsman_receive(&s.shell, NULL, "stdout", false, &message_guid, &s.request, &err),
		WINCH_E_STATE);
	assert_int_equal(wsman_delete(&s.shell, &message_guid, &s.request, &err), WINCH_E_STATE);
	assert_false(wsman_shell_is_open(&s.shell));

	/* Without a proposed id there is nothing to delete before the answer. */
	assert_int_equal(wsman_create(&s.shell, &args, &message_guid, &s.request, &err), 0);
	assert_int_equal(s.shell.state, WSMAN_SHELL_OPENING);
	assert_false(wsman_shell_is_open(&s.shell));
	assert_int_equal(wsman_create(&s.shell, &args, &message_guid, &s.request, &err),
			 WINCH_E_STATE);
	assert_int_equal(s.shell.state, WSMAN_SHELL_OPENING);
}

static void a_proposed_id_can_be_deleted(void **state)
{
	AUTO(sample_done) struct sample s;

	(void)state;
	assert_int_equal(sample_init(&s, NULL), 0);
	assert_int_equal(sample_rows[0].write(&s, NULL), 0);
	assert_true(wsman_shell_is_open(&s.shell));
	assert_int_equal(wsman_delete(&s.shell, &message_guid, &s.request, NULL), 0);
	assert_int_equal(s.shell.state, WSMAN_SHELL_DELETING);
}

static void terminate_closes_the_command(void **state)
{
	AUTO(sample_done) struct sample s;

	(void)state;
	assert_int_equal(sample_init(&s, NULL), 0);
	sample_open(&s);
	assert_int_equal(wsman_signal(&s.shell, &s.command, WSMAN_SIGNAL_STOP, &message_guid,
				      &s.request, NULL),
			 0);
	assert_int_equal(s.command.state, WSMAN_COMMAND_RUNNING);
	assert_int_equal(wsman_signal(&s.shell, &s.command, WSMAN_SIGNAL_TERMINATE, &message_guid,
				      &s.request, NULL),
			 0);
	assert_int_equal(s.command.state, WSMAN_COMMAND_CLOSING);
	assert_int_equal(wsman_receive(&s.shell, &s.command, "stdout", false, &message_guid,
				       &s.request, NULL),
			 WINCH_E_STATE);
}

/* Whichever allocation fails: an error, no leak, and the shell as it was. */
static void write_failing(const struct sample_row *row)
{
	for (unsigned long n = 1;; n++) {
		AUTO(sample_done) struct sample s;
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		assert_int_equal(sample_init(&s, NULL), 0);
		if (row->open)
			sample_open(&s);
		mem_fail_at(n);
		int r = row->write(&s, &err);
		bool failed = mem_count() >= n;
		mem_fail_at(0);
		if (!failed) {
			assert_int_equal(r, 0);
			return;
		}
		assert_int_equal(r, WINCH_E_NOMEM);
	}
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < sample_row_count; i++)
		write_failing(&sample_rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_is_what_is_left),
		cmocka_unit_test(an_envelope_too_small_is_refused),
		cmocka_unit_test(all_kinds_can_be_written),
		cmocka_unit_test(the_payload_is_base64),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(text_that_xml_cannot_hold),
		cmocka_unit_test(states_are_kept),
		cmocka_unit_test(a_proposed_id_can_be_deleted),
		cmocka_unit_test(terminate_closes_the_command),
		cmocka_unit_test(each_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
