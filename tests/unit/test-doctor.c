/*
 * test-doctor.c - winch doctor's tables: each finding has its words and remedy, each reason and
 * fault of the library its finding.
 */
#include "src/cli/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

/* What stands in braces is a fact that the finding, or the examination, has. */
static const char *const facts[] = {
	"account",   "address",     "addresses",     "administrator",  "auth",      "because",
	"bits",      "client",      "configuration", "configurations", "end",       "from",
	"host",      "http",        "issuer",        "jump",           "key",       "language",
	"location",  "mechanism",   "missing",       "name",           "names",     "now",
	"offers",    "open",        "open_ms",       "other",          "ours",      "path",
	"pin",       "pipeline_ms", "port",          "product",        "protocol",  "quotas",
	"reply_ms",  "requests",    "scheme",        "server",         "service",   "settings",
	"signature", "skew",        "subject",       "theirs",         "type",      "until",
	"url",       "user",        "vendor",        "version",        "waited_ms", "way",
	"why",
};

/* What stands in a remedy is typed, as an administrator: no host may have a word in it. */
static const char *const ours[] = {
	"host", "port", "url", "user", "jump", "configuration", "pin", "address", "other", "scheme",
};

static bool is_ours(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strlen(ours[i]) == len && strncmp(ours[i], name, len) == 0)
			return true;
	return false;
}

static bool is_fact(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (strlen(facts[i]) == len && strncmp(facts[i], name, len) == 0)
			return true;
	return false;
}

static void check_words(const char *words, bool (*is_known)(const char *name, size_t len))
{
	for (const char *at = words; at && (at = strchr(at, '{')); at++) {
		size_t len = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");
		if (at[1 + len] == '}' && !is_known(at + 1, len))
			fail_msg("no such fact here: %.60s", at);
	}
}

static void each_finding_has_its_words(void **state)
{
	(void)state;
	for (int id = 0; id < FIND_COUNT; id++) {
		const struct finding_row *row = &finding_table[id];
		assert_non_null(row->text);
		assert_true(row->check || id == FIND_SKIPPED);
		check_words(row->text, is_fact);
		check_words(row->remedy, is_ours);
		assert_null(strchr(row->text, '\n'));
		/* Every problem has something that helps; what is well needs nothing. */
		if (row->result == FINDING_PROBLEM)
			assert_non_null(row->remedy);
		if (row->result == FINDING_OK)
			assert_null(row->remedy);
	}
}

/* The order is that of likelihood: problems, then all else. */
static void problems_come_first(void **state)
{
	bool behind = false;

	(void)state;
	for (int id = 0; id < FIND_COUNT; id++) {
		bool problem = finding_table[id].result == FINDING_PROBLEM;
		assert_false(problem && behind);
		behind |= !problem;
	}
	assert_true(FIND_CLOCK < FIND_REFUSED && FIND_CLOCK < FIND_KDC_PASSWORD);
	assert_true(FIND_NAME_UNKNOWN < FIND_PORT_CLOSED);
	assert_true(FIND_CERT_EXPIRED < FIND_CERT_AUTHORITY);
}

static enum finding_id meaning(int auth, bool tls, int status, int reason, uint32_t fault)
{
	struct connection c = { .auth = auth, .target.tls = tls };
	winch_error err = WINCH_ERROR_INIT;

	err.status = status;
	err.reason = reason;
	err.fault = fault;
	return doctor_meaning(&c, &err);
}

static void each_reason_has_its_finding(void **state)
{
	(void)state;
	for (int reason = WINCH_REASON_NONE + 1; reason <= WINCH_REASON_CREDSSP_STATUS; reason++) {
		for (int tls = 0; tls < 2; tls++) {
			enum finding_id id =
				meaning(WINCH_AUTH_NEGOTIATE, tls, WINCH_E_NOMEM, reason, 0);
			assert_int_equal(finding_table[id].result, FINDING_PROBLEM);
			/* No memory would be FIND_SESSION, and so is this one. */
			if (reason != WINCH_REASON_NOT_WSMAN)
				assert_int_not_equal(id, FIND_SESSION);
		}
	}
}

static void what_depends_on_more(void **state)
{
	(void)state;
	int refused = WINCH_REASON_CREDENTIAL_REFUSED, closed = WINCH_REASON_PORT_CLOSED;

	assert_int_equal(meaning(WINCH_AUTH_NTLM, false, WINCH_E_AUTH, refused, 0), FIND_REFUSED);
	assert_int_equal(meaning(WINCH_AUTH_NTLM, true, WINCH_E_AUTH, refused, 0),
			 FIND_REFUSED_TLS);
	assert_int_equal(meaning(WINCH_AUTH_BASIC, true, WINCH_E_AUTH, refused, 0),
			 FIND_REFUSED_BASIC);
	assert_int_equal(meaning(0, false, WINCH_E_CONNECT, closed, 0), FIND_PORT_CLOSED);
	assert_int_equal(meaning(0, true, WINCH_E_CONNECT, closed, 0), FIND_PORT_CLOSED_TLS);
	assert_int_equal(meaning(0, false, WINCH_E_CONNECT, WINCH_REASON_PROXY, 0), FIND_PROXY);
	assert_int_equal(meaning(0, false, WINCH_E_AUTH, WINCH_REASON_PROXY, 0), FIND_PROXY_LOGIN);
}

static void each_status_has_its_finding(void **state)
{
	(void)state;
	for (int status = WINCH_E_UNSUPPORTED; status < 0; status++) {
		enum finding_id id = meaning(0, false, status, WINCH_REASON_NONE, 0);
		assert_int_equal(finding_table[id].result, FINDING_PROBLEM);
	}
}

static void faults(void **state)
{
	(void)state;
	assert_int_equal(meaning(0, false, WINCH_E_FAULT, 0, 5), FIND_DENIED);
	assert_int_equal(meaning(0, false, WINCH_E_FAULT, 0, 2150858811u), FIND_NO_CONFIGURATION);
	assert_int_equal(meaning(0, false, WINCH_E_FAULT, 0, 2150859229u), FIND_REMOTE_DENIED);
	assert_int_equal(meaning(0, false, WINCH_E_FAULT, 0, 2150859173u), FIND_QUOTA);
	assert_int_equal(meaning(0, false, WINCH_E_FAULT, 0, 1359), FIND_FAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_finding_has_its_words),
		cmocka_unit_test(problems_come_first),
		cmocka_unit_test(each_reason_has_its_finding),
		cmocka_unit_test(what_depends_on_more),
		cmocka_unit_test(each_status_has_its_finding),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
