/*
 * lane-reply.c - judging whole replies: what they may decide, and what they may not.
 *
 * Where the request was sealed, a reply that is not sealed ends the exchange as an error,
 * whatever it says (deviations.md unsealed-faults); the two exceptions are a 401 (one new
 * handshake) and, once for a host, 400 or 500 to a first body.
 */
#include "src/base/fail.h"
#include "wsman/http/lane-inside.h"
#include "wsman/http/mime.h"

static int redirected(const struct lane *lane, winch_error *err)
{
	struct bytes to = buf_bytes(&lane->wire.location);

	return fail(err, WINCH_E_PROTOCOL,
		    "not a WinRM endpoint: %s answers HTTP %d and points to %.*s", lane->http->url,
		    lane->wire.status, to.len ? (int)to.len : 7,
		    to.len ? (const char *)to.data : "nowhere");
}

static int not_available(const struct lane *lane, winch_error *err)
{
	fail(err, WINCH_E_CONNECT, "%s is not available now (HTTP 503)", lane->http->url);
	if (err)
		err->flags |= WINCH_ERROR_MAY_PASS;
	return fail_for(err, WINCH_REASON_NOT_AVAILABLE, WINCH_E_CONNECT);
}

/* The reply is not SOAP: what it is instead. */
static int not_soap(const struct lane *lane, winch_error *err)
{
	const struct wire *w = &lane->wire;
	struct bytes params;
	struct bytes type = mime_type(buf_bytes(&w->type), &params);
	const char *url = lane->http->url;
	int r;

	if (w->status / 100 == 3)
		r = redirected(lane, err);
	else if (w->status == 503)
		r = not_available(lane, err);
	else if (w->status == 404)
		r = fail(err, WINCH_E_PROTOCOL, "not a WinRM endpoint: nothing is at %s (HTTP 404)",
			 url);
	else if (!w->reply.len)
		r = fail(err, WINCH_E_PROTOCOL, "%s answers HTTP %d without a SOAP message", url,
			 w->status);
	else
		r = fail(err, WINCH_E_PROTOCOL,
			 "not a WinRM endpoint: %s answers HTTP %d with %.*s instead of SOAP", url,
			 w->status, type.len ? (int)type.len : 20,
			 type.len ? (const char *)type.data : "content of no type");
	if (err)
		err->http_status = w->status;
	return r == WINCH_E_PROTOCOL ? fail_for(err, WINCH_REASON_NOT_WSMAN, r) : r;
}

static bool is_soap(const struct wire *w)
{
	struct bytes params;
	struct bytes type = mime_type(buf_bytes(&w->type), &params);

	return w->reply.len && (bytes_eq_nocase(type, BYTES_LIT("application/soap+xml")) ||
				bytes_eq_nocase(type, BYTES_LIT("text/xml")) ||
				bytes_eq_nocase(type, BYTES_LIT("application/xml")));
}

static int not_authenticated(struct lane *lane, winch_error *err)
{
	lane->hearsay = lane->wire.reply.len > 0;
	fail(err, WINCH_E_PROTOCOL,
	     "%s answered a sealed request with an unsealed reply (HTTP %d): it is not "
	     "authenticated, so it does not count",
	     lane->http->where, lane->wire.status);
	if (!err)
		return WINCH_E_PROTOCOL;
	err->http_status = lane->wire.status;
	err->reason = WINCH_REASON_NOT_SEALED;
	/* The operation failed, that stays; whoever sent this could as well have cut the line. */
	if (lane->wire.status == 503)
		err->flags |= WINCH_ERROR_MAY_PASS;
	return WINCH_E_PROTOCOL;
}

/* Bad seal: nothing on this lane can be believed any more. */
static int seal_broke(struct lane *lane, int status, winch_error *err)
{
	if (err)
		fail_prefix(err, "%s", lane->http->where);
	fail(&lane->dead, status, "%s", winch_error_text(err));
	return status;
}

static int take_sealed(struct lane *lane, const struct sealed_type *type, winch_error *err)
{
	lane->plain.max = lane->req.max_reply;
	int r = sealed_open(lane->auth, type, buf_bytes(&lane->wire.reply), &lane->plain, err);
	if (r < 0)
		return seal_broke(lane, r, err);
	if (lane->phase == PHASE_FIRST_BODY)
		lane->http->first_body = FIRST_BODY_TAKEN;
	lane->phase = PHASE_IDLE;
	return 0;
}

/* The one exception: this host may not take a body with the final token (deviations.md
 * first-body). */
static bool may_fall_back(const struct lane *lane)
{
	return lane->phase == PHASE_FIRST_BODY && lane->req.first_body_ok &&
	       lane->http->first_body == FIRST_BODY_UNKNOWN &&
	       (lane->wire.status == 400 || lane->wire.status == 500);
}

static int on_sealed_reply(struct lane *lane, winch_error *err)
{
	struct sealed_type type;
	bool is_sealed = sealed_type_parse(buf_bytes(&lane->wire.type), &type);

	if (!is_sealed && may_fall_back(lane)) {
		lane->http->first_body = FIRST_BODY_REFUSED;
		log_put(lane->http->log, WINCH_LOG_INFO,
			"the host takes no body with the final token: authenticating without one",
			0, NULL);
		return lane_begin_again(lane, err);
	}
	if (lane->phase == PHASE_FIRST_BODY) {
		int r = lane_complete(lane, err);
		if (r < 0)
			return r;
	}
	return is_sealed ? take_sealed(lane, &type, err) : not_authenticated(lane, err);
}

static int on_open_reply(struct lane *lane, winch_error *err)
{
	if (lane->phase == PHASE_FIRST_BODY) {
		int r = lane_complete(lane, err);
		if (r < 0)
			return r;
	}
	if (!is_soap(&lane->wire))
		return not_soap(lane, err);
	lane->phase = PHASE_IDLE;
	return 0;
}

/* An empty body with a token: 2xx says that the connection is authenticated.  To a first token
 * without one in return it is the page of somebody who asks for no authentication. */
static int on_token_reply(struct lane *lane, winch_error *err)
{
	bool asked = lane->context_done || lane->legs > 1 || lane->wire.offers.len > 0;

	if (lane->wire.status / 100 != 2 || !asked)
		return not_soap(lane, err);
	int r = lane_complete(lane, err);
	return r < 0 ? r : lane_send(lane, PHASE_BODY, true, err);
}

int lane_on_reply(struct lane *lane, winch_error *err)
{
	lane->status = lane->wire.status;
	if (lane->status == 401 ||
	    (lane->status == 403 && lane->http->auth == HTTP_AUTH_CERTIFICATE))
		return lane_on_401(lane, err);
	if (lane->phase == PHASE_OPEN)
		return not_soap(lane, err);
	if (lane->phase == PHASE_TOKEN)
		return on_token_reply(lane, err);
	return lane->sealed ? on_sealed_reply(lane, err) : on_open_reply(lane, err);
}
