/*
 * test-ntlm-wire.c - NTLM's messages: as MS-NLMP 4.2.4.3 prints them, as Windows sends them,
 * and as nobody should.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "src/base/utf.h"
#include "tests/unit/ntlm-samples.h"
#include "wsman/auth/ntlm-wire.h"

#define VERSION "000100000000000f"

/* UTF-16LE of ASCII. */
static void assert_text(struct bytes got, const char *expected)
{
	AUTO(buf_done) struct buf text = { .max = 1000 };

	assert_int_equal(utf8_put_utf16le(&text, got, NULL), 0);
	assert_bytes(buf_bytes(&text), bytes_str(expected));
}

/* The pairs' ids in their order. */
static void assert_pairs(struct bytes list, const uint16_t *ids, size_t count)
{
	struct rd in = rd_of(list);
	struct ntlm_av av;

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(ntlm_av_next(&in, &av, NULL), 1);
		assert_int_equal(av.id, ids[i]);
	}
	assert_int_equal(ntlm_av_next(&in, &av, NULL), 0);
}

static void negotiate(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf out = { .max = 100 };
	struct ntlm_negotiate m = { .flags = NTLM_UNICODE | NTLM_128 };

	assert_int_equal(ntlm_negotiate_put(&out, &m, NULL), 0);
	assert_hex(buf_bytes(&out), "4e544c4d53535000 01000000 01000020"
				    "0000000028000000 0000000028000000" VERSION);
	m.flags = 0;
	assert_int_equal(ntlm_negotiate_read(buf_bytes(&out), &m, NULL), 0);
	assert_int_equal(m.flags, NTLM_UNICODE | NTLM_128);
	assert_int_equal(ntlm_negotiate_read(bytes_skip(HEX(GUEST_INIT), 34), &m, NULL), 0);
	assert_int_equal(m.flags, 0x62088215);
}

static void spec_challenge(void **state)
{
	(void)state;
	const uint16_t ids[] = { NTLM_AV_DOMAIN, NTLM_AV_COMPUTER };
	AUTO(buf_done) struct buf again = { .max = 1000 };
	struct ntlm_challenge m;
	struct bytes spec = HEX(SPEC_CHALLENGE);

	assert_int_equal(ntlm_challenge_read(spec, &m, NULL), 0);
	assert_int_equal(m.flags, 0xE28A8233);
	assert_hex(bytes_of(m.challenge, NTLM_CHALLENGE_LEN), "0123456789abcdef");
	assert_text(m.target_name, "Server");
	assert_pairs(m.target_info, ids, 2);

	/* Written again it is the same, but for the version. */
	assert_int_equal(ntlm_challenge_put(&again, &m, NULL), 0);
	assert_hex(bytes_of(buf_bytes(&again).data + 48, 8), VERSION);
	memcpy(again.data + again.start + 48, spec.data + 48, 8);
	assert_bytes(buf_bytes(&again), spec);
}

static void windows_challenges(void **state)
{
	(void)state;
	const uint16_t domain[] = { 2, 1, 4, 3, 5, 7 }, alone[] = { 2, 1, 4, 3, 7 };
	struct ntlm_challenge m;

	assert_int_equal(ntlm_challenge_read(HEX(DC_CHALLENGE), &m, NULL), 0);
	assert_int_equal(m.flags, 0xE2898235);
	assert_text(m.target_name, "DOMAIN");
	assert_pairs(m.target_info, domain, 6);
	assert_int_equal(ntlm_challenge_read(HEX(BOUND_CHALLENGE), &m, NULL), 0);
	assert_text(m.target_name, "WS2008R2");
	assert_pairs(m.target_info, domain, 6);
	assert_int_equal(ntlm_challenge_read(bytes_skip(HEX(GUEST_CHALLENGE), 31), &m, NULL), 0);
	assert_text(m.target_name, "ROOLIC-Z9");
	assert_pairs(m.target_info, alone, 5);
}

static void authenticates(void **state)
{
	(void)state;
	struct ntlm_authenticate m;

	assert_int_equal(ntlm_authenticate_read(HEX(SPEC_AUTHENTICATE), &m, NULL), 0);
	assert_int_equal(m.flags, 0xE2888235);
	assert_text(m.domain, "Domain");
	assert_text(m.user, "User");
	assert_text(m.workstation, "COMPUTER");
	assert_hex(m.lm_response, "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
	assert_int_equal(m.nt_response.len, 84);
	assert_hex(m.session_key, "c5dad2544fc9799094ce1ce90bc9d03e");

	assert_int_equal(ntlm_authenticate_read(HEX(BOUND_AUTHENTICATE), &m, NULL), 0);
	assert_hex(bytes_of(m.mic, NTLM_MIC_LEN), "f054a542b090b66c1fea1a2cc82e930b");
	assert_int_equal(m.session_key.len, 0);
}

static void authenticate_round_trip(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf out = { .max = 1000 };
	const struct ntlm_authenticate m = {
		.flags = 0x12345678,
		.lm_response = BYTES_LIT("lm"),
		.nt_response = BYTES_LIT("nt response"),
		.domain = BYTES_LIT("d.o.m."),
		.user = BYTES_LIT("u.s.e.r."),
		.session_key = BYTES_LIT("key"),
		.mic = "fifteen letters",
	};
	struct ntlm_authenticate back;

	assert_int_equal(ntlm_authenticate_put(&out, &m, NULL), 0);
	assert_int_equal(out.len, 88 + 2 + 11 + 6 + 8 + 3);
	assert_memory_equal(buf_bytes(&out).data + NTLM_MIC_AT, "fifteen letters", NTLM_MIC_LEN);
	assert_int_equal(ntlm_authenticate_read(buf_bytes(&out), &back, NULL), 0);
	assert_int_equal(back.flags, m.flags);
	assert_bytes(back.lm_response, m.lm_response);
	assert_bytes(back.nt_response, m.nt_response);
	assert_bytes(back.domain, m.domain);
	assert_bytes(back.user, m.user);
	assert_bytes(back.workstation, m.workstation);
	assert_bytes(back.session_key, m.session_key);
	assert_memory_equal(back.mic, m.mic, NTLM_MIC_LEN);
}

static void fields_have_a_limit(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf out = { .max = 200000 };
	static const uint8_t big[UINT16_MAX + 1];
	struct ntlm_challenge m = { .target_info = { big, UINT16_MAX } };

	assert_int_equal(ntlm_challenge_put(&out, &m, NULL), 0);
	m.target_info.len++;
	assert_int_equal(ntlm_challenge_put(&out, &m, NULL), WINCH_E_LIMIT);
	assert_int_equal(ntlm_av_put(&out, NTLM_AV_DOMAIN, m.target_info, NULL), WINCH_E_LIMIT);
}

/* What is cut is an error at each length, on memory that ends there. */
static void cut_short(void **state)
{
	(void)state;
	struct bytes whole = HEX(DC_CHALLENGE);

	for (size_t len = 0; len < whole.len; len++) {
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		struct ntlm_challenge m;
		uint8_t *cut = malloc(len ? len : 1);
		assert_non_null(cut);
		memcpy(cut, whole.data, len);
		assert_int_equal(ntlm_challenge_read(bytes_of(cut, len), &m, &err),
				 WINCH_E_PROTOCOL);
		assert_non_null(strstr(winch_error_text(&err), "ill-formed"));
		free(cut);
	}
}

/* Bytes put in the place of a challenge's: where, and what. */
static const struct {
	size_t at;
	const char *bytes;
	int status;
	const char *text;
} changes[] = {
	{ 0, "4f", WINCH_E_PROTOCOL, "does not begin as one" },
	{ 7, "01", WINCH_E_PROTOCOL, "does not begin as one" },
	{ 8, "01", WINCH_E_PROTOCOL, "type 1 instead of 2" },
	{ 8, "03", WINCH_E_PROTOCOL, "type 3 instead of 2" },
	{ 8, "02000080", WINCH_E_PROTOCOL, "instead of 2" },
	{ 12, "ffff", WINCH_E_PROTOCOL, "points outside" },     /* the name's length */
	{ 16, "cf000000", WINCH_E_PROTOCOL, "points outside" }, /* its offset */
	{ 16, "ffffffff", WINCH_E_PROTOCOL, "points outside" },
	{ 40, "8b00", WINCH_E_PROTOCOL, "points outside" },     /* the pairs' length */
	{ 44, "45000000", WINCH_E_PROTOCOL, "points outside" }, /* their offset */
	{ 44, "ffffff7f", WINCH_E_PROTOCOL, "points outside" },
	{ 44, "000000ff", WINCH_E_PROTOCOL, "points outside" },
	{ 14, "ffff", 0, NULL }, /* maximum lengths don't count */
	{ 42, "0000", 0, NULL },
	{ 16, "00000000", 0, NULL },         /* into the fixed part: harmless */
	{ 12, "00000000ffffffff", 0, NULL }, /* nothing, from nowhere */
};

static void changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		uint8_t room[sizeof(DC_CHALLENGE)], patch[16];
		struct ntlm_challenge m;
		struct bytes message = unhex(DC_CHALLENGE, room);
		struct bytes put = unhex(changes[i].bytes, patch);
		memcpy(room + changes[i].at, put.data, put.len);
		assert_int_equal(ntlm_challenge_read(message, &m, &err), changes[i].status);
		if (changes[i].text)
			assert_non_null(strstr(winch_error_text(&err), changes[i].text));
	}
}

static const struct {
	const char *list;
	int pairs; /* before the end; < 0: that many, then an error */
} lists[] = {
	{ "00000000", 0 },
	{ "0100020041000000 0000", 1 },
	{ "0000000001000200", 0 },    /* what stands behind the end */
	{ "ff7f010041 00000000", 1 }, /* an id of the future */
	{ "01000000 00000000", 1 },
	{ "", -1 },
	{ "00", -1 },
	{ "000000", -1 },
	{ "01000200410000", -2 },
	{ "0100020041004100", -2 }, /* no end */
	{ "01000300 4100", -1 },
	{ "0100ffff", -1 },
	{ "00000100 41", -1 }, /* an end with data */
};

static void target_info(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		uint8_t room[64];
		struct rd in = rd_of(unhex(lists[i].list, room));
		struct ntlm_av av;
		int pairs = 0, r;
		while ((r = ntlm_av_next(&in, &av, NULL)) > 0)
			pairs++;
		assert_int_equal(r < 0 ? -1 - pairs : pairs, lists[i].pairs);
		assert_int_equal(r < 0 ? r : WINCH_E_PROTOCOL, WINCH_E_PROTOCOL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(negotiate),
		cmocka_unit_test(spec_challenge),
		cmocka_unit_test(windows_challenges),
		cmocka_unit_test(authenticates),
		cmocka_unit_test(authenticate_round_trip),
		cmocka_unit_test(fields_have_a_limit),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(changed),
		cmocka_unit_test(target_info),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
