/*
 * fuzz-ntlm.c - an NTLM CHALLENGE, from a server, through the whole step that answers it.
 *
 * Whatever the server asks for: no LM response, an NTLMv2 one over our own pairs, and a MIC that
 * is right.
 */
#include <stdlib.h>

#include "src/base/mem.h"
#include "tests/auth/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BINDING "tls-server-end-point:0123456789abcdef"

static void want(bool truth)
{
	if (!truth)
		abort();
}

/* What the client says in its pairs stands there once. */
static void check_pairs(struct bytes pairs)
{
	uint8_t binding[NTLM_KEY];
	unsigned flags = 0, bindings = 0, names = 0;
	struct rd list = rd_of(pairs);
	struct ntlm_av av;

	want(ntlm_channel_binding(BYTES_LIT(BINDING), binding, NULL) == 0);
	while (ntlm_av_next(&list, &av, NULL) > 0) {
		struct rd value = rd_of(av.value);
		if (av.id == NTLM_AV_FLAGS)
			flags += rd_u32le(&value) & NTLM_AV_FLAG_MIC ? 1 : 100;
		if (av.id == NTLM_AV_CHANNEL_BINDING)
			bindings += bytes_eq(av.value, bytes_of(binding, NTLM_KEY)) ? 1 : 100;
		if (av.id == NTLM_AV_TARGET_NAME)
			names++;
	}
	want(flags == 1 && bindings == 1 && names == 1);
}

/* The session base key, out of the response that we made. */
static void check_response(const struct handshake *h, const struct ntlm_challenge *c,
			   const struct ntlm_authenticate *m, uint8_t ret_base[NTLM_KEY])
{
	AUTO(buf_done) struct buf again = { .max = UINT16_MAX };
	uint8_t key[NTLM_KEY];
	struct rd in = rd_of(bytes_skip(m->nt_response, 24));
	struct ntlm_v2 v2 = { .key = key, .server_challenge = c->challenge };

	v2.filetime = rd_u64le(&in);
	v2.client_challenge = rd_bytes(&in, NTLM_CHALLENGE_LEN).data;
	rd_u32le(&in);
	want(!in.past && in.left > 4);
	v2.target_info = rd_bytes(&in, in.left - 4);
	check_pairs(v2.target_info);
	want(ntlm_owf_v2(h->who.nt_hash.data, buf_bytes(&h->who.user), buf_bytes(&h->who.domain),
			 key, NULL) == 0);
	want(ntlm_v2_response(&v2, &again, ret_base, NULL) == 0);
	want(bytes_eq(buf_bytes(&again), m->nt_response));
}

static void check_mic(struct bytes negotiate, struct bytes challenge, struct bytes sent,
		      const struct ntlm_authenticate *m, const uint8_t base[NTLM_KEY])
{
	AUTO(buf_done) struct buf whole = { .max = sent.len };
	uint8_t session[NTLM_KEY], mic[NTLM_KEY];

	memcpy(session, base, NTLM_KEY);
	want(m->session_key.len == 0 || m->session_key.len == NTLM_KEY);
	if (m->session_key.len)
		ntlm_exchange_key(base, m->session_key.data, session);
	want(buf_put(&whole, sent, NULL) == 0);
	memset(whole.data + whole.start + NTLM_MIC_AT, 0, NTLM_MIC_LEN);
	const struct bytes parts[] = { negotiate, challenge, buf_bytes(&whole) };
	want(ntlm_hmac(session, parts, 3, mic, NULL) == 0);
	want(memcmp(mic, m->mic, NTLM_MIC_LEN) == 0);
}

static void check_answer(const struct handshake *h, struct bytes negotiate)
{
	static const uint8_t zeros[24];
	struct bytes challenge = buf_bytes(&h->to_client), sent = buf_bytes(&h->to_server);
	struct ntlm_challenge c;
	struct ntlm_authenticate m;
	uint8_t base[NTLM_KEY];

	want(ntlm_challenge_read(challenge, &c, NULL) == 0);
	want(ntlm_authenticate_read(sent, &m, NULL) == 0);
	want(c.flags & NTLM_128 && c.flags & NTLM_EXTENDED_SECURITY);
	want(!h->world.must_seal || (c.flags & NTLM_SEAL && c.flags & NTLM_KEY_EXCHANGE));
	want(bytes_eq(m.lm_response, bytes_of(zeros, sizeof(zeros))));
	check_response(h, &c, &m, base);
	check_mic(negotiate, challenge, sent, &m, base);
}

/* Nothing that the server can say now comes through but by the key. */
static void check_seal(struct handshake *h, struct bytes data)
{
	AUTO(buf_done) struct buf out = { .max = data.len };
	static const uint8_t signature[NTLM_SIGNATURE] = { 1 };

	want(h->client->class->unseal(h->client, bytes_of(signature, sizeof(signature)), data, &out,
				      NULL) == WINCH_E_PROTOCOL);
	want(out.len == 0);
}

static void answer(struct bytes challenge, bool must_seal)
{
	AUTO(handshake_done) struct handshake h;
	AUTO(buf_done) struct buf negotiate = { .max = 1000 };

	want(handshake_init(&h, auth_ntlm_new, NULL) == 0);
	h.world.must_seal = must_seal;
	h.world.channel_binding = BYTES_LIT(BINDING);
	want(handshake_client(&h, NULL) == AUTH_MORE);
	want(buf_put(&negotiate, buf_bytes(&h.to_server), NULL) == 0);
	want(buf_put(&h.to_client, challenge, NULL) == 0);
	int r = handshake_client(&h, NULL);
	want(r == AUTH_DONE || (r < 0 && h.to_server.len == 0));
	if (r < 0)
		return;
	check_answer(&h, buf_bytes(&negotiate));
	check_seal(&h, challenge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	answer(bytes_of(data, size), true);
	answer(bytes_of(data, size), false);
	return 0;
}
