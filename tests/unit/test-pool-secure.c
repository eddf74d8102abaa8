/*
 * test-pool-secure.c - SecureStrings into a pool; and both ways, with memory that fails and memory
 * that was freed looked at.
 */
#include "tests/unit/secret-peer.h"

#include "psrp/message.h"
#include "tests/unit/mem-failing.h"

static const char call_read[] =
	"<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64><Obj N=\"mi\" RefId=\"1\"><I32>12</I32></Obj>"
	"<Obj N=\"mp\" RefId=\"2\"><LST /></Obj></MS></Obj>";

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
	struct peer p = secret_pool(&opts, 3);
	winch_value *got = NULL;
	winch_guid id;
	size_t len;

	(void)state;
	char *text = key_sealed(agreed_key, SECRET_UTF16, UTF16_LEN);
	assert_int_equal(secret_invoke(&p, false, false, &id), 0);
	assert_true(peer_hear(&p));
	assert_int_equal(open_output(&p, &id, text, &got), 1);
	assert_int_equal(open_output(&p, &id, text, &got), 1);
	assert_null(got);
	assert_true(peer_hear(&p));
	assert_int_equal(p.heard_count, 1);
	assert_int_equal(secret_agree(&p), 0);
	assert_int_equal(peer_events(&p, WINCH_EVENT_SESSION_KEY), 1);
	assert_int_equal(open_output(&p, &id, text, &got), 0);
	assert_string_equal(winch_value_secure_text(got, &len), SECRET);
	assert_int_equal(len, SECRET_LEN);

	/* What was opened can be opened, and sent. */
	winch_value *again = NULL;
	assert_int_equal(winch_pool_open_secure(p.pool, got, &again, NULL), 0);
	winch_value_free(got);
	assert_string_equal(winch_value_secure_text(again, NULL), SECRET);
	winch_value_free(again);
	free(text);
	peer_done(&p);
}

static void ones_that_do_not_open(void **state)
{
	static const uint8_t other[32] = "not the key that they agreed on";
	char *text[] = { strdup("*"), strdup(""), strdup("AAAA"), key_sealed(other, agreed_key, 32),
			 key_sealed(agreed_key, agreed_key, 31) };
	winch_guid id;

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		winch_pool_options opts = { 0 };
		struct peer p = secret_pool(&opts, 3);
		winch_value *got = NULL;
		assert_int_equal(secret_invoke(&p, true, false, &id), 0);
		assert_true(peer_hear(&p));
		assert_int_equal(secret_agree(&p), 0);
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
	struct peer p = secret_pool(&opts, 4);
	winch_value *got = NULL;
	winch_guid id;

	(void)state;
	assert_int_equal(secret_invoke(&p, false, false, &id), 0);
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
	char *text = minor < 4 ? key_sealed(agreed_key, SECRET_UTF16, UTF16_LEN)
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
		assert_string_equal(winch_value_secure_text(got, NULL), SECRET);
	winch_value_free(got);
	return r;
}

/* All of it once.  < 0: memory was out, somewhere. */
static int everything(int minor, bool reads)
{
	winch_pool_options opts = { .rsa_key = key_pair };
	struct peer p;
	winch_guid id;
	winch_value *v = winch_value_new_secure(SECRET, SECRET_LEN, NULL);
	winch_value *user = v ? winch_value_new_credential("u", 1, v, NULL) : NULL;

	peer_init(&p, &opts, minor);
	int r = p.pool && user ? peer_open(&p, minor) : WINCH_E_NOMEM;
	if (r == 1)
		r = secret_invoke(&p, true, true, &id);
	if (r == 0 && !peer_hear(&p))
		r = WINCH_E_NOMEM;
	if (r == 0 && minor < 4) {
		r = secret_agree(&p);
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
	} forms[] = { { SECRET, SECRET_LEN },
		      { SECRET_UTF16, UTF16_LEN },
		      { "UABAAHMAcwAg", 12 },
		      { agreed_key, 32 } };

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		mem_watch(forms[i].bytes, forms[i].len);
		assert_int_equal(everything(3, true), 0);
		assert_int_equal(everything(4, i < 2), 0);
		assert_int_equal(mem_seen(), 0);
	}
	/* The watch sees what is left. */
	mem_watch(SECRET, SECRET_LEN);
	winch_value_free(winch_value_new_string(SECRET, SECRET_LEN, NULL));
	assert_int_equal(mem_seen(), 1);
	mem_watch(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_comes_before_the_key),
		cmocka_unit_test(ones_that_do_not_open),
		cmocka_unit_test(protocol_2_4_is_read_as_it_is),
		cmocka_unit_test(any_allocation_may_fail),
		cmocka_unit_test(nothing_is_left_in_freed_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
