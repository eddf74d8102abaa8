/*
 * test-ntlm.c - the initiator's steps: what it sends, and what a server must not get out of it.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "tests/auth/handshake.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/ntlm-samples.h"

static struct handshake *start(struct handshake *h)
{
	assert_int_equal(handshake_init(h, auth_ntlm_new, NULL), 0);
	return h;
}

static void assert_runs(struct handshake *h)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	int r = handshake_run(h, &err);

	if (r < 0)
		fail_msg("%s", winch_error_text(&err));
	assert_int_equal(r, AUTH_DONE);
	assert_int_equal(handshake_talk(h, 1000, NULL), 0);
}

static void stands(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	const struct acceptor *seen = &start(&h)->server;

	assert_runs(&h);
	assert_true(seen->mic);
	assert_false(seen->lm);
	assert_false(seen->bound);
	assert_int_equal(seen->filetime, h.rules.filetime);
	assert_bytes(buf_bytes(&seen->domain), BYTES_LIT("CORP"));
	assert_bytes(buf_bytes(&seen->user), BYTES_LIT("anna"));
	assert_bytes(buf_bytes(&seen->workstation), BYTES_LIT("CLIENT"));
	assert_bytes(buf_bytes(&seen->target_name), BYTES_LIT("HTTP/web1.corp.example"));
}

/* The MIC comes all the same, and no LMv2 response. */
static void server_without_a_clock(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	start(&h)->rules.filetime = 0;
	assert_runs(&h);
	assert_true(h.server.mic);
	assert_false(h.server.lm);
	assert_int_equal(h.server.filetime, h.world.filetime);
}

static void bound_to_the_channel(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	start(&h)->world.channel_binding = BYTES_LIT("tls-server-end-point:abc");
	h.rules.channel_binding = h.world.channel_binding;
	assert_runs(&h);
	assert_true(h.server.bound);
}

static void from_the_password(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	start(&h);
	assert_int_equal(
		credential_set(&h.who, BYTES_LIT("anna@corp.example"), h.rules.password, NULL), 0);
	assert_runs(&h);
	assert_int_equal(h.server.domain.len, 0);
	assert_bytes(buf_bytes(&h.server.user), BYTES_LIT("anna@corp.example"));
}

/* Where TLS seals, NTLM need not; MS-NLMP exchanges a key only where something is signed. */
static void over_tls_less_is_enough(void **state)
{
	(void)state;
	static const uint32_t not_granted[] = {
		NTLM_SEAL,
		NTLM_SIGN,
		NTLM_KEY_EXCHANGE,
		NTLM_SIGN | NTLM_SEAL,
		NTLM_SIGN | NTLM_SEAL | NTLM_KEY_EXCHANGE,
	};

	for (size_t i = 0; i < sizeof(not_granted) / sizeof(not_granted[0]); i++) {
		AUTO(handshake_done) struct handshake h;
		start(&h)->world.must_seal = false;
		h.rules.not_granted = not_granted[i];
		assert_runs(&h);
		assert_true(h.server.mic);
	}
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

/* The client waits for a CHALLENGE; in place of the server's it gets this one. */
static void give(struct handshake *h, struct bytes challenge)
{
	assert_int_equal(handshake_client(h, NULL), AUTH_MORE);
	buf_clear(&h->to_client);
	assert_int_equal(buf_put(&h->to_client, challenge, NULL), 0);
}

static const struct {
	uint32_t flag;
	const char *name;
	bool over_tls; /* refused there, too */
} strengths[] = {
	{ NTLM_UNICODE, "Unicode", true },  { NTLM_EXTENDED_SECURITY, "extended session", true },
	{ NTLM_128, "128-bit keys", true }, { NTLM_KEY_EXCHANGE, "key exchange", false },
	{ NTLM_SIGN, "signing", false },    { NTLM_SEAL, "sealing", false },
};

static void too_weak(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strengths) / sizeof(strengths[0]); i++) {
		for (int tls = 0; tls <= strengths[i].over_tls; tls++) {
			AUTO(handshake_done) struct handshake h;
			start(&h)->world.must_seal = !tls;
			h.rules.not_granted = strengths[i].flag;
			assert_int_equal(handshake_client(&h, NULL), AUTH_MORE);
			assert_int_equal(handshake_server(&h, NULL), AUTH_MORE);
			assert_fails(&h, WINCH_E_AUTH, strengths[i].name);
		}
	}
}

/* A CHALLENGE with all flags and these pairs. */
static void give_pairs(struct handshake *h, struct bytes pairs)
{
	AUTO(buf_done) struct buf message = { .max = 200000 };
	const struct ntlm_challenge c = { .flags = 0xE28A8235, .target_info = pairs };

	assert_int_equal(ntlm_challenge_put(&message, &c, NULL), 0);
	give(h, buf_bytes(&message));
}

#define NAMES "0200020041000100020042 00"

static const struct {
	const char *pairs;
	int status;
	const char *text;
} infos[] = {
	{ "", WINCH_E_PROTOCOL, "ends early" },
	{ NAMES, WINCH_E_PROTOCOL, "ends early" }, /* no end */
	{ NAMES "07000800 0102030405", WINCH_E_PROTOCOL, "ends early" },
	{ NAMES "07000700 01020304050607 00000000", WINCH_E_PROTOCOL, "ends early" }, /* 7 bytes */
	{ NAMES "06000300 010203 00000000", WINCH_E_PROTOCOL, "ends early" },
	{ NAMES "0000 0100 41", WINCH_E_PROTOCOL, "ends in data" },
	{ "00000000", WINCH_E_AUTH, "does not name" },
	{ "01000200 4200 00000000", WINCH_E_AUTH, "does not name" },
	{ "02000200 4200 00000000", WINCH_E_AUTH, "does not name" },
};

static void bad_target_information(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		AUTO(handshake_done) struct handshake h;
		uint8_t room[200];
		give_pairs(start(&h), unhex(infos[i].pairs, room));
		assert_fails(&h, infos[i].status, infos[i].text);
	}
}

/* How often a pair is in what the client signed, and its value. */
static size_t find_pair(struct bytes authenticate, uint16_t id, struct bytes *ret_value)
{
	struct ntlm_authenticate m;
	struct ntlm_av av;
	size_t count = 0;

	assert_int_equal(ntlm_authenticate_read(authenticate, &m, NULL), 0);
	struct rd list = rd_of(bytes_skip(m.nt_response, 44));
	while (ntlm_av_next(&list, &av, NULL) > 0) {
		if (av.id != id)
			continue;
		count++;
		*ret_value = av.value;
	}
	return count;
}

/* A server that names a target and binds to a channel would speak for the client. */
static void pairs_that_are_not_a_servers(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	struct bytes value = { 0 };

	give_pairs(start(&h), HEX(NAMES "0600 0400 05000000"
					"0a00 1000 00112233445566778899aabbccddeeff"
					"0900 0200 5a00"
					"ff00 0100 07 00000000"));
	assert_int_equal(handshake_client(&h, NULL), AUTH_DONE);
	struct bytes sent = buf_bytes(&h.to_server);
	assert_int_equal(find_pair(sent, NTLM_AV_FLAGS, &value), 1);
	assert_hex(value, "07000000"); /* the server's, and that there is a MIC */
	assert_int_equal(find_pair(sent, NTLM_AV_CHANNEL_BINDING, &value), 1);
	assert_hex(value, "00000000000000000000000000000000");
	assert_int_equal(find_pair(sent, NTLM_AV_TARGET_NAME, &value), 1);
	assert_int_equal(value.len, 2 * strlen("HTTP/web1.corp.example"));
	assert_int_equal(find_pair(sent, 255, &value), 1);
	assert_hex(value, "07");
	assert_int_equal(find_pair(sent, NTLM_AV_DOMAIN, &value), 1);
	assert_int_equal(find_pair(sent, NTLM_AV_COMPUTER, &value), 1);
}

/* The response must fit into 65,535 bytes with what is added to the pairs. */
static void long_target_information(void **state)
{
	(void)state;
	static uint8_t value[UINT16_MAX];

	for (size_t len = 65000; len <= 65500; len += 500) {
		AUTO(handshake_done) struct handshake h;
		AUTO(buf_done) struct buf pairs = { .max = UINT16_MAX };
		assert_int_equal(buf_put(&pairs, HEX(NAMES), NULL), 0);
		assert_int_equal(ntlm_av_put(&pairs, 99, bytes_of(value, len), NULL), 0);
		assert_int_equal(ntlm_av_put(&pairs, NTLM_AV_END, (struct bytes){ 0 }, NULL), 0);
		give_pairs(start(&h), buf_bytes(&pairs));
		if (len == 65000)
			assert_int_equal(handshake_client(&h, NULL), AUTH_DONE);
		else
			assert_fails(&h, WINCH_E_LIMIT, "");
	}
}

static void cut_short(void **state)
{
	(void)state;
	struct bytes whole = HEX(DC_CHALLENGE);

	for (size_t len = 0; len < whole.len; len++) {
		AUTO(handshake_done) struct handshake h;
		give(start(&h), bytes_of(whole.data, len));
		assert_fails(&h, len ? WINCH_E_PROTOCOL : WINCH_E_AUTH,
			     len ? "ill-formed" : "no NTLM challenge");
	}
}

static void not_a_challenge(void **state)
{
	(void)state;
	static const char *const others[] = {
		SPEC_AUTHENTICATE,
		GUEST_CHALLENGE,
		"00",
		"4e544c4d53535000 01000000 15820862",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		AUTO(handshake_done) struct handshake h;
		uint8_t room[1000];
		give(start(&h), unhex(others[i], room));
		assert_fails(&h, WINCH_E_PROTOCOL, "NTLM message");
	}
}

static void too_long(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	AUTO(handshake_done) struct handshake at_the_limit;
	static uint8_t token[128 * 1024 + 1];

	give(start(&at_the_limit), bytes_of(token, sizeof(token) - 1));
	assert_fails(&at_the_limit, WINCH_E_PROTOCOL, "NTLM message");
	give(start(&h), bytes_of(token, sizeof(token)));
	assert_fails(&h, WINCH_E_LIMIT, "longer than 131072 bytes");
}

static void one_challenge_only(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	assert_runs(start(&h));
	assert_int_equal(buf_put(&h.to_client, HEX(DC_CHALLENGE), NULL), 0);
	assert_fails(&h, WINCH_E_AUTH, "refused after the last");
}

static void nothing_to_say(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h, g;

	start(&h)->no_random = true;
	give(&h, HEX(DC_CHALLENGE));
	assert_fails(&h, WINCH_E_SYSTEM, "no random bytes");

	start(&g);
	assert_int_equal(credential_set(&g.who, BYTES_LIT("anna"), (struct bytes){ 0 }, NULL), 0);
	give(&g, HEX(DC_CHALLENGE));
	assert_fails(&g, WINCH_E_ARG, "no password");
}

/* Whoever strips the flags or the clock on the way is found out by the MIC. */
static void changed_on_the_way(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		AUTO(handshake_done) struct handshake h;
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		start(&h);
		assert_int_equal(handshake_client(&h, NULL), AUTH_MORE);
		if (what == 0)
			h.to_server.data[h.to_server.start + 15] ^= 0x80; /* 56-bit keys asked */
		assert_int_equal(handshake_server(&h, NULL), AUTH_MORE);
		if (what == 1)
			h.to_client.data[h.to_client.start + 23] ^= 0x80; /* and granted */
		assert_int_equal(handshake_client(&h, NULL), AUTH_DONE);
		if (what == 2)
			h.to_server.data[h.to_server.start + 63] ^= 0x80; /* AUTHENTICATE's */
		assert_int_equal(handshake_server(&h, &err), WINCH_E_AUTH);
		assert_string_equal(winch_error_text(&err), "wrong MIC");
	}
}

static void bad_seals(void **state)
{
	(void)state;
	static const size_t lengths[] = { 0, 15, 17 };

	for (size_t i = 0; i < 3; i++) {
		AUTO(handshake_done) struct handshake h;
		AUTO(buf_done) struct buf out = { .max = 100 };
		uint8_t signature[17] = { 1 };
		assert_runs(start(&h));
		assert_int_equal(h.client->class->unseal(h.client, bytes_of(signature, lengths[i]),
							 BYTES_LIT("text"), &out, NULL),
				 WINCH_E_PROTOCOL);
		assert_int_equal(h.client->class->unseal(h.client, bytes_of(signature, 16),
							 BYTES_LIT("text"), &out, NULL),
				 WINCH_E_PROTOCOL);
		assert_int_equal(out.len, 0);
	}
}

static int whole_conversation(void)
{
	AUTO(handshake_done) struct handshake h;
	int r = handshake_init(&h, auth_ntlm_new, NULL);

	if (r == 0)
		r = handshake_run(&h, NULL);
	return r < 0 ? r : handshake_talk(&h, 100, NULL);
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(mem_fail_each(whole_conversation) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands),
		cmocka_unit_test(server_without_a_clock),
		cmocka_unit_test(bound_to_the_channel),
		cmocka_unit_test(from_the_password),
		cmocka_unit_test(over_tls_less_is_enough),
		cmocka_unit_test(too_weak),
		cmocka_unit_test(bad_target_information),
		cmocka_unit_test(pairs_that_are_not_a_servers),
		cmocka_unit_test(long_target_information),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(not_a_challenge),
		cmocka_unit_test(too_long),
		cmocka_unit_test(one_challenge_only),
		cmocka_unit_test(nothing_to_say),
		cmocka_unit_test(changed_on_the_way),
		cmocka_unit_test(bad_seals),
		cmocka_unit_test(each_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
