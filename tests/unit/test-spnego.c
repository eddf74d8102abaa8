/*
 * test-spnego.c - SPNEGO's steps around NTLM: the mechListMIC both ways, and servers that cheat.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "tests/auth/handshake.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/ntlm-samples.h"
#include "wsman/auth/spnego-wire.h"

#define NTLM_OID     "2b06010401823702020a"
#define KERBEROS_OID "2a864886f712010202"

static struct handshake *start(struct handshake *h)
{
	assert_int_equal(handshake_init(h, auth_negotiate_new, NULL), 0);
	return h;
}

/* To where our last token was taken and the server's is awaited. */
static struct handshake *start_to_final(struct handshake *h)
{
	start(h);
	assert_int_equal(handshake_client(h, NULL), AUTH_MORE);
	assert_int_equal(handshake_server(h, NULL), AUTH_MORE);
	assert_int_equal(handshake_client(h, NULL), AUTH_MORE);
	assert_int_equal(handshake_server(h, NULL), AUTH_DONE);
	return h;
}

static void stands(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	assert_int_equal(handshake_run(start(&h), NULL), AUTH_DONE);
	assert_true(h.server.spnego);
	assert_true(h.server.mic);
	assert_true(h.server.list_mic);
	assert_int_equal(h.to_server.len, 0);
	assert_hex(buf_bytes(&h.server.list), "300c060a" NTLM_OID);
	assert_int_equal(handshake_talk(&h, 1000, NULL), 0);
}

/* MS-SPNG 3.3.5.1: message 1, from the beginning of the key stream; and that before the server
 * has said the last word. */
static void the_first_message(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	AUTO(ntlm_seal_done) struct ntlm_seal expected = { 0 };
	AUTO(buf_done) struct buf data = { .max = 100 };
	AUTO(buf_done) struct buf again = { .max = 100 };
	AUTO(buf_done) struct buf header = { .max = 100 };
	uint8_t signature[NTLM_SIGNATURE];

	start(&h);
	const struct auth_class *class = h.client->class;
	assert_false(class->can_seal(h.client));
	assert_int_equal(handshake_client(&h, NULL), AUTH_MORE);
	assert_false(class->can_seal(h.client));
	assert_int_equal(handshake_server(&h, NULL), AUTH_MORE);
	assert_int_equal(handshake_client(&h, NULL), AUTH_MORE);
	assert_true(class->can_seal(h.client));

	assert_int_equal(class->seal(h.client, BYTES_LIT("body"), &header, &data, NULL), 0);
	assert_int_equal(ntlm_seal_init(&expected, handshake_session_key, true, true, NULL), 0);
	expected.number = 1;
	assert_int_equal(ntlm_seal_put(&expected, BYTES_LIT("body"), &again, signature, NULL), 0);
	assert_bytes(buf_bytes(&data), buf_bytes(&again));
	assert_bytes(buf_bytes(&header), bytes_of(signature, sizeof(signature)));
}

static void put_to_client(struct handshake *h, const struct spnego_response *m)
{
	buf_clear(&h->to_client);
	assert_int_equal(spnego_response_put(&h->to_client, m, NULL), 0);
}

/* Ends in an error that has the text; nothing is sent. */
static void assert_fails(struct handshake *h, int status, const char *text)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	assert_int_equal(handshake_client(h, &err), status);
	if (!strstr(winch_error_text(&err), text))
		fail_msg("\"%s\" without \"%s\"", winch_error_text(&err), text);
	assert_int_equal(h->to_server.len, 0);
}

/* What the server's CHALLENGE is wrapped in instead, and what comes of it (NULL: it goes on). */
static const struct {
	int state;
	const char *mechanism;
	bool without_token;
	int status;
	const char *text;
} firsts[] = {
	{ SPNEGO_INCOMPLETE, NTLM_OID, false, 0, NULL },
	{ SPNEGO_REQUEST_MIC, NTLM_OID, false, 0, NULL },
	{ SPNEGO_NO_STATE, "", false, 0, NULL }, /* some servers leave both out */
	{ SPNEGO_REJECT, NTLM_OID, false, WINCH_E_AUTH, "rejected" },
	{ SPNEGO_REJECT, "", true, WINCH_E_AUTH, "rejected" },
	{ SPNEGO_COMPLETED, NTLM_OID, false, WINCH_E_AUTH, "before it could know" },
	{ SPNEGO_COMPLETED, NTLM_OID, true, WINCH_E_AUTH, "before it could know" },
	{ SPNEGO_INCOMPLETE, KERBEROS_OID, false, WINCH_E_AUTH, "was not offered" },
	{ SPNEGO_REQUEST_MIC, KERBEROS_OID, true, WINCH_E_AUTH, "was not offered" },
	{ SPNEGO_INCOMPLETE, "2b060104018237020209", false, WINCH_E_AUTH, "was not offered" },
	{ SPNEGO_INCOMPLETE, NTLM_OID, true, WINCH_E_AUTH, "no NTLM challenge" },
};

static void first_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		AUTO(handshake_done) struct handshake h;
		AUTO(buf_done) struct buf challenge = { .max = 1000 };
		struct spnego_response m;
		uint8_t room[20];
		assert_int_equal(handshake_client(start(&h), NULL), AUTH_MORE);
		assert_int_equal(handshake_server(&h, NULL), AUTH_MORE);
		assert_int_equal(spnego_response_read(buf_bytes(&h.to_client), &m, NULL), 0);
		assert_int_equal(buf_put(&challenge, m.token, NULL), 0);
		m.state = firsts[i].state;
		m.mechanism = unhex(firsts[i].mechanism, room);
		m.token = firsts[i].without_token ? (struct bytes){ 0 } : buf_bytes(&challenge);
		put_to_client(&h, &m);
		if (firsts[i].text) {
			assert_fails(&h, firsts[i].status, firsts[i].text);
			continue;
		}
		assert_int_equal(handshake_run(&h, NULL), AUTH_DONE);
		assert_int_equal(handshake_talk(&h, 10, NULL), 0);
	}
}

/* What the last answer is changed to. */
static const struct {
	int state;
	const char *mechanism;
	bool without_mic;
	const char *text; /* NULL: it stands */
} finals[] = {
	{ SPNEGO_COMPLETED, "", false, NULL },
	{ SPNEGO_COMPLETED, NTLM_OID, false, NULL },
	{ SPNEGO_COMPLETED, "", true, "no mechListMIC" },
	{ SPNEGO_COMPLETED, KERBEROS_OID, false, "was not offered" },
	{ SPNEGO_INCOMPLETE, "", false, "did not complete" },
	{ SPNEGO_REQUEST_MIC, "", false, "did not complete" },
	{ SPNEGO_NO_STATE, "", false, "did not complete" },
	{ SPNEGO_REJECT, "", false, "rejected" },
	{ SPNEGO_REJECT, "", true, "rejected" },
};

static void final_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(finals) / sizeof(finals[0]); i++) {
		AUTO(handshake_done) struct handshake h;
		struct spnego_response m;
		uint8_t room[20], mic[NTLM_SIGNATURE];
		start_to_final(&h);
		assert_int_equal(spnego_response_read(buf_bytes(&h.to_client), &m, NULL), 0);
		assert_int_equal(m.mic.len, NTLM_SIGNATURE);
		memcpy(mic, m.mic.data, sizeof(mic));
		m.state = finals[i].state;
		m.mechanism = unhex(finals[i].mechanism, room);
		m.mic = bytes_of(mic, finals[i].without_mic ? 0 : sizeof(mic));
		put_to_client(&h, &m);
		if (finals[i].text)
			assert_fails(&h, WINCH_E_AUTH, finals[i].text);
		else
			assert_int_equal(handshake_client(&h, NULL), AUTH_DONE);
	}
}

/* Each byte of it counts; and it must have all of them. */
static void wrong_list_mic(void **state)
{
	(void)state;
	for (size_t i = 0; i <= NTLM_SIGNATURE; i++) {
		AUTO(handshake_done) struct handshake h;
		struct spnego_response m;
		uint8_t mic[NTLM_SIGNATURE];
		start_to_final(&h);
		assert_int_equal(spnego_response_read(buf_bytes(&h.to_client), &m, NULL), 0);
		memcpy(mic, m.mic.data, sizeof(mic));
		if (i < NTLM_SIGNATURE)
			mic[i] ^= 0x10;
		m.mic = bytes_of(mic, i < NTLM_SIGNATURE ? sizeof(mic) : 15);
		put_to_client(&h, &m);
		assert_fails(&h, WINCH_E_AUTH, "mechListMIC is wrong");
	}
}

#define BOTH "301706092a864886f712010202060a" NTLM_OID

/* Somebody on the way has changed the list: the server notices by our MIC. */
static void the_server_sees_another_list(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	assert_int_equal(handshake_client(start(&h), NULL), AUTH_MORE);
	assert_int_equal(handshake_server(&h, NULL), AUTH_MORE);
	assert_int_equal(handshake_client(&h, NULL), AUTH_MORE);
	buf_clear(&h.server.list);
	assert_int_equal(buf_put(&h.server.list, HEX(BOTH), NULL), 0);
	assert_int_equal(handshake_server(&h, &err), WINCH_E_AUTH);
	assert_string_equal(winch_error_text(&err), "wrong mechListMIC");
}

/* ... and if it does not look, we notice by its. */
static void we_see_another_list(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	struct spnego_response m = { .state = SPNEGO_COMPLETED };
	uint8_t mic[NTLM_SIGNATURE];

	start_to_final(&h);
	h.server.ours.number = 0;
	ntlm_seal_restart(&h.server.ours);
	assert_int_equal(ntlm_sign(&h.server.ours, HEX(BOTH), mic, NULL), 0);
	m.mic = bytes_of(mic, sizeof(mic));
	put_to_client(&h, &m);
	assert_fails(&h, WINCH_E_AUTH, "the list of mechanisms was changed");
}

static void not_an_answer(void **state)
{
	(void)state;
	static const char *const others[] = { "00", DC_CHALLENGE, GUEST_INIT, "a1023001" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		for (int last = 0; last < 2; last++) {
			AUTO(handshake_done) struct handshake h;
			uint8_t room[1000];
			if (last)
				start_to_final(&h);
			else
				assert_int_equal(handshake_client(start(&h), NULL), AUTH_MORE);
			buf_clear(&h.to_client);
			assert_int_equal(buf_put(&h.to_client, unhex(others[i], room), NULL), 0);
			assert_fails(&h, WINCH_E_AUTH, "no SPNEGO answer");
		}
	}
}

static void no_answer(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	start_to_final(&h);
	buf_clear(&h.to_client);
	assert_fails(&h, WINCH_E_AUTH, "without a token");
}

static void too_long(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	static uint8_t token[128 * 1024 + 1];

	assert_int_equal(handshake_client(start(&h), NULL), AUTH_MORE);
	assert_int_equal(buf_put(&h.to_client, bytes_of(token, sizeof(token) - 1), NULL), 0);
	assert_fails(&h, WINCH_E_AUTH, "no SPNEGO answer");
	assert_int_equal(buf_put_u8(&h.to_client, 0, NULL), 0);
	assert_fails(&h, WINCH_E_LIMIT, "longer than 131072 bytes");
}

/* The same answer again and again: each time an error, and after ten legs whatever it is. */
static void endless(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	start_to_final(&h);
	put_to_client(&h, &(struct spnego_response){ .state = SPNEGO_INCOMPLETE });
	for (int legs = 3; legs <= 10; legs++)
		assert_fails(&h, WINCH_E_AUTH, "did not complete");
	assert_fails(&h, WINCH_E_AUTH, "has no end");
}

static void behind_the_end(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	assert_int_equal(handshake_run(start(&h), NULL), AUTH_DONE);
	assert_fails(&h, WINCH_E_AUTH, "went on after the handshake");
}

static int whole_conversation(void)
{
	AUTO(handshake_done) struct handshake h;
	int r = handshake_init(&h, auth_negotiate_new, NULL);

	if (r == 0)
		r = handshake_run(&h, NULL);
	return r < 0 ? r : handshake_talk(&h, 100, NULL);
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(mem_fail_each(whole_conversation) > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands),
		cmocka_unit_test(the_first_message),
		cmocka_unit_test(first_answers),
		cmocka_unit_test(final_answers),
		cmocka_unit_test(wrong_list_mic),
		cmocka_unit_test(the_server_sees_another_list),
		cmocka_unit_test(we_see_another_list),
		cmocka_unit_test(not_an_answer),
		cmocka_unit_test(no_answer),
		cmocka_unit_test(too_long),
		cmocka_unit_test(endless),
		cmocka_unit_test(behind_the_end),
		cmocka_unit_test(each_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
