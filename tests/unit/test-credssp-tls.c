/*
 * test-credssp-tls.c - what a host's TLS may put where CredSSP does not expect it: keys renewed,
 * alerts, renegotiation, records that nobody has sealed, and parts without a record.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "tests/auth/credssp-pair.h"

enum { ROOM = 4096 };

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static void start(struct credssp_pair *p, int tls)
{
	struct credssp_host_rules rules = credssp_pair_rules;

	rules.tls = tls;
	credssp_pair_init(p, &rules);
	assert_int_equal(credssp_pair_run(p, NULL), AUTH_DONE);
}

static int unseal(struct credssp_pair *p, struct bytes records, struct buf *back)
{
	return p->client->class->unseal(p->client, (struct bytes){ 0 }, records, back, NULL);
}

static void assert_goes_on(struct credssp_pair *p)
{
	AUTO(buf_done) struct buf header = { .max = ROOM };
	AUTO(buf_done) struct buf data = { .max = ROOM };
	AUTO(buf_done) struct buf back = { .max = ROOM };
	struct bytes text = BYTES_LIT("<request/>");

	assert_int_equal(p->client->class->seal(p->client, text, &header, &data, NULL), 0);
	assert_int_equal(buf_put(&header, buf_bytes(&data), NULL), 0);
	assert_int_equal(credssp_host_unseal(&p->host, buf_bytes(&header), &back), 0);
	assert_bytes(buf_bytes(&back), text);
	buf_clear(&back);
	buf_clear(&data);
	assert_int_equal(credssp_host_seal(&p->host, text, &data), 0);
	assert_int_equal(unseal(p, buf_bytes(&data), &back), 0);
	assert_bytes(buf_bytes(&back), text);
}

/* Anybody could have written it: nothing in it is sealed. */
static void parts_without_a_record(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(buf_done) struct buf back = { .max = ROOM };
		start(&p, versions[i]);
		assert_int_equal(unseal(&p, (struct bytes){ 0 }, &back), WINCH_E_PROTOCOL);
		assert_int_equal(back.len, 0);
	}
}

/* Records that TLS passes over, or takes as they are, in other places. */
static void records_that_nobody_sealed(void **state)
{
	(void)state;
	static const char *const records[] = {
		"14 0303 0001 01",        /* ChangeCipherSpec */
		"15 0303 0002 01 00",     /* close_notify */
		"15 0303 0002 01 5a",     /* user_canceled */
		"16 0303 0004 00 000000", /* HelloRequest */
		"17 0303 0000",           /* nothing */
		"17 0303 0001 30",
	};

	for (size_t i = 0; i < 2 * sizeof(records) / sizeof(records[0]); i++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(buf_done) struct buf back = { .max = ROOM };
		uint8_t room[64];
		start(&p, versions[i % 2]);
		assert_int_equal(unseal(&p, unhex(records[i / 2], room), &back), WINCH_E_PROTOCOL);
		assert_int_equal(back.len, 0);
	}
}

/* In front of a message, and with what the client has to answer to that. */
static void keys_that_are_renewed(void **state)
{
	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(buf_done) struct buf data = { .max = ROOM };
		AUTO(buf_done) struct buf back = { .max = ROOM };
		start(&p, TLS1_3_VERSION);
		SSL_key_update(p.host.ssl,
			       asked ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
		assert_int_equal(SSL_do_handshake(p.host.ssl), 1);
		assert_int_equal(credssp_host_seal(&p.host, BYTES_LIT("<reply/>"), &data), 0);
		assert_int_equal(unseal(&p, buf_bytes(&data), &back), 0);
		assert_bytes(buf_bytes(&back), BYTES_LIT("<reply/>"));
		assert_goes_on(&p);
		assert_goes_on(&p);
	}
}

/* It is not done, and costs nothing else. */
static void renegotiation(void **state)
{
	(void)state;
	AUTO(credssp_pair_done) struct credssp_pair p;
	AUTO(buf_done) struct buf data = { .max = ROOM };
	AUTO(buf_done) struct buf back = { .max = ROOM };

	start(&p, TLS1_2_VERSION);
	assert_int_equal(credssp_host_seal(&p.host, BYTES_LIT("<reply/>"), &data), 0);
	SSL_renegotiate(p.host.ssl);
	SSL_do_handshake(p.host.ssl);
	assert_int_equal(credssp_host_seal(&p.host, (struct bytes){ 0 }, &data), 0);
	assert_int_equal(unseal(&p, buf_bytes(&data), &back), 0);
	assert_bytes(buf_bytes(&back), BYTES_LIT("<reply/>"));

	AUTO(buf_done) struct buf header = { .max = ROOM };
	buf_clear(&data);
	assert_int_equal(
		p.client->class->seal(p.client, BYTES_LIT("<request/>"), &header, &data, NULL), 0);
	/* no_renegotiation stands in front of it */
	assert_int_equal(buf_bytes(&header).data[0], 0x15);
}

/* The end that is told: what comes after it is not heard. */
static void a_close_notify(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(buf_done) struct buf data = { .max = ROOM };
		AUTO(buf_done) struct buf back = { .max = ROOM };
		start(&p, versions[i]);
		assert_int_equal(credssp_host_seal(&p.host, BYTES_LIT("<reply/>"), &data), 0);
		SSL_shutdown(p.host.ssl);
		assert_int_equal(credssp_host_seal(&p.host, (struct bytes){ 0 }, &data), 0);
		assert_int_equal(unseal(&p, buf_bytes(&data), &back), WINCH_E_PROTOCOL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_without_a_record),
		cmocka_unit_test(records_that_nobody_sealed),
		cmocka_unit_test(keys_that_are_renewed),
		cmocka_unit_test(renegotiation),
		cmocka_unit_test(a_close_notify),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
