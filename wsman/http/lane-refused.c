/*
 * lane-refused.c - the ways in which a handshake ends, each by its name, and what is kept of it: a
 * credential that was refused is not sent a second time, by no lane.
 */
#include <stdio.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/http/certificate.h"
#include "wsman/http/lane-inside.h"
#include "wsman/http/mime.h"

/* The mechanisms that would bind. */
bool lane_binds(const struct http *h)
{
	return h->auth == HTTP_AUTH_NEGOTIATE || h->auth == HTTP_AUTH_NTLM ||
	       h->auth == HTTP_AUTH_KERBEROS;
}

/* Another lane, or this one, was refused before. */
int lane_still_refused(const struct http *h, winch_error *err)
{
	if (!h->refused.status)
		return 0;
	return fail_again(err, &h->refused);
}

int lane_refuse(struct lane *lane, winch_error *err)
{
	struct http *h = lane->http;

	if (err)
		err->http_status = lane->wire.status;
	winch_error_done(&h->refused);
	if (err)
		fail_again(&h->refused, err);
	h->refused.status = WINCH_E_AUTH;
	return WINCH_E_AUTH;
}

/* The same for an error of our own, *why, which is *err's then. */
static int refuse_for(struct lane *lane, int reason, winch_error *why, winch_error *err)
{
	why->reason = reason;
	int r = lane_refuse(lane, why);
	fail_move(err, why);
	return r;
}

/* The mechanism says why it does not go on. */
int lane_step_failed(struct lane *lane, int status, winch_error *err)
{
	if (!err || !err->status)
		return status;
	fail_prefix(err, "%s, %s", lane->http->where, lane->auth->class->name);
	return status == WINCH_E_AUTH ? lane_refuse(lane, err) : status;
}

/* Before anything went out: no user, no ticket, no KDC.  Only what a KDC has refused is refused for
 * the other lanes, too. */
int lane_first_failed(struct lane *lane, int status, winch_error *err)
{
	if (!err || !err->status)
		return status;
	bool refused = err->flags & WINCH_ERROR_REFUSED;
	fail_prefix(err, "%s, %s", lane->http->where, lane->auth->class->name);
	return refused ? lane_refuse(lane, err) : status;
}

int lane_not_offered(struct lane *lane, winch_error *err)
{
	AUTO(buf_done) struct buf offers = { .max = 2 * MAX_HEADERS };
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;

	int r = challenge_put_names(buf_bytes(&lane->wire.offers), &offers, err);
	if (r == 0 && !offers.len)
		r = buf_put_str(&offers, "nothing", err);
	if (r < 0)
		return r;
	if (lane->http->auth == HTTP_AUTH_NONE)
		fail(&why, WINCH_E_AUTH, "%s asks for authentication: it offers %.*s",
		     lane->http->where, (int)offers.len, (const char *)buf_bytes(&offers).data);
	else
		fail(&why, WINCH_E_AUTH, "%s does not offer %s (for %s): it offers %.*s",
		     lane->http->where, lane->auth->class->scheme, lane->auth->class->name,
		     (int)offers.len, (const char *)buf_bytes(&offers).data);
	return refuse_for(lane, WINCH_REASON_NOT_OFFERED, &why, err);
}

/* A server does not tell a wrong password from a binding to another connection. */
static const char *or_the_channel(const struct lane *lane)
{
	return lane->world.channel_binding.len && lane_binds(lane->http)
		       ? ", or the TLS connection: somebody on the way may have ended it (channel "
			 "binding)"
		       : "";
}

/* Whether the reply is of something in front of a Windows host, which always names itself. */
static bool is_of_a_front(const struct lane *lane)
{
	const char *server = lane->wire.server;

	return server[0] && strncasecmp(server, "Microsoft-", 10) != 0;
}

/* Nor from a login that comes by another connection than it began on. */
static void put_also(const struct lane *lane, char *out, size_t size)
{
	if (lane->legs > 1 && is_of_a_front(lane))
		snprintf(out, size,
			 ": it is %s, which may not keep our connection to the host, and %s "
			 "authenticates a connection",
			 lane->wire.server, lane->auth->class->name);
	else
		snprintf(out, size, "%s", or_the_channel(lane));
}

int lane_credential_refused(struct lane *lane, winch_error *err)
{
	const struct credential *c = lane->http->credential;
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;
	struct bytes domain = c ? buf_bytes(&c->domain) : (struct bytes){ 0 };
	struct bytes user = c ? buf_bytes(&c->user) : BYTES_LIT("of the ticket");
	char also[200] = "";

	put_also(lane, also, sizeof(also));
	fail(&why, WINCH_E_AUTH, "%s refused user %.*s%s%.*s (%s)%s", lane->http->where,
	     (int)domain.len, domain.len ? (const char *)domain.data : "", domain.len ? "\\" : "",
	     (int)user.len, user.len ? (const char *)user.data : "", lane->auth->class->name, also);
	why.flags |= WINCH_ERROR_REFUSED;
	return refuse_for(lane, WINCH_REASON_CREDENTIAL_REFUSED, &why, err);
}

/* Over TLS 1.3 some servers can ask in the handshake only. */
static const char certificate_advice[] = "it never asked for one in TLS: on Windows see the "
					 "listener, and netsh http show sslcert: "
					 "Negotiate Client Certificate";

int lane_certificate_refused(struct lane *lane, winch_error *err)
{
	const struct http *h = lane->http;
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;

	fail(&why, WINCH_E_AUTH, "%s refused the certificate of %s (HTTP %d): %s", h->where,
	     winch_certificate_subject(h->rules.own), lane->wire.status,
	     lane->wire.peer.asked_for_ours
		     ? certificate_fault(h->rules.own,
					 "is it mapped to a user there, and its authority trusted?")
		     : certificate_advice);
	why.flags |= WINCH_ERROR_REFUSED;
	return refuse_for(lane, WINCH_REASON_CERTIFICATE_REFUSED, &why, err);
}

/* Our first token was answered by none: nobody has been named yet. */
int lane_mechanism_refused(struct lane *lane, winch_error *err)
{
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;

	fail(&why, WINCH_E_AUTH, "%s does not go on with %s: it may be switched off there",
	     lane->http->where, lane->auth->class->name);
	return refuse_for(lane, WINCH_REASON_MECHANISM_REFUSED, &why, err);
}

/* A ticket was sent that the server could not read, or would not take. */
int lane_ticket_refused(struct lane *lane, winch_error *err)
{
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;

	fail(&why, WINCH_E_AUTH,
	     "%s refused the Kerberos ticket: its SPN may be another account's, the "
	     "clocks may differ, the user may have no right there%s",
	     lane->http->where, or_the_channel(lane));
	why.flags |= WINCH_ERROR_REFUSED;
	return refuse_for(lane, WINCH_REASON_TICKET_REFUSED, &why, err);
}

/* It has let us in twice, and does not know us when the body comes. */
int lane_forgotten_again(struct lane *lane, winch_error *err)
{
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;
	bool front = is_of_a_front(lane);

	fail(&why, WINCH_E_AUTH,
	     "%s takes our login and forgets it at once: %s authenticates a connection, which a "
	     "proxy on the way may not keep%s%s",
	     lane->http->where, lane->auth->class->name, front ? "; it is " : "",
	     front ? lane->wire.server : "");
	return refuse_for(lane, WINCH_REASON_NOT_KEPT, &why, err);
}

int lane_not_kept(struct lane *lane, winch_error *err)
{
	int r = lane->phase == PHASE_BODY
			? fail(err, WINCH_E_CONNECT,
			       "%s closes its connections after each reply: %s authenticates a "
			       "connection, which a proxy on the way may not keep",
			       lane->http->where, lane->auth->class->name)
			: fail(err, WINCH_E_AUTH,
			       "%s closes the connection in the middle of the handshake: %s "
			       "authenticates a connection, which a proxy on the way may not keep",
			       lane->http->where, lane->auth->class->name);
	return fail_for(err, WINCH_REASON_NOT_KEPT, r);
}
