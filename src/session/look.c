/*
 * look.c - winch_look_at(): Identify, and what is offered, without a credential.
 *
 * WinRM answers an Identify with the header WSMANIDENTIFY to everybody (it is what Test-WSMan
 * sends), and then has not said which mechanisms it offers: a request without a credential gets
 * that, with its 401.
 */
#include <winch/look.h>

#include <string.h>
#include <time.h>

#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/session/poller.h"
#include "src/session/session-http.h"
#include "wsman/http/mime.h"
#include "wsman/wsman.h"

enum {
	CONNECT_TIMEOUT_MS = 10000,
	OPERATION_TIMEOUT_MS = 20000,
	MAX_REPLY = 64 * 1024,
	MAX_HEADER = 4096, /* of each header that is kept */
	LOOK_TEXTS = 24,
};

/* A look, and all that its texts are. */
struct own_look {
	winch_look look;
	winch_tls_look tls;
	char *texts[LOOK_TEXTS];
	size_t text_count;
};

struct looker {
	const winch_session_options *opts;
	struct own_look *own;
	struct log log;
	struct poller *poller;
	int64_t http_due;
	struct http *http;
	struct lane *lane;
	struct wsman_shell shell;
	struct wsman_request request;
	struct wsman_reply reply;
};

static void watch_socket(void *user, int fd, int want)
{
	struct looker *l = user;

	poller_watch(l->poller, fd,
		     (want & HTTP_READ ? POLLER_READ : 0) | (want & HTTP_WRITE ? POLLER_WRITE : 0));
}

static void watch_timer(void *user, long ms)
{
	struct looker *l = user;

	l->http_due = ms < 0 ? -1 : clock_ms() + ms;
}

/* Until the exchange has ended. */
static int wait_for_end(struct looker *l, winch_error *err)
{
	struct poller_ready ready[16];
	struct lane *ended;
	bool woken;

	while (http_next_done(l->http, &ended) == 0) {
		int64_t left = l->http_due < 0 ? -1 : l->http_due - clock_ms();
		int ms = left < 0 ? (l->http_due < 0 ? -1 : 0) : left > 60000 ? 60000 : (int)left;
		int n = poller_wait(l->poller, ms, ready, 16, &woken, err);
		if (n < 0)
			return n;
		for (int i = 0; i < n; i++)
			http_ready(l->http, ready[i].fd, ready[i].events);
		if (l->http_due >= 0 && l->http_due <= clock_ms()) {
			l->http_due = -1;
			http_expired(l->http);
		}
	}
	return 0;
}

/* For the connection and the answer together: who takes connections and says nothing is not waited
 * for any longer than who takes none.  What the application opens the way with (ssh) may ask its
 * user first. */
static long patience_ms(const winch_session_options *o)
{
	long connect = o->connect_timeout_ms > 0 ? o->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	long operation =
		o->operation_timeout_ms > 0 ? o->operation_timeout_ms : OPERATION_TIMEOUT_MS;

	return o->connect ? connect + operation : connect;
}

static int ask(struct looker *l, struct bytes body, const char *header, winch_error *err)
{
	const struct lane_request request = {
		.body = body,
		.op = "Identify",
		.timeout_ms = patience_ms(l->opts),
		.max_reply = MAX_REPLY,
		.header = header,
		/* A proxy may have closed the connection that Identify came by. */
		.may_repeat = !header,
	};
	int r = lane_post(l->lane, &request, err);

	return r < 0 ? r : wait_for_end(l, err);
}

/* ---- what was found ---- */

static int keep(struct own_look *own, const char **ret, const char *text, size_t len,
		winch_error *err)
{
	char *copy = mem_strndup(text ? text : "", len < MAX_HEADER ? len : MAX_HEADER);

	if (!copy || own->text_count == LOOK_TEXTS) {
		mem_free(copy);
		return fail_nomem(err);
	}
	own->texts[own->text_count++] = copy;
	*ret = copy;
	return 0;
}

static int keep_bytes(struct own_look *own, const char **ret, struct bytes text, winch_error *err)
{
	return text.len ? keep(own, ret, (const char *)text.data, text.len, err) : 0;
}

/* The schemes alone: a challenge may hold anything. */
static int keep_offers(struct own_look *own, struct bytes offers, winch_error *err)
{
	AUTO(buf_done) struct buf text = { .max = MAX_HEADER };

	int r = challenge_put_names(offers, &text, err);
	return r < 0 ? r : keep_bytes(own, &own->look.offers, buf_bytes(&text), err);
}

/* They point into the lane, which goes. */
static int keep_tls(struct own_look *own, const winch_tls_look *from, winch_error *err)
{
	winch_tls_look *tls = &own->tls;
	const char **const texts[] = { &tls->version, &tls->why, &tls->subject,  &tls->issuer,
				       &tls->names,   &tls->key, &tls->signature };
	int r = 0;

	if (!from || own->look.tls)
		return 0;
	*tls = *from;
	tls->size = sizeof(*tls);
	for (size_t i = 0; r == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		r = keep(own, texts[i], *texts[i], strlen(*texts[i]), err);
	own->look.tls = tls;
	return r;
}

static int keep_reply(struct looker *l, winch_error *err)
{
	struct own_look *own = l->own;
	winch_look *look = &own->look;
	struct lane_look seen;

	lane_look(l->lane, &seen);
	look->connected = seen.connected;
	look->asks_certificate = seen.asks_certificate;
	look->connect_ms = seen.connect_ms;
	look->tls_ms = seen.tls_ms;
	look->reply_ms = seen.first_ms > seen.tls_ms && seen.first_ms > seen.connect_ms
				 ? seen.first_ms - (seen.tls_ms ? seen.tls_ms : seen.connect_ms)
				 : 0;
	look->http_status = seen.http_status;
	look->date = seen.date;
	look->local_date = (int64_t)time(NULL);
	int r = keep_tls(own, seen.tls, err);
	if (r == 0)
		r = keep(own, &look->address, seen.address, strlen(seen.address), err);
	if (r == 0)
		r = keep_bytes(own, &look->server, seen.server, err);
	if (r == 0)
		r = keep_bytes(own, &look->type, seen.type, err);
	if (r == 0)
		r = keep_bytes(own, &look->location, seen.location, err);
	return r < 0 ? r : keep_offers(own, seen.offers, err);
}

static int keep_failure(struct own_look *own, const winch_error *why, winch_error *err)
{
	if (why->status == WINCH_E_NOMEM)
		return fail_nomem(err);
	own->look.status = why->status;
	own->look.reason = why->reason;
	own->look.flags = why->flags;
	return keep(own, &own->look.why, winch_error_text(why), strlen(winch_error_text(why)), err);
}

/* It is SOAP: is it the answer? */
static int keep_identity(struct looker *l, winch_error *err)
{
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;
	struct own_look *own = l->own;
	struct wsman_reply *reply = &l->reply;
	struct bytes body;
	int status;

	lane_reply(l->lane, &status, &body);
	if (wsman_read(&l->shell, NULL, &l->request, status, body, reply, &why) < 0) {
		/* Who answers with a fault speaks WS-Management. */
		return why.status == WINCH_E_FAULT ? 0 : keep_failure(own, &why, err);
	}
	own->look.identified = true;
	int r = keep_bytes(own, &own->look.product_vendor, reply->product_vendor, err);
	if (r == 0)
		r = keep_bytes(own, &own->look.product_version, reply->product_version, err);
	if (r == 0)
		r = keep_bytes(own, &own->look.protocol_version, reply->protocol_version, err);
	return r;
}

static int look_first(struct looker *l, winch_error *err)
{
	int r = wsman_identify(&l->shell, &l->request, err);

	if (r == 0)
		r = ask(l, buf_bytes(&l->request.body), "WSMANIDENTIFY: unauthenticated", err);
	if (r == 0)
		r = keep_reply(l, err);
	if (r < 0)
		return r;
	const winch_error *why = lane_error(l->lane);
	if (!why)
		return keep_identity(l, err);
	l->own->look.asks = why->reason == WINCH_REASON_NOT_OFFERED;
	return l->own->look.asks ? 0 : keep_failure(l->own, why, err);
}

/* Who answered Identify has not said what he offers. */
static int look_for_offers(struct looker *l, winch_error *err)
{
	struct lane_look seen;

	if (l->own->look.status || l->own->look.asks)
		return 0;
	int r = ask(l, (struct bytes){ 0 }, NULL, err);
	if (r < 0)
		return r;
	const winch_error *why = lane_error(l->lane);
	if (why && why->status == WINCH_E_NOMEM)
		return fail_nomem(err);
	lane_look(l->lane, &seen);
	/* Silence is no offer, and not the word that none is needed. */
	if (why && !seen.http_status)
		return keep_failure(l->own, why, err);
	l->own->look.asks = seen.http_status == 401;
	return keep_offers(l->own, seen.offers, err);
}

static int make(struct looker *l, const char *url, winch_error *err)
{
	const struct http_watch watch = { watch_socket, watch_timer, l };
	const struct wsman_shell_options shell = { .to = url, .resource_uri = "" };

	l->poller = poller_new(err);
	if (!l->poller)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	l->http = session_look_new(l->opts, url, &l->log, &watch, err);
	l->lane = l->http ? lane_new(l->http, err) : NULL;
	if (!l->lane)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	return wsman_shell_init(&l->shell, &shell, err);
}

static void looker_done(struct looker *l)
{
	http_free(l->http);
	wsman_request_done(&l->request);
	wsman_reply_done(&l->reply);
	wsman_shell_done(&l->shell);
	poller_free(l->poller);
}

static int look(struct looker *l, winch_error *err)
{
	AUTO(buf_done) struct buf url = { .max = 65536 };

	int r = session_url(l->opts->url, &url, err);
	if (r < 0)
		return r;
	const char *text = buf_cstr(&url, err);
	if (!text)
		return WINCH_E_NOMEM;
	r = make(l, text, err);
	if (r == 0)
		r = look_first(l, err);
	return r < 0 ? r : look_for_offers(l, err);
}

static const winch_look nothing = {
	.size = sizeof(winch_look),
	.why = "",
	.address = "",
	.server = "",
	.type = "",
	.location = "",
	.product_vendor = "",
	.product_version = "",
	.protocol_version = "",
	.offers = "",
};

int winch_look_at(const winch_session_options *opts, winch_look **ret_look, winch_error *err)
{
	winch_session_options known;
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;

	int r = session_look_options(&known, opts, err);
	if (r < 0)
		return r;
	struct own_look *own = mem_zalloc(sizeof(*own));
	if (!own)
		return fail_nomem(err);
	own->look = nothing;
	struct looker l = {
		.opts = &known,
		.own = own,
		.log = { known.log_level, known.log, known.log_user, NULL },
		.http_due = -1,
		.request = WSMAN_REQUEST_INIT,
	};
	wsman_reply_init(&l.reply, MAX_REPLY);
	r = look(&l, &why);
	looker_done(&l);
	if (r < 0) {
		winch_look_free(&own->look);
		fail_move(err, &why);
		return r;
	}
	*ret_look = &own->look;
	return 0;
}

void winch_look_free(winch_look *look)
{
	/* The first member of its struct own_look. */
	struct own_look *own = (struct own_look *)(void *)look;

	if (!own)
		return;
	for (size_t i = 0; i < own->text_count; i++)
		mem_free(own->texts[i]);
	mem_free(own);
}
