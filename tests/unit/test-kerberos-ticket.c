/*
 * test-kerberos-ticket.c - the user's name on its way to libkrb5, where no KDC is known: as long as
 * it may be, and with each n-th allocation of ours failing.  With a KDC:
 * tests/live/test_kerberos.py.
 */
#include "tests/unit/mem-failing.h"
#include "tests/unit/test.h"

#include <ctype.h>

#include "src/base/mem.h"
#include "wsman/auth/auth.h"
#include "wsman/auth/kerberos-ticket.h"

enum { LONGEST = 4096 };

/* How the user is asked for last. */
static void look(char *user, char *domain, char *ret_name, size_t size, int *ret_reason)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(ticket_done) struct ticket t = { 0 };
	char host[] = "web1.winch.test", *name = NULL;
	struct ticket_wish w = { .user = user, .domain = domain, .host = host };

	assert_int_equal(ticket_look(&t, &w, true, &err), WINCH_E_AUTH);
	*ret_reason = err.reason;
	ret_name[0] = '\0';
	if (!t.client)
		return;
	assert_int_equal(krb5_unparse_name(t.krb5, t.client, &name), 0);
	snprintf(ret_name, size, "%s", name);
	krb5_free_unparsed_name(t.krb5, name);
}

static void the_longest_names(void **state)
{
	char user[LONGEST + 1] = "", domain[LONGEST + 1] = "";
	char name[3 * LONGEST], expected[3 * LONGEST];
	int reason;

	(void)state;
	memset(user, 'u', LONGEST);
	memset(domain, 'd', LONGEST);
	look(user, domain, name, sizeof(name), &reason);
	assert_int_equal(reason, WINCH_REASON_REALM_UNKNOWN);
	for (size_t i = 0; i < LONGEST; i++)
		domain[i] = 'D';
	snprintf(expected, sizeof(expected), "%s@%s", user, domain);
	assert_string_equal(name, expected);
	user[1] = '@';
	look(user, NULL, name, sizeof(name), &reason);
	assert_int_equal(reason, WINCH_REASON_REALM_UNKNOWN);
}

static void without_memory(void **state)
{
	static const struct {
		const char *user, *domain;
	} forms[] = { { "anna", NULL }, { "anna", "WINCH" }, { "anna@winch.test", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char user[32], domain[32], name[64];
		int reason;
		unsigned long count, n = 0;
		do {
			snprintf(user, sizeof(user), "%s", forms[i].user);
			snprintf(domain, sizeof(domain), "%s",
				 forms[i].domain ? forms[i].domain : "");
			mem_fail_at(++n);
			look(user, forms[i].domain ? domain : NULL, name, sizeof(name), &reason);
			count = mem_count();
			/* A name that is not whole is not asked for. */
			assert_true(!name[0] || strncasecmp(name, "anna@", 5) == 0 ||
				    strncasecmp(name, "anna\\@", 6) == 0);
			assert_true(!name[0] || name[5]);
		} while (n <= count);
		assert_true(n > 2);
	}
	mem_fail_at(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_names),
		cmocka_unit_test(without_memory),
	};
	char conf[1024];

	snprintf(conf, sizeof(conf), "%s/tests/live/no-krb5.conf",
		 getenv("WINCH_SOURCE") ? getenv("WINCH_SOURCE") : ".");
	setenv("KRB5_CONFIG", conf, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
