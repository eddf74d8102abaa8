/*
 * lane.c - an exchange on an authenticated connection, from its start to its end.
 *
 * lane-auth.c makes the tokens, lane-reply.c judges replies; what is repeated, and that nothing
 * else is, stands here.
 */
#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/http/lane-inside.h"

/* The context, or the work that has it. */
static void free_context(struct lane *lane)
{
	if (lane->work) {
		lane->http->watch.socket(lane->http->watch.user, lane_work_fd(lane->work), 0);
		lane_work_abandon(lane->work);
	} else {
		auth_free(lane->auth);
	}
	lane->work = NULL;
	lane->auth = NULL;
}

struct lane *lane_new(struct http *h, winch_error *err)
{
	struct lane *lane = mem_zalloc(sizeof(*lane));

	if (!lane) {
		fail_nomem(err);
		return NULL;
	}
	lane->http = h;
	lane->number = ++h->lane_count;
	lane->wire.watch = &h->watch;
	lane->wire.http = h;
	lane->wire.share = h->share;
	lane->wire.peer.rules = &h->rules;
	lane->wire.due_ms = -1;
	lane->next = h->lanes;
	h->lanes = lane;
	return lane;
}

void lane_free(struct lane *lane)
{
	if (!lane)
		return;
	struct lane **at = &lane->http->lanes;
	while (*at != lane)
		at = &(*at)->next;
	*at = lane->next;
	http_unqueue_done(lane->http, lane);
	free_context(lane);
	wire_done(&lane->wire);
	buf_done(&lane->token);
	buf_done(&lane->out);
	buf_done(&lane->type);
	buf_done(&lane->plain);
	winch_error_done(&lane->dead);
	winch_error_done(&lane->error);
	mem_free(lane);
}

unsigned lane_number(const struct lane *lane)
{
	return lane->number;
}

bool lane_busy(const struct lane *lane)
{
	return lane->phase != PHASE_IDLE;
}

bool lane_is_dead(const struct lane *lane)
{
	return lane->dead.status != 0;
}

const winch_error *lane_error(const struct lane *lane)
{
	return lane->error.status ? &lane->error : NULL;
}

bool lane_was_sent(const struct lane *lane)
{
	if (!lane_busy(lane))
		return lane->was_sent;
	return lane->phase > PHASE_TOKEN && wire_was_sent(&lane->wire);
}

bool lane_was_repeated(const struct lane *lane)
{
	return lane->repeated;
}

static struct bytes reply_of(const struct lane *lane)
{
	return buf_bytes(lane->sealed ? &lane->plain : &lane->wire.reply);
}

void lane_reply(const struct lane *lane, int *ret_http_status, struct bytes *ret_body)
{
	*ret_http_status = lane->status;
	*ret_body = reply_of(lane);
}

bool lane_hearsay(const struct lane *lane, int *ret_http_status, struct bytes *ret_body)
{
	if (!lane->hearsay)
		return false;
	*ret_http_status = lane->status;
	*ret_body = buf_bytes(&lane->wire.reply);
	return true;
}

static int64_t read_date(struct bytes text)
{
	char date[64];

	if (!text.len || text.len >= sizeof(date))
		return 0;
	memcpy(date, text.data, text.len);
	date[text.len] = '\0';
	time_t t = curl_getdate(date, NULL);
	return t < 0 ? 0 : (int64_t)t;
}

void lane_look(const struct lane *lane, struct lane_look *ret_look)
{
	const struct wire *w = &lane->wire;

	*ret_look = (struct lane_look){
		.http_status = w->status,
		.type = buf_bytes(&w->type),
		.server = bytes_str(w->server),
		.date = read_date(buf_bytes(&w->date)),
		.location = buf_bytes(&w->location),
		.offers = buf_bytes(&w->offers),
		.tls = w->peer.facts.seen ? &w->peer.facts.look : NULL,
		.connected = w->times.connected,
		.asks_certificate = w->times.asked_for_ours,
		.connect_ms = w->times.connect_ms,
		.tls_ms = w->times.tls_ms,
		.first_ms = w->times.first_ms,
		.address = w->times.address,
	};
}

void lane_drop_connection(struct lane *lane)
{
	wire_close(&lane->wire);
	free_context(lane);
	lane->authenticated = false;
	lane->context_done = lane->opened = lane->wire.peer.keeps = false;
	lane->legs = 0;
	buf_clear(&lane->token);
}

static void log_exchange(const struct lane *lane)
{
	char number[16], status[16], sent[24], received[24], ms[24];

	if (!log_on(lane->http->log, WINCH_LOG_INFO))
		return;
	snprintf(number, sizeof(number), "%u", lane->number);
	snprintf(status, sizeof(status), "%d", lane->wire.status);
	snprintf(sent, sizeof(sent), "%zu", lane->wire.given);
	snprintf(received, sizeof(received), "%zu", lane->wire.reply.len);
	snprintf(ms, sizeof(ms), "%ld", wire_took_ms(&lane->wire));
	/* A token goes alone, before the message. */
	bool token = lane->phase <= PHASE_TOKEN;
	winch_log_field fields[] = {
		{ "lane", number },       { "op", token ? "token" : lane->req.op },
		{ "http", status },       { "sent", sent },
		{ "received", received }, { "ms", ms },
		{ "id", lane->req.id },
	};
	log_put(lane->http->log, WINCH_LOG_INFO, "POST", token || !lane->req.id ? 6 : 7, fields);
}

/* The exchange is over; lane->error says how. */
static void end(struct lane *lane)
{
	lane->phase = PHASE_IDLE;
	buf_clear(&lane->token);
	buf_clear(&lane->out);
	if (lane->error.status)
		lane_drop_connection(lane);
	http_queue_done(lane->http, lane);
}

/* What is left of the exchange's time; 0: none is.  -1: there is no limit. */
static long time_left(const struct lane *lane)
{
	if (lane->deadline_ms < 0)
		return -1;
	int64_t left = lane->deadline_ms - clock_ms();
	return left > 0 ? (long)left : 0;
}

/* Room for a sealed reply that has max_reply plain bytes. */
static size_t max_sealed(const struct lane *lane)
{
	const struct auth_sealing *s = lane->auth ? lane->auth->class->sealing : NULL;

	return lane->sealed && s ? sealed_room(s, lane->req.max_reply) : lane->req.max_reply;
}

int lane_send(struct lane *lane, enum phase phase, bool bound, winch_error *err)
{
	struct http *h = lane->http;
	bool has_body = phase > PHASE_TOKEN;
	struct wire_request req = { .header = lane->req.header,
				    .bound = bound,
				    .timeout_ms = time_left(lane) };

	if (req.timeout_ms == 0)
		return fail(err, WINCH_E_TIMEOUT, "no time is left to ask %s", h->where);
	lane->sealed = has_body && http_seals(h);
	req.max_reply = has_body ? max_sealed(lane) : MAX_TOKEN_REPLY;

	int r = lane_prepare(lane, has_body, &req, err);
	if (r < 0)
		return r;
	lane->phase = phase;
	lane->was_sent = false;
	return wire_start(&lane->wire, &req, err);
}

/* From nothing, or on the connection that stands. */
static int begin(struct lane *lane, winch_error *err)
{
	if (lane->http->auth == HTTP_AUTH_NONE)
		return lane_send(lane, PHASE_BODY, false, err);
	if (http_at_once(lane->http))
		return lane_at_once(lane, err);
	if (lane->authenticated)
		return lane_send(lane, PHASE_BODY, true, err);
	return lane_handshake(lane, err);
}

int lane_begin_again(struct lane *lane, winch_error *err)
{
	lane_drop_connection(lane);
	return begin(lane, err);
}

int lane_post(struct lane *lane, const struct lane_request *req, winch_error *err)
{
	if (lane_busy(lane) || lane->queued)
		return fail(err, WINCH_E_STATE, "lane %u carries an exchange already",
			    lane->number);
	if (lane->dead.status)
		return fail_again(err, &lane->dead);

	lane->req = *req;
	lane->deadline_ms = req->timeout_ms > 0 ? clock_ms() + req->timeout_ms : -1;
	lane->opened_again = lane->empty_first = lane->hearsay = false;
	lane->was_sent = lane->repeated = false;
	lane->status = 0;
	buf_clear(&lane->plain);
	winch_error_done(&lane->error);

	if (begin(lane, &lane->error) < 0)
		end(lane);
	lane_pump(lane);
	http_set_timer(lane->http);
	return 0;
}

void lane_work_done(struct lane *lane)
{
	struct lane_work *w = lane->work;

	lane->http->watch.socket(lane->http->watch.user, lane_work_fd(w), 0);
	lane->work = NULL;
	lane_work_finish(w);
	if (lane_first_token(lane, &lane->error) < 0)
		end(lane);
	lane_pump(lane);
}

void lane_work_expired(struct lane *lane)
{
	fail(&lane->error, WINCH_E_TIMEOUT,
	     "no time is left to ask %s: Kerberos's KDC did not "
	     "answer in time",
	     lane->http->where);
	end(lane);
}

void lane_cancel(struct lane *lane)
{
	http_unqueue_done(lane->http, lane);
	if (lane_busy(lane)) {
		lane->phase = PHASE_IDLE;
		lane_drop_connection(lane);
	}
	http_set_timer(lane->http);
}

/* The server can't have acted on what it did not get whole, and a Receive may be acted on twice.
 * A refused socket alone says little: libcurl also asks for one when it would repeat a request
 * whose connection died under it. */
static bool may_send_again(const struct lane *lane, CURLcode code)
{
	if (lane->opened_again || lane->phase != PHASE_BODY)
		return false;
	if (lane->wire.why.status || lane->wire.peer.why.status)
		return false;
	switch ((int)code) {
	case CURLE_COULDNT_CONNECT:
		if (!lane->wire.refused_socket)
			return false;
		break;
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_SEND_FAIL_REWIND:
		break;
	default:
		return false;
	}
	return !lane->was_sent || lane->req.may_repeat;
}

/* No reply came. */
static int on_failure(struct lane *lane, CURLcode code, winch_error *err)
{
	lane->was_sent = lane->phase > PHASE_TOKEN && wire_was_sent(&lane->wire);
	if (may_send_again(lane, code)) {
		if (log_on(lane->http->log, WINCH_LOG_DEBUG))
			log_put(lane->http->log, WINCH_LOG_DEBUG,
				"the connection is gone: opening another", 0, NULL);
		lane->opened_again = true;
		lane->repeated = lane->was_sent;
		return lane_begin_again(lane, err);
	}
	if (lane->wire.refused_socket && !lane->was_sent)
		return lane_not_kept(lane, err);
	int r = wire_explain(&lane->wire, code, err);
	if (r == WINCH_E_CONNECT && err && code != CURLE_COULDNT_RESOLVE_HOST)
		err->flags |= WINCH_ERROR_MAY_PASS;
	return err && err->flags & WINCH_ERROR_REFUSED ? lane_refuse(lane, err) : r;
}

/* 0: the exchange goes on, or (phase idle) has its reply.  < 0: it failed. */
static int on_done(struct lane *lane, CURLcode code, winch_error *err)
{
	log_exchange(lane);
	if (code != CURLE_OK)
		return on_failure(lane, code, err);
	lane->was_sent = lane->phase > PHASE_TOKEN;
	return lane_on_reply(lane, err);
}

void lane_pump(struct lane *lane)
{
	CURLcode code;

	while (lane_busy(lane) && wire_take_done(&lane->wire, &code)) {
		if (on_done(lane, code, &lane->error) < 0 || lane->phase == PHASE_IDLE)
			end(lane);
	}
}
