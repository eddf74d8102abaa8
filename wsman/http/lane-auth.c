/*
 * lane-auth.c - a lane's handshake: tokens in Authorization and WWW-Authenticate, RFC 4559.
 *
 * A credential that was refused is not sent a second time, by no lane: what counts as refused
 * is kept in the struct http.  The body travels with the final token where that is allowed;
 * over http only sealed, and to a host that has not shown to take it only once.
 */
#include <stdio.h>

#include "src/base/base64.h"
#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/random.h"
#include "wsman/http/lane-inside.h"
#include "wsman/http/mime.h"

static void log_leg(const struct lane *lane, const char *text)
{
	char number[16], leg[16];

	if (!log_on(lane->http->log, WINCH_LOG_DEBUG))
		return;
	snprintf(number, sizeof(number), "%u", lane->number);
	snprintf(leg, sizeof(leg), "%u", lane->legs);
	winch_log_field fields[] = {
		{ "lane", number },
		{ "mechanism", lane->auth->class->name },
		{ "leg", leg },
	};
	log_put(lane->http->log, WINCH_LOG_DEBUG, text, 3, fields);
}

static int make_context(struct lane *lane, winch_error *err)
{
	struct http *h = lane->http;

	bool with_kerberos = h->auth == HTTP_AUTH_KERBEROS ||
			     ((h->auth == HTTP_AUTH_NEGOTIATE || h->auth == HTTP_AUTH_CREDSSP) &&
			      auth_has_kerberos() && !h->no_kerberos);

	auth_free(lane->auth);
	lane->world = (struct auth_world){
		.credential = h->credential,
		.target_name = bytes_str(h->host),
		.workstation = bytes_str(h->workstation),
		.must_seal = http_seals(h),
		.kerberos = with_kerberos ? &h->kerberos : NULL,
		.allow_old_credssp = h->allow_old_credssp,
		/* Over https the pin is the listener's. */
		.credssp_pin = !h->tls && h->rules.pinned ? h->rules.pin : NULL,
		.filetime = clock_filetime(),
		.random = random_bytes,
	};
	lane->auth = h->auth_new(&lane->world, err);
	lane->context_done = false;
	if (!lane->auth)
		return err && err->status ? err->status : WINCH_E_AUTH;
	return 0;
}

static void say_unbound(struct lane *lane)
{
	struct http *h = lane->http;

	if (!lane->wire.peer.unbindable || h->said_unbound || !lane_binds(h))
		return;
	h->said_unbound = true;
	log_put(h->log, WINCH_LOG_INFO,
		"no channel binding: the host's certificate is signed by what names no hash, as "
		"Ed25519 (RFC 5929 4.1)",
		0, NULL);
}

/* The certificate is known once the connection stands, before the token that binds to it. */
static void bind_channel(struct lane *lane)
{
	lane->world.channel_binding = buf_bytes(&lane->wire.peer.channel_binding);
	lane->world.channel_stands = !lane->http->tls || lane->opened;
	say_unbound(lane);
}

/* "SCHEME base64" into lane->token.  1: there is a token; 0: the mechanism had none to give. */
static int step(struct lane *lane, struct bytes in, winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN, .secret = true };

	bind_channel(lane);
	int r = lane->auth->class->step(lane->auth, in, &token, err);
	if (r < 0)
		return r;
	lane->context_done = r == AUTH_DONE;
	buf_clear(&lane->token);
	lane->token.secret = true;
	lane->token.max = base64_len(MAX_TOKEN) + 64;
	if (!token.len)
		return 0;
	r = buf_put_fmt(&lane->token, err, "%s ", lane->auth->class->scheme);
	if (r == 0)
		r = base64_put(&lane->token, buf_bytes(&token), err);
	return r < 0 ? r : 1;
}

static bool keys_are_there(const struct lane *lane)
{
	const struct auth *a = lane->auth;

	return lane->context_done || (a->class->can_seal && a->class->can_seal(a));
}

/* A ticket is all that the host needs of us.  What it answers proves once more who it is: inside
 * TLS the certificate has done so, if somebody vouches for it. */
static bool ticket_will_do(const struct lane *lane)
{
	const struct auth *a = lane->auth;

	return lane->http->tls && lane->wire.peer.vouched_for && lane->legs == 1 &&
	       a->class->binds_first && a->class->binds_first(a);
}

/* Whether the token just made is the final one and the body may go with it. */
static bool body_may_go(const struct lane *lane)
{
	if (lane->empty_first)
		return false;
	if (!http_seals(lane->http)) /* inside TLS: any HTTP client does so */
		return keys_are_there(lane) || ticket_will_do(lane);
	if (!keys_are_there(lane))
		return false;
	switch (lane->http->first_body) {
	case FIRST_BODY_TAKEN:
		return true;
	case FIRST_BODY_UNKNOWN:
		return lane->req.first_body_ok;
	case FIRST_BODY_REFUSED:
		break;
	}
	return false;
}

static int send_token(struct lane *lane, winch_error *err)
{
	if (++lane->legs > MAX_LEGS)
		return fail(err, WINCH_E_AUTH, "the handshake with %s does not end",
			    lane->http->where);
	enum phase phase = body_may_go(lane) ? PHASE_FIRST_BODY : PHASE_TOKEN;
	log_leg(lane, phase == PHASE_TOKEN ? "token" : "token and first body");
	return lane_send(lane, phase, lane->legs > 1, err);
}

/* Said once, and remembered: no lane waits for Kerberos again. */
static void ntlm_instead(struct http *h, const char *why)
{
	AUTO(buf_done) struct buf text = { .max = 4096 };

	if (h->no_kerberos)
		return;
	h->no_kerberos = true;
	h->why_ntlm = mem_strndup(why, strlen(why));
	if (!log_on(h->log, WINCH_LOG_INFO) ||
	    buf_put_fmt(&text, NULL, "NTLM in place of Kerberos: %s", why) < 0)
		return;
	const char *line = buf_cstr(&text, NULL);
	if (line)
		log_put(h->log, WINCH_LOG_INFO, line, 0, NULL);
}

const char *http_why_ntlm(const struct http *h)
{
	return !h->no_kerberos ? NULL : h->why_ntlm ? h->why_ntlm : "";
}

static void see_if_ntlm(struct lane *lane)
{
	struct auth *a = lane->auth;
	const char *why = a->class->why_ntlm ? a->class->why_ntlm(a) : NULL;

	if (why)
		ntlm_instead(lane->http, why);
}

int lane_handshake(struct lane *lane, winch_error *err)
{
	int r = lane_still_refused(lane->http, err);
	if (r < 0)
		return r;
	lane_drop_connection(lane);
	r = make_context(lane, err);
	return r < 0 ? r : lane_first_token(lane, err);
}

static int start_work(struct lane *lane, winch_error *err)
{
	struct http *h = lane->http;

	lane->work = lane_work_start(lane->auth, err);
	if (!lane->work)
		return err && err->status ? err->status : WINCH_E_SYSTEM;
	lane->phase = PHASE_WORK;
	h->watch.socket(h->watch.user, lane_work_fd(lane->work), HTTP_READ);
	return 0;
}

int lane_first_token(struct lane *lane, winch_error *err)
{
	const struct auth_class *class = lane->auth->class;

	bind_channel(lane);
	if (class->has_work && class->has_work(lane->auth))
		return start_work(lane, err);
	if (lane->http->tls && !lane->opened && class->binds_first &&
	    class->binds_first(lane->auth))
		return lane_send(lane, PHASE_OPEN, false, err);
	int r = step(lane, (struct bytes){ 0 }, err);
	see_if_ntlm(lane);
	return r < 0 ? lane_first_failed(lane, r, err) : send_token(lane, err);
}

/* A 401 to a request without a token, as it has to be. */
static int on_opened(struct lane *lane, winch_error *err)
{
	lane->opened = true;
	tls_keep(&lane->wire.peer);
	return lane_first_token(lane, err);
}

int lane_at_once(struct lane *lane, winch_error *err)
{
	int r = lane_still_refused(lane->http, err);
	if (r == 0)
		r = make_context(lane, err);
	if (r < 0)
		return r;
	r = step(lane, (struct bytes){ 0 }, err);
	if (r == 0) /* no token: the scheme's name says all */
		r = buf_put_str(&lane->token, lane->auth->class->scheme, err);
	return r < 0 ? r : lane_send(lane, PHASE_BODY, false, err);
}

static int seal_body(struct lane *lane, winch_error *err)
{
	const struct auth_sealing *sealing = lane->auth->class->sealing;

	if (!sealing)
		return fail(err, WINCH_E_AUTH, "%s can't seal messages: nothing is sent to %s",
			    lane->auth->class->name, lane->http->where);
	buf_clear(&lane->out);
	buf_clear(&lane->type);
	lane->out.max = sealed_room(sealing, lane->req.body.len);
	lane->type.max = 1024;
	int r = sealed_put_type(&lane->type, sealing, lane->req.body.len, err);
	return r < 0 ? r : sealed_put(&lane->out, lane->auth, lane->req.body, err);
}

int lane_prepare(struct lane *lane, bool has_body, struct wire_request *req, winch_error *err)
{
	req->content_type = "application/soap+xml;charset=UTF-8";
	if (lane->token.len) {
		req->authorization = buf_cstr(&lane->token, err);
		if (!req->authorization)
			return WINCH_E_NOMEM;
	}
	if (!has_body)
		return 0;
	if (!lane->sealed) {
		req->body = lane->req.body;
		return 0;
	}
	int r = seal_body(lane, err);
	if (r < 0)
		return r;
	req->body = buf_bytes(&lane->out);
	req->content_type = buf_cstr(&lane->type, err);
	return req->content_type ? 0 : WINCH_E_NOMEM;
}

/* The server's token for our scheme, decoded.  1: there is a challenge of our scheme, its token
 * perhaps empty.  0: there is none. */
static int find_token(struct lane *lane, struct buf *token, winch_error *err)
{
	struct bytes left = buf_bytes(&lane->wire.offers);
	struct bytes scheme = bytes_str(lane->auth->class->scheme);
	struct challenge c;
	int found = 0;

	while (challenge_next(&left, &c)) {
		if (!bytes_eq_nocase(c.scheme, scheme))
			continue;
		found = 1;
		if (!c.token.len)
			continue;
		int r = base64_get(token, c.token, err);
		if (r == WINCH_E_FORMAT)
			return fail(err, WINCH_E_PROTOCOL, "the token of %s is not base64",
				    lane->http->where);
		return r < 0 ? r : 1;
	}
	return found;
}

/* The token that shows the credential was made, and sent with the request. */
static bool last_was_sent(const struct lane *lane)
{
	const struct auth *a = lane->auth;

	if (http_at_once(lane->http))
		return true;
	return a->class->shown ? a->class->shown(a) : lane->legs > 1 && keys_are_there(lane);
}

/* Behind the credential a token that nobody can read is as good as none. */
static int find_answer(struct lane *lane, struct buf *token, winch_error *err)
{
	int found = find_token(lane, token, err);

	if (found != WINCH_E_PROTOCOL || !last_was_sent(lane))
		return found;
	winch_error_done(err);
	buf_clear(token);
	return 1;
}

/* Our first token was answered by none. */
static int first_refused(struct lane *lane, winch_error *err)
{
	const struct auth *a = lane->auth;
	struct http *h = lane->http;

	if (a->class->falls_back && a->class->falls_back(a)) {
		ntlm_instead(h, "the server refused the ticket");
		return lane_begin_again(lane, err);
	}
	if (a->class->binds_first && a->class->binds_first(a))
		return lane_ticket_refused(lane, err);
	return lane_mechanism_refused(lane, err);
}

/* Our final token was sent, and our mechanism does not take the server's answer: as good as a 401
 * without one, but for what the mechanism itself knows of it. */
static int final_failed(struct lane *lane, int status, winch_error *err)
{
	if (status != WINCH_E_AUTH || lane->auth->class->explains)
		return lane_step_failed(lane, status, err);
	return lane_credential_refused(lane, err);
}

/* A 401 with a token while ours are not at their end: the next leg. */
static int next_leg(struct lane *lane, struct bytes token, winch_error *err)
{
	bool was_last = last_was_sent(lane);
	int r = step(lane, token, err);

	see_if_ntlm(lane);
	if (r == 0)
		return lane_credential_refused(lane, err);
	if (r < 0)
		return was_last ? final_failed(lane, r, err) : lane_step_failed(lane, r, err);
	return send_token(lane, err);
}

/* A 401 to the final token and the first body.  With a token that completes the context
 * it was the sealed body that was not wanted; without, the credential: that is not sent again. */
static int first_body_401(struct lane *lane, struct bytes token, winch_error *err)
{
	struct http *h = lane->http;

	if (!token.len || lane->context_done)
		return lane_credential_refused(lane, err);
	int r = step(lane, token, err);
	if (r < 0)
		return final_failed(lane, r, err);
	if (!lane->context_done || lane->token.len || !lane->sealed || !lane->req.first_body_ok ||
	    h->first_body != FIRST_BODY_UNKNOWN)
		return lane_credential_refused(lane, err);
	h->first_body = FIRST_BODY_REFUSED;
	return lane_begin_again(lane, err);
}

/* A 401 without a token behind one of ours. */
static int ended_by_401(struct lane *lane, winch_error *err)
{
	const struct auth *a = lane->auth;

	if (a->class->shown && !a->class->shown(a))
		return lane_mechanism_refused(lane, err);
	return lane_credential_refused(lane, err);
}

static int token_401(struct lane *lane, bool found, struct bytes token, winch_error *err)
{
	const struct auth *a = lane->auth;

	if (!found)
		return lane->legs == 1 ? lane_not_offered(lane, err) : ended_by_401(lane, err);
	if (!token.len && lane->legs == 1)
		return first_refused(lane, err);
	bool nothing_will_do = a->class->takes_nothing && a->class->takes_nothing(a);
	if ((!token.len && !nothing_will_do) || lane->context_done)
		return ended_by_401(lane, err);
	return next_leg(lane, token, err);
}

int lane_on_401(struct lane *lane, winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };

	if (lane->http->auth == HTTP_AUTH_NONE)
		return lane_not_offered(lane, err);
	if (lane->http->auth == HTTP_AUTH_CERTIFICATE)
		return lane_certificate_refused(lane, err);
	int found = find_answer(lane, &token, err);
	if (found < 0)
		return found;
	if (lane->phase == PHASE_OPEN)
		return found ? on_opened(lane, err) : lane_not_offered(lane, err);
	if (lane->phase == PHASE_FIRST_BODY && lane->legs > 1)
		return first_body_401(lane, buf_bytes(&token), err);
	if (lane->phase == PHASE_TOKEN || lane->phase == PHASE_FIRST_BODY)
		return token_401(lane, found, buf_bytes(&token), err);
	if (lane->http->auth == HTTP_AUTH_BASIC)
		return found ? lane_credential_refused(lane, err) : lane_not_offered(lane, err);
	/* In mid-session: the server has forgotten this connection. */
	if (lane->opened_again)
		return lane_forgotten_again(lane, err);
	log_leg(lane, "401 in mid-session: authenticating again");
	lane->opened_again = true;
	return lane_begin_again(lane, err);
}

int lane_complete(struct lane *lane, winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };

	int r = find_token(lane, &token, err);
	if (r < 0)
		return r;
	if (!lane->context_done) {
		r = step(lane, buf_bytes(&token), err);
		if (r < 0)
			return lane_step_failed(lane, r, err);
		if (!lane->context_done || r == 1)
			return fail(err, WINCH_E_AUTH, "%s ended the handshake before %s did",
				    lane->http->where, lane->auth->class->name);
	}
	buf_clear(&lane->token);
	lane->authenticated = true;
	log_leg(lane, "authenticated");
	return 0;
}
