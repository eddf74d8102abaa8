/*
 * test-sized.c - programs of older and newer headers give their options to this library.
 */
#include "tests/unit/test.h"

#include <winch/pool.h>
#include <winch/session.h>

#include "src/base/mem.h"
#include "src/base/sized.h"

DEFINE_AUTO_FREE(char, winch_text_free)

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

/* Options of a later version, whose last member is set. */
struct later_session {
	winch_session_options known;
	size_t later;
};
struct later_pool {
	winch_pool_options known;
	size_t later;
};
struct later_host {
	winch_host_info known;
	size_t later;
};
struct later_pipeline {
	winch_pipeline_options known;
	size_t later;
};
struct later_json {
	winch_json_options known;
	size_t later;
};

static void check_session(const winch_session_options *opts, int status)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_session *s = winch_session_new(opts, &err);

	assert_int_equal(err.status, status);
	assert_int_equal(s == NULL, status < 0);
	winch_session_free(s);
}

static void sessions_read_sizes(void **state)
{
	(void)state;
	struct later_session session = { WINCH_SESSION_OPTIONS_INIT, 1 };
	struct later_pool pool = { WINCH_POOL_OPTIONS_INIT, 1 };
	struct later_host host = { WINCH_HOST_INFO_INIT, 1 };

	session.known.url = "http://127.0.0.1";
	session.known.auth = WINCH_AUTH_NONE;
	session.known.allow_cleartext = true;
	session.known.pool = &pool.known;
	pool.known.host = &host.known;
	check_session(&session.known, 0);
	host.known.size = sizeof(host);
	check_session(&session.known, WINCH_E_UNSUPPORTED);
	host.later = 0;
	pool.known.size = sizeof(pool);
	check_session(&session.known, WINCH_E_UNSUPPORTED);
	pool.later = 0;
	session.known.size = sizeof(session);
	check_session(&session.known, WINCH_E_UNSUPPORTED);
	session.later = 0;
	check_session(&session.known, 0);
}

static int make_pipeline(const winch_pipeline_options *opts)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_pipeline *p = winch_pipeline_new(opts, &err);

	assert_int_equal(p == NULL, err.status < 0);
	winch_pipeline_free(p);
	return err.status;
}

static int make_json(const winch_json_options *opts)
{
	AUTO(winch_text_free_auto) char *text = NULL;
	int r = winch_value_to_json(NULL, opts, &text, NULL, NULL);

	if (r == 0)
		assert_string_equal(text, "null");
	return r;
}

static void pipelines_and_json_read_sizes(void **state)
{
	(void)state;
	struct later_pipeline pipeline = { WINCH_PIPELINE_OPTIONS_INIT, 1 };
	struct later_json json = { WINCH_JSON_OPTIONS_INIT, 1 };

	pipeline.known.size = sizeof(pipeline);
	json.known.size = sizeof(json);
	assert_int_equal(make_pipeline(&pipeline.known), WINCH_E_UNSUPPORTED);
	assert_int_equal(make_json(&json.known), WINCH_E_UNSUPPORTED);
	pipeline.later = json.later = 0;
	assert_int_equal(make_pipeline(&pipeline.known), 0);
	assert_int_equal(make_json(&json.known), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shorter_is_filled_with_zeros),
		cmocka_unit_test(longer_is_taken_while_it_says_no_more),
		cmocka_unit_test(no_size_is_refused),
		cmocka_unit_test(sessions_read_sizes),
		cmocka_unit_test(pipelines_and_json_read_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
