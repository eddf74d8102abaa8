/*
 * fuzz-credssp.c - a host's TSRequests: read, written again, and through the whole conversation.
 *
 * Two bytes of length (big endian) in front of each message, as it is inside the TLS.  With their
 * highest bit the honest host of tests answers in place of the message.
 */
#include <stdlib.h>

#include "src/base/mem.h"
#include "tests/auth/credssp-host.h"
#include "wsman/auth/credssp-talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_STEPS = 6, MAX_OUT = 256 * 1024 };

#define PASSWORD "the password of nobody"

static void want(bool truth)
{
	if (!truth)
		abort();
}

static int no_random(void *user, uint8_t *out, size_t len)
{
	(void)user;
	memset(out, 7, len);
	return 0;
}

static void check_inside(struct bytes part, struct bytes whole)
{
	want(!part.len ||
	     (part.data >= whole.data && part.data + part.len <= whole.data + whole.len));
}

/* What is read lies inside, and is read again when it was written. */
static void check_reader(struct bytes message)
{
	AUTO(buf_done) struct buf out = { .max = MAX_OUT };
	struct ts_request m, again;

	if (ts_request_read(message, &m, NULL) < 0)
		return;
	check_inside(m.nego_token, message);
	check_inside(m.auth_info, message);
	check_inside(m.pub_key_auth, message);
	check_inside(m.client_nonce, message);
	want(ts_request_put(&out, &m, NULL) == 0);
	want(ts_request_read(buf_bytes(&out), &again, NULL) == 0);
	want(again.version == m.version && again.error_code == m.error_code);
	want(bytes_eq(again.nego_token, m.nego_token) && bytes_eq(again.auth_info, m.auth_info));
	want(bytes_eq(again.pub_key_auth, m.pub_key_auth));
	want(bytes_eq(again.client_nonce, m.client_nonce));
}

/* The client: the password goes only to a host that has shown the key, which is the honest one. */
static void check_out(const struct credssp_talk *t, const struct buf *out, bool honest)
{
	struct ts_request m;

	if (!out->len)
		return;
	want(ts_request_read(buf_bytes(out), &m, NULL) == 0);
	want(m.version == CREDSSP_VERSION && !m.error_code);
	want(!m.auth_info.len || (honest && t->stage == CREDSSP_WANTS_END));
	want(!m.pub_key_auth.len || t->stage == CREDSSP_WANTS_KEY);
	want(!m.auth_info.len || !m.pub_key_auth.len);
}

static void talk(struct credssp_talk *t, struct credssp_host *host, struct rd *in)
{
	AUTO(buf_done) struct buf message = { .max = MAX_OUT };
	AUTO(buf_done) struct buf out = { .max = MAX_OUT };
	bool honest = true;

	int r = credssp_talk(t, (struct bytes){ 0 }, &out, NULL);
	want(r == AUTH_MORE);
	for (int i = 0; r == AUTH_MORE && i < MAX_STEPS; i++) {
		uint16_t len = rd_u16be(in);
		struct bytes own = rd_bytes(in, len & 0x7FFF);
		buf_clear(&message);
		if (in->past)
			return;
		if (len & 0x8000) {
			if (credssp_host_step(host, buf_bytes(&out), &message) < 0)
				return;
		} else {
			check_reader(own);
			want(buf_put(&message, own, NULL) == 0);
			honest = false;
		}
		buf_clear(&out);
		r = credssp_talk(t, buf_bytes(&message), &out, NULL);
		want(r == AUTH_MORE || !out.len);
		check_out(t, &out, honest);
	}
	want(credssp_talk(t, BYTES_LIT("0"), &out, NULL) < 0 || r == AUTH_MORE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(credential_done) struct credential who = { 0 };
	const struct credssp_host_rules rules = { .password = BYTES_LIT(PASSWORD),
						  .versions = { 6 } };
	struct auth_world world = { .credential = &who,
				    .target_name = BYTES_LIT("host"),
				    .allow_old_credssp = size % 2,
				    .random = no_random };
	struct rd in = rd_of(bytes_of(data, size));
	struct credssp_host host;
	struct credssp_talk t;

	want(credential_set(&who, BYTES_LIT("anna"), BYTES_LIT(PASSWORD), NULL) == 0);
	want(credssp_host_init(&host, &rules) == 0);
	want(credssp_talk_init(&t, &world, NULL) == 0);
	want(buf_put(&t.key, BYTES_LIT("a public key"), NULL) == 0);
	want(buf_put(&host.key, BYTES_LIT("a public key"), NULL) == 0);
	talk(&t, &host, &in);
	credssp_talk_done(&t);
	credssp_host_done(&host);
	return 0;
}
