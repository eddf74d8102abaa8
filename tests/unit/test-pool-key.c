/*
 * test-pool-key.c - SecureStrings out of a pool, in both forms that the wire has, and the exchange
 * of the session key.
 */
#include "tests/unit/secret-peer.h"

#include "psrp/message.h"

static const char call_read[] =
	"<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64><Obj N=\"mi\" RefId=\"1\"><I32>12</I32></Obj>"
	"<Obj N=\"mp\" RefId=\"2\"><LST /></Obj></MS></Obj>";

static winch_value *secure(void)
{
	winch_value *v = winch_value_new_secure(SECRET, SECRET_LEN, NULL);

	assert_non_null(v);
	return v;
}

/* ---- out ---- */

static void a_parameter_waits_for_the_key(void **state)
{
	int pairs = 0;
	winch_pool_options opts = { .rsa_key_user = &pairs };
	struct peer p = secret_pool(&opts, 3);
	winch_guid first, second;

	(void)state;
	assert_int_equal(pairs, 0);
	assert_false(winch_pool_awaits_key(p.pool));
	assert_int_equal(secret_invoke(&p, true, false, &first), 0);
	assert_int_equal(secret_invoke(&p, false, false, &second), 0);
	assert_int_equal(pairs, 1);
	assert_true(winch_pool_awaits_key(p.pool));
	assert_true(peer_hear(&p));
	assert_null(peer_heard(&p, MSG_CREATE_PIPELINE));

	assert_int_equal(secret_agree(&p), 0);
	assert_false(winch_pool_awaits_key(p.pool));
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 1);
	assert_true(peer_hear(&p));
	/* In the order in which they were invoked. */
	assert_int_equal(p.heard_count, 2);
	assert_memory_equal(&p.heard[0].pid, &first, sizeof(first));
	assert_memory_equal(&p.heard[1].pid, &second, sizeof(second));
	assert_sealed(&p.heard[0]);

	/* The key stays: no second exchange. */
	assert_int_equal(secret_invoke(&p, true, false, &first), 0);
	assert_true(peer_hear(&p));
	assert_sealed(peer_heard(&p, MSG_CREATE_PIPELINE));
	assert_int_equal(pairs, 1);
	peer_done(&p);
}

static void before_the_pool_is_open_it_waits_for_both(void **state)
{
	winch_pool_options opts = { .rsa_key = key_pair };
	struct peer p;
	winch_guid id;

	(void)state;
	peer_init(&p, &opts, 2);
	assert_int_equal(secret_invoke(&p, true, false, &id), 0);
	assert_int_equal(peer_open(&p, 2), 1);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(secret_agree(&p), 0);
	assert_true(peer_hear(&p));
	assert_sealed(peer_heard(&p, MSG_CREATE_PIPELINE));
	peer_done(&p);
}

static void one_that_waits_can_be_stopped(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = secret_pool(&opts, 3);
	winch_guid id;

	(void)state;
	assert_int_equal(secret_invoke(&p, true, false, &id), 0);
	assert_int_equal(winch_pool_stop(p.pool, &id), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_PIPELINE_STATE), 1);
	assert_true(peer_hear(&p));
	assert_int_equal(secret_agree(&p), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 0);
	assert_int_equal(p.stops, 0);
	peer_done(&p);
}

static void input_waits_for_the_key(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = secret_pool(&opts, 3);
	AUTO(winch_value_free_auto) winch_value *v = secure();
	AUTO(winch_value_free_auto) winch_value *one = winch_value_new_int(1, NULL);
	winch_guid id;

	(void)state;
	assert_int_equal(secret_invoke(&p, false, true, &id), 0);
	assert_int_equal(winch_pool_input(p.pool, &id, one, NULL), 0);
	assert_int_equal(winch_pool_input(p.pool, &id, v, NULL), 1);
	/* What comes behind it waits, too, or the order would be another. */
	assert_int_equal(winch_pool_input(p.pool, &id, one, NULL), 1);
	assert_true(peer_hear(&p));
	assert_int_equal(peer_events(&p, WINCH_EVENT_INPUT_ROOM), 0);
	assert_int_equal(secret_agree(&p), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_INPUT_ROOM), 1);
	assert_int_equal(winch_pool_input(p.pool, &id, v, NULL), 0);
	assert_int_equal(winch_pool_input(p.pool, &id, one, NULL), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 2);
	assert_sealed(&p.heard[0]);
	peer_done(&p);
}

static void an_answer_waits_for_the_key(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = secret_pool(&opts, 3);
	winch_guid id;

	(void)state;
	assert_int_equal(secret_invoke(&p, false, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(peer_say(&p, MSG_PIPELINE_HOST_CALL, &id, call_read), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_HOST_CALL), 1);
	winch_value *v = secure();
	assert_int_equal(winch_pool_answer(p.pool, &id, 1, v, NULL), 0);
	winch_value_free(v); /* the pool holds what it needs */
	/* It is answered, though not sent. */
	assert_int_equal(winch_pool_answer(p.pool, &id, 1, NULL, NULL), WINCH_E_STATE);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(secret_agree(&p), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(p.heard[0].op, WINCH_OP_SEND_PR);
	assert_sealed(peer_heard(&p, MSG_PIPELINE_HOST_RESPONSE));
	peer_done(&p);
}

static void a_held_answer_goes_with_its_pipeline(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = secret_pool(&opts, 3);
	AUTO(winch_value_free_auto) winch_value *v = secure();
	winch_guid id;

	(void)state;
	assert_int_equal(secret_invoke(&p, false, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(peer_say(&p, MSG_PIPELINE_HOST_CALL, &id, call_read), 0);
	assert_int_equal(winch_pool_answer(p.pool, &id, 1, v, NULL), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(
		peer_say(&p, MSG_PIPELINE_STATE, &id,
			 "<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">3</I32></MS></Obj>"),
		0);
	assert_int_equal(secret_agree(&p), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 0);
	peer_done(&p);
}

static void protocol_2_4_has_no_exchange(void **state)
{
	int pairs = 0;
	winch_pool_options opts = { .rsa_key_user = &pairs };
	struct peer p = secret_pool(&opts, 4);
	AUTO(winch_value_free_auto) winch_value *v = secure();
	winch_guid id;

	(void)state;
	assert_int_equal(secret_invoke(&p, true, true, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_clear(peer_heard(&p, MSG_CREATE_PIPELINE));
	assert_int_equal(winch_pool_input(p.pool, &id, v, NULL), 0);
	assert_true(peer_hear(&p));
	assert_clear(peer_heard(&p, MSG_PIPELINE_INPUT));
	assert_int_equal(winch_pool_end_input(p.pool, &id), 0);
	assert_true(peer_hear(&p));
	assert_false(p.heard[0].secret);
	assert_int_equal(pairs, 0);
	peer_done(&p);
}

static void an_empty_one_is_one(void **state)
{
	AUTO(winch_value_free_auto) winch_value *v = winch_value_new_secure("", 0, NULL);
	uint8_t sealed[64], plain[64];
	size_t len = 1;
	winch_guid id;

	(void)state;
	assert_string_equal(winch_value_secure_text(v, &len), "");
	assert_int_equal(len, 0);
	for (int minor = 3; minor <= 4; minor++) {
		winch_pool_options opts = { 0 };
		struct peer p = secret_pool(&opts, minor);
		assert_int_equal(secret_invoke(&p, minor == 3, true, &id), 0);
		assert_true(peer_hear(&p));
		if (minor == 3)
			assert_int_equal(secret_agree(&p), 0);
		assert_int_equal(winch_pool_input(p.pool, &id, v, NULL), 0);
		assert_true(peer_hear(&p));
		const struct heard *h = peer_heard(&p, MSG_PIPELINE_INPUT);
		len = key_element(h->body, "SS", sealed, sizeof(sealed));
		assert_int_equal(len, minor == 3 ? 16 : 0);
		if (minor == 3)
			assert_int_equal(key_opened(agreed_key, sealed, len, plain), 0);
		peer_done(&p);
	}
}

static void without_a_key_pair_nothing_is_sent(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p;
	winch_guid id;

	(void)state;
	peer_init(&p, &opts, 3);
	assert_int_equal(peer_open(&p, 3), 1);
	assert_int_equal(secret_invoke(&p, true, false, &id), WINCH_E_UNSUPPORTED);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 0);
	/* The call is refused, the pool goes on. */
	assert_int_equal(secret_invoke(&p, false, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	peer_done(&p);
}

static int no_pair(void *user, const uint8_t **ret_der, size_t *ret_len)
{
	static const uint8_t junk[] = "junk";

	*ret_der = junk;
	*ret_len = sizeof(junk);
	return user ? -1 : 0;
}

static void a_pair_that_is_none(void **state)
{
	static const int expect[] = { WINCH_E_ARG, WINCH_E_SYSTEM };
	winch_guid id;

	(void)state;
	for (int i = 0; i < 2; i++) {
		winch_pool_options opts = { .rsa_key = no_pair, .rsa_key_user = i ? &id : NULL };
		struct peer p;
		peer_init(&p, &opts, 3);
		assert_int_equal(peer_open(&p, 3), 1);
		assert_int_equal(secret_invoke(&p, true, false, &id), expect[i]);
		peer_done(&p);
	}
}

static void arguments_hold_none(void **state)
{
	AUTO(winch_value_free_auto) winch_value *table = winch_value_new_hashtable(NULL);
	AUTO(winch_value_free_auto) winch_value *v = secure();
	winch_pool_options opts = { .application_arguments = table };
	struct peer p;

	(void)state;
	assert_int_equal(winch_value_add(table, "k", v, NULL), 0);
	peer_init(&p, &opts, 3);
	assert_null(p.pool);
}

/* ---- the server's part ---- */

static void a_server_that_asks_twice(void **state)
{
	int pairs = 0;
	winch_pool_options opts = { .rsa_key_user = &pairs };
	struct peer p = secret_pool(&opts, 1);
	static const uint8_t other[32] = "another key, of just as many b.";
	AUTO(winch_value_free_auto) winch_value *v = secure();
	uint8_t sealed[512], plain[512];
	winch_guid id;

	(void)state;
	assert_int_equal(peer_say(&p, MSG_PUBLIC_KEY_REQUEST, NULL, "<S></S>"), 0);
	assert_int_equal(peer_say(&p, MSG_PUBLIC_KEY_REQUEST, NULL, "<S></S>"), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(secret_agree(&p), 0);

	/* Asked again, it answers again, and goes on with the new key. */
	assert_int_equal(peer_say(&p, MSG_PUBLIC_KEY_REQUEST, NULL, "<S></S>"), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(pairs, 2);
	char *body = key_answer(peer_heard(&p, MSG_PUBLIC_KEY)->body, other, 32);
	assert_int_equal(peer_say(&p, MSG_ENCRYPTED_SESSION_KEY, NULL, body), 0);
	free(body);
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 2);
	assert_int_equal(secret_invoke(&p, false, true, &id), 0);
	assert_int_equal(winch_pool_input(p.pool, &id, v, NULL), 0);
	assert_true(peer_hear(&p));
	size_t len =
		key_element(peer_heard(&p, MSG_PIPELINE_INPUT)->body, "SS", sealed, sizeof(sealed));
	assert_int_equal(key_opened(other, sealed, len, plain), UTF16_LEN);
	peer_done(&p);
}

static void an_answer_that_nobody_asked_for(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = secret_pool(&opts, 3);
	winch_guid id;
	uint8_t blob[268] = { 0 };

	(void)state;
	char *junk = key_answer_of(blob, sizeof(blob));
	assert_int_equal(peer_say(&p, MSG_ENCRYPTED_SESSION_KEY, NULL, junk), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 0);
	/* And behind the one that was asked for: the key stays. */
	assert_int_equal(secret_invoke(&p, true, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(secret_agree(&p), 0);
	assert_int_equal(peer_say(&p, MSG_ENCRYPTED_SESSION_KEY, NULL, junk), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 1);
	assert_true(peer_hear(&p));
	assert_sealed(peer_heard(&p, MSG_CREATE_PIPELINE));
	free(junk);
	peer_done(&p);
}

enum bad_key {
	SHORT_BLOB,
	LONG_BLOB,
	OTHER_TYPE,
	OTHER_CIPHER,
	JUNK,
	SHORT_KEY,
	LONG_KEY,
	NO_BASE64,
	MUCH_PADDING,
	NO_MEMBER,
	BAD_KEYS
};

/* Far more base64 than any key has, and behind it more padding than there can be. */
static char *much_padding(void)
{
	enum { GROUPS = 2048 };
	char *text = calloc(1, 4 * GROUPS * 4 + 200), *at = text;

	at += sprintf(at, "<Obj RefId=\"0\"><MS><S N=\"EncryptedSessionKey\">");
	for (int i = 0; i < 4 * GROUPS; i++)
		at += sprintf(at, i < GROUPS ? "QUJD" : "====");
	strcpy(at, "</S></MS></Obj>");
	return text;
}

static char *bad_answer(enum bad_key kind, const char *public_key_body)
{
	static const uint8_t long_key[64];
	uint8_t blob[300] = { 0 };

	if (kind == NO_BASE64)
		return strdup("<Obj RefId=\"0\"><MS><S N=\"EncryptedSessionKey\">*</S></MS></Obj>");
	if (kind == MUCH_PADDING)
		return much_padding();
	if (kind == NO_MEMBER)
		return strdup("<Obj RefId=\"0\"><MS><S N=\"SessionKey\"></S></MS></Obj>");
	key_blob(public_key_body, kind == LONG_KEY ? long_key : agreed_key,
		 kind == SHORT_KEY  ? 16
		 : kind == LONG_KEY ? sizeof(long_key)
				    : 32,
		 blob);
	if (kind == OTHER_TYPE)
		blob[0] = 6;
	if (kind == OTHER_CIPHER)
		blob[4] = 0x0E; /* CALG_AES_128 */
	if (kind == JUNK)
		memset(blob + 12, 0x5A, 255);
	return key_answer_of(blob, kind == SHORT_BLOB ? 267 : kind == LONG_BLOB ? 269 : 268);
}

static void keys_that_are_none(void **state)
{
	(void)state;
	for (enum bad_key kind = 0; kind < BAD_KEYS; kind++) {
		winch_pool_options opts = { 0 };
		struct peer p = secret_pool(&opts, 3);
		winch_guid id;
		assert_int_equal(secret_invoke(&p, true, false, &id), 0);
		assert_true(peer_hear(&p));
		char *body = bad_answer(kind, peer_heard(&p, MSG_PUBLIC_KEY)->body);
		assert_int_equal(peer_say(&p, MSG_ENCRYPTED_SESSION_KEY, NULL, body),
				 WINCH_E_PROTOCOL);
		free(body);
		assert_int_equal(winch_pool_state(p.pool), WINCH_POOL_BROKEN);
		assert_false(winch_pool_awaits_key(p.pool));
		assert_non_null(strstr(winch_error_text(winch_pool_error(p.pool)), "session key"));
		assert_false(peer_hear(&p));
		peer_done(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parameter_waits_for_the_key),
		cmocka_unit_test(before_the_pool_is_open_it_waits_for_both),
		cmocka_unit_test(one_that_waits_can_be_stopped),
		cmocka_unit_test(input_waits_for_the_key),
		cmocka_unit_test(an_answer_waits_for_the_key),
		cmocka_unit_test(a_held_answer_goes_with_its_pipeline),
		cmocka_unit_test(protocol_2_4_has_no_exchange),
		cmocka_unit_test(an_empty_one_is_one),
		cmocka_unit_test(without_a_key_pair_nothing_is_sent),
		cmocka_unit_test(a_pair_that_is_none),
		cmocka_unit_test(arguments_hold_none),
		cmocka_unit_test(a_server_that_asks_twice),
		cmocka_unit_test(an_answer_that_nobody_asked_for),
		cmocka_unit_test(keys_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
