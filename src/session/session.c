/*
 * session.c - include/winch/session.h: a pool, a carrier and the waiting between them.
 */
#include <winch/session.h>

#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"
#include "src/base/random.h"
#include "src/base/sized.h"
#include "src/session/carrier.h"
#include "src/session/key-pair.h"

enum { KEY_TIMEOUT_MS = 60000 };

struct winch_session {
	pid_t owner; /* a child after fork() may only free */
	struct poller *poller;
	winch_pool *pool;
	struct carrier *carrier;
	struct log log;
	char *host; /* for the log */
	winch_error failed;
	bool opened;
	bool closing;                   /* events are told no more */
	winch_error not_closed;         /* .status set: why what is open on the server stays so */
	bool woken;                     /* not yet told */
	struct winch_key_pair key_pair; /* where the application gave none */
	int key_timeout_ms;
	int64_t key_due; /* when the session key must be here; -1: none is awaited */
};

/* "host:port" of a URL, for messages; the whole text where it does not look like one. */
static char *host_of(const char *url)
{
	const char *start = strstr(url, "://");

	start = start ? start + 3 : url;
	return mem_strndup(start, strcspn(start, "/"));
}

static int make_pool(struct winch_session *s, const winch_session_options *opts, winch_error *err)
{
	winch_pool_options pool = *opts->pool;

	if (!pool.new_guid)
		pool.new_guid = random_guid;
	if (guid_is_zero(&pool.id) && random_guid(NULL, &pool.id) < 0)
		return fail(err, WINCH_E_SYSTEM, "no random bytes");
	if (!pool.rsa_key) {
		pool.rsa_key = key_pair_der;
		pool.rsa_key_user = opts->key_pair ? opts->key_pair : &s->key_pair;
	}
	s->key_timeout_ms = opts->key_timeout_ms ? opts->key_timeout_ms : KEY_TIMEOUT_MS;
	s->key_due = -1;
	s->pool = winch_pool_new(&pool, err);
	return s->pool ? 0 : err ? err->status : WINCH_E_NOMEM;
}

static int make_parts(struct winch_session *s, const winch_session_options *opts, winch_error *err)
{
	s->host = host_of(opts->url);
	if (!s->host)
		return fail_nomem(err);
	s->log = (struct log){ opts->log_level, opts->log, opts->log_user, s->host };
	s->poller = poller_new(err);
	if (!s->poller)
		return err ? err->status : WINCH_E_SYSTEM;
	int r = make_pool(s, opts, err);
	if (r < 0)
		return r;
	struct carrier_world world = { s->pool, s->poller, &s->log };
	s->carrier = wsman_carrier_new(opts, &world, err);
	return s->carrier ? 0 : err ? err->status : WINCH_E_NOMEM;
}

/* The application's, of any version; what they point to stays where it is. */
static int read_options(const winch_session_options *given, winch_session_options *ret,
			winch_pool_options *ret_pool, winch_error *err)
{
	*ret_pool = (winch_pool_options)WINCH_POOL_OPTIONS_INIT;
	int r = given ? SIZED_COPY(ret, log_user, given, err) : WINCH_E_ARG;
	if (!given || (r == 0 && !ret->url))
		return fail(err, WINCH_E_ARG, "a session needs options with a URL");
	if (r == 0 && ret->pool)
		r = SIZED_COPY(ret_pool, max_queued_input, ret->pool, err);
	ret->pool = ret_pool;
	return r;
}

winch_session *winch_session_new(const winch_session_options *opts, winch_error *err)
{
	winch_session_options known;
	winch_pool_options pool;

	if (read_options(opts, &known, &pool, err) < 0)
		return NULL;
	struct winch_session *s = mem_zalloc(sizeof(*s));
	if (!s) {
		fail_nomem(err);
		return NULL;
	}
	s->owner = getpid();
	s->failed = s->not_closed = (winch_error)WINCH_ERROR_INIT;
	if (make_parts(s, &known, err) < 0) {
		winch_session_free(s);
		return NULL;
	}
	return s;
}

void winch_session_free(winch_session *s)
{
	if (!s)
		return;
	/* In a forked child the sockets are the parent's as well: freeing sends nothing,
	 * and closing our copies does not end its connections.  The poller must go
	 * first there: epoll belongs to both. */
	if (s->owner != getpid()) {
		poller_free(s->poller);
		winch_pool_free(s->pool);
		key_pair_done(&s->key_pair);
		winch_error_done(&s->failed);
		winch_error_done(&s->not_closed);
		mem_free(s->host);
		mem_free(s);
		return;
	}
	if (s->carrier)
		s->carrier->class->free(s->carrier);
	winch_pool_free(s->pool);
	key_pair_done(&s->key_pair);
	poller_free(s->poller);
	winch_error_done(&s->failed);
	winch_error_done(&s->not_closed);
	mem_free(s->host);
	mem_free(s);
}

static int refuse_use(const struct winch_session *s, winch_error *err)
{
	if (s->owner != getpid())
		return fail(err, WINCH_E_STATE,
			    "this session belongs to the process before fork()");
	return s->failed.status ? fail_again(err, &s->failed) : 0;
}

/* Keep why, for every later call, and tell it to this one. */
static int session_fail(struct winch_session *s, winch_error *why, winch_error *err)
{
	if (!s->failed.status) {
		fail_move(&s->failed, why);
		winch_pool_fail(s->pool, &s->failed);
	} else {
		winch_error_done(why);
	}
	return fail_again(err, &s->failed);
}

int winch_session_open(winch_session *s, winch_error *err)
{
	int r = refuse_use(s, err);
	if (r < 0)
		return r;
	if (s->opened)
		return fail(err, WINCH_E_STATE, "the session was opened before");
	r = winch_pool_open(s->pool);
	if (r < 0)
		return fail(err, r, "%s", winch_error_text(winch_pool_error(s->pool)));
	s->opened = true;
	return 0;
}

winch_pool *winch_session_pool(winch_session *s)
{
	return s->pool;
}

static int64_t next_due(const struct winch_session *s)
{
	int64_t due = s->carrier->class->deadline(s->carrier);

	return s->key_due >= 0 && (due < 0 || s->key_due < due) ? s->key_due : due;
}

/* Wait until something is ready, at most timeout_ms, and let the carrier have it. */
static int wait_once(struct winch_session *s, int timeout_ms, winch_error *err)
{
	struct poller_ready ready[16];
	bool woken = false;

	poller_deadline(s->poller, next_due(s));
	int n = poller_wait(s->poller, timeout_ms, ready, 16, &woken, err);
	if (n < 0)
		return n;
	s->woken |= woken;
	for (int i = 0; i < n; i++)
		s->carrier->class->ready(s->carrier, ready[i].fd, ready[i].events);
	int64_t due = s->carrier->class->deadline(s->carrier);
	if (due >= 0 && due <= clock_ms())
		s->carrier->class->expired(s->carrier);
	return n;
}

static int left_ms(int64_t until)
{
	if (until < 0)
		return -1;
	int64_t left = until - clock_ms();
	return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/* Pump; first what is needed, then what is worth it only when we go on waiting. */
static int pump(struct winch_session *s, winch_error *err)
{
	int r = s->carrier->class->pump(s->carrier, false, err);

	return r != 0 ? r : s->carrier->class->pump(s->carrier, true, err);
}

/* 1: an event; 0: none now.  What the pool found wrong comes after its last event. */
static int next_event(struct winch_session *s, winch_event **ret_event, winch_error *err)
{
	int r = winch_pool_next(s->pool, ret_event);

	if (r < 0) {
		AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;
		fail(&why, r, "%s", winch_error_text(winch_pool_error(s->pool)));
		return session_fail(s, &why, err);
	}
	return r;
}

/* One look for what is to be told.  0: nothing now. */
static int look(struct winch_session *s, winch_event **ret_event, winch_error *err)
{
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;

	for (;;) {
		int r = next_event(s, ret_event, err);
		if (r != 0)
			return r;
		if (s->failed.status)
			return refuse_use(s, err);
		if (s->woken) {
			s->woken = false;
			return WINCH_WOKEN;
		}
		r = pump(s, &why);
		/* Events that came before a failure are told before it. */
		if (r < 0)
			fail_move(&s->failed, &why);
		if (r == 0)
			return 0;
	}
}

/* The same while closing: what comes for the application is dropped. */
static int look_closing(struct winch_session *s, winch_error *err)
{
	if (s->woken) {
		s->woken = false;
		return WINCH_WOKEN;
	}
	while (!s->not_closed.status) {
		int r = pump(s, &s->not_closed);
		if (r < 0)
			break;
		if (s->carrier->class->ended(s->carrier))
			return WINCH_CLOSED;
		if (r == 0)
			return 0;
	}
	return fail_again(err, &s->not_closed);
}

/* The server has so long to answer our public key. */
static int check_key(struct winch_session *s, winch_error *err)
{
	int64_t now = clock_ms();

	if (s->closing || !winch_pool_awaits_key(s->pool)) {
		s->key_due = -1;
		return 0;
	}
	if (s->key_due < 0)
		s->key_due = now + s->key_timeout_ms;
	if (now < s->key_due)
		return 0;
	s->key_due = -1;
	return fail(err, WINCH_E_TIMEOUT,
		    "%s: no session key came in answer to ours (for a SecureString)", s->host);
}

static int look_once(struct winch_session *s, winch_event **ret_event, winch_error *err)
{
	return s->closing ? look_closing(s, err) : look(s, ret_event, err);
}

/* Before who polls our descriptor waits on it: a timer that was due may have ended an exchange, or
 * allowed another, without any descriptor being ready; and the descriptor has to tell when the
 * next one is due. */
static int look_last(struct winch_session *s, winch_event **ret_event, winch_error *err)
{
	int r = look_once(s, ret_event, err);

	poller_deadline(s->poller, next_due(s));
	return r;
}

int winch_session_next(winch_session *s, int timeout_ms, winch_event **ret_event, winch_error *err)
{
	if (s->owner != getpid())
		return refuse_use(s, err);

	int64_t until = timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;
	for (;;) {
		int r = look_once(s, ret_event, err);
		if (r != 0)
			return r;
		if (s->carrier->class->ended(s->carrier))
			return 0;
		int left = left_ms(until);
		r = check_key(s, &why);
		if (r == 0)
			r = wait_once(s, left, &why);
		if (r < 0)
			return session_fail(s, &why, err);
		if (r == 0 && left == 0 && !s->woken)
			return look_last(s, ret_event, err);
	}
}

int winch_session_fd(const winch_session *s)
{
	return poller_fd(s->poller);
}

void winch_session_wake(winch_session *s)
{
	poller_wake(s->poller);
}

int winch_session_begin_close(winch_session *s, winch_error *err)
{
	if (s->owner != getpid())
		return refuse_use(s, err);
	if (s->closing)
		return 0;
	winch_pool_close(s->pool);
	s->carrier->class->shut(s->carrier);
	s->closing = true;
	return 0;
}

int winch_session_close(winch_session *s, int timeout_ms, winch_error *err)
{
	int r = winch_session_begin_close(s, err);
	int64_t until = clock_ms() + timeout_ms;
	winch_event *none;

	while (r == 0 || r == WINCH_WOKEN) {
		int left = left_ms(until);
		r = winch_session_next(s, left, &none, err);
		if (r == 0 && left == 0)
			return fail(err, WINCH_E_TIMEOUT, "%s: shell %s was not closed in time",
				    s->host, s->carrier->class->shell_id(s->carrier));
	}
	return r < 0 ? r : 0;
}

int winch_session_config(winch_session *s, int timeout_ms, const winch_setting **ret_list,
			 size_t *ret_count, winch_error *err)
{
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;
	int64_t until = timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;

	int r = refuse_use(s, err);
	if (r == 0 && (!s->opened || s->closing))
		r = fail(err, WINCH_E_STATE, "the session is not open");
	if (r == 0)
		r = s->carrier->class->ask_config(s->carrier, err);
	while (r == 0) {
		r = s->carrier->class->config(s->carrier, ret_list, ret_count, err);
		if (r != 0)
			return r < 0 ? r : 0;
		r = pump(s, &why);
		int left = left_ms(until);
		if (r == 0 && left == 0)
			return fail(err, WINCH_E_TIMEOUT,
				    "%s: the configuration did not come in time", s->host);
		if (r == 0)
			r = wait_once(s, left, &why);
		if (r < 0)
			return session_fail(s, &why, err);
		r = 0;
	}
	return r;
}

const char *winch_session_shell_id(const winch_session *s)
{
	return s->carrier->class->shell_id(s->carrier);
}

const char *winch_session_why_ntlm(const winch_session *s)
{
	return s->carrier->class->why_ntlm(s->carrier);
}

uint64_t winch_session_request_count(const winch_session *s)
{
	return s->carrier->class->request_count(s->carrier);
}
