/*
 * spnego.c - Negotiate: SPNEGO around a mechanism, which is Kerberos, else NTLM.
 *
 * RFC 4178 as [MS-SPNG] 3.3.5.1 narrows it.  Kerberos comes first, its token with the list; NTLM is
 * taken where Kerberos can't be, or where the server wants it, but never after a KDC has refused
 * the password.  With NTLM the mechListMIC goes both ways: we always send one, and want one, so
 * that nobody on the way can change the list.
 */
#include "wsman/auth/spnego.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/kerberos.h"
#include "wsman/auth/ntlm-crypto.h"
#include "wsman/auth/ntlm.h"
#include "wsman/auth/spnego-wire.h"

enum { MAX_TOKEN = 128 * 1024, MAX_LEGS = 10, MAX_WHY = 2000, OVERHEAD = 256 };

/* 1.3.6.1.4.1.311.2.2.10 */
static const uint8_t ntlm_oid[] = { 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A };
/* 1.2.840.113554.1.2.2 */
static const uint8_t kerberos_oid[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02 };
/* 1.2.840.48018.1.2.2: the same mechanism, by the number that Windows gave it first. */
static const uint8_t windows_oid[] = { 0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 0x01, 0x02, 0x02 };

#define OID(name) bytes_of(name, sizeof(name))

/* What is expected next. */
enum stage { BEGIN, WANTS_TOKEN, WANTS_FINAL, DONE };

struct spnego {
	struct auth auth;
	struct auth *inner;
	bool kerberos; /* inner is that; else NTLM */
	bool ntlm_too; /* there is what NTLM needs */
	bool mic_seen; /* theirs was right */
	enum stage stage;
	unsigned legs;
	struct buf list; /* MechTypeList, as sent */
	struct buf why_ntlm;
};

static struct spnego *self(struct auth *a)
{
	return (struct spnego *)(void *)a;
}

static const struct spnego *self_const(const struct auth *a)
{
	return (const struct spnego *)(const void *)a;
}

/* NTLM in Kerberos's place, from its start. */
static int take_ntlm(struct spnego *s, const char *why, winch_error *err)
{
	struct auth *ntlm = auth_ntlm_new(s->auth.world, err);

	if (!ntlm)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	auth_free(s->inner);
	s->inner = ntlm;
	s->kerberos = false;
	return buf_put_str(&s->why_ntlm, why, err);
}

/* Kerberos could not begin: NTLM may, but not where the KDC knows the user and says no. */
static int without_kerberos(struct spnego *s, int status, winch_error *why, winch_error *err)
{
	if (status != WINCH_E_AUTH || why->flags & WINCH_ERROR_REFUSED || !s->ntlm_too) {
		fail_move(err, why);
		return status;
	}
	return take_ntlm(s, winch_error_text(why), err);
}

static int put_list(struct spnego *s, winch_error *err)
{
	struct bytes oids[3];
	size_t count = 0;

	if (s->kerberos) {
		oids[count++] = OID(windows_oid);
		oids[count++] = OID(kerberos_oid);
	}
	if (s->ntlm_too)
		oids[count++] = OID(ntlm_oid);
	return spnego_list_put(&s->list, oids, count, err);
}

static int begin(struct spnego *s, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;

	int r = s->inner->class->step(s->inner, (struct bytes){ 0 }, &token, &why);
	if (r < 0 && s->kerberos) {
		r = without_kerberos(s, r, &why, err);
		if (r == 0)
			r = s->inner->class->step(s->inner, (struct bytes){ 0 }, &token, err);
	} else if (r < 0) {
		fail_move(err, &why);
	}
	if (r >= 0)
		r = put_list(s, err);
	if (r == 0)
		r = spnego_init_put(out, buf_bytes(&s->list), buf_bytes(&token), err);
	if (r < 0)
		return r;
	s->stage = WANTS_TOKEN;
	return AUTH_MORE;
}

static bool is_kerberos(struct bytes oid)
{
	return bytes_eq(oid, OID(kerberos_oid)) || bytes_eq(oid, OID(windows_oid));
}

/* NTLM beside Kerberos is there for the first answer only. */
static bool may_choose(const struct spnego *s, struct bytes oid)
{
	if (is_kerberos(oid))
		return s->kerberos;
	return bytes_eq(oid, OID(ntlm_oid)) && s->ntlm_too &&
	       (!s->kerberos || s->stage == WANTS_TOKEN);
}

static int check_answer(const struct spnego *s, const struct spnego_response *m, winch_error *err)
{
	if (m->state == SPNEGO_REJECT)
		return fail(err, WINCH_E_AUTH, "the server rejected the authentication");
	if (m->mechanism.len && !may_choose(s, m->mechanism))
		return fail(err, WINCH_E_AUTH, "the server chose a mechanism that was not offered");
	return 0;
}

static int make_mic(struct spnego *s, struct buf *mic, winch_error *err)
{
	return s->kerberos ? kerberos_mic_make(s->inner, buf_bytes(&s->list), mic, err)
			   : ntlm_mic_make(s->inner, buf_bytes(&s->list), mic, err);
}

static int check_mic(struct spnego *s, struct bytes mic, winch_error *err)
{
	int r = s->kerberos ? kerberos_mic_check(s->inner, buf_bytes(&s->list), mic, err)
			    : ntlm_mic_check(s->inner, buf_bytes(&s->list), mic, err);

	s->mic_seen = r == 0;
	return r;
}

/* The mechanism's last token, and our mechListMIC with it. */
static int last_token(struct spnego *s, struct bytes token, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf mic = { .max = MAX_TOKEN };
	struct spnego_response answer = { .state = SPNEGO_INCOMPLETE, .token = token };

	int r = make_mic(s, &mic, err);
	if (r < 0)
		return r;
	answer.mic = buf_bytes(&mic);
	r = spnego_response_put(out, &answer, err);
	if (r < 0)
		return r;
	s->stage = WANTS_FINAL;
	return AUTH_MORE;
}

/* The server wants NTLM of the list: it has not looked at Kerberos's token. */
static int on_ntlm_chosen(struct spnego *s, const struct spnego_response *m, struct buf *out,
			  winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };

	if (m->state == SPNEGO_COMPLETED || m->token.len)
		return fail(err, WINCH_E_AUTH, "the server accepted before it could know who asks");
	int r = take_ntlm(s, "the server chose it", err);
	if (r == 0)
		r = s->inner->class->step(s->inner, (struct bytes){ 0 }, &token, err);
	struct spnego_response answer = { .state = SPNEGO_INCOMPLETE, .token = buf_bytes(&token) };
	if (r >= 0)
		r = spnego_response_put(out, &answer, err);
	return r < 0 ? r : AUTH_MORE;
}

/* The answer to Kerberos's one token.  As Kerberos was our first choice, a server that completes
 * at once need not send a mechListMIC (RFC 4178 5): nobody can have made the list worse. */
static int on_kerberos_answer(struct spnego *s, const struct spnego_response *m, struct buf *out,
			      winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };

	int r = s->inner->class->step(s->inner, m->token, &token, err);
	if (r < 0)
		return r;
	if (r == AUTH_MORE)
		return fail(err, WINCH_E_AUTH, "the server's Kerberos asks for another token");
	r = m->mic.len ? check_mic(s, m->mic, err) : 0;
	if (r < 0)
		return r;
	if (m->state != SPNEGO_COMPLETED)
		return last_token(s, buf_bytes(&token), out, err);
	s->stage = DONE;
	return AUTH_DONE;
}

static int middle(struct spnego *s, const struct spnego_response *m, struct buf *out,
		  winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };

	if (s->kerberos && bytes_eq(m->mechanism, OID(ntlm_oid)))
		return on_ntlm_chosen(s, m, out, err);
	if (s->kerberos)
		return on_kerberos_answer(s, m, out, err);
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
	if (!m->mic.len && !s->mic_seen)
		return fail(err, WINCH_E_AUTH,
			    "the server sent no mechListMIC: somebody on the way "
			    "may have changed the list of mechanisms");
	int r = m->mic.len ? check_mic(s, m->mic, err) : 0;
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
		r = check_answer(s, &m, err);
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

int spnego_wrap(struct auth *a, struct bytes plain, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf data = { .max = plain.len + OVERHEAD, .secret = true };

	int r = seal(a, plain, out, &data, err);
	return r < 0 ? r : buf_put(out, buf_bytes(&data), err);
}

int spnego_unwrap(struct auth *a, struct bytes sealed, struct buf *out, winch_error *err)
{
	struct spnego *s = self(a);

	if (s->kerberos)
		return kerberos_open(s->inner, sealed, out, err);
	struct bytes signature =
		bytes_of(sealed.data, sealed.len < NTLM_SIGNATURE ? sealed.len : NTLM_SIGNATURE);
	return unseal(a, signature, bytes_skip(sealed, NTLM_SIGNATURE), out, err);
}

static bool has_work(struct auth *a)
{
	struct spnego *s = self(a);

	return s->kerberos && s->inner->class->has_work && s->inner->class->has_work(s->inner);
}

static void work(struct auth *a)
{
	struct auth *inner = self(a)->inner;

	inner->class->work(inner);
}

static bool binds_first(const struct auth *a)
{
	const struct spnego *s = self_const(a);

	return s->kerberos && s->inner->class->binds_first(s->inner);
}

static bool falls_back(const struct auth *a)
{
	const struct spnego *s = self_const(a);

	return s->kerberos && s->ntlm_too && s->stage == WANTS_TOKEN;
}

static const char *why_ntlm(struct auth *a)
{
	return self(a)->why_ntlm.len ? buf_cstr(&self(a)->why_ntlm, NULL) : NULL;
}

static void spnego_free(struct auth *a)
{
	struct spnego *s = self(a);

	auth_free(s->inner);
	buf_done(&s->list);
	buf_done(&s->why_ntlm);
	mem_free(s);
}

/* Also with Kerberos inside the name is SPNEGO's. */
static const struct auth_sealing spnego_sealing = {
	.protocol = "application/HTTP-SPNEGO-session-encrypted",
	.max_part = 0,
	.overhead = OVERHEAD,
};

static const struct auth_class spnego_class = {
	.name = "negotiate",
	.scheme = "Negotiate",
	.step = step,
	.can_seal = can_seal,
	.seal = seal,
	.unseal = unseal,
	.sealing = &spnego_sealing,
	.has_work = has_work,
	.work = work,
	.binds_first = binds_first,
	.falls_back = falls_back,
	.why_ntlm = why_ntlm,
	.free = spnego_free,
};

static bool is_address(struct bytes host)
{
	bool digits = host.len > 0;

	for (size_t i = 0; i < host.len; i++) {
		if (host.data[i] == ':')
			return true;
		digits = digits &&
			 (host.data[i] == '.' || (host.data[i] >= '0' && host.data[i] <= '9'));
	}
	return digits;
}

/* ".\user", "HOST\user": an account of the host's own. */
static bool is_local(const struct credential *c, struct bytes host)
{
	struct bytes domain = c ? buf_bytes(&c->domain) : (struct bytes){ 0 };

	if (!domain.len || domain.len > host.len)
		return domain.len == 1 && domain.data[0] == '.';
	return bytes_eq(domain, BYTES_LIT(".")) ||
	       (bytes_eq_nocase(domain, bytes_of(host.data, domain.len)) &&
		(host.len == domain.len || host.data[domain.len] == '.'));
}

/* Why Kerberos can't be, as far as that is known without asking anybody; NULL: it may. */
static const char *no_kerberos(const struct auth_world *w)
{
	if (is_address(w->target_name) && !w->kerberos->spn)
		return "the host is named by its address, and no SPN was given";
	if (is_local(w->credential, w->target_name))
		return "the user is the host's own";
	return NULL;
}

/* NTLM needs a user and a password. */
static bool has_ntlm(const struct credential *c)
{
	return c && c->user.len && (c->password.data || c->nt_hash.data);
}

static int choose(struct spnego *s, winch_error *err)
{
	const struct auth_world *w = s->auth.world;
	const char *why = w->kerberos ? no_kerberos(w) : NULL;

	s->ntlm_too = !w->kerberos || has_ntlm(w->credential);
	if (w->kerberos && !why) {
		s->kerberos = true;
		s->inner = auth_kerberos_new(w, err);
	} else if (!s->ntlm_too) {
		return fail(err, WINCH_E_AUTH, "no Kerberos: %s; and NTLM needs a password", why);
	} else {
		s->inner = auth_ntlm_new(w, err);
		if (s->inner && why)
			return buf_put_str(&s->why_ntlm, why, err);
	}
	return s->inner ? 0 : err && err->status ? err->status : WINCH_E_NOMEM;
}

struct auth *auth_negotiate_new(const struct auth_world *world, winch_error *err)
{
	struct spnego *s = mem_zalloc(sizeof(*s));

	if (!s) {
		fail_nomem(err);
		return NULL;
	}
	s->auth = (struct auth){ &spnego_class, world };
	s->list.max = MAX_TOKEN;
	s->why_ntlm.max = MAX_WHY;
	if (choose(s, err) < 0) {
		spnego_free(&s->auth);
		return NULL;
	}
	return &s->auth;
}
