/*
 * test-mime.c - header values: media types, parameters, challenges (RFC 9110 5.6, 11.6.1).
 */
#include "tests/unit/test.h"

#include "src/base/mem.h"
#include "wsman/http/mime.h"

/* Each challenge as "scheme[token]". */
static void list(const char *header, char *out, size_t size)
{
	struct bytes left = bytes_str(header);
	struct challenge c;
	size_t at = 0;

	out[0] = '\0';
	while (challenge_next(&left, &c)) {
		at += (size_t)snprintf(out + at, size - at, "%.*s[%.*s]", (int)c.scheme.len,
				       (const char *)c.scheme.data, (int)c.token.len,
				       c.token.len ? (const char *)c.token.data : "");
	}
}

static void challenges(void **state)
{
	(void)state;
	static const struct {
		const char *header, *expected;
	} cases[] = {
		{ "Negotiate", "Negotiate[]" },
		{ "Negotiate YII=", "Negotiate[YII=]" },
		{ "Negotiate  YII==  ", "Negotiate[YII==]" },
		{ "Negotiate, Kerberos", "Negotiate[]Kerberos[]" },
		{ "Negotiate YII=, Kerberos, Basic realm=\"WSMAN\"",
		  "Negotiate[YII=]Kerberos[]Basic[]" },
		{ "Basic realm=\"a, Negotiate b\", charset=\"UTF-8\", CredSSP",
		  "Basic[]CredSSP[]" },
		{ "Basic realm=\"q\\\"uote, x\" , Negotiate", "Basic[]Negotiate[]" },
		{ "Digest a=b,c=\"d\" ,e = f, NTLM TlRM/+~-._=", "Digest[]NTLM[TlRM/+~-._=]" },
		{ " , ,, Negotiate , ", "Negotiate[]" },
		{ "", "" },
		{ ",", "" },
		{ "=", "" },
		/* Broken: what can't be read does not become a scheme. */
		{ "Basic realm=\"open, Negotiate", "Basic[]" },
		{ "Negotiate YI I=, Kerberos", "Negotiate[]" },
		{ "Negotiate YII=x, Kerberos", "Negotiate[]Kerberos[]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[200];
		list(cases[i].header, out, sizeof(out));
		assert_string_equal(out, cases[i].expected);
	}
}

static void media_types(void **state)
{
	(void)state;
	struct bytes params, name, value;
	struct bytes type = mime_type(
		BYTES_LIT(" a/b ; charset=UTF-8;Boundary = \"x;\\\"y\" ; empty=\"\""), &params);

	assert_true(bytes_is(type, "a/b"));
	assert_true(mime_param(&params, &name, &value));
	assert_true(bytes_is(name, "charset") && bytes_is(value, "UTF-8"));
	assert_true(mime_param(&params, &name, &value));
	assert_true(bytes_is(name, "Boundary") && bytes_is(value, "x;\\\"y"));
	assert_true(mime_param(&params, &name, &value));
	assert_true(bytes_is(name, "empty") && value.len == 0);
	assert_false(mime_param(&params, &name, &value));
	assert_int_equal(params.len, 0);

	mime_type(BYTES_LIT("a/b; x"), &params);
	assert_false(mime_param(&params, &name, &value));
	mime_type(BYTES_LIT("a/b; x=\"y"), &params);
	assert_false(mime_param(&params, &name, &value));
	assert_true(bytes_is(mime_trim(BYTES_LIT("\t a b \t")), "a b"));
	assert_int_equal(mime_trim(BYTES_LIT(" \t ")).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenges),
		cmocka_unit_test(media_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
