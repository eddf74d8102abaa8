/*
 * test-credssp-wire.c - TSRequest, TSCredentials and the hash of a key: as documents and other
 * clients have them, and as nobody should send them; the codes of errors against
 * specs/logon-status.tsv.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "tests/unit/credssp-samples.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/spec-table.h"
#include "wsman/auth/credssp-status.h"
#include "wsman/auth/credssp-talk.h"
#include "wsman/auth/credssp-wire.h"

static void assert_request(const struct ts_request *m, const char *hex)
{
	AUTO(buf_done) struct buf out = { .max = 1000 };
	uint8_t room[1000];
	struct ts_request back;

	assert_int_equal(ts_request_put(&out, m, NULL), 0);
	assert_bytes(buf_bytes(&out), unhex(hex, room));
	assert_int_equal(ts_request_read(buf_bytes(&out), &back, NULL), 0);
	assert_int_equal(back.version, m->version);
	assert_bytes(back.nego_token, m->nego_token);
	assert_bytes(back.auth_info, m->auth_info);
	assert_bytes(back.pub_key_auth, m->pub_key_auth);
	assert_int_equal(back.error_code, m->error_code);
	assert_bytes(back.client_nonce, m->client_nonce);
}

static void as_others_write_it(void **state)
{
	(void)state;
	struct ts_request m = { .version = 2, .nego_token = HEX("000102") };

	assert_request(&m, OLD_TOKEN);
	m.pub_key_auth = HEX("000102");
	assert_request(&m, OLD_KEY);
	m = (struct ts_request){
		6,  BYTES_LIT("123"),         BYTES_LIT("auth info"), BYTES_LIT("pub key auth"),
		10, BYTES_LIT("client nonce")
	};
	assert_request(&m, ALL_FIELDS);
	m = (struct ts_request){ .version = 6 };
	assert_request(&m, "3005a003020106");
}

static void assert_hash(enum credssp_way way, const char *hex)
{
	AUTO(buf_done) struct buf out = { .max = 100 };
	uint8_t room[100];

	assert_int_equal(credssp_hash_key(way, HEX("0000"), HEX("0001"), &out, NULL), 0);
	assert_bytes(buf_bytes(&out), unhex(hex, room));
}

static void keys_are_bound_as_others_do(void **state)
{
	(void)state;
	assert_hash(CREDSSP_TO_SERVER, HASH_TO_SERVER);
	assert_hash(CREDSSP_TO_CLIENT, HASH_TO_CLIENT);
}

/* Numbers at their borders, as DER writes them. */
static void error_codes(void **state)
{
	(void)state;
	static const struct {
		uint32_t code;
		const char *hex;
	} rows[] = {
		{ 0xC000006D, "300da003020106 a4060204c000006d" },
		{ 0x7FFFFFFF, "300da003020106 a40602047fffffff" },
		{ 0x80000000, "300da003020106 a406020480000000" },
		{ 0xFF7FFFFF, "300da003020106 a4060204ff7fffff" },
		{ 0xFF800000, "300ca003020106 a4050203800000" },
		{ 0x00800000, "300da003020106 a406020400800000" },
		{ 0xFFFFFFFF, "300aa003020106 a4030201ff" },
		{ 0x00000080, "300ba003020106 a40402020080" },
		{ 0x0000007F, "300aa003020106 a40302017f" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_request m = { .version = 6, .error_code = rows[i].code };
		assert_request(&m, rows[i].hex);
	}
}

/* What is read besides, and as what. */
static void others_forms(void **state)
{
	(void)state;
	struct ts_request m;

	/* The code as an unsigned number. */
	assert_int_equal(ts_request_read(HEX("300ea003020106 a407020500c000006d"), &m, NULL), 0);
	assert_int_equal(m.error_code, 0xC000006D);
	/* A token of no bytes; a field of the future; a version beyond ours. */
	assert_int_equal(ts_request_read(HEX("300da003020106 a1063004 3002a000"), &m, NULL),
			 WINCH_E_PROTOCOL);
	assert_int_equal(ts_request_read(HEX("300fa003020106 a1083006 3004a0020400"), &m, NULL), 0);
	assert_int_equal(m.nego_token.len, 0);
	assert_int_equal(ts_request_read(HEX("300aa003020107 a603040141"), &m, NULL), 0);
	assert_int_equal(m.version, 7);
}

static const char *const bad[] = {
	"",
	"3000",                                      /* no version */
	"3005a20304 0141",                           /* nor here */
	"3005a10302 0106",                           /* a number where tokens are due */
	"3004a0020200",                              /* a number without a byte */
	"3009a007 0205 0106060606",                  /* a number of 33 bits */
	"300aa008 0206 000000000006",                /* a longer one */
	"3005a003 040106",                           /* octets where a number is due */
	"3006a004 02010600",                         /* something behind the number */
	"3005a003 0201",                             /* cut */
	"3005a00302010600",                          /* something behind the message */
	"3105a003020106",                            /* a SET */
	"308005a003020106 0000",                     /* an indefinite length */
	"308105a003020106",                          /* a length not the shortest way */
	"3084ffffffffa003020106",                    /* one that nothing has */
	"300a30030201 06a003020106",                 /* no field */
	"300aa003020106 a003020106",                 /* twice */
	"300aa203040141 a003020106",                 /* in another order */
	"300c a003020106 a1053003 040141",           /* a token without its sequence */
	"300c a003020106 a1053003 300141",           /* cut inside */
	"3009 a003020106 a1023000",                  /* no token at all */
	"300b a003020106 a1043002 3000",             /* an empty one of the list */
	"3010 a003020106 a1093007 3005 a1030401 41", /* another field than [0] */
	"3019 a003020106 a1123010 3006a00404020102 3006a00404020102", /* two tokens */
	"3012 a003020106 a10b3009 3007 a0050403000102 00",            /* something behind */
	"300a a003020106 a203020141",    /* a number where octets are due */
	"300b a003020106 a204 04014100", /* something behind the octets */
	"300a a003020106 a403040141",    /* octets where the code is due */
	"300a a003020106 bf030401 41",   /* a long tag */
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		struct ts_request m = { .version = 77 };
		uint8_t room[100];
		if (ts_request_read(unhex(bad[i], room), &m, &err) != WINCH_E_PROTOCOL)
			fail_msg("%s is taken", bad[i]);
		assert_int_equal(m.version, 77);
		assert_non_null(strstr(winch_error_text(&err), "no TSRequest"));
	}
}

static void cut_short(void **state)
{
	(void)state;
	struct bytes whole = HEX(ALL_FIELDS);

	for (size_t len = 0; len < whole.len; len++) {
		struct ts_request m;
		uint8_t *cut = malloc(len ? len : 1);
		assert_non_null(cut);
		memcpy(cut, whole.data, len);
		assert_int_equal(ts_request_read(bytes_of(cut, len), &m, NULL), WINCH_E_PROTOCOL);
		free(cut);
	}
}

/* A message of the greatest length, and one byte more. */
static void at_the_limit(void **state)
{
	(void)state;
	static uint8_t long_one[CREDSSP_MAX + 1];
	struct ts_request m = { .version = 6 };

	for (size_t more = 0; more < 2; more++) {
		AUTO(buf_done) struct buf out = { .max = CREDSSP_MAX + 100 };
		m.pub_key_auth = bytes_of(long_one, CREDSSP_MAX - 20 + more);
		int r = ts_request_put(&out, &m, NULL);
		assert_int_equal(r, 0);
		assert_int_equal(out.len, CREDSSP_MAX + more);
		assert_int_equal(ts_request_read(buf_bytes(&out), &m, NULL),
				 more ? WINCH_E_PROTOCOL : 0);
	}
	AUTO(buf_done) struct buf out = { .max = 2 * CREDSSP_MAX };
	m.pub_key_auth = bytes_of(long_one, sizeof(long_one));
	assert_int_equal(ts_request_put(&out, &m, NULL), WINCH_E_LIMIT);
}

static void a_password(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf out = { .max = 1000, .secret = true };

	assert_int_equal(ts_password_put(&out, BYTES_LIT("domain name"), BYTES_LIT("username"),
					 BYTES_LIT("password"), NULL),
			 0);
	assert_hex(buf_bytes(&out), PASSWORD_CREDENTIAL);

	/* No domain, one character of each length in the rest: each field is there. */
	buf_clear(&out);
	assert_int_equal(ts_password_put(&out, (struct bytes){ 0 },
					 BYTES_LIT("u@r\xC3\xBC\xE2\x82\xAC"),
					 BYTES_LIT("\xF0\x9F\x94\x91"), NULL),
			 0);
	assert_hex(buf_bytes(&out), "3025a003020101a11e041c301a a0020400 a10c040a75004000 "
				    "7200fc00ac20 a20604043dd811dd");
}

static int put_password(void)
{
	AUTO(buf_done) struct buf out = { .max = 1000, .secret = true };

	return ts_password_put(&out, BYTES_LIT("d"), BYTES_LIT("u"), BYTES_LIT("a secret word"),
			       NULL);
}

static int put_request(void)
{
	AUTO(buf_done) struct buf out = { .max = 1000 };
	struct ts_request m = {
		6, BYTES_LIT("1"), BYTES_LIT("2"), BYTES_LIT("3"), 4, BYTES_LIT("5")
	};

	return ts_request_put(&out, &m, NULL);
}

static void without_memory(void **state)
{
	(void)state;
	assert_true(mem_fail_each(put_password) > 5);
	assert_true(mem_fail_each(put_request) > 5);
}

/* The password is in no memory that was given back. */
static void wiped(void **state)
{
	(void)state;
	static const char wide[] = "a\0 \0s\0e\0c\0r\0e\0t";

	mem_watch(wide, sizeof(wide) - 1);
	assert_int_equal(put_password(), 0);
	assert_int_equal(mem_seen(), 0);
	mem_watch(NULL, 0);
}

static void codes_are_the_specs(void **state)
{
	(void)state;
	struct table t;
	size_t count = 0;

	open_table(&t, "logon-status.tsv");
	assert_true(next_row(&t)); /* the columns' names */
	while (next_row(&t)) {
		assert_int_equal(t.count, 3);
		const struct credssp_status *s =
			credssp_status_of((uint32_t)strtoul(t.columns[0], NULL, 16));
		assert_non_null(s);
		assert_ptr_equal(s, &credssp_statuses[count]);
		assert_string_equal(s->name, t.columns[1]);
		assert_string_equal(s->refused ? "credential" : "host", t.columns[2]);
		assert_true(s->refused || !s->mistyped);
		assert_true(strlen(s->text) > 10);
		count++;
	}
	fclose(t.file);
	assert_int_equal(count, credssp_status_count);
	for (size_t i = 1; i < count; i++)
		assert_true(credssp_statuses[i - 1].code < credssp_statuses[i].code);
	assert_null(credssp_status_of(0xC0000001));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_others_write_it),
		cmocka_unit_test(keys_are_bound_as_others_do),
		cmocka_unit_test(error_codes),
		cmocka_unit_test(others_forms),
		cmocka_unit_test(refused),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(at_the_limit),
		cmocka_unit_test(a_password),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(wiped),
		cmocka_unit_test(codes_are_the_specs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
