/*
 * spnego.c - Negotiate: SPNEGO around a mechanism, which is NTLM.
 *
 * RFC 4178 as [MS-SPNG] 3.3.5.1 narrows it.  The mechListMIC goes both ways: we
 * always send one, and want one, so that nobody on the way can change the list.
 */
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/ntlm.h"
#include "wsman/auth/spnego-wire.h"

enum { MAX_TOKEN = 128 * 1024, MAX_LEGS = 10 };

/* 1.3.6.1.4.1.311.2.2.10 */
static const uint8_t ntlm_oid[] = { 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A };

/* What is expected next. */
enum stage { BEGIN, WANTS_TOKEN, WANTS_FINAL, DONE };

struct spnego {
	struct auth auth;
	struct auth *inner;
	enum stage stage;
	unsigned legs;
	struct buf list; /* MechTypeList, as sent */
};

static struct spnego *self(struct auth *a)
{
	return (struct spnego *)(void *)a;
}

static const struct spnego *self_const(const struct auth *a)
{
	return (const struct spnego *)(const void *)a;
}

static int begin(struct spnego *s, struct buf *out, winch_error *err)
{
	const struct bytes oids[] = { { ntlm_oid, sizeof(ntlm_oid) } };
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };

	int r = spnego_list_put(&s->list, oids, 1, err);
	if (r == 0)
		r = s->inner->class->step(s->inner, (struct bytes){ 0 }, &token, err);
	if (r >= 0)
		r = spnego_init_put(out, buf_bytes(&s->list), buf_bytes(&token), err);
	if (r < 0)
		return r;
	s->stage = WANTS_TOKEN;
	return AUTH_MORE;
}

static int check_answer(const struct spnego_response *m, winch_error *err)
{
	if (m->state == SPNEGO_REJECT)
		return fail(err, WINCH_E_AUTH, "the server rejected the authentication");
	if (m->mechanism.len && !bytes_eq(m->mechanism, bytes_of(ntlm_oid, sizeof(ntlm_oid))))
		return fail(err, WINCH_E_AUTH,
			    "the server chose a mechanism that was not offered");
	return 0;
}

/* The mechanism's last token, and our mechListMIC with it. */
static int last_token(struct spnego *s, struct bytes token, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf mic = { .max = MAX_TOKEN };
	struct spnego_response answer = { .state = SPNEGO_INCOMPLETE, .token = token };

	int r = ntlm_mic_make(s->inner, buf_bytes(&s->list), &mic, err);
	if (r < 0)
		return r;
	answer.mic = buf_bytes(&mic);
	r = spnego_response_put(out, &answer, err);
	if (r < 0)
		return r;
	s->stage = WANTS_FINAL;
	return AUTH_MORE;
}

static int middle(struct spnego *s, const struct spnego_response *m, struct buf *out,
		  winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };

	if (m->state == SPNEGO_COMPLETED)
		return fail(err, WINCH_E_AUTH, "the server accepted before it could know who asks");
	int r = s->inner->class->step(s->inner, m->token, &token, err);
	if (r < 0)
		return r;
	if (r == AUTH_DONE)
		return last_token(s, buf_bytes(&token), out, err);
	struct spnego_response answer = { .state = SPNEGO_INCOMPLETE, .token = buf_bytes(&token) };
	r = spnego_response_put(out, &answer, err);
	return r < 0 ? r : AUTH_MORE;
}

static int final(struct spnego *s, const struct spnego_response *m, winch_error *err)
{
	if (m->state != SPNEGO_COMPLETED)
		return fail(err, WINCH_E_AUTH, "the server did not complete the authentication");
	if (!m->mic.len)
		return fail(err, WINCH_E_AUTH, "the server sent no mechListMIC: somebody on the way "
					       "may have changed the list of mechanisms");
	int r = ntlm_mic_check(s->inner, buf_bytes(&s->list), m->mic, err);
	if (r < 0)
		return r;
	s->stage = DONE;
	return AUTH_DONE;
}

static int step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	struct spnego *s = self(a);
	struct spnego_response m;

	if (in.len > MAX_TOKEN)
		return fail(err, WINCH_E_LIMIT, "the server's token is longer than %d bytes",
			    MAX_TOKEN);
	if (++s->legs > MAX_LEGS)
		return fail(err, WINCH_E_AUTH, "the handshake has no end");
	if (s->stage == BEGIN)
		return begin(s, out, err);
	if (s->stage == DONE)
		return fail(err, WINCH_E_AUTH, "the server went on after the handshake");
	if (!in.len)
		return fail(err, WINCH_E_AUTH, "the server ended the handshake without a token");
	int r = spnego_response_read(in, &m, err);
	if (r == 0)
		r = check_answer(&m, err);
	if (r < 0)
		return r;
	return s->stage == WANTS_TOKEN ? middle(s, &m, out, err) : final(s, &m, err);
}

static bool can_seal(const struct auth *a)
{
	return self_const(a)->stage >= WANTS_FINAL;
}

static int seal(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		winch_error *err)
{
	struct auth *inner = self(a)->inner;

	return inner->class->seal(inner, plain, header, data, err);
}

static int unseal(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
		  winch_error *err)
{
	struct auth *inner = self(a)->inner;

	return inner->class->unseal(inner, header, data, out, err);
}

static void spnego_free(struct auth *a)
{
	struct spnego *s = self(a);

	auth_free(s->inner);
	buf_done(&s->list);
	mem_free(s);
}

static const struct auth_class spnego_class = {
	.name = "negotiate",
	.scheme = "Negotiate",
	.step = step,
	.can_seal = can_seal,
	.seal = seal,
	.unseal = unseal,
	.sealing = &ntlm_sealing,
	.free = spnego_free,
};

struct auth *auth_negotiate_new(const struct auth_world *world, winch_error *err)
{
	struct spnego *s = mem_zalloc(sizeof(*s));

	if (!s) {
		fail_nomem(err);
		return NULL;
	}
	s->auth = (struct auth){ &spnego_class, world };
	s->list.max = MAX_TOKEN;
	s->inner = auth_ntlm_new(world, err);
	if (!s->inner) {
		spnego_free(&s->auth);
		return NULL;
	}
	return &s->auth;
}
