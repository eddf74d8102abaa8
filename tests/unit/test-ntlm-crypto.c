/*
 * test-ntlm-crypto.c - NTLMv2's keys, responses and seals against MS-NLMP 4.2.4, and against
 * what Windows computed.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "src/base/utf.h"
#include "tests/unit/ntlm-samples.h"
#include "wsman/auth/ntlm-crypto.h"

#define PASSWORD    "a4f49c406510bdcab6824ee7c30fd852" /* 4.2.2.1.2 */
#define OWF         "0c868a403bfd7a93a3001ef22ef02e3f" /* 4.2.4.1.1 */
#define SESSION_KEY "55555555555555555555555555555555" /* 4.2.1, random */

static void nt_hash(void **state)
{
	(void)state;
	uint8_t hash[NTLM_KEY];

	assert_int_equal(ntlm_nt_hash(BYTES_LIT("Password"), hash, NULL), 0);
	assert_hex(bytes_of(hash, NTLM_KEY), PASSWORD);
	assert_int_equal(ntlm_nt_hash(BYTES_LIT(""), hash, NULL), 0);
	assert_hex(bytes_of(hash, NTLM_KEY), "31d6cfe0d16ae931b73c59d7e0c089c0");
	assert_int_equal(ntlm_nt_hash(BYTES_LIT("P@ssw0rd"), hash, NULL), 0);
	assert_hex(bytes_of(hash, NTLM_KEY), "e19ccf75ee54e06b06a5907af13cef42");
}

static void a_password_that_cannot_be(void **state)
{
	(void)state;
	uint8_t hash[NTLM_KEY];
	static uint8_t longest[32 * 1024 + 1];

	memset(longest, 'x', sizeof(longest));
	assert_int_equal(ntlm_nt_hash(BYTES_LIT("ab\xFFqq"), hash, NULL), WINCH_E_FORMAT);
	assert_int_equal(ntlm_nt_hash(bytes_of(longest, sizeof(longest) - 1), hash, NULL), 0);
	assert_int_equal(ntlm_nt_hash(bytes_of(longest, sizeof(longest)), hash, NULL),
			 WINCH_E_LIMIT);
}

static void owf(void **state)
{
	(void)state;
	uint8_t key[NTLM_KEY];

	assert_int_equal(
		ntlm_owf_v2(HEX(PASSWORD).data, BYTES_LIT("User"), BYTES_LIT("Domain"), key, NULL),
		0);
	assert_hex(bytes_of(key, NTLM_KEY), OWF);
	/* The user's case does not count, the domain's does. */
	assert_int_equal(
		ntlm_owf_v2(HEX(PASSWORD).data, BYTES_LIT("uSER"), BYTES_LIT("Domain"), key, NULL),
		0);
	assert_hex(bytes_of(key, NTLM_KEY), OWF);
	assert_int_equal(
		ntlm_owf_v2(HEX(PASSWORD).data, BYTES_LIT("User"), BYTES_LIT("DOMAIN"), key, NULL),
		0);
	assert_memory_not_equal(key, HEX(OWF).data, NTLM_KEY);
}

/* 4.2.4.1.3 temp, 4.2.4.2.2 the response, 4.2.4.1.2 the session base key. */
static void response(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf out = { .max = 1000 };
	uint8_t base[NTLM_KEY];
	const struct ntlm_v2 v2 = {
		.key = HEX(OWF).data,
		.server_challenge = HEX("0123456789abcdef").data,
		.client_challenge = HEX("aaaaaaaaaaaaaaaa").data,
		.filetime = 0,
		.target_info = HEX("02000c0044006f006d00610069006e00"
				   "01000c00530065007200760065007200"
				   "00000000"),
	};

	assert_int_equal(ntlm_v2_response(&v2, &out, base, NULL), 0);
	assert_hex(buf_bytes(&out), "68cd0ab851e51c96aabc927bebef6a1c"
				    "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
				    "02000c0044006f006d00610069006e00"
				    "01000c00530065007200760065007200"
				    "0000000000000000");
	assert_hex(bytes_of(base, NTLM_KEY), "8de40ccadbc14a82f15cb0ad0de95ca3");
}

/* It is appended: what stood in front stays. */
static void response_behind_something(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf out = { .max = 1000 };
	uint8_t base[NTLM_KEY];
	const struct ntlm_v2 v2 = {
		.key = HEX(OWF).data,
		.server_challenge = HEX("0123456789abcdef").data,
		.client_challenge = HEX("aaaaaaaaaaaaaaaa").data,
		.target_info = HEX("00000000"),
	};

	assert_int_equal(buf_put_str(&out, "xxfront", NULL), 0);
	buf_drop(&out, 2);
	assert_int_equal(ntlm_v2_response(&v2, &out, base, NULL), 0);
	assert_int_equal(out.len, 5 + 16 + 28 + 4 + 4);
	assert_memory_equal(buf_bytes(&out).data, "front", 5);
	assert_hex(bytes_of(buf_bytes(&out).data + 21, 4), "01010000");
}

/* 4.2.4.2.3. */
static void key_exchange(void **state)
{
	(void)state;
	uint8_t encrypted[NTLM_KEY], back[NTLM_KEY];
	const uint8_t *base = HEX("8de40ccadbc14a82f15cb0ad0de95ca3").data;

	ntlm_exchange_key(base, HEX(SESSION_KEY).data, encrypted);
	assert_hex(bytes_of(encrypted, NTLM_KEY), "c5dad2544fc9799094ce1ce90bc9d03e");
	ntlm_exchange_key(base, encrypted, back);
	assert_hex(bytes_of(back, NTLM_KEY), SESSION_KEY);
}

/* RFC 2202 2 with 16-byte keys; 4.2.4.2.1's LMv2 response is one, too. */
static void hmac(void **state)
{
	(void)state;
	uint8_t mac[NTLM_KEY], dd[50];
	struct bytes one = BYTES_LIT("Hi There");
	struct bytes two[] = { BYTES_LIT("Hi"), BYTES_LIT(""), BYTES_LIT(" There") };

	const uint8_t *key = HEX("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b").data;
	assert_int_equal(ntlm_hmac(key, &one, 1, mac, NULL), 0);
	assert_hex(bytes_of(mac, NTLM_KEY), "9294727a3638bb1c13f48ef8158bfc9d");
	assert_int_equal(ntlm_hmac(key, two, 3, mac, NULL), 0);
	assert_hex(bytes_of(mac, NTLM_KEY), "9294727a3638bb1c13f48ef8158bfc9d");

	memset(dd, 0xDD, sizeof(dd));
	one = bytes_of(dd, sizeof(dd));
	key = HEX("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").data;
	assert_int_equal(ntlm_hmac(key, &one, 1, mac, NULL), 0);
	assert_hex(bytes_of(mac, NTLM_KEY), "56be34521d144c88dbb8c733f0e8b3f6");

	two[0] = HEX("0123456789abcdef");
	two[1] = HEX("aaaaaaaaaaaaaaaa");
	assert_int_equal(ntlm_hmac(HEX(OWF).data, two, 2, mac, NULL), 0);
	assert_hex(bytes_of(mac, NTLM_KEY), "86c35097ac9cec102554764a57cccc19");
}

static void start(struct ntlm_seal *s, bool from_client, bool key_exchange_agreed)
{
	assert_int_equal(
		ntlm_seal_init(s, HEX(SESSION_KEY).data, from_client, key_exchange_agreed, NULL),
		0);
}

#define PLAINTEXT "50006c00610069006e007400650078007400" /* "Plaintext" as UTF-16LE */
#define SEALED    "54e50165bf1936dc996020c1811b0f06fb5f"

/* 4.2.4.4; without key exchange the MAC is not encrypted. */
static void sealed_message(void **state)
{
	(void)state;
	static const char *const signatures[] = {
		[true] = "010000007fb38ec5c55d497600000000",
		[false] = "0100000070352851f256430900000000",
	};

	for (int exchange = 0; exchange < 2; exchange++) {
		AUTO(ntlm_seal_done) struct ntlm_seal s = { 0 };
		AUTO(buf_done) struct buf out = { .max = 100 };
		uint8_t signature[NTLM_SIGNATURE], expected[NTLM_SIGNATURE];
		start(&s, true, exchange);
		assert_hex(bytes_of(s.seal_key, NTLM_KEY), "59f600973cc4960a25480a7c196e4c58");
		assert_int_equal(ntlm_seal_put(&s, HEX(PLAINTEXT), &out, signature, NULL), 0);
		assert_hex(buf_bytes(&out), SEALED);
		assert_bytes(bytes_of(signature, NTLM_SIGNATURE),
			     unhex(signatures[exchange], expected));
	}
}

/* A sealed message as it travels. */
struct sealed {
	struct buf data;
	uint8_t signature[NTLM_SIGNATURE];
};

static void sealed_done(struct sealed *m)
{
	buf_done(&m->data);
}

static void put(struct ntlm_seal *s, struct sealed *m, struct bytes plain)
{
	m->data.max = plain.len;
	assert_int_equal(ntlm_seal_put(s, plain, &m->data, m->signature, NULL), 0);
}

static int get(struct ntlm_seal *s, const struct sealed *m, struct buf *out, winch_error *err)
{
	return ntlm_seal_get(s, buf_bytes(&m->data), bytes_of(m->signature, NTLM_SIGNATURE), out,
			     err);
}

static void numbers_and_stream_go_on(void **state)
{
	(void)state;
	AUTO(ntlm_seal_done) struct ntlm_seal from = { 0 }, to = { 0 };

	start(&from, true, true);
	start(&to, true, true);
	for (uint8_t i = 0; i < 5; i++) {
		AUTO(sealed_done) struct sealed m = { 0 };
		AUTO(buf_done) struct buf back = { .max = 100 };
		put(&from, &m, BYTES_LIT("the same text"));
		assert_int_equal(m.signature[12], i);
		assert_int_equal(get(&to, &m, &back, NULL), 0);
		assert_bytes(buf_bytes(&back), BYTES_LIT("the same text"));
	}
}

/* The directions' keys differ. */
static void own_messages_do_not_come_back(void **state)
{
	(void)state;
	AUTO(ntlm_seal_done) struct ntlm_seal from = { 0 }, to = { 0 };
	AUTO(sealed_done) struct sealed m = { 0 };
	AUTO(buf_done) struct buf back = { .max = 100 };

	start(&from, true, true);
	start(&to, false, true);
	put(&from, &m, BYTES_LIT("said by us"));
	assert_int_equal(get(&to, &m, &back, NULL), WINCH_E_PROTOCOL);
}

enum damage { DATA, VERSION, CHECKSUM, NUMBER, SHORTER, REPEATED, SKIPPED, DAMAGES };

static void do_damage(enum damage what, struct ntlm_seal *from, struct ntlm_seal *to,
		      struct sealed *m)
{
	AUTO(buf_done) struct buf back = { .max = 100 };

	switch (what) {
	case DATA:
		m->data.data[m->data.start] ^= 1;
		break;
	case VERSION:
		m->signature[0] = 2;
		break;
	case CHECKSUM:
		m->signature[11] ^= 0x80;
		break;
	case NUMBER:
		m->signature[12]++;
		break;
	case SHORTER:
		buf_truncate(&m->data, m->data.len - 1);
		break;
	case REPEATED:
		assert_int_equal(get(to, m, &back, NULL), 0);
		break;
	case SKIPPED:
		buf_done(&m->data);
		put(from, m, BYTES_LIT("the second one"));
		break;
	case DAMAGES:
		break;
	}
}

/* Nothing of the text is handed out, and nothing stays in the memory behind the buffer's end. */
static void a_broken_seal(void **state)
{
	(void)state;
	for (int what = 0; what < DAMAGES; what++) {
		AUTO(ntlm_seal_done) struct ntlm_seal from = { 0 }, to = { 0 };
		AUTO(sealed_done) struct sealed m = { 0 };
		AUTO(buf_done) struct buf back = { .max = 100 };
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		static const uint8_t zeros[8];
		start(&from, true, true);
		start(&to, true, true);
		put(&from, &m, BYTES_LIT("the first one"));
		do_damage((enum damage)what, &from, &to, &m);
		assert_int_equal(buf_put_str(&back, "before", NULL), 0);
		assert_int_equal(get(&to, &m, &back, &err), WINCH_E_PROTOCOL);
		assert_non_null(strstr(winch_error_text(&err), "seal is broken"));
		assert_bytes(buf_bytes(&back), BYTES_LIT("before"));
		assert_memory_equal(back.data + back.start + back.len, zeros, sizeof(zeros));
	}
}

/* MS-SPNG 3.3.5.1: behind a MIC the key stream is as if there had been none; the number goes on. */
static void restart(void **state)
{
	(void)state;
	AUTO(ntlm_seal_done) struct ntlm_seal s = { 0 };
	AUTO(buf_done) struct buf out = { .max = 100 };
	uint8_t signature[NTLM_SIGNATURE];

	start(&s, true, true);
	assert_int_equal(ntlm_sign(&s, BYTES_LIT("a list"), signature, NULL), 0);
	assert_hex(bytes_of(signature + 12, 4), "00000000");
	ntlm_seal_restart(&s);
	assert_int_equal(ntlm_seal_put(&s, HEX(PLAINTEXT), &out, signature, NULL), 0);
	assert_hex(buf_bytes(&out), SEALED);
	assert_hex(bytes_of(signature + 12, 4), "01000000");
}

static void no_room(void **state)
{
	(void)state;
	AUTO(ntlm_seal_done) struct ntlm_seal s = { 0 };
	AUTO(buf_done) struct buf out = { .max = 3 };
	uint8_t signature[NTLM_SIGNATURE];

	start(&s, true, true);
	assert_int_equal(ntlm_seal_put(&s, BYTES_LIT("four"), &out, signature, NULL),
			 WINCH_E_LIMIT);
	assert_int_equal(ntlm_seal_get(&s, BYTES_LIT("four"), HEX(SESSION_KEY), &out, NULL),
			 WINCH_E_LIMIT);
	assert_int_equal(out.len, 0);
}

/* The hash is of the server's certificate in the conversation of BOUND_AUTHENTICATE. */
static void channel_binding(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf data = { .max = 100 };
	uint8_t binding[NTLM_KEY];

	assert_int_equal(buf_put_str(&data, "tls-server-end-point:", NULL), 0);
	assert_int_equal(
		buf_put(&data,
			HEX("ea05fefecc6b0bd571dbbc5baa3ed45386d0446835f7b74c85621b9983475f95"),
			NULL),
		0);
	assert_int_equal(ntlm_channel_binding(buf_bytes(&data), binding, NULL), 0);
	assert_hex(bytes_of(binding, NTLM_KEY), "6586e99d81c2fc984e47172fd4dd0310");
}

/* Ask for what the other side computed: user, domain and the rest stand in its message. */
static void answer_again(struct bytes challenge, struct bytes authenticate, struct bytes password,
			 struct ntlm_authenticate *m, uint8_t ret_base[NTLM_KEY])
{
	AUTO(buf_done) struct buf again = { .max = 10000 };
	AUTO(buf_done) struct buf user = { .max = 100 };
	AUTO(buf_done) struct buf domain = { .max = 100 };
	uint8_t hash[NTLM_KEY], key[NTLM_KEY];
	struct ntlm_challenge c;

	assert_int_equal(ntlm_challenge_read(challenge, &c, NULL), 0);
	assert_int_equal(ntlm_authenticate_read(authenticate, m, NULL), 0);
	assert_int_equal(utf8_put_utf16le(&user, m->user, NULL), 0);
	assert_int_equal(utf8_put_utf16le(&domain, m->domain, NULL), 0);
	assert_int_equal(ntlm_nt_hash(password, hash, NULL), 0);
	assert_int_equal(ntlm_owf_v2(hash, buf_bytes(&user), buf_bytes(&domain), key, NULL), 0);

	/* Proof, versions, time, challenge, four zeros; the pairs; four zeros. */
	struct rd in = rd_of(bytes_skip(m->nt_response, 24));
	struct ntlm_v2 v2 = { .key = key, .server_challenge = c.challenge };
	v2.filetime = rd_u64le(&in);
	v2.client_challenge = rd_bytes(&in, NTLM_CHALLENGE_LEN).data;
	rd_u32le(&in);
	v2.target_info = rd_bytes(&in, in.left - 4);
	assert_false(in.past);
	assert_int_equal(ntlm_v2_response(&v2, &again, ret_base, NULL), 0);
	assert_bytes(buf_bytes(&again), m->nt_response);
}

static void as_windows_with_a_binding(void **state)
{
	(void)state;
	struct ntlm_authenticate m;
	uint8_t base[NTLM_KEY];

	answer_again(HEX(BOUND_CHALLENGE), HEX(BOUND_AUTHENTICATE), BYTES_LIT("P@ssw0rd"), &m,
		     base);
	assert_int_equal(m.session_key.len, 0);
}

/* The response, the exchanged key, and the MIC over all three messages. */
static void as_windows_with_a_mic(void **state)
{
	(void)state;
	struct ntlm_authenticate m;
	uint8_t base[NTLM_KEY], session[NTLM_KEY], mic[NTLM_KEY], whole[1000];

	/* Without SPNEGO around them. */
	struct bytes parts[] = {
		bytes_skip(HEX(GUEST_INIT), 34),
		bytes_skip(HEX(GUEST_CHALLENGE), 31),
		bytes_skip(HEX(GUEST_AUTHENTICATE), 16),
	};
	answer_again(parts[1], parts[2], BYTES_LIT(""), &m, base);
	ntlm_exchange_key(base, m.session_key.data, session);

	memcpy(whole, parts[2].data, parts[2].len);
	memset(whole + NTLM_MIC_AT, 0, NTLM_MIC_LEN);
	parts[2].data = whole;
	assert_int_equal(ntlm_hmac(session, parts, 3, mic, NULL), 0);
	assert_memory_equal(mic, m.mic, NTLM_MIC_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nt_hash),
		cmocka_unit_test(a_password_that_cannot_be),
		cmocka_unit_test(owf),
		cmocka_unit_test(response),
		cmocka_unit_test(response_behind_something),
		cmocka_unit_test(key_exchange),
		cmocka_unit_test(hmac),
		cmocka_unit_test(sealed_message),
		cmocka_unit_test(numbers_and_stream_go_on),
		cmocka_unit_test(own_messages_do_not_come_back),
		cmocka_unit_test(a_broken_seal),
		cmocka_unit_test(restart),
		cmocka_unit_test(no_room),
		cmocka_unit_test(channel_binding),
		cmocka_unit_test(as_windows_with_a_binding),
		cmocka_unit_test(as_windows_with_a_mic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
