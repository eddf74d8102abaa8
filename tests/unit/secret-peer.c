/*
 * secret-peer.c - one secret through a pool, for tests.
 */
#include "tests/unit/secret-peer.h"

#include "psrp/message.h"

const uint8_t agreed_key[32] = "an AES-256 key of 32 bytes here!";

int secret_invoke(struct peer *p, bool with_secret, bool input, winch_guid *ret_id)
{
	winch_pipeline_options opts = WINCH_PIPELINE_OPTIONS_INIT;

	opts.has_input = input;
	AUTO(winch_pipeline_free_auto) winch_pipeline *pipeline = winch_pipeline_new(&opts, NULL);
	AUTO(winch_value_free_auto)
	winch_value *v = winch_value_new_secure(SECRET, SECRET_LEN, NULL);
	int r = pipeline && v ? winch_pipeline_add_command(pipeline, "c") : WINCH_E_NOMEM;

	if (r == 0 && with_secret)
		r = winch_pipeline_add_parameter(pipeline, "p", v);
	return r < 0 ? r : winch_pool_invoke(p->pool, pipeline, ret_id, NULL);
}

int secret_agree(struct peer *p)
{
	const struct heard *h = peer_heard(p, MSG_PUBLIC_KEY);

	assert_non_null(h);
	assert_int_equal(h->op, WINCH_OP_SEND);
	assert_false(h->secret);
	char *body = key_answer(h->body, agreed_key, sizeof(agreed_key));
	int r = peer_say(p, MSG_ENCRYPTED_SESSION_KEY, NULL, body);
	free(body);
	return r;
}

void assert_sealed(const struct heard *h)
{
	uint8_t sealed[512], plain[512];

	assert_non_null(h);
	size_t len = key_element(h->body, "SS", sealed, sizeof(sealed));
	assert_int_equal(key_opened(agreed_key, sealed, len, plain), UTF16_LEN);
	assert_memory_equal(plain, SECRET_UTF16, UTF16_LEN);
	assert_false(h->secret);
}

void assert_clear(const struct heard *h)
{
	uint8_t plain[512];

	assert_non_null(h);
	assert_int_equal(key_element(h->body, "SS", plain, sizeof(plain)), UTF16_LEN);
	assert_memory_equal(plain, SECRET_UTF16, UTF16_LEN);
	assert_true(h->secret);
}

struct peer secret_pool(winch_pool_options *opts, int minor)
{
	struct peer p;

	opts->rsa_key = key_pair;
	peer_init(&p, opts, minor);
	assert_int_equal(peer_open(&p, minor), 1);
	return p;
}
