/*
 * pool-key.c - SecureStrings on the wire, and the exchange of the key that they need.
 *
 * Protocol 2.4 has their text as it is (deviations.md secure-2.4).  Before it, the side that meets
 * one first starts: we by PUBLIC_KEY, a server of 2.1 by PUBLIC_KEY_REQUEST; one of 2.2 or 2.3 just
 * sends what it encrypted, and gives its key when it has ours (deviations.md key-not-asked).
 * MS-PSRP 2.2.2.3 to 2.2.2.5, 2.2.5.1.24.
 */
#include "psrp/pool.h"

#include "psrp/clixml-read.h"
#include "psrp/maker.h"
#include "psrp/payload.h"
#include "psrp/secure-string.h"
#include "psrp/value-copy.h"
#include "src/base/base64.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

enum { PLAIN_FROM_MINOR = 4 };

/* ---- out ---- */

/* The text, as it is or under the session key. */
static int put_known(struct winch_pool *pool, struct buf *out, const struct secure_string *s,
		     winch_error *err)
{
	AUTO(buf_done) struct buf plain = { .max = SIZE_MAX / 4, .secret = true };
	AUTO(buf_done) struct buf sealed = { .max = SIZE_MAX / 4 };
	bool clear = pool->minor >= PLAIN_FROM_MINOR;

	int r = secure_string_put_utf16le(s, &plain, err);
	if (r == 0 && !clear)
		r = session_key_seal(&pool->key, buf_bytes(&plain), &sealed, err);
	out->secret |= clear;
	return r < 0 ? r : base64_put(out, buf_bytes(clear ? &plain : &sealed), err);
}

int pool_put_secure(void *user, struct buf *out, const struct value *ss, winch_error *err)
{
	struct pool_sealing *s = user;

	if (!ss->secure)
		return buf_put(out, ss->text, err);
	if (s->pool->minor < PLAIN_FROM_MINOR && !session_key_here(&s->pool->key)) {
		s->waits = true;
		return 0;
	}
	return put_known(s->pool, out, ss->secure, err);
}

int pool_hold_answer(struct winch_pool *pool, const winch_guid *pipeline,
		     const struct payload_answer *p, winch_error *err)
{
	struct held_answer *h = mem_zalloc(sizeof(*h)), **at = &pool->held;

	if (!h)
		return fail_nomem(err);
	h->pipeline = *pipeline;
	h->call = p->call;
	h->method = p->method;
	int r = value_copy(&h->arena, p->value, &h->value, err);
	if (r < 0) {
		arena_done(&h->arena);
		mem_free(h);
		return r;
	}
	while (*at)
		at = &(*at)->next;
	*at = h;
	return 0;
}

static void drop_first_held(struct winch_pool *pool)
{
	struct held_answer *h = pool->held;

	pool->held = h->next;
	arena_done(&h->arena);
	mem_free(h);
}

void pool_drop_held(struct winch_pool *pool)
{
	while (pool->held)
		drop_first_held(pool);
}

static int send_held(struct winch_pool *pool, winch_error *err)
{
	int r = 0;

	while (pool->held && r == 0) {
		const struct held_answer *h = pool->held;
		const struct payload_answer p = { .call = h->call,
						  .method = h->method,
						  .value = h->value };
		r = pool_send_answer(pool, &h->pipeline, &p, err);
		drop_first_held(pool);
	}
	return r;
}

/* ---- the exchange ---- */

static int put_public_key(struct winch_pool *pool, struct buf *out, winch_error *err)
{
	const uint8_t *der;
	size_t len;

	if (!pool->opts.rsa_key)
		return fail(
			err, WINCH_E_UNSUPPORTED,
			"a SecureString needs a session key, and this pool was given no RSA key");
	if (pool->opts.rsa_key(pool->opts.rsa_key_user, &der, &len) < 0)
		return fail(err, WINCH_E_SYSTEM, "no RSA key could be made");
	return session_key_offer(&pool->key, bytes_of(der, len), out, err);
}

int pool_want_key(struct winch_pool *pool, winch_error *err)
{
	AUTO(arena_done) struct arena arena = { 0 };
	AUTO(buf_done) struct buf key = { .max = 4096 };
	struct maker m = { .a = &arena, .err = err };

	if (pool->key_awaited)
		return 0;
	int r = put_public_key(pool, &key, err);
	const char *text = r == 0 ? buf_cstr(&key, err) : NULL;
	if (!text)
		return r < 0 ? r : WINCH_E_NOMEM;
	struct value *body = make_bag(&m);
	make_put(&m, body, "PublicKey", make_str(&m, text));
	if (m.status < 0)
		return fail_nomem(err);
	r = pool_send(
		pool,
		&(struct pool_message){
			.type = MSG_PUBLIC_KEY, .op = WINCH_OP_SEND, .body = body, .urgent = true },
		err);
	pool->key_awaited = r == 0;
	return r;
}

bool winch_pool_awaits_key(const winch_pool *pool)
{
	return pool->key_awaited && !pool->failed.status;
}

/* A server that asks while its answer to us is on the way gets no second key. */
int pool_on_key_request(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	(void)m;
	return pool->stage == POOL_CLOSING ? 0 : pool_want_key(pool, err);
}

/* What waited for the key goes out. */
static int go_on(struct winch_pool *pool, winch_error *err)
{
	int r = send_held(pool, err);

	for (struct run *run = pool->runs; run && r == 0; run = run->next) {
		if (!run->key_wanted)
			continue;
		run->key_wanted = false;
		if (!pool_event(pool, WINCH_EVENT_INPUT_ROOM, &run->id, NULL, err))
			r = WINCH_E_NOMEM;
	}
	return r == 0 && pool->stage == POOL_OPENED ? pool_start_waiting(pool, err) : r;
}

/* One that nobody waits for is left aside, as PowerShell does: it may be the late answer to
 * somebody who had this shell before. */
int pool_on_session_key(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	AUTO(arena_done) struct arena arena = { .max = 1024 * 1024 };
	const struct value *root;
	struct bytes text;

	if (!pool->key_awaited || pool->stage == POOL_CLOSING)
		return 0;
	int r = clixml_read(m->body, &arena, &root, err);
	if (r < 0)
		return r;
	if (!value_get_text(value_member(root, "EncryptedSessionKey"), &text))
		return fail(err, WINCH_E_PROTOCOL, "the server's answer holds no session key");
	r = session_key_take(&pool->key, text, err);
	if (r < 0)
		return r;
	pool->key_awaited = false;
	if (!pool_event(pool, WINCH_EVENT_SESSION_KEY, NULL, NULL, err))
		return WINCH_E_NOMEM;
	return go_on(pool, err);
}

/* ---- in ---- */

/* What stands on the wire, as its text.  WINCH_E_ARG: there is none in it. */
static struct secure_string *open_wire(const struct winch_pool *pool, struct bytes base64,
				       winch_error *err)
{
	AUTO(buf_done) struct buf wire = { .max = base64.len, .secret = true };
	AUTO(buf_done) struct buf plain = { .max = base64.len + 64, .secret = true };
	struct buf *utf16 = &wire;

	int r = base64_get(&wire, base64, err);
	if (r == 0 && pool->minor < PLAIN_FROM_MINOR) {
		r = session_key_open(&pool->key, buf_bytes(&wire), &plain, err);
		utf16 = &plain;
	}
	struct secure_string *s = r == 0 ? secure_string_from_utf16le(buf_bytes(utf16), err) : NULL;
	if (!s && err->status != WINCH_E_NOMEM)
		fail(err, WINCH_E_ARG, "a SecureString that this session does not open");
	return s;
}

int winch_pool_open_secure(winch_pool *pool, const winch_value *value, winch_value **ret_secure,
			   winch_error *err)
{
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;
	const struct value *ss = value_base(value_inside(value));
	struct secure_string *s;

	int r = pool_refuse_use(pool, err);
	if (r < 0)
		return r;
	if (pool->stage & (POOL_BEFORE_OPEN | POOL_NEGOTIATING))
		return fail(err, WINCH_E_STATE, "the pool is not open yet");
	if (!ss || ss->tag != TAG_SS)
		return fail(err, WINCH_E_ARG, "not a SecureString");
	if (ss->secure) {
		s = ss->secure;
		s->users++;
	} else if (pool->minor < PLAIN_FROM_MINOR && !session_key_here(&pool->key)) {
		r = pool_want_key(pool, err);
		return r < 0 ? r : 1;
	} else {
		s = open_wire(pool, ss->text, &why);
	}
	winch_value *given = s ? secure_string_give(s, &why) : NULL;
	secure_string_free(s);
	if (!given) {
		r = why.status;
		fail_move(err, &why);
		return r;
	}
	*ret_secure = given;
	return 0;
}
