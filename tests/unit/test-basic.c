/*
 * test-basic.c - Basic's one token, and when there must be none.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "wsman/auth/auth.h"

static const struct {
	const char *user, *password, *token;
} tokens[] = {
	{ "anna", "secret", "anna:secret" },
	{ "CORP\\anna", "secret", "CORP\\anna:secret" },
	{ ".\\anna", "secret", ".\\anna:secret" },
	{ "\\anna", "secret", "anna:secret" },
	{ "anna@corp.example", "a:b:c", "anna@corp.example:a:b:c" },
	{ "anna", "", "anna:" },
	{ "test", "123\xC2\xA3", "test:123\xC2\xA3" }, /* RFC 7617 2.1, as UTF-8 */
	{ "j\xC3\xBCrg", "\xF0\x9F\x94\x91", "j\xC3\xBCrg:\xF0\x9F\x94\x91" },
};

static void one_token(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		AUTO(credential_done) struct credential c = { .user.max = 0 };
		AUTO(buf_done) struct buf out = { .max = 1000, .secret = true };
		assert_int_equal(credential_set(&c, bytes_str(tokens[i].user),
						bytes_str(tokens[i].password), NULL),
				 0);
		const struct auth_world world = { .credential = &c };
		struct auth *a = auth_basic_new(&world, NULL);
		assert_non_null(a);
		assert_null(a->class->sealing);
		assert_string_equal(a->class->scheme, "Basic");
		assert_int_equal(a->class->step(a, (struct bytes){ 0 }, &out, NULL), AUTH_DONE);
		assert_bytes(buf_bytes(&out), bytes_str(tokens[i].token));
		auth_free(a);
	}
}

static void assert_refused(const char *user, struct bytes password, bool must_seal, int status,
			   const char *text)
{
	AUTO(credential_done) struct credential c = { .user.max = 0 };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	assert_int_equal(credential_set(&c, bytes_str(user), password, NULL), 0);
	const struct auth_world world = { .credential = &c, .must_seal = must_seal };
	assert_null(auth_basic_new(&world, &err));
	assert_int_equal(err.status, status);
	assert_non_null(strstr(winch_error_text(&err), text));
}

static void refused(void **state)
{
	(void)state;
	assert_refused("anna", BYTES_LIT("x"), true, WINCH_E_AUTH, "can't seal");
	assert_refused("an:na", BYTES_LIT("x"), false, WINCH_E_ARG, "colon");
	assert_refused("CO:RP\\anna", BYTES_LIT("x"), false, WINCH_E_ARG, "colon");
	assert_refused("anna", (struct bytes){ 0 }, false, WINCH_E_ARG, "no password");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_token),
		cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
