/*
 * credssp.c - CredSSP: TLS inside the tokens, SPNEGO inside the TLS, and the password handed over.
 *
 * credssp-tls.c is the TLS, credssp-talk.c what is said in it.  Messages are sealed by the same
 * TLS: MS-WSMV 2.2.9.1.3.
 */
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/credssp-talk.h"
#include "wsman/auth/credssp-tls.h"

enum { MAX_TOKEN = CREDSSP_MAX };

/* What is expected next. */
enum stage {
	HANDSHAKE, /* records of the TLS's own */
	FINISHED,  /* the handshake's last word was ours: the host may have something to add, or not
		    */
	TALK,
};

struct credssp {
	struct auth auth;
	struct credssp_tls *tls;
	struct credssp_talk talk;
	enum stage stage;
};

static struct credssp *self(struct auth *a)
{
	return (struct credssp *)(void *)a;
}

static const struct credssp *self_const(const struct auth *a)
{
	return (const struct credssp *)(const void *)a;
}

/* Before anything was said inside. */
static int take_certificate(struct credssp *c, winch_error *err)
{
	const uint8_t *pinned = c->auth.world->credssp_pin;
	uint8_t pin[PIN_LEN];
	char text[PIN_TEXT];

	int r = credssp_tls_certificate(c->tls, pin, &c->talk.key, err);
	if (r < 0 || !pinned || memcmp(pin, pinned, sizeof(pin)) == 0)
		return r;
	pin_as_text(pin, text);
	fail(err, WINCH_E_TLS,
	     "the certificate inside CredSSP is not the pinned one: its pin is sha256:%s", text);
	return fail_for(err, WINCH_REASON_NOT_PINNED, WINCH_E_TLS);
}

static int say(struct credssp *c, struct bytes in, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf made = { .max = CREDSSP_MAX };

	int r = credssp_talk(&c->talk, in, &made, err);
	if (r < 0)
		return r;
	int w = credssp_tls_put(c->tls, buf_bytes(&made), out, err);
	return w < 0 ? w : r;
}

static int hear(struct credssp *c, struct bytes in, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf plain = { .max = CREDSSP_MAX };

	int r = credssp_tls_get(c->tls, in, &plain, err);
	if (r < 0)
		return r;
	if (c->stage == FINISHED && plain.len)
		return fail(err, WINCH_E_PROTOCOL, "the host speaks before it was asked");
	c->stage = TALK;
	return say(c, buf_bytes(&plain), out, err);
}

static int handshake(struct credssp *c, struct bytes in, struct buf *out, winch_error *err)
{
	size_t before = out->len;

	int r = credssp_tls_handshake(c->tls, in, out, err);
	if (r == 0 && out->len == before)
		return fail(err, WINCH_E_PROTOCOL, "the TLS inside CredSSP came in part");
	if (r <= 0)
		return r < 0 ? r : AUTH_MORE;
	r = take_certificate(c, err);
	if (r < 0) {
		buf_truncate(out, before);
		return r;
	}
	c->stage = FINISHED;
	/* TLS 1.3: our own last record goes alone, for the host takes a TSRequest only whole. */
	return out->len > before ? AUTH_MORE : hear(c, (struct bytes){ 0 }, out, err);
}

static int step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	struct credssp *c = self(a);

	if (in.len > MAX_TOKEN)
		return fail(err, WINCH_E_LIMIT, "the server's token is longer than %d bytes",
			    MAX_TOKEN);
	return c->stage == HANDSHAKE ? handshake(c, in, out, err) : hear(c, in, out, err);
}

/* The password is made: what comes behind it is sealed by the TLS. */
static bool can_seal(const struct auth *a)
{
	enum credssp_stage stage = self_const(a)->talk.stage;

	return stage == CREDSSP_WANTS_END || stage == CREDSSP_DONE;
}

/* The receiver is told how long the record's trailer is, and gets the record as it stands: cut
 * after so many bytes (deviations.md credssp-trailer). */
static int seal(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		winch_error *err)
{
	struct credssp *c = self(a);
	AUTO(buf_done) struct buf made = { .max = plain.len + CREDSSP_TLS_OVERHEAD };

	int r = credssp_tls_put(c->tls, plain, &made, err);
	if (r < 0)
		return r;
	struct bytes records = buf_bytes(&made);
	size_t trailer = credssp_tls_trailer(c->tls, records, plain.len);
	r = buf_put(header, bytes_of(records.data, trailer), err);
	return r < 0 ? r : buf_put(data, bytes_skip(records, trailer), err);
}

/* Without a record anybody could have written the part. */
static int unseal(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
		  winch_error *err)
{
	AUTO(buf_done) struct buf records = { .max = header.len + data.len };
	size_t before = out->len;

	int r = buf_put(&records, header, err);
	if (r == 0)
		r = buf_put(&records, data, err);
	if (r == 0)
		r = credssp_tls_get(self(a)->tls, buf_bytes(&records), out, err);
	if (r == 0 && out->len == before)
		return fail(err, WINCH_E_PROTOCOL, "nothing is sealed in a sealed part");
	return r;
}

static bool has_work(struct auth *a)
{
	struct auth *inner = self(a)->talk.inner;

	return inner->class->has_work(inner);
}

static void work(struct auth *a)
{
	struct auth *inner = self(a)->talk.inner;

	inner->class->work(inner);
}

static bool takes_nothing(const struct auth *a)
{
	return self_const(a)->stage == FINISHED;
}

static bool shown(const struct auth *a)
{
	return credssp_talk_shown(&self_const(a)->talk);
}

static const char *why_ntlm(struct auth *a)
{
	struct auth *inner = self(a)->talk.inner;

	return inner->class->why_ntlm(inner);
}

static void credssp_free(struct auth *a)
{
	struct credssp *c = self(a);

	credssp_tls_free(c->tls);
	credssp_talk_done(&c->talk);
	mem_free(c);
}

static const struct auth_sealing credssp_sealing = {
	.protocol = "application/HTTP-CredSSP-session-encrypted",
	.max_part = CREDSSP_TLS_PLAIN,
	.overhead = CREDSSP_TLS_OVERHEAD,
};

static const struct auth_class credssp_class = {
	.name = "credssp",
	.scheme = "CredSSP",
	.step = step,
	.can_seal = can_seal,
	.seal = seal,
	.unseal = unseal,
	.sealing = &credssp_sealing,
	.has_work = has_work,
	.work = work,
	.takes_nothing = takes_nothing,
	.shown = shown,
	.explains = true,
	.why_ntlm = why_ntlm,
	.free = credssp_free,
};

struct auth *auth_credssp_new(const struct auth_world *world, winch_error *err)
{
	struct credssp *c = mem_zalloc(sizeof(*c));

	if (!c) {
		fail_nomem(err);
		return NULL;
	}
	c->auth = (struct auth){ &credssp_class, world };
	if (credssp_talk_init(&c->talk, world, err) == 0)
		c->tls = credssp_tls_new(err);
	if (!c->tls) {
		credssp_free(&c->auth);
		return NULL;
	}
	return &c->auth;
}
