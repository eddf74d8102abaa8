/*
 * acceptor.c - NEGOTIATE in, CHALLENGE out, AUTHENTICATE in: MS-NLMP 3.2.5.1, MS-SPNG 3.2.5.
 */
#include "tests/auth/acceptor.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"
#include "wsman/auth/der.h"
#include "wsman/auth/spnego-wire.h"

enum { MAX_TOKEN = 256 * 1024, MAX_TEXT = 64 * 1024, TARGET_IS_SERVER = 0x00020000 };

/* What it grants if asked for: no OEM texts, no LM keys, no 56 bits. */
enum {
	GRANTED = NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_SIGN | NTLM_SEAL | NTLM_NTLM |
		  NTLM_ALWAYS_SIGN | NTLM_EXTENDED_SECURITY | NTLM_TARGET_INFO | NTLM_VERSION |
		  NTLM_128 | NTLM_KEY_EXCHANGE,
};

const uint8_t acceptor_challenge[NTLM_CHALLENGE_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static const uint8_t ntlm_oid[] = { 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A };

void acceptor_init(struct acceptor *a, const struct acceptor_rules *rules)
{
	*a = (struct acceptor){
		.rules = rules,
		.list.max = MAX_TOKEN,
		.negotiate.max = MAX_TOKEN,
		.challenge.max = MAX_TOKEN,
		.user.max = MAX_TEXT,
		.domain.max = MAX_TEXT,
		.target_name.max = MAX_TEXT,
		.workstation.max = MAX_TEXT,
	};
}

void acceptor_done(struct acceptor *a)
{
	buf_done(&a->list);
	buf_done(&a->negotiate);
	buf_done(&a->challenge);
	buf_done(&a->user);
	buf_done(&a->domain);
	buf_done(&a->target_name);
	buf_done(&a->workstation);
	ntlm_seal_done(&a->ours);
	ntlm_seal_done(&a->theirs);
}

static const uint8_t name[] = "S\0E\0R\0V\0E\0R"; /* and its literal's NUL */

static int put_target_info(const struct acceptor *a, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf time = { .max = 8 };

	int r = ntlm_av_put(out, NTLM_AV_DOMAIN, bytes_of(name, sizeof(name)), err);
	if (r == 0)
		r = ntlm_av_put(out, NTLM_AV_COMPUTER, bytes_of(name, sizeof(name)), err);
	if (r == 0 && a->rules->filetime) {
		r = buf_put_u64le(&time, a->rules->filetime, err);
		if (r == 0)
			r = ntlm_av_put(out, NTLM_AV_TIMESTAMP, buf_bytes(&time), err);
	}
	return r < 0 ? r : ntlm_av_put(out, NTLM_AV_END, (struct bytes){ 0 }, err);
}

static int challenge(struct acceptor *a, struct bytes in, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf info = { .max = MAX_TEXT };
	struct ntlm_negotiate m;

	int r = ntlm_negotiate_read(in, &m, err);
	if (r == 0)
		r = buf_put(&a->negotiate, in, err);
	if (r == 0)
		r = put_target_info(a, &info, err);
	if (r < 0)
		return r;
	struct ntlm_challenge c = { .target_name = { name, sizeof(name) },
				    .target_info = buf_bytes(&info) };
	memcpy(c.challenge, acceptor_challenge, sizeof(c.challenge));
	c.flags = ((m.flags & GRANTED) | NTLM_TARGET_INFO | TARGET_IS_SERVER) &
		  ~a->rules->not_granted;
	a->granted = c.flags;
	r = ntlm_challenge_put(&a->challenge, &c, err);
	return r < 0 ? r : buf_put(out, buf_bytes(&a->challenge), err);
}

/* The pairs that the client signed along with its response. */
static int read_pairs(struct acceptor *a, struct bytes pairs, bool *ret_mic, winch_error *err)
{
	static const uint8_t none[NTLM_KEY];
	uint8_t expected[NTLM_KEY];
	struct rd list = rd_of(pairs);
	struct ntlm_av av;
	int r;

	while ((r = ntlm_av_next(&list, &av, err)) > 0) {
		struct rd value = rd_of(av.value);
		if (av.id == NTLM_AV_FLAGS)
			*ret_mic = rd_u32le(&value) & NTLM_AV_FLAG_MIC;
		if (av.id == NTLM_AV_TARGET_NAME)
			r = utf8_put_utf16le(&a->target_name, av.value, err);
		if (r < 0)
			return r;
		if (av.id != NTLM_AV_CHANNEL_BINDING || !a->rules->channel_binding.len ||
		    bytes_eq(av.value, bytes_of(none, sizeof(none))))
			continue;
		r = ntlm_channel_binding(a->rules->channel_binding, expected, err);
		if (r < 0)
			return r;
		if (!bytes_eq(av.value, bytes_of(expected, sizeof(expected))))
			return fail(err, WINCH_E_AUTH, "bound to another channel");
		a->bound = true;
	}
	return r;
}

/* The session base key, if the response is right. */
static int check_response(struct acceptor *a, const struct ntlm_authenticate *m,
			  uint8_t ret_base[NTLM_KEY], winch_error *err)
{
	AUTO(buf_done) struct buf again = { .max = MAX_TEXT };
	uint8_t hash[NTLM_KEY], key[NTLM_KEY];
	struct rd in = rd_of(m->nt_response);
	struct ntlm_v2 v2 = { .key = key, .server_challenge = acceptor_challenge };

	rd_bytes(&in, NTLM_KEY + 8); /* the proof, versions */
	v2.filetime = a->filetime = rd_u64le(&in);
	v2.client_challenge = rd_bytes(&in, NTLM_CHALLENGE_LEN).data;
	rd_u32le(&in);
	if (in.past || in.left < 8)
		return fail(err, WINCH_E_AUTH, "no NTLMv2 response");
	v2.target_info = bytes_of(in.at, in.left - 4);
	int r = ntlm_nt_hash(a->rules->password, hash, err);
	if (r == 0)
		r = ntlm_owf_v2(hash, buf_bytes(&a->user), buf_bytes(&a->domain), key, err);
	if (r == 0)
		r = ntlm_v2_response(&v2, &again, ret_base, err);
	if (r < 0)
		return r;
	if (!bytes_eq(buf_bytes(&again), m->nt_response))
		return fail(err, WINCH_E_AUTH, "wrong password");
	return 0;
}

static int check_mic(struct acceptor *a, struct bytes in, const struct ntlm_authenticate *m,
		     const uint8_t session[NTLM_KEY], winch_error *err)
{
	AUTO(buf_done) struct buf whole = { .max = MAX_TOKEN };
	uint8_t mic[NTLM_KEY];

	int r = buf_put(&whole, in, err);
	if (r < 0)
		return r;
	memset(whole.data + whole.start + NTLM_MIC_AT, 0, NTLM_MIC_LEN);
	const struct bytes parts[] = { buf_bytes(&a->negotiate), buf_bytes(&a->challenge),
				       buf_bytes(&whole) };
	r = ntlm_hmac(session, parts, 3, mic, err);
	if (r < 0)
		return r;
	if (memcmp(mic, m->mic, NTLM_MIC_LEN) != 0)
		return fail(err, WINCH_E_AUTH, "wrong MIC");
	a->mic = true;
	return 0;
}

static int take_names(struct acceptor *a, const struct ntlm_authenticate *m, winch_error *err)
{
	int r = utf8_put_utf16le(&a->user, m->user, err);

	if (r == 0)
		r = utf8_put_utf16le(&a->workstation, m->workstation, err);
	for (size_t i = 0; i < m->lm_response.len; i++)
		a->lm |= m->lm_response.data[i] != 0;
	return r < 0 ? r : utf8_put_utf16le(&a->domain, m->domain, err);
}

static int authenticate(struct acceptor *a, struct bytes in, winch_error *err)
{
	uint8_t base[NTLM_KEY], session[NTLM_KEY];
	struct ntlm_authenticate m;
	bool mic = false,
	     exchange = a->granted & NTLM_KEY_EXCHANGE && a->granted & (NTLM_SIGN | NTLM_SEAL);

	int r = ntlm_authenticate_read(in, &m, err);
	if (r == 0)
		r = take_names(a, &m, err);
	if (r == 0)
		r = check_response(a, &m, base, err);
	if (r < 0)
		return r;
	if (exchange && m.session_key.len != NTLM_KEY)
		return fail(err, WINCH_E_AUTH, "no session key");
	memcpy(session, base, sizeof(session));
	if (exchange)
		ntlm_exchange_key(base, m.session_key.data, session);

	struct bytes pairs = bytes_skip(m.nt_response, NTLM_KEY + 28);
	r = read_pairs(a, pairs, &mic, err);
	if (r == 0 && mic)
		r = check_mic(a, in, &m, session, err);
	if (r == 0)
		r = ntlm_seal_init(&a->ours, session, false, exchange, err);
	return r < 0 ? r : ntlm_seal_init(&a->theirs, session, true, exchange, err);
}

/* NegTokenInit in its frame: the list of mechanisms as it stands, and the first one's token. */
static int read_init(struct acceptor *a, struct bytes in, struct bytes *ret_token, winch_error *err)
{
	struct rd outer = rd_of(in);
	struct bytes frame, oid, choice, sequence, list, token;

	bool good = der_expect(&outer, DER_APPLICATION_0, &frame);
	struct rd framed = rd_of(good ? frame : (struct bytes){ 0 });
	good = good && der_expect(&framed, DER_OID, &oid) &&
	       der_expect(&framed, DER_CONTEXT_0, &choice);
	struct rd chosen = rd_of(good ? choice : (struct bytes){ 0 });
	good = good && der_expect(&chosen, DER_SEQUENCE, &sequence);
	struct rd fields = rd_of(good ? sequence : (struct bytes){ 0 });
	good = good && der_expect(&fields, DER_CONTEXT_0, &list) &&
	       der_expect(&fields, DER_CONTEXT_0 + 2, &token);
	struct rd last = rd_of(good ? token : (struct bytes){ 0 });
	if (!good || !der_expect(&last, DER_OCTETS, ret_token))
		return fail(err, WINCH_E_PROTOCOL, "no NegTokenInit with a token");
	return buf_put(&a->list, list, err);
}

static int spnego_begin(struct acceptor *a, struct bytes in, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf made = { .max = MAX_TOKEN };
	struct spnego_response answer = { .state = SPNEGO_INCOMPLETE,
					  .mechanism = { ntlm_oid, sizeof(ntlm_oid) } };
	struct bytes token;

	int r = read_init(a, in, &token, err);
	if (r == 0)
		r = challenge(a, token, &made, err);
	if (r < 0)
		return r;
	answer.token = buf_bytes(&made);
	return spnego_response_put(out, &answer, err);
}

/* MS-SPNG 3.3.5.1: RC4 begins anew behind each MIC. */
static int exchange_list_mics(struct acceptor *a, struct bytes theirs,
			      uint8_t ret_mic[NTLM_SIGNATURE], winch_error *err)
{
	uint8_t expected[NTLM_SIGNATURE];

	int r = ntlm_sign(&a->theirs, buf_bytes(&a->list), expected, err);
	if (r < 0)
		return r;
	ntlm_seal_restart(&a->theirs);
	if (!bytes_eq(theirs, bytes_of(expected, NTLM_SIGNATURE)))
		return fail(err, WINCH_E_AUTH, "wrong mechListMIC");
	a->list_mic = true;
	r = ntlm_sign(&a->ours, buf_bytes(&a->list), ret_mic, err);
	ntlm_seal_restart(&a->ours);
	return r;
}

static int spnego_end(struct acceptor *a, struct bytes in, struct buf *out, winch_error *err)
{
	struct spnego_response m, answer = { .state = SPNEGO_COMPLETED };
	uint8_t mic[NTLM_SIGNATURE];

	int r = spnego_response_read(in, &m, err);
	if (r == 0)
		r = authenticate(a, m.token, err);
	if (r == 0 && m.mic.len) {
		r = exchange_list_mics(a, m.mic, mic, err);
		answer.mic = bytes_of(mic, NTLM_SIGNATURE);
	}
	return r < 0 ? r : spnego_response_put(out, &answer, err);
}

int acceptor_step(struct acceptor *a, struct bytes in, struct buf *out, winch_error *err)
{
	int r;

	switch (a->stage) {
	case ACCEPTOR_BEGIN:
		a->spnego = in.len && in.data[0] == DER_APPLICATION_0;
		a->stage = ACCEPTOR_WANTS_AUTHENTICATE;
		r = a->spnego ? spnego_begin(a, in, out, err) : challenge(a, in, out, err);
		return r < 0 ? r : AUTH_MORE;
	case ACCEPTOR_WANTS_AUTHENTICATE:
		a->stage = ACCEPTOR_DONE;
		r = a->spnego ? spnego_end(a, in, out, err) : authenticate(a, in, err);
		return r < 0 ? r : AUTH_DONE;
	case ACCEPTOR_DONE:
		break;
	}
	return fail(err, WINCH_E_STATE, "a token too many");
}
