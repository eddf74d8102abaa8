/*
 * test-pool-key.c - SecureStrings through a pool, in both forms that the wire has, and the
 * exchange of the session key.
 */
#include "tests/unit/key-peer.h"
#include "tests/unit/mem-failing.h"

#include "psrp/message.h"
#include "src/base/mem.h"

DEFINE_AUTO_FREE(winch_value, winch_value_free)
DEFINE_AUTO_FREE(winch_pipeline, winch_pipeline_free)

static const char secret[] = "P@ss \xC3\xBC\xF0\x9F\x98\x80 word";
static const uint8_t secret_utf16[] = "P\0@\0s\0s\0 \0\xFC\0\x3D\xD8\x00\xDE \0w\0o\0r\0d";
enum { SECRET_LEN = sizeof(secret) - 1, UTF16_LEN = sizeof(secret_utf16) };
static const uint8_t aes[32] = "an AES-256 key of 32 bytes here!";

static const char call_read[] =
	"<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64><Obj N=\"mi\" RefId=\"1\"><I32>12</I32></Obj>"
	"<Obj N=\"mp\" RefId=\"2\"><LST /></Obj></MS></Obj>";

/* ---- what tests share ---- */

static winch_value *secure(void)
{
	winch_value *v = winch_value_new_secure(secret, SECRET_LEN, NULL);

	assert_non_null(v);
	return v;
}

/* "param" with the secret, or without. */
static int invoke(struct peer *p, bool with_secret, bool input, winch_guid *ret_id)
{
	winch_pipeline_options opts = WINCH_PIPELINE_OPTIONS_INIT;

	opts.has_input = input;
	AUTO(winch_pipeline_free_auto) winch_pipeline *pipeline = winch_pipeline_new(&opts, NULL);
	AUTO(winch_value_free_auto)
	winch_value *v = winch_value_new_secure(secret, SECRET_LEN, NULL);
	int r = pipeline && v ? winch_pipeline_add_command(pipeline, "c") : WINCH_E_NOMEM;

	if (r == 0 && with_secret)
		r = winch_pipeline_add_parameter(pipeline, "p", v);
	return r < 0 ? r : winch_pool_invoke(p->pool, pipeline, ret_id, NULL);
}

/* The PUBLIC_KEY that was heard is answered with aes. */
static int answer_key(struct peer *p)
{
	const struct heard *h = peer_heard(p, MSG_PUBLIC_KEY);

	assert_non_null(h);
	assert_int_equal(h->op, WINCH_OP_SEND);
	assert_false(h->secret);
	char *body = key_answer(h->body, aes, sizeof(aes));
	int r = peer_say(p, MSG_ENCRYPTED_SESSION_KEY, NULL, body);
	free(body);
	return r;
}

/* The SS of a body is the secret under aes. */
static void assert_sealed(const struct heard *h)
{
	uint8_t sealed[512], plain[512];

	assert_non_null(h);
	size_t len = key_element(h->body, "SS", sealed, sizeof(sealed));
	assert_int_equal(key_opened(aes, sealed, len, plain), UTF16_LEN);
	assert_memory_equal(plain, secret_utf16, UTF16_LEN);
	assert_false(h->secret);
}

static void assert_clear(const struct heard *h)
{
	uint8_t plain[512];

	assert_non_null(h);
	assert_int_equal(key_element(h->body, "SS", plain, sizeof(plain)), UTF16_LEN);
	assert_memory_equal(plain, secret_utf16, UTF16_LEN);
	assert_true(h->secret);
}

static struct peer opened(winch_pool_options *opts, int minor)
{
	struct peer p;

	opts->rsa_key = key_pair;
	peer_init(&p, opts, minor);
	assert_int_equal(peer_open(&p, minor), 1);
	return p;
}

/* ---- out ---- */

static void a_parameter_waits_for_the_key(void **state)
{
	int pairs = 0;
	winch_pool_options opts = { .rsa_key_user = &pairs };
	struct peer p = opened(&opts, 3);
	winch_guid first, second;

	(void)state;
	assert_int_equal(pairs, 0);
	assert_false(winch_pool_awaits_key(p.pool));
	assert_int_equal(invoke(&p, true, false, &first), 0);
	assert_int_equal(invoke(&p, false, false, &second), 0);
	assert_int_equal(pairs, 1);
	assert_true(winch_pool_awaits_key(p.pool));
	assert_true(peer_hear(&p));
	assert_null(peer_heard(&p, MSG_CREATE_PIPELINE));

	assert_int_equal(answer_key(&p), 0);
	assert_false(winch_pool_awaits_key(p.pool));
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 1);
	assert_true(peer_hear(&p));
	/* In the order in which they were invoked. */
	assert_int_equal(p.heard_count, 2);
	assert_memory_equal(&p.heard[0].pid, &first, sizeof(first));
	assert_memory_equal(&p.heard[1].pid, &second, sizeof(second));
	assert_sealed(&p.heard[0]);

	/* The key stays: no second exchange. */
	assert_int_equal(invoke(&p, true, false, &first), 0);
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
	assert_int_equal(invoke(&p, true, false, &id), 0);
	assert_int_equal(peer_open(&p, 2), 1);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(answer_key(&p), 0);
	assert_true(peer_hear(&p));
	assert_sealed(peer_heard(&p, MSG_CREATE_PIPELINE));
	peer_done(&p);
}

static void one_that_waits_can_be_stopped(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = opened(&opts, 3);
	winch_guid id;

	(void)state;
	assert_int_equal(invoke(&p, true, false, &id), 0);
	assert_int_equal(winch_pool_stop(p.pool, &id), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_PIPELINE_STATE), 1);
	assert_true(peer_hear(&p));
	assert_int_equal(answer_key(&p), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 0);
	assert_int_equal(p.stops, 0);
	peer_done(&p);
}

static void input_waits_for_the_key(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = opened(&opts, 3);
	AUTO(winch_value_free_auto) winch_value *v = secure();
	AUTO(winch_value_free_auto) winch_value *one = winch_value_new_int(1, NULL);
	winch_guid id;

	(void)state;
	assert_int_equal(invoke(&p, false, true, &id), 0);
	assert_int_equal(winch_pool_input(p.pool, &id, one, NULL), 0);
	assert_int_equal(winch_pool_input(p.pool, &id, v, NULL), 1);
	/* What comes behind it waits, too, or the order would be another. */
	assert_int_equal(winch_pool_input(p.pool, &id, one, NULL), 1);
	assert_true(peer_hear(&p));
	assert_int_equal(peer_events(&p, WINCH_EVENT_INPUT_ROOM), 0);
	assert_int_equal(answer_key(&p), 0);
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
	struct peer p = opened(&opts, 3);
	winch_guid id;

	(void)state;
	assert_int_equal(invoke(&p, false, false, &id), 0);
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
	assert_int_equal(answer_key(&p), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(p.heard[0].op, WINCH_OP_SEND_PR);
	assert_sealed(peer_heard(&p, MSG_PIPELINE_HOST_RESPONSE));
	peer_done(&p);
}

static void a_held_answer_goes_with_its_pipeline(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = opened(&opts, 3);
	AUTO(winch_value_free_auto) winch_value *v = secure();
	winch_guid id;

	(void)state;
	assert_int_equal(invoke(&p, false, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(peer_say(&p, MSG_PIPELINE_HOST_CALL, &id, call_read), 0);
	assert_int_equal(winch_pool_answer(p.pool, &id, 1, v, NULL), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(
		peer_say(&p, MSG_PIPELINE_STATE, &id,
			 "<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">3</I32></MS></Obj>"),
		0);
	assert_int_equal(answer_key(&p), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 0);
	peer_done(&p);
}

static void protocol_2_4_has_no_exchange(void **state)
{
	int pairs = 0;
	winch_pool_options opts = { .rsa_key_user = &pairs };
	struct peer p = opened(&opts, 4);
	AUTO(winch_value_free_auto) winch_value *v = secure();
	winch_guid id;

	(void)state;
	assert_int_equal(invoke(&p, true, true, &id), 0);
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
		struct peer p = opened(&opts, minor);
		assert_int_equal(invoke(&p, minor == 3, true, &id), 0);
		assert_true(peer_hear(&p));
		if (minor == 3)
			assert_int_equal(answer_key(&p), 0);
		assert_int_equal(winch_pool_input(p.pool, &id, v, NULL), 0);
		assert_true(peer_hear(&p));
		const struct heard *h = peer_heard(&p, MSG_PIPELINE_INPUT);
		len = key_element(h->body, "SS", sealed, sizeof(sealed));
		assert_int_equal(len, minor == 3 ? 16 : 0);
		if (minor == 3)
			assert_int_equal(key_opened(aes, sealed, len, plain), 0);
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
	assert_int_equal(invoke(&p, true, false, &id), WINCH_E_UNSUPPORTED);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 0);
	/* The call is refused, the pool goes on. */
	assert_int_equal(invoke(&p, false, false, &id), 0);
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
		assert_int_equal(invoke(&p, true, false, &id), expect[i]);
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
	struct peer p = opened(&opts, 1);
	static const uint8_t other[32] = "another key, of just as many b.";
	AUTO(winch_value_free_auto) winch_value *v = secure();
	uint8_t sealed[512], plain[512];
	winch_guid id;

	(void)state;
	assert_int_equal(peer_say(&p, MSG_PUBLIC_KEY_REQUEST, NULL, "<S></S>"), 0);
	assert_int_equal(peer_say(&p, MSG_PUBLIC_KEY_REQUEST, NULL, "<S></S>"), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(answer_key(&p), 0);

	/* Asked again, it answers again, and goes on with the new key. */
	assert_int_equal(peer_say(&p, MSG_PUBLIC_KEY_REQUEST, NULL, "<S></S>"), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(pairs, 2);
	char *body = key_answer(peer_heard(&p, MSG_PUBLIC_KEY)->body, other, 32);
	assert_int_equal(peer_say(&p, MSG_ENCRYPTED_SESSION_KEY, NULL, body), 0);
	free(body);
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 2);
	assert_int_equal(invoke(&p, false, true, &id), 0);
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
	struct peer p = opened(&opts, 3);
	winch_guid id;
	uint8_t blob[268] = { 0 };

	(void)state;
	char *junk = key_answer_of(blob, sizeof(blob));
	assert_int_equal(peer_say(&p, MSG_ENCRYPTED_SESSION_KEY, NULL, junk), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 0);
	/* And behind the one that was asked for: the key stays. */
	assert_int_equal(invoke(&p, true, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(answer_key(&p), 0);
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
	key_blob(public_key_body, kind == LONG_KEY ? long_key : aes,
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
		struct peer p = opened(&opts, 3);
		winch_guid id;
		assert_int_equal(invoke(&p, true, false, &id), 0);
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

/* ---- in ---- */

static int open_output(struct peer *p, const winch_guid *id, const char *text, winch_value **ret)
{
	char body[4096];
	winch_event *ev = NULL;
	const winch_value *v = NULL;
	int r;

	snprintf(body, sizeof(body), "<SS>%s</SS>", text);
	assert_int_equal(peer_say(p, MSG_PIPELINE_OUTPUT, id, body), 0);
	while ((r = winch_pool_next(p->pool, &ev)) == 1 &&
	       winch_event_type(ev) != WINCH_EVENT_OUTPUT)
		;
	assert_int_equal(r, 1);
	assert_int_equal(winch_event_value(ev, &v, NULL), 0);
	assert_null(winch_value_secure_text(v, NULL));
	return winch_pool_open_secure(p->pool, v, ret, NULL);
}

static void one_that_comes_before_the_key(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = opened(&opts, 3);
	winch_value *got = NULL;
	winch_guid id;
	size_t len;

	(void)state;
	char *text = key_sealed(aes, secret_utf16, UTF16_LEN);
	assert_int_equal(invoke(&p, false, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(open_output(&p, &id, text, &got), 1);
	assert_int_equal(open_output(&p, &id, text, &got), 1);
	assert_null(got);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(answer_key(&p), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 1);
	assert_int_equal(open_output(&p, &id, text, &got), 0);
	assert_string_equal(winch_value_secure_text(got, &len), secret);
	assert_int_equal(len, SECRET_LEN);

	/* What was opened can be opened, and sent. */
	winch_value *again = NULL;
	assert_int_equal(winch_pool_open_secure(p.pool, got, &again, NULL), 0);
	winch_value_free(got);
	assert_string_equal(winch_value_secure_text(again, NULL), secret);
	winch_value_free(again);
	free(text);
	peer_done(&p);
}

static void ones_that_do_not_open(void **state)
{
	static const uint8_t other[32] = "not the key that they agreed on";
	char *text[] = { strdup("*"), strdup(""), strdup("AAAA"), key_sealed(other, aes, 32),
			 key_sealed(aes, aes, 31) };
	winch_guid id;

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		winch_pool_options opts = { 0 };
		struct peer p = opened(&opts, 3);
		winch_value *got = NULL;
		assert_int_equal(invoke(&p, true, false, &id), 0);
		assert_true(peer_hear(&p));
		assert_int_equal(answer_key(&p), 0);
		assert_true(peer_hear(&p));
		assert_int_equal(open_output(&p, &id, text[i], &got), WINCH_E_ARG);
		assert_null(got);
		assert_null(winch_pool_error(p.pool));
		free(text[i]);
		peer_done(&p);
	}
}

static void protocol_2_4_is_read_as_it_is(void **state)
{
	winch_pool_options opts = { 0 };
	struct peer p = opened(&opts, 4);
	winch_value *got = NULL;
	winch_guid id;

	(void)state;
	assert_int_equal(invoke(&p, false, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(open_output(&p, &id, "YQBiAA==", &got), 0);
	assert_string_equal(winch_value_secure_text(got, NULL), "ab");
	winch_value_free(got);
	got = NULL;
	assert_int_equal(open_output(&p, &id, "", &got), 0);
	assert_string_equal(winch_value_secure_text(got, NULL), "");
	winch_value_free(got);
	assert_int_equal(open_output(&p, &id, "YQBi", &got), WINCH_E_ARG);
	assert_int_equal(winch_pool_open_secure(p.pool, NULL, &got, NULL), WINCH_E_ARG);
	peer_done(&p);
}

/* ---- memory ---- */

/* The server says it, and it is opened. */
static int say_and_open(struct peer *p, const winch_guid *id, int minor)
{
	char *text = minor < 4 ? key_sealed(aes, secret_utf16, UTF16_LEN)
			       : strdup("UABAAHMAcwAgAPwAPdgA3iAAdwBvAHIAZAA=");
	char body[200];
	winch_event *ev = NULL;
	const winch_value *v = NULL;
	winch_value *got = NULL;

	snprintf(body, sizeof(body), "<SS>%s</SS>", text);
	free(text);
	int r = peer_say(p, MSG_PIPELINE_OUTPUT, id, body);
	while (r == 0 && winch_pool_next(p->pool, &ev) == 1 &&
	       winch_event_type(ev) != WINCH_EVENT_OUTPUT)
		;
	if (r == 0)
		r = winch_event_value(ev, &v, NULL);
	if (r == 0)
		r = winch_pool_open_secure(p->pool, v, &got, NULL);
	if (r == 0)
		assert_string_equal(winch_value_secure_text(got, NULL), secret);
	winch_value_free(got);
	return r;
}

/* All of it once.  < 0: memory was out, somewhere. */
static int everything(int minor, bool reads)
{
	winch_pool_options opts = { .rsa_key = key_pair };
	struct peer p;
	winch_guid id;
	winch_value *v = winch_value_new_secure(secret, SECRET_LEN, NULL);
	winch_value *user = v ? winch_value_new_credential("u", 1, v, NULL) : NULL;

	peer_init(&p, &opts, minor);
	int r = p.pool && user ? peer_open(&p, minor) : WINCH_E_NOMEM;
	if (r == 1)
		r = invoke(&p, true, true, &id);
	if (r == 0 && !peer_hear(&p))
		r = WINCH_E_NOMEM;
	if (r == 0 && minor < 4) {
		r = answer_key(&p);
		if (r == 0 && !peer_hear(&p))
			r = WINCH_E_NOMEM;
	}
	if (r == 0)
		r = winch_pool_input(p.pool, &id, user, NULL);
	if (r == 0)
		r = peer_say(&p, MSG_PIPELINE_HOST_CALL, &id, call_read);
	if (r == 0)
		r = winch_pool_answer(p.pool, &id, 1, v, NULL);
	if (r == 0 && !peer_hear(&p))
		r = WINCH_E_NOMEM;
	if (r == 0) {
		assert_int_equal(p.heard_count, 2);
		(minor < 4 ? assert_sealed : assert_clear)(&p.heard[0]);
		(minor < 4 ? assert_sealed : assert_clear)(&p.heard[1]);
		r = reads ? say_and_open(&p, &id, minor) : 0;
	}
	peer_done(&p);
	winch_value_free(v);
	winch_value_free(user);
	return r;
}

static void any_allocation_may_fail(void **state)
{
	(void)state;
	for (int minor = 3; minor <= 4; minor++) {
		unsigned long n = 0;
		int r;
		do {
			mem_fail_at(++n);
			r = everything(minor, true);
			assert_true(r == 0 || r == WINCH_E_NOMEM);
		} while (mem_count() >= n);
		mem_fail_at(0);
		assert_int_equal(r, 0);
		assert_true(n > 100);
	}
}

/* The text in two forms, a part of its base64 as we send it, and the key.  What a server sends
 * of a text in clear is data like all else: only what we make of it is watched. */
static void nothing_is_left_in_freed_memory(void **state)
{
	static const struct {
		const void *bytes;
		size_t len;
	} forms[] = { { secret, SECRET_LEN },
		      { secret_utf16, UTF16_LEN },
		      { "UABAAHMAcwAg", 12 },
		      { aes, 32 } };

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		mem_watch(forms[i].bytes, forms[i].len);
		assert_int_equal(everything(3, true), 0);
		assert_int_equal(everything(4, i < 2), 0);
		assert_int_equal(mem_seen(), 0);
	}
	/* The watch sees what is left. */
	mem_watch(secret, SECRET_LEN);
	winch_value_free(winch_value_new_string(secret, SECRET_LEN, NULL));
	assert_int_equal(mem_seen(), 1);
	mem_watch(NULL, 0);
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
		cmocka_unit_test(one_that_comes_before_the_key),
		cmocka_unit_test(ones_that_do_not_open),
		cmocka_unit_test(protocol_2_4_is_read_as_it_is),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(nothing_is_left_in_freed_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
