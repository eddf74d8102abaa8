/*
 * test-credential.c - user names in each form, and what is kept of the password.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "tests/unit/mem-failing.h"
#include "wsman/auth/auth.h"

static const struct {
	const char *whole, *domain, *user;
} forms[] = {
	{ "anna", "", "anna" },
	{ "CORP\\anna", "CORP", "anna" },
	{ "corp.example\\anna", "corp.example", "anna" },
	{ "anna@corp.example", "", "anna@corp.example" },
	{ "CORP\\anna@other", "CORP", "anna@other" },
	{ "\\anna", "", "anna" },
	{ ".\\anna", ".", "anna" },
	{ "CORP\\an\\na", "CORP", "an\\na" },
	{ "aNNa", "", "aNNa" },
	{ "M\xC3\x9CLLER\\j\xC3\xBCrg", "M\xC3\x9CLLER", "j\xC3\xBCrg" },
	{ "\xF0\x9F\x98\x80", "", "\xF0\x9F\x98\x80" },
};

static void user_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		AUTO(credential_done) struct credential c = { .user.max = 0 };
		assert_int_equal(
			credential_set(&c, bytes_str(forms[i].whole), BYTES_LIT("secret"), NULL),
			0);
		assert_bytes(buf_bytes(&c.domain), bytes_str(forms[i].domain));
		assert_bytes(buf_bytes(&c.user), bytes_str(forms[i].user));
		assert_bytes(secret_bytes(&c.password), BYTES_LIT("secret"));
	}
}

static void none_and_empty(void **state)
{
	(void)state;
	AUTO(credential_done) struct credential c = { .user.max = 0 };

	assert_int_equal(credential_set(&c, BYTES_LIT("anna"), (struct bytes){ 0 }, NULL), 0);
	assert_null(c.password.data);
	assert_int_equal(credential_keep_nt_hash(&c, NULL), WINCH_E_ARG);
	assert_int_equal(credential_set(&c, BYTES_LIT("anna"), BYTES_LIT(""), NULL), 0);
	assert_non_null(c.password.data);
	assert_int_equal(credential_keep_nt_hash(&c, NULL), 0);
	assert_hex(secret_bytes(&c.nt_hash), "31d6cfe0d16ae931b73c59d7e0c089c0");
}

static void only_the_hash(void **state)
{
	(void)state;
	AUTO(credential_done) struct credential c = { .user.max = 0 };

	assert_int_equal(credential_set(&c, BYTES_LIT("User"), BYTES_LIT("Password"), NULL), 0);
	assert_int_equal(credential_keep_nt_hash(&c, NULL), 0);
	assert_null(c.password.data);
	assert_hex(secret_bytes(&c.nt_hash), "a4f49c406510bdcab6824ee7c30fd852");

	/* Another one takes its place. */
	assert_int_equal(credential_set(&c, BYTES_LIT("other"), BYTES_LIT("word"), NULL), 0);
	assert_null(c.nt_hash.data);
	assert_bytes(buf_bytes(&c.user), BYTES_LIT("other"));
}

static const struct {
	struct bytes user, password;
	const char *text;
} bad[] = {
	{ BYTES_LIT(""), BYTES_LIT("x"), "no user" },
	{ BYTES_LIT("CORP\\"), BYTES_LIT("x"), "no user" },
	{ BYTES_LIT("an\0na"), BYTES_LIT("x"), "user's name is not UTF-8" },
	{ BYTES_LIT("an\xFFna"), BYTES_LIT("x"), "user's name is not UTF-8" },
	{ BYTES_LIT("an\xED\xA0\x80na"), BYTES_LIT("x"), "user's name is not UTF-8" },
	{ BYTES_LIT("anna"), BYTES_LIT("geheim\xFF"), "password is not UTF-8" },
};

/* What there was stays; the text does not tell the password. */
static void refused(void **state)
{
	(void)state;
	AUTO(credential_done) struct credential c = { .user.max = 0 };

	assert_int_equal(credential_set(&c, BYTES_LIT("first"), BYTES_LIT("one"), NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		assert_int_equal(credential_set(&c, bad[i].user, bad[i].password, &err),
				 WINCH_E_ARG);
		assert_non_null(strstr(winch_error_text(&err), bad[i].text));
		assert_null(strstr(winch_error_text(&err), "geheim"));
		assert_bytes(buf_bytes(&c.user), BYTES_LIT("first"));
		assert_bytes(secret_bytes(&c.password), BYTES_LIT("one"));
	}
}

static void names_have_a_limit(void **state)
{
	(void)state;
	AUTO(credential_done) struct credential c = { .user.max = 0 };
	static uint8_t name[4097];

	memset(name, 'x', sizeof(name));
	assert_int_equal(credential_set(&c, bytes_of(name, 4097), BYTES_LIT("x"), NULL),
			 WINCH_E_LIMIT);
	assert_int_equal(credential_set(&c, bytes_of(name, 4096), BYTES_LIT("x"), NULL), 0);
}

static int set_and_keep_hash(void)
{
	AUTO(credential_done) struct credential c = { .user.max = 0 };
	int r = credential_set(&c, BYTES_LIT("CORP\\anna"), BYTES_LIT("secret"), NULL);

	return r < 0 ? r : credential_keep_nt_hash(&c, NULL);
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(mem_fail_each(set_and_keep_hash) > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_forms),         cmocka_unit_test(none_and_empty),
		cmocka_unit_test(only_the_hash),      cmocka_unit_test(refused),
		cmocka_unit_test(names_have_a_limit), cmocka_unit_test(each_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
