/*
 * credssp-talk.c - MS-CSSP 3.1.5 from its step 2 on, as the client.
 *
 * What a message of the host's may hold, and who reads it, is a table by what is expected next.  An
 * errorCode may come at any time and ends it.
 */
#include "wsman/auth/credssp-talk.h"

#include <openssl/evp.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/credssp-status.h"
#include "wsman/auth/spnego.h"

enum { HASH = 32 };

static const char to_server[] = "CredSSP Client-To-Server Binding Hash";
static const char to_client[] = "CredSSP Server-To-Client Binding Hash";

static int send_request(const struct ts_request *m, struct buf *out, winch_error *err)
{
	int r = ts_request_put(out, m, err);

	return r < 0 ? r : AUTH_MORE;
}

static int begin(struct credssp_talk *t, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = CREDSSP_MAX };
	struct ts_request m = { .version = CREDSSP_VERSION };

	int r = t->inner->class->step(t->inner, (struct bytes){ 0 }, &token, err);
	if (r < 0)
		return r;
	m.nego_token = buf_bytes(&token);
	t->stage = CREDSSP_WANTS_TOKEN;
	return send_request(&m, out, err);
}

static void md_free(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
}

int credssp_hash_key(enum credssp_way way, struct bytes nonce, struct bytes key, struct buf *out,
		     winch_error *err)
{
	AUTO(md_free) EVP_MD_CTX *md = EVP_MD_CTX_new();
	const char *words = way == CREDSSP_TO_SERVER ? to_server : to_client;
	uint8_t hash[HASH];

	/* The NUL behind the words is hashed along. */
	if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(md, words, strlen(words) + 1) != 1 ||
	    EVP_DigestUpdate(md, nonce.data, nonce.len) != 1 ||
	    EVP_DigestUpdate(md, key.data, key.len) != 1 || EVP_DigestFinal_ex(md, hash, NULL) != 1)
		return fail(err, WINCH_E_SYSTEM, "OpenSSL has no SHA-256 here");
	return buf_put(out, bytes_of(hash, HASH), err);
}

static int put_hash(const struct credssp_talk *t, enum credssp_way way, struct buf *out,
		    winch_error *err)
{
	return credssp_hash_key(way, bytes_of(t->nonce, CREDSSP_NONCE), buf_bytes(&t->key), out,
				err);
}

static bool is_hashed(const struct credssp_talk *t)
{
	return t->version >= CREDSSP_FIRST_HASHED;
}

/* What we show of the key that we see. */
static int put_our_binding(struct credssp_talk *t, struct buf *out, winch_error *err)
{
	const struct auth_world *w = t->world;

	if (!is_hashed(t))
		return buf_put(out, buf_bytes(&t->key), err);
	if (w->random(w->random_user, t->nonce, CREDSSP_NONCE) < 0)
		return fail(err, WINCH_E_SYSTEM, "no random bytes");
	return put_hash(t, CREDSSP_TO_SERVER, out, err);
}

/* What a host shows that has the same key: an old one adds 1 to its first byte. */
static int put_their_binding(const struct credssp_talk *t, struct buf *out, winch_error *err)
{
	if (is_hashed(t))
		return put_hash(t, CREDSSP_TO_CLIENT, out, err);
	int r = buf_put(out, buf_bytes(&t->key), err);
	if (r == 0)
		out->data[out->start]++;
	return r;
}

/* Along with the last token, where there is one. */
static int send_key(struct credssp_talk *t, struct bytes token, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf plain = { .max = CREDSSP_MAX };
	AUTO(buf_done) struct buf sealed = { .max = CREDSSP_MAX };
	struct ts_request m = { .version = CREDSSP_VERSION, .nego_token = token };

	int r = put_our_binding(t, &plain, err);
	if (r == 0)
		r = spnego_wrap(t->inner, buf_bytes(&plain), &sealed, err);
	if (r < 0)
		return r;
	m.pub_key_auth = buf_bytes(&sealed);
	if (is_hashed(t))
		m.client_nonce = bytes_of(t->nonce, CREDSSP_NONCE);
	t->stage = CREDSSP_WANTS_KEY;
	return send_request(&m, out, err);
}

static int on_token(struct credssp_talk *t, const struct ts_request *in, struct buf *out,
		    winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = CREDSSP_MAX };
	struct ts_request m = { .version = CREDSSP_VERSION };
	const struct auth_class *class = t->inner->class;

	int r = class->step(t->inner, in->nego_token, &token, err);
	if (r < 0)
		return r;
	t->inner_done = r == AUTH_DONE;
	if (t->inner_done || class->can_seal(t->inner))
		return send_key(t, buf_bytes(&token), out, err);
	m.nego_token = buf_bytes(&token);
	return send_request(&m, out, err);
}

/* SPNEGO's last word, where there is one (deviations.md credssp-last-token).  Without it nothing is
 * lost: the list went through the TLS whose key is looked at next. */
static int take_last_token(struct credssp_talk *t, struct bytes token, winch_error *err)
{
	AUTO(buf_done) struct buf more = { .max = CREDSSP_MAX };

	if (t->inner_done || !token.len)
		return 0;
	int r = t->inner->class->step(t->inner, token, &more, err);
	if (r == AUTH_MORE || more.len)
		return fail(err, WINCH_E_AUTH, "the host's SPNEGO asks for another token");
	t->inner_done = r == AUTH_DONE;
	return r;
}

static int check_key(struct credssp_talk *t, struct bytes sealed, winch_error *err)
{
	AUTO(buf_done) struct buf theirs = { .max = CREDSSP_MAX };
	AUTO(buf_done) struct buf expected = { .max = CREDSSP_MAX };

	int r = put_their_binding(t, &expected, err);
	if (r < 0)
		return r;
	r = spnego_unwrap(t->inner, sealed, &theirs, err);
	if (r == WINCH_E_NOMEM)
		return r;
	if (r == 0 && secret_eq(buf_bytes(&theirs), buf_bytes(&expected)))
		return 0;
	fail(err, WINCH_E_AUTH,
	     "the host does not show that the certificate inside CredSSP is its own: somebody "
	     "may be on the way; the password was not sent");
	return fail_for(err, WINCH_REASON_CREDSSP_KEY, WINCH_E_AUTH);
}

static int send_password(struct credssp_talk *t, struct buf *out, winch_error *err)
{
	const struct credential *c = t->world->credential;
	AUTO(buf_done) struct buf plain = { .max = CREDSSP_MAX, .secret = true };
	AUTO(buf_done) struct buf sealed = { .max = CREDSSP_MAX };
	struct ts_request m = { .version = CREDSSP_VERSION };

	int r = ts_password_put(&plain, buf_bytes(&c->domain), buf_bytes(&c->user),
				secret_bytes(&c->password), err);
	if (r == 0)
		r = spnego_wrap(t->inner, buf_bytes(&plain), &sealed, err);
	if (r < 0)
		return r;
	m.auth_info = buf_bytes(&sealed);
	t->stage = CREDSSP_WANTS_END;
	return send_request(&m, out, err);
}

static int on_key(struct credssp_talk *t, const struct ts_request *in, struct buf *out,
		  winch_error *err)
{
	int r = take_last_token(t, in->nego_token, err);

	if (r == 0)
		r = check_key(t, in->pub_key_auth, err);
	return r < 0 ? r : send_password(t, out, err);
}

enum { TOKEN = 1, KEY = 2, NONCE = 4, CREDENTIAL = 8 };

/* By stage: what a message has to hold, what it may hold besides, who reads it. */
static const struct {
	unsigned must, may;
	int (*read)(struct credssp_talk *t, const struct ts_request *in, struct buf *out,
		    winch_error *err);
} table[] = {
	[CREDSSP_WANTS_TOKEN] = { TOKEN, NONCE, on_token },
	[CREDSSP_WANTS_KEY] = { KEY, TOKEN | NONCE, on_key },
	[CREDSSP_WANTS_END] = { 0, 0, NULL }, /* nothing but an errorCode */
};

static unsigned fields_of(const struct ts_request *m)
{
	return (m->nego_token.len ? TOKEN : 0) | (m->pub_key_auth.len ? KEY : 0) |
	       (m->client_nonce.len ? NONCE : 0) | (m->auth_info.len ? CREDENTIAL : 0);
}

/* Kerberos's first token names the user, NTLM's second. */
bool credssp_talk_shown(const struct credssp_talk *t)
{
	return t->stage >= CREDSSP_WANTS_KEY ||
	       (t->stage == CREDSSP_WANTS_TOKEN && t->inner->class->binds_first(t->inner));
}

/* What a code says of an account counts once somebody was named.  Before, the SPNEGO exchange has
 * failed on its mechanism or on the host, whatever the code is. */
static int on_error(const struct credssp_talk *t, uint32_t code, winch_error *err)
{
	const struct credssp_status *s = credssp_status_of(code);
	bool of_account = !s || s->refused;

	if (s)
		fail(err, WINCH_E_AUTH, "the host says: %s (%s, 0x%08X)", s->text, s->name,
		     (unsigned)code);
	else
		fail(err, WINCH_E_AUTH, "the host refuses with status 0x%08X", (unsigned)code);
	if (of_account && !credssp_talk_shown(t)) {
		fail_prefix(err, "before anybody was named");
		return fail_for(err, WINCH_REASON_MECHANISM_REFUSED, WINCH_E_AUTH);
	}
	if (err && of_account)
		err->flags |= WINCH_ERROR_REFUSED;
	return fail_for(err,
			s && s->mistyped ? WINCH_REASON_CREDENTIAL_REFUSED
					 : WINCH_REASON_CREDSSP_STATUS,
			WINCH_E_AUTH);
}

/* Which binding is made depends on it, so it has to stay. */
static int check_version(struct credssp_talk *t, uint32_t version, winch_error *err)
{
	if (t->version && version != t->version)
		return fail(err, WINCH_E_AUTH,
			    "the host's version of CredSSP was %u and is now %u: somebody may be "
			    "on the way",
			    (unsigned)t->version, (unsigned)version);
	if (version < 2 || version > INT32_MAX)
		return fail(err, WINCH_E_PROTOCOL, "the host's CredSSP has no version");
	if (version < CREDSSP_FIRST_HASHED && !t->world->allow_old_credssp) {
		fail(err, WINCH_E_AUTH,
		     "the host's CredSSP is version %u: before 5 somebody on the way can take the "
		     "session over (CVE-2018-0886): update the host",
		     (unsigned)version);
		return fail_for(err, WINCH_REASON_CREDSSP_OLD, WINCH_E_AUTH);
	}
	t->version = version;
	return 0;
}

static int on_message(struct credssp_talk *t, struct bytes in, struct buf *out, winch_error *err)
{
	struct ts_request m;

	int r = ts_request_read(in, &m, err);
	if (r < 0)
		return r;
	if (m.error_code)
		return on_error(t, m.error_code, err);
	r = check_version(t, m.version, err);
	if (r < 0)
		return r;
	unsigned fields = fields_of(&m), must = table[t->stage].must, may = table[t->stage].may;
	if (!table[t->stage].read || (fields & must) != must || fields & ~(must | may))
		return fail(err, WINCH_E_PROTOCOL,
			    "a CredSSP message of the host's out of its order");
	return table[t->stage].read(t, &m, out, err);
}

static int next(struct credssp_talk *t, struct bytes in, struct buf *out, winch_error *err)
{
	if (t->stage >= CREDSSP_DONE)
		return fail(err, WINCH_E_AUTH, "the host went on after the handshake");
	if (in.len && t->stage != CREDSSP_BEGIN)
		return on_message(t, in, out, err);
	if (t->stage == CREDSSP_WANTS_END)
		return AUTH_DONE;
	if (in.len || t->stage != CREDSSP_BEGIN)
		return fail(err, WINCH_E_AUTH, "the host ended the handshake early");
	return begin(t, out, err);
}

int credssp_talk(struct credssp_talk *t, struct bytes in, struct buf *out, winch_error *err)
{
	int r = next(t, in, out, err);

	if (r <= 0)
		t->stage = r < 0 ? CREDSSP_FAILED : CREDSSP_DONE;
	return r;
}

int credssp_talk_init(struct credssp_talk *t, const struct auth_world *world, winch_error *err)
{
	const struct credential *c = world->credential;

	*t = (struct credssp_talk){ .world = world, .inside = *world, .key.max = CREDSSP_MAX };
	if (!c || !c->password.data)
		return fail(
			err, WINCH_E_ARG,
			"CredSSP hands the password to the host: it needs one, a ticket or keys "
			"will not do");
	t->inside.must_seal = true;
	/* MS-CSSP knows no channel binding: what binds is pubKeyAuth. */
	t->inside.channel_binding = (struct bytes){ 0 };
	t->inside.channel_stands = true;
	t->inner = auth_negotiate_new(&t->inside, err);
	return t->inner ? 0 : err && err->status ? err->status : WINCH_E_NOMEM;
}

void credssp_talk_done(struct credssp_talk *t)
{
	auth_free(t->inner);
	buf_done(&t->key);
}
