/*
 * ntlm.c - NTLMv2 as a client: NEGOTIATE out, CHALLENGE in, AUTHENTICATE out.
 *
 * MS-NLMP 3.1.5.1 and 3.4.  Always with MIC, key exchange and 128-bit keys; LM and
 * NTLMv1 do not exist here.
 */
#include "wsman/auth/ntlm.h"

#include <assert.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"
#include "wsman/auth/ntlm-crypto.h"
#include "wsman/auth/ntlm-wire.h"

enum { MAX_TOKEN = 128 * 1024, MAX_INFO = 65535 };

/* What we offer, and what a server must grant. */
enum {
	OFFERED = NTLM_UNICODE | NTLM_REQUEST_TARGET | NTLM_SIGN | NTLM_SEAL | NTLM_NTLM |
		  NTLM_ALWAYS_SIGN | NTLM_EXTENDED_SECURITY | NTLM_TARGET_INFO | NTLM_VERSION |
		  NTLM_128 | NTLM_KEY_EXCHANGE,
	NEEDED = NTLM_UNICODE | NTLM_EXTENDED_SECURITY | NTLM_128,
	NEEDED_TO_SEAL = NTLM_SIGN | NTLM_SEAL | NTLM_KEY_EXCHANGE,
};

/* What is expected next. */
enum stage { BEGIN, WANTS_CHALLENGE, READY };

struct seals {
	struct ntlm_seal ours, theirs;
};

struct ntlm {
	struct auth auth;
	enum stage stage;
	struct buf negotiate; /* as sent: the MIC is over all three messages */
	struct secret keys;   /* struct seals */
};

static struct ntlm *self(struct auth *a)
{
	return (struct ntlm *)(void *)a;
}

static struct seals *seals_of(struct auth *a)
{
	struct ntlm *n = self(a);

	assert(n->stage == READY);
	return (struct seals *)(void *)n->keys.data;
}

static int begin(struct ntlm *n, struct buf *out, winch_error *err)
{
	struct ntlm_negotiate m = { .flags = OFFERED };

	int r = ntlm_negotiate_put(&n->negotiate, &m, err);
	if (r == 0)
		r = buf_put(out, buf_bytes(&n->negotiate), err);
	if (r < 0)
		return r;
	n->stage = WANTS_CHALLENGE;
	return AUTH_MORE;
}

/* What a server can fail to grant, by name. */
static const struct {
	uint32_t flag;
	const char *name;
} strengths[] = {
	{ NTLM_UNICODE, "Unicode" },  { NTLM_EXTENDED_SECURITY, "extended session security" },
	{ NTLM_128, "128-bit keys" }, { NTLM_KEY_EXCHANGE, "key exchange" },
	{ NTLM_SIGN, "signing" },     { NTLM_SEAL, "sealing" },
};

static int check_flags(const struct ntlm *n, uint32_t flags, winch_error *err)
{
	uint32_t needed = NEEDED | (n->auth.world->must_seal ? NEEDED_TO_SEAL : 0);

	for (size_t i = 0; i < sizeof(strengths) / sizeof(strengths[0]); i++)
		if (needed & ~flags & strengths[i].flag)
			return fail(err, WINCH_E_AUTH,
				    "the server's NTLM is too weak: it does not grant %s",
				    strengths[i].name);
	return 0;
}

/* There is a key of its own to exchange only where something is signed or sealed with it. */
static bool exchanges_key(uint32_t flags)
{
	return flags & NTLM_KEY_EXCHANGE && flags & (NTLM_SIGN | NTLM_SEAL);
}

/* The server's pairs as they go back to it: with the flag of the MIC, the channel binding and
 * the target's name (MS-NLMP 3.1.5.1.2). */
struct reply_info {
	struct buf pairs;
	uint64_t filetime;
	uint32_t flags;
	bool computer, domain; /* they are named */
};

static void reply_info_done(struct reply_info *info)
{
	buf_done(&info->pairs);
}

static int put_added_pairs(const struct ntlm *n, uint32_t flags, struct buf *out, winch_error *err)
{
	const struct auth_world *w = n->auth.world;
	AUTO(buf_done) struct buf value = { .max = MAX_INFO };
	uint8_t binding[NTLM_KEY] = { 0 }; /* zeros: there is no channel to bind to */

	int r = buf_put_u32le(&value, flags | NTLM_AV_FLAG_MIC, err);
	if (r == 0)
		r = ntlm_av_put(out, NTLM_AV_FLAGS, buf_bytes(&value), err);
	if (r == 0 && w->channel_binding.len)
		r = ntlm_channel_binding(w->channel_binding, binding, err);
	if (r == 0)
		r = ntlm_av_put(out, NTLM_AV_CHANNEL_BINDING, bytes_of(binding, NTLM_KEY), err);
	buf_clear(&value);
	if (r == 0)
		r = utf16le_put(&value, BYTES_LIT("HTTP/"), err);
	if (r == 0)
		r = utf16le_put(&value, w->target_name, err);
	if (r == 0)
		r = ntlm_av_put(out, NTLM_AV_TARGET_NAME, buf_bytes(&value), err);
	return r < 0 ? r : ntlm_av_put(out, NTLM_AV_END, (struct bytes){ 0 }, err);
}

/* One of the server's pairs; ours take the place of what only a client says. */
static int take_pair(struct reply_info *info, const struct ntlm_av *av, winch_error *err)
{
	struct rd value = rd_of(av->value);

	switch (av->id) {
	case NTLM_AV_FLAGS:
		info->flags = rd_u32le(&value);
		break;
	case NTLM_AV_TIMESTAMP:
		info->filetime = rd_u64le(&value);
		break;
	case NTLM_AV_COMPUTER:
		info->computer = true;
		break;
	case NTLM_AV_DOMAIN:
		info->domain = true;
		break;
	}
	if (value.past)
		return fail(err, WINCH_E_PROTOCOL,
			    "the NTLM message is ill-formed: a value of its target information "
			    "ends early");
	if (av->id == NTLM_AV_FLAGS || av->id == NTLM_AV_CHANNEL_BINDING ||
	    av->id == NTLM_AV_TARGET_NAME)
		return 0;
	return ntlm_av_put(&info->pairs, (enum ntlm_av_id)av->id, av->value, err);
}

static int make_info(const struct ntlm *n, struct bytes theirs, struct reply_info *info,
		     winch_error *err)
{
	struct rd list = rd_of(theirs);
	struct ntlm_av av;
	int r;

	info->filetime = n->auth.world->filetime;
	while ((r = ntlm_av_next(&list, &av, err)) > 0) {
		r = take_pair(info, &av, err);
		if (r < 0)
			return r;
	}
	if (r == 0 && n->auth.world->must_seal && !(info->computer && info->domain))
		r = fail(err, WINCH_E_AUTH,
			 "the server's NTLM challenge does not name its computer and domain");
	return r < 0 ? r : put_added_pairs(n, info->flags, &info->pairs, err);
}

/* The key that logs on: from the hash where that is all there is. */
static int owf(const struct credential *c, uint8_t ret[NTLM_KEY], winch_error *err)
{
	uint8_t hash[NTLM_KEY];
	int r = 0;

	if (c->nt_hash.data)
		memcpy(hash, c->nt_hash.data, NTLM_KEY);
	else if (c->password.data)
		r = ntlm_nt_hash(secret_bytes(&c->password), hash, err);
	else
		r = fail(err, WINCH_E_ARG, "no password was given");
	if (r == 0)
		r = ntlm_owf_v2(hash, buf_bytes(&c->user), buf_bytes(&c->domain), ret, err);
	secret_wipe(hash, sizeof(hash));
	return r;
}

/* Keys of one handshake; wiped. */
struct keys {
	uint8_t owf[NTLM_KEY], base[NTLM_KEY], session[NTLM_KEY], encrypted[NTLM_KEY];
};

static void keys_done(struct keys *k)
{
	secret_wipe(k, sizeof(*k));
}

static int make_response(struct ntlm *n, const struct ntlm_challenge *c, struct keys *k,
			 struct buf *response, winch_error *err)
{
	const struct auth_world *w = n->auth.world;
	AUTO(reply_info_done) struct reply_info info = { .pairs.max = MAX_INFO };
	uint8_t client_challenge[NTLM_CHALLENGE_LEN];

	int r = make_info(n, c->target_info, &info, err);
	if (r == 0 && (w->random(w->random_user, client_challenge, sizeof(client_challenge)) < 0 ||
		       w->random(w->random_user, k->session, NTLM_KEY) < 0))
		r = fail(err, WINCH_E_SYSTEM, "no random bytes");
	if (r == 0)
		r = owf(w->credential, k->owf, err);
	struct ntlm_v2 v2 = { .key = k->owf,
			      .server_challenge = c->challenge,
			      .client_challenge = client_challenge,
			      .filetime = info.filetime,
			      .target_info = buf_bytes(&info.pairs) };
	if (r == 0)
		r = ntlm_v2_response(&v2, response, k->base, err);
	if (r == 0 && !exchanges_key(c->flags))
		memcpy(k->session, k->base, NTLM_KEY);
	if (r == 0)
		ntlm_exchange_key(k->base, k->session, k->encrypted);
	return r;
}

static int init_seals(struct ntlm *n, const struct keys *k, uint32_t flags, winch_error *err)
{
	struct seals *seals = (struct seals *)(void *)n->keys.data;
	bool exchange = exchanges_key(flags);

	int r = ntlm_seal_init(&seals->ours, k->session, true, exchange, err);
	return r < 0 ? r : ntlm_seal_init(&seals->theirs, k->session, false, exchange, err);
}

/* AUTHENTICATE, its MIC put in last: HMAC over all three messages. */
static int put_authenticate(struct ntlm *n, struct bytes challenge, const struct keys *k,
			    const struct ntlm_authenticate *m, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf whole = { .max = MAX_TOKEN };
	uint8_t mic[NTLM_MIC_LEN];

	int r = ntlm_authenticate_put(&whole, m, err);
	if (r < 0)
		return r;
	struct bytes parts[] = { buf_bytes(&n->negotiate), challenge, buf_bytes(&whole) };
	r = ntlm_hmac(k->session, parts, 3, mic, err);
	if (r < 0)
		return r;
	memcpy(whole.data + whole.start + NTLM_MIC_AT, mic, sizeof(mic));
	return buf_put(out, buf_bytes(&whole), err);
}

static int answer(struct ntlm *n, struct bytes in, struct buf *out, winch_error *err)
{
	const struct credential *who = n->auth.world->credential;
	AUTO(keys_done) struct keys k = { { 0 } };
	AUTO(buf_done) struct buf response = { .max = MAX_TOKEN };
	AUTO(buf_done) struct buf user = { .max = MAX_INFO };
	AUTO(buf_done) struct buf domain = { .max = MAX_INFO };
	AUTO(buf_done) struct buf workstation = { .max = MAX_INFO };
	/* Also where MS-NLMP has an LMv2 response, for a server that tells no time. */
	static const uint8_t no_lm[24];
	struct ntlm_challenge c;

	int r = ntlm_challenge_read(in, &c, err);
	if (r == 0)
		r = check_flags(n, c.flags, err);
	if (r == 0)
		r = make_response(n, &c, &k, &response, err);
	if (r == 0)
		r = utf16le_put(&user, buf_bytes(&who->user), err);
	if (r == 0)
		r = utf16le_put(&domain, buf_bytes(&who->domain), err);
	if (r == 0)
		r = utf16le_put(&workstation, n->auth.world->workstation, err);
	if (r < 0)
		return r;
	struct ntlm_authenticate m = {
		.flags = OFFERED & (c.flags | NTLM_VERSION),
		.lm_response = bytes_of(no_lm, sizeof(no_lm)),
		.nt_response = buf_bytes(&response),
		.domain = buf_bytes(&domain),
		.user = buf_bytes(&user),
		.workstation = buf_bytes(&workstation),
	};
	if (exchanges_key(c.flags))
		m.session_key = bytes_of(k.encrypted, NTLM_KEY);
	r = put_authenticate(n, in, &k, &m, out, err);
	if (r == 0)
		r = init_seals(n, &k, c.flags, err);
	if (r < 0)
		return r;
	n->stage = READY;
	return AUTH_DONE;
}

static int step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	struct ntlm *n = self(a);

	if (in.len > MAX_TOKEN)
		return fail(err, WINCH_E_LIMIT, "the server's token is longer than %d bytes",
			    MAX_TOKEN);
	switch (n->stage) {
	case BEGIN:
		return begin(n, out, err);
	case WANTS_CHALLENGE:
		if (!in.len)
			return fail(err, WINCH_E_AUTH, "the server sent no NTLM challenge");
		return answer(n, in, out, err);
	case READY:
		return fail(err, WINCH_E_AUTH, "the server refused after the last NTLM message");
	}
	return WINCH_E_STATE;
}

/* Our keys are there: the AUTHENTICATE was made. */
static bool ntlm_ready(const struct auth *a)
{
	return ((const struct ntlm *)(const void *)a)->stage == READY;
}

static int seal(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		winch_error *err)
{
	uint8_t signature[NTLM_SIGNATURE];

	int r = ntlm_seal_put(&seals_of(a)->ours, plain, data, signature, err);
	return r < 0 ? r : buf_put(header, bytes_of(signature, NTLM_SIGNATURE), err);
}

static int unseal(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
		  winch_error *err)
{
	if (header.len != NTLM_SIGNATURE)
		return fail(err, WINCH_E_PROTOCOL, "a seal without an NTLM signature");
	return ntlm_seal_get(&seals_of(a)->theirs, data, header, out, err);
}

int ntlm_mic_make(struct auth *a, struct bytes text, struct buf *out, winch_error *err)
{
	struct ntlm_seal *ours = &seals_of(a)->ours;
	uint8_t mic[NTLM_SIGNATURE];

	int r = ntlm_sign(ours, text, mic, err);
	ntlm_seal_restart(ours);
	return r < 0 ? r : buf_put(out, bytes_of(mic, NTLM_SIGNATURE), err);
}

int ntlm_mic_check(struct auth *a, struct bytes text, struct bytes mic, winch_error *err)
{
	struct ntlm_seal *theirs = &seals_of(a)->theirs;
	uint8_t own[NTLM_SIGNATURE];

	int r = ntlm_sign(theirs, text, own, err);
	ntlm_seal_restart(theirs);
	if (r == 0 && !secret_eq(mic, bytes_of(own, NTLM_SIGNATURE)))
		r = fail(err, WINCH_E_AUTH,
			 "the server's mechListMIC is wrong: the list of "
			 "mechanisms was changed on the way");
	return r;
}

static void ntlm_free(struct auth *a)
{
	struct ntlm *n = self(a);
	struct seals *seals = (struct seals *)(void *)n->keys.data;

	buf_done(&n->negotiate);
	if (seals) {
		ntlm_seal_done(&seals->ours);
		ntlm_seal_done(&seals->theirs);
	}
	secret_done(&n->keys);
	mem_free(n);
}

const struct auth_sealing ntlm_sealing = {
	.protocol = "application/HTTP-SPNEGO-session-encrypted",
	.max_part = 0,
	.overhead = NTLM_SIGNATURE,
};

static const struct auth_class ntlm_class = {
	.name = "ntlm",
	.scheme = "Negotiate",
	.step = step,
	.can_seal = ntlm_ready,
	.seal = seal,
	.unseal = unseal,
	.sealing = &ntlm_sealing,
	.free = ntlm_free,
};

struct auth *auth_ntlm_new(const struct auth_world *world, winch_error *err)
{
	struct ntlm *n = mem_zalloc(sizeof(*n));

	if (!n) {
		fail_nomem(err);
		return NULL;
	}
	n->auth = (struct auth){ &ntlm_class, world };
	n->negotiate.max = MAX_TOKEN;
	if (secret_alloc(&n->keys, sizeof(struct seals), err) < 0) {
		ntlm_free(&n->auth);
		return NULL;
	}
	return &n->auth;
}
