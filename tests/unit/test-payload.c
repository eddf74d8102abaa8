/*
 * test-payload.c - the bodies that we send, byte for byte against those of PowerShell's own
 * client; and what is read of the server's.
 */
#include "psrp/payload.h"

#include "psrp/clixml-read.h"
#include "psrp/clixml-write.h"
#include "psrp/host-methods.h"
#include "psrp/message.h"
#include "src/base/mem.h"
#include "tests/unit/captures.h"
#include "tests/unit/host-value.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/vectors.h"

static void same_text(const struct value *v, const char *expect)
{
	AUTO(buf_done) struct buf text = { .max = SIZE_MAX / 4 };

	assert_non_null(v);
	assert_int_equal(clixml_write(&text, v, NULL), 0);
	assert_string_equal(buf_cstr(&text, NULL), expect);
}

static const struct value *read_body(struct arena *a, const struct captured_message *m)
{
	const struct value *v;

	assert_int_equal(clixml_read(bytes_of(m->clixml, m->len), a, &v, NULL), 0);
	return v;
}

/* ---- SESSION_CAPABILITY and INIT_RUNSPACEPOOL ---- */

static void each_version_is_the_clients(void **state)
{
	(void)state;
	for (int minor = 0; minor <= 4; minor++) {
		AUTO(arena_done) struct arena arena = { 0 };
		char expect[300];
		snprintf(expect, sizeof(expect),
			 "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.%d</Version>"
			 "<Version N=\"PSVersion\">2.0</Version>"
			 "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>",
			 minor);
		same_text(payload_capability(&arena, minor, NULL), expect);
	}
}

static size_t checked;

static void check_opening(const char *base, void *user)
{
	AUTO(arena_done) struct arena arena = { 0 };
	struct captured_message m;
	struct capture c;
	char path[3100];
	int major, minor;

	(void)user;
	snprintf(path, sizeof(path), "%s.json", base);
	assert_true(capture_open(&c, path));
	assert_true(capture_find(&c, MSG_SESSION_CAPABILITY, false, 0, &m));
	assert_int_equal(payload_read_version(read_body(&arena, &m), &major, &minor, NULL), 0);
	if (major == 2 && minor <= 4)
		same_text(payload_capability(&arena, minor, NULL), m.clixml);

	assert_true(capture_find(&c, MSG_INIT_RUNSPACEPOOL, false, 0, &m));
	const struct value *v = read_body(&arena, &m);
	int64_t least, most;
	assert_true(value_get_int(value_member(v, "MinRunspaces"), &least));
	assert_true(value_get_int(value_member(v, "MaxRunspaces"), &most));
	winch_host_info host = host_of(value_member(v, "HostInfo"));
	const struct payload_init_pool init = { (int)least, (int)most, &host,
						value_member(v, "ApplicationArguments") };
	same_text(payload_init_pool(&arena, &init, NULL), m.clixml);
	checked++;
	capture_close(&c);
}

static void openings_are_the_clients(void **state)
{
	char folder[1024];

	(void)state;
	checked = 0;
	captures_folder(folder, sizeof(folder));
	for_each_file(folder, ".json", check_opening, NULL);
	print_message("%zu openings\n", checked);
	assert_true(checked >= 15);
}

static void no_arguments_and_no_host(void **state)
{
	AUTO(arena_done) struct arena arena = { 0 };
	AUTO(buf_done) struct buf text = { .max = SIZE_MAX / 4 };
	const winch_host_info none = { .size = sizeof(none) };
	const struct payload_init_pool init = { 1, 2, &none, NULL };

	(void)state;
	assert_int_equal(clixml_write(&text, payload_init_pool(&arena, &init, NULL), NULL), 0);
	const char *is = buf_cstr(&text, NULL);
	assert_non_null(strstr(is, "<Nil N=\"ApplicationArguments\" />"));
	assert_non_null(strstr(is, "<B N=\"_isHostNull\">true</B>"));
	assert_null(strstr(is, "_hostDefaultData"));
}

/* ---- a host's answers ---- */

static void check_answer(const struct captured_message *m)
{
	AUTO(arena_done) struct arena arena = { 0 };
	const struct value *v = read_body(&arena, m);
	struct payload_answer p = { .value = value_member(v, "mr") };
	int64_t method;

	if (m->type == 0) /* the client's fault: the right one is in host-runspace-call-event */
		return;
	assert_true(value_get_int(value_member(v, "ci"), &p.call));
	assert_true(value_get_int(value_member(v, "mi"), &method));
	p.method = (int)method;
	same_text(payload_answer(&arena, &p, NULL), m->clixml);
	checked++;
}

static void check_answers(const char *base, void *user)
{
	struct captured_message m;
	struct capture c;
	char path[3100];

	(void)user;
	snprintf(path, sizeof(path), "%s.json", base);
	assert_true(capture_open(&c, path));
	for (size_t i = 0; capture_message(&c, i, &m); i++)
		if (m.type == MSG_PIPELINE_HOST_RESPONSE ||
		    m.type == MSG_RUNSPACEPOOL_HOST_RESPONSE)
			check_answer(&m);
	capture_close(&c);
}

static void answers_are_the_clients(void **state)
{
	char folder[1024];

	(void)state;
	checked = 0;
	captures_folder(folder, sizeof(folder));
	for_each_file(folder, ".json", check_answers, NULL);
	print_message("%zu answers\n", checked);
	assert_true(checked >= 5);
}

/* Each of the 56 methods has its name in its answer. */
static void each_method_is_named(void **state)
{
	(void)state;
	for (int id = 1; id <= 56; id++) {
		AUTO(arena_done) struct arena arena = { 0 };
		const struct payload_answer p = { .call = id * 1000, .method = id };
		const struct value *v = payload_answer(&arena, &p, NULL);
		struct object *mi = value_object(value_member(v, "mi"));
		int64_t n;
		assert_true(bytes_is(mi->to_string, host_method(id)->id_name));
		assert_true(value_get_int(value_member(v, "mi"), &n) && n == id);
		assert_true(value_get_int(value_member(v, "ci"), &n) && n == id * 1000);
		assert_null(value_member(v, "mr"));
		assert_null(value_member(v, "me"));
	}
}

/* What a refusal says is an ErrorRecord's members, in the engine's order (ErrorPackage.cs). */
static void refusals_are_error_records(void **state)
{
	AUTO(arena_done) struct arena arena = { 0 };
	static const char *const names[] = {
		"Exception",
		"TargetObject",
		"FullyQualifiedErrorId",
		"InvocationInfo",
		"ErrorCategory_Category",
		"ErrorCategory_Activity",
		"ErrorCategory_Reason",
		"ErrorCategory_TargetName",
		"ErrorCategory_TargetType",
		"ErrorCategory_Message",
		"SerializeExtendedInfo",
	};
	const struct payload_answer p = { .call = 1, .method = 11, .exception = "no terminal" };
	const struct value *v = payload_answer(&arena, &p, NULL);
	const struct value *me = value_member(v, "me");
	struct bytes text;
	size_t n = 0;

	(void)state;
	assert_null(value_member(v, "mr"));
	assert_null(value_object(me)->types);
	for (const struct item *i = value_object(me)->members.first; i; i = i->next, n++)
		assert_true(bytes_is(i->name, names[n]));
	assert_int_equal(n, sizeof(names) / sizeof(names[0]));
	assert_true(payload_error_text(me, &text));
	assert_true(bytes_is(text, "no terminal"));
	assert_true(value_is_a(value_member(me, "Exception"), "System.Exception"));
}

/* ---- what is read ---- */

static int version_of(const char *clixml, int *major, int *minor)
{
	AUTO(arena_done) struct arena arena = { 0 };
	const struct value *v;

	assert_int_equal(clixml_read(bytes_str(clixml), &arena, &v, NULL), 0);
	return payload_read_version(v, major, minor, NULL);
}

#define VERSION(text) "<Obj><MS><S N=\"protocolversion\">" text "</S></MS></Obj>"

static void versions_are_read(void **state)
{
	static const char *const wrong[] = {
		VERSION(""),
		VERSION("2"),
		VERSION("2."),
		VERSION(".3"),
		VERSION("2.x"),
		VERSION("a.1"),
		VERSION("2.3x"),
		VERSION(" 2.3"),
		VERSION("2.-1"),
		VERSION("-2.1"),
		VERSION("2.10000"),
		VERSION("99999999999999.1"),
		"<S>2.3</S>",
		"<Nil />",
		"<Obj><MS><I32 N=\"protocolversion\">2</I32></MS></Obj>",
	};
	int major = 7, minor = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(version_of(wrong[i], &major, &minor), WINCH_E_PROTOCOL);
	assert_int_equal(major, 7);
	assert_int_equal(minor, 7);
	assert_int_equal(version_of(VERSION("2.3"), &major, &minor), 0);
	assert_true(major == 2 && minor == 3);
	assert_int_equal(version_of(VERSION("12.34.5.6"), &major, &minor), 0);
	assert_true(major == 12 && minor == 34);
	assert_int_equal(version_of(VERSION("2.0"), &major, &minor), 0);
	assert_true(major == 2 && minor == 0);
}

static void error_text_is(const char *clixml, const char *expect)
{
	AUTO(arena_done) struct arena arena = { 0 };
	const struct value *v;
	struct bytes text;

	assert_int_equal(clixml_read(bytes_str(clixml), &arena, &v, NULL), 0);
	assert_int_equal(payload_error_text(v, &text), expect != NULL);
	if (expect)
		assert_true(bytes_is(text, expect));
}

static void error_texts(void **state)
{
	(void)state;
	error_text_is(
		"<Obj><ToString>record</ToString><MS><S N=\"ErrorDetails_Message\">details</S>"
		"<Obj N=\"Exception\"><ToString>string</ToString><Props><S N=\"Message\">message"
		"</S></Props></Obj></MS></Obj>",
		"details");
	error_text_is("<Obj><ToString>record</ToString><MS><Obj N=\"Exception\"><ToString>string"
		      "</ToString><Props><S N=\"Message\">message</S></Props></Obj></MS></Obj>",
		      "message");
	error_text_is("<Obj><ToString>record</ToString><MS><Obj N=\"Exception\"><ToString>string"
		      "</ToString></Obj></MS></Obj>",
		      "string");
	error_text_is("<Obj><ToString>record</ToString><MS><Obj N=\"Exception\" /></MS></Obj>",
		      "record");
	error_text_is("<Obj><MS><Nil N=\"Exception\" /></MS></Obj>", NULL);
	error_text_is("<S>text</S>", NULL);
	error_text_is("<Nil />", NULL);
}

/* ---- no memory ---- */

static const struct value *make(int which, struct arena *a, winch_error *err)
{
	static const winch_host_info host = {
		.size = sizeof(host), .has_host = true, .has_raw_ui = true, .title = "title"
	};
	const struct payload_init_pool init = { 1, 1, &host, NULL };
	const struct payload_answer refusal = { .call = 1, .method = 11, .exception = "no" };

	return which == 0   ? payload_capability(a, 3, err)
	       : which == 1 ? payload_init_pool(a, &init, err)
			    : payload_answer(a, &refusal, err);
}

static void each_allocation_fails(void **state)
{
	unsigned long failures = 0;

	(void)state;
	for (int which = 0; which < 3; which++) {
		bool done = false;
		for (unsigned long n = 1; !done; n++, failures++) {
			struct arena arena = { 0 };
			winch_error err = WINCH_ERROR_INIT;
			const long live = mem_live();
			mem_fail_at(n);
			done = make(which, &arena, &err) != NULL;
			assert_int_equal(err.status, done ? 0 : WINCH_E_NOMEM);
			mem_fail_at(0);
			winch_error_done(&err);
			arena_done(&arena);
			assert_int_equal(mem_live(), live);
		}
	}
	assert_true(failures > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_is_the_clients),
		cmocka_unit_test(openings_are_the_clients),
		cmocka_unit_test(no_arguments_and_no_host),
		cmocka_unit_test(answers_are_the_clients),
		cmocka_unit_test(each_method_is_named),
		cmocka_unit_test(refusals_are_error_records),
		cmocka_unit_test(versions_are_read),
		cmocka_unit_test(error_texts),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
