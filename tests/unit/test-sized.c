/*
 * test-sized.c - programs of older and newer headers give their options to this library.
 */
#include "tests/unit/test.h"

#include <winch/pool.h>
#include <winch/session.h>

#include "src/base/sized.h"

struct first {
	size_t size;
	int a, b;
};
struct second {
	size_t size;
	int a, b;
	void *c;
};

static void shorter_is_filled_with_zeros(void **state)
{
	(void)state;
	const struct first given = { sizeof(given), 1, 2 };
	struct second got = { 0, 7, 7, &got };

	assert_int_equal(SIZED_COPY(&got, b, &given, NULL), 0);
	assert_int_equal(got.size, sizeof(got));
	assert_int_equal(got.a, 1);
	assert_int_equal(got.b, 2);
	assert_null(got.c);
}

static void longer_is_taken_while_it_says_no_more(void **state)
{
	(void)state;
	struct second given = { sizeof(given), 1, 2, NULL };
	struct first got;

	assert_int_equal(SIZED_COPY(&got, b, &given, NULL), 0);
	assert_int_equal(got.size, sizeof(got));
	assert_int_equal(got.b, 2);
	given.c = &given;
	assert_int_equal(SIZED_COPY(&got, b, &given, NULL), WINCH_E_UNSUPPORTED);
}

static void no_size_is_refused(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, sizeof(struct first) - 1, 4097, SIZE_MAX };
	struct first got;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct first given = { sizes[i], 1, 2 };
		assert_int_equal(SIZED_COPY(&got, b, &given, NULL), WINCH_E_ARG);
	}
}

/* Each constructor that takes options reads their size. */
static void options_of_a_later_version(void **state)
{
	(void)state;
	struct {
		winch_session_options known;
		int later;
	} session = { WINCH_SESSION_OPTIONS_INIT, 1 };
	struct {
		winch_pipeline_options known;
		int later;
	} pipeline = { WINCH_PIPELINE_OPTIONS_INIT, 1 };
	struct {
		winch_json_options known;
		int later;
	} json = { WINCH_JSON_OPTIONS_INIT, 1 };
	struct {
		winch_pool_options known;
		int later;
	} pool = { WINCH_POOL_OPTIONS_INIT, 1 };
	struct {
		winch_host_info known;
		int later;
	} host = { WINCH_HOST_INFO_INIT, 1 };
	winch_session_options plain = WINCH_SESSION_OPTIONS_INIT;
	winch_pool_options with_host = WINCH_POOL_OPTIONS_INIT;
	winch_error err = WINCH_ERROR_INIT;
	char *text;

	session.known.size = sizeof(session);
	session.known.url = plain.url = "http://127.0.0.1";
	session.known.auth = plain.auth = WINCH_AUTH_NONE;
	session.known.allow_cleartext = plain.allow_cleartext = true;
	pipeline.known.size = sizeof(pipeline);
	json.known.size = sizeof(json);
	pool.known.size = sizeof(pool);
	host.known.size = sizeof(host);

	assert_null(winch_session_new(&session.known, &err));
	assert_int_equal(err.status, WINCH_E_UNSUPPORTED);
	plain.pool = &pool.known;
	assert_null(winch_session_new(&plain, &err));
	assert_int_equal(err.status, WINCH_E_UNSUPPORTED);
	with_host.host = &host.known;
	plain.pool = &with_host;
	assert_null(winch_session_new(&plain, &err));
	assert_int_equal(err.status, WINCH_E_UNSUPPORTED);
	plain.pool = NULL;
	winch_session *s = winch_session_new(&plain, NULL);
	assert_non_null(s);
	winch_session_free(s);

	assert_null(winch_pipeline_new(&pipeline.known, &err));
	assert_int_equal(err.status, WINCH_E_UNSUPPORTED);
	assert_int_equal(winch_value_to_json(NULL, &json.known, &text, NULL, NULL),
			 WINCH_E_UNSUPPORTED);
	pipeline.later = json.later = 0;
	winch_pipeline *p = winch_pipeline_new(&pipeline.known, NULL);
	assert_non_null(p);
	winch_pipeline_free(p);
	assert_int_equal(winch_value_to_json(NULL, &json.known, &text, NULL, NULL), 0);
	assert_string_equal(text, "null");
	winch_text_free(text);
	winch_error_done(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shorter_is_filled_with_zeros),
		cmocka_unit_test(longer_is_taken_while_it_says_no_more),
		cmocka_unit_test(no_size_is_refused),
		cmocka_unit_test(options_of_a_later_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
