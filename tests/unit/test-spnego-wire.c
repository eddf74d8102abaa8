/*
 * test-spnego-wire.c - SPNEGO's tokens: as Windows and others send them, and as nobody should.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "tests/unit/ntlm-samples.h"
#include "wsman/auth/spnego-wire.h"

#define NTLM_OID     "2b06010401823702020a"
#define KERBEROS_OID "2a864886f712010202"

static void mechanism_lists(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf out = { .max = 100 };
	const struct bytes oids[] = { HEX(KERBEROS_OID), HEX(NTLM_OID) };

	assert_int_equal(spnego_list_put(&out, oids, 1, NULL), 0);
	assert_hex(buf_bytes(&out), "300b0609" KERBEROS_OID);
	buf_clear(&out);
	assert_int_equal(spnego_list_put(&out, oids, 2, NULL), 0);
	assert_hex(buf_bytes(&out), "30170609" KERBEROS_OID "060a" NTLM_OID);
}

/* Another client's first token has the same parts: it must come out the same. */
static void init(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf list = { .max = 100 };
	AUTO(buf_done) struct buf out = { .max = 1000 };
	const struct bytes oids[] = { HEX(NTLM_OID) };

	assert_int_equal(spnego_list_put(&list, oids, 1, NULL), 0);
	assert_int_equal(
		spnego_init_put(&out, buf_bytes(&list), bytes_skip(HEX(GUEST_INIT), 34), NULL), 0);
	assert_hex(buf_bytes(&out), GUEST_INIT);
}

static void response_written(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf out = { .max = 1000 };
	struct spnego_response m = {
		.state = SPNEGO_REQUEST_MIC,
		.mechanism = HEX(NTLM_OID),
		.token = HEX("00000000"),
		.mic = HEX("01010101"),
	};

	assert_int_equal(spnego_response_put(&out, &m, NULL), 0);
	assert_hex(buf_bytes(&out),
		   "a1253023a0030a0103a10c060a" NTLM_OID "a206040400000000a306040401010101");

	/* Only a token, as another client's last one. */
	buf_clear(&out);
	m = (struct spnego_response){ .state = SPNEGO_NO_STATE,
				      .token = bytes_skip(HEX(GUEST_AUTHENTICATE), 16) };
	assert_int_equal(spnego_response_put(&out, &m, NULL), 0);
	assert_hex(buf_bytes(&out), GUEST_AUTHENTICATE);
}

static void windows_answers(void **state)
{
	(void)state;
	struct spnego_response m;

	assert_int_equal(spnego_response_read(HEX(GUEST_CHALLENGE), &m, NULL), 0);
	assert_int_equal(m.state, SPNEGO_INCOMPLETE);
	assert_hex(m.mechanism, NTLM_OID);
	assert_int_equal(m.token.len, 178);
	assert_int_equal(m.mic.len, 0);

	assert_int_equal(spnego_response_read(HEX(FINAL_WITH_MIC), &m, NULL), 0);
	assert_int_equal(m.state, SPNEGO_COMPLETED);
	assert_int_equal(m.mechanism.len + m.token.len, 0);
	assert_hex(m.mic, "010000000a4574bb570e63aa00000000");

	assert_int_equal(spnego_response_read(HEX(KERBEROS_ANSWER), &m, NULL), 0);
	assert_int_equal(m.state, SPNEGO_COMPLETED);
	assert_hex(m.mechanism, KERBEROS_OID);
	assert_int_equal(m.token.len, 156);
}

static const struct {
	const char *token;
	int state; /* < SPNEGO_NO_STATE: refused */
} answers[] = {
	{ "a1023000", SPNEGO_NO_STATE },
	{ "a1073005a0030a0102", SPNEGO_REJECT },
	{ "a1073005a0030a0103", SPNEGO_REQUEST_MIC },
	{ "a1083006 a4 04 0402 0102", SPNEGO_NO_STATE }, /* a field of the future: RFC 4178 4.2.2 */
	{ "a10d300b a0 03 0a0100 a5 04 0402 0102", SPNEGO_COMPLETED },
	{ "a1073005a0030a0104", -2 },                   /* no such state */
	{ "a1083006a0040a020001", -2 },                 /* a long one */
	{ "a1063004a0020a00", -2 },                     /* an empty one */
	{ "a1073005a003020100", -2 },                   /* an INTEGER */
	{ "a1093007a0050a01000500", -2 },               /* something behind it */
	{ "a10c300a a0 03 0a0100 a0 03 0a0100", -2 },   /* twice */
	{ "a10d300b a2 04 04020102 a0 03 0a0100", -2 }, /* in another order */
	{ "a1083006 a2 04 0302 0102", -2 },             /* a BIT STRING */
	{ "a1083006 82 04 0402 0102", -2 },             /* not constructed */
	{ "a1083006 30 04 0402 0102", -2 },             /* no field */
	{ "a0023000", -2 },                             /* a NegTokenInit */
	{ "a1023100", -2 },                             /* a SET */
	{ "a102300000", -2 },                           /* something behind the token */
	{ "a10330000500", -2 },
	{ "a1033000", -2 },                                 /* cut */
	{ "a180300000 00", -2 },                            /* BER */
	{ "4e544c4d53535000020000000000000000000000", -2 }, /* raw NTLM */
	{ "60023000", -2 },
	{ "", -2 },
};

static void other_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		struct spnego_response m = { .state = 77 };
		uint8_t room[100];
		int r = spnego_response_read(unhex(answers[i].token, room), &m, &err);
		if (answers[i].state < SPNEGO_NO_STATE) {
			assert_int_equal(r, WINCH_E_AUTH);
			assert_int_equal(m.state, 77);
			assert_non_null(strstr(winch_error_text(&err), "no SPNEGO answer"));
		} else {
			assert_int_equal(r, 0);
			assert_int_equal(m.state, answers[i].state);
		}
	}
}

static void cut_short(void **state)
{
	(void)state;
	struct bytes whole = HEX(GUEST_CHALLENGE);

	for (size_t len = 0; len < whole.len; len++) {
		struct spnego_response m;
		uint8_t *cut = malloc(len ? len : 1);
		assert_non_null(cut);
		memcpy(cut, whole.data, len);
		assert_int_equal(spnego_response_read(bytes_of(cut, len), &m, NULL), WINCH_E_AUTH);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mechanism_lists),  cmocka_unit_test(init),
		cmocka_unit_test(response_written), cmocka_unit_test(windows_answers),
		cmocka_unit_test(other_answers),    cmocka_unit_test(cut_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
