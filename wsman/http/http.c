/*
 * http.c - one endpoint: its options, and the lanes' descriptors and timers as one.
 */
#include "wsman/http/http.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <winch/version.h>

#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/http/http-inside.h"

enum { CONNECT_TIMEOUT_MS = 10000 };

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

/* Never undone: other users of libcurl in this process may still be there. */
static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* One part of the URL on our own heap. */
static int url_part(CURLU *url, CURLUPart part, char **ret_text, winch_error *err)
{
	char *text = NULL;

	if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return fail(err, WINCH_E_ARG, "the URL has no host");
	*ret_text = mem_strndup(text, strlen(text));
	curl_free(text);
	return *ret_text ? 0 : fail_nomem(err);
}

/* [::1] is ::1 for certificates and SPNs. */
static void drop_brackets(char *host)
{
	size_t len = strlen(host);

	if (len < 2 || host[0] != '[' || host[len - 1] != ']')
		return;
	memmove(host, host + 1, len - 2);
	host[len - 2] = '\0';
}

static bool has_user(CURLU *url)
{
	char *text = NULL;
	bool has = curl_url_get(url, CURLUPART_USER, &text, 0) == CURLUE_OK ||
		   curl_url_get(url, CURLUPART_PASSWORD, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static int read_parts(struct http *h, CURLU *url, winch_error *err)
{
	AUTO(mem_free_auto) char *scheme = NULL;
	AUTO(mem_free_auto) char *port = NULL;

	int r = url_part(url, CURLUPART_SCHEME, &scheme, err);
	if (r == 0)
		r = url_part(url, CURLUPART_HOST, &h->host, err);
	if (r == 0)
		r = url_part(url, CURLUPART_PORT, &port, err);
	if (r < 0)
		return r;
	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		return fail(err, WINCH_E_ARG, "the URL is neither http:// nor https://");
	if (has_user(url))
		return fail(err, WINCH_E_ARG, "the URL must not hold a user or password");

	h->tls = strcmp(scheme, "https") == 0;
	size_t len = strlen(h->host) + strlen(port) + 2;
	h->where = mem_alloc(len);
	if (!h->where)
		return fail_nomem(err);
	snprintf(h->where, len, "%s:%s", h->host, port);
	h->port = (int)strtol(port, NULL, 10);
	drop_brackets(h->host);
	return 0;
}

static int set_url(struct http *h, const char *text, winch_error *err)
{
	CURLU *url = curl_url();
	if (!url)
		return fail_nomem(err);

	int r = 0;
	if (!text || curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		r = fail(err, WINCH_E_ARG, "the URL does not parse");
	if (r == 0)
		r = read_parts(h, url, err);
	curl_url_cleanup(url);
	return r;
}

static int copy_text(char **ret_copy, const char *text, winch_error *err)
{
	if (!text)
		return 0;
	*ret_copy = mem_strndup(text, strlen(text));
	return *ret_copy ? 0 : fail_nomem(err);
}

/* libcurl writes a user into a header as it is, and takes a password to its first NUL. */
static int check_proxy_login(const char *user, struct bytes password, winch_error *err)
{
	for (; *user; user++)
		if ((unsigned char)*user < ' ' || *user == 0x7F)
			return fail(err, WINCH_E_ARG,
				    "a proxy's user can't have a control character");
	if (password.len && memchr(password.data, '\0', password.len))
		return fail(err, WINCH_E_ARG, "a proxy's password can't have U+0000");
	return 0;
}

static int set_proxy(struct http *h, const struct http_options *opts, winch_error *err)
{
	int r = opts->proxy_user ? check_proxy_login(opts->proxy_user, opts->proxy_password, err)
				 : 0;

	if (r == 0)
		r = copy_text(&h->proxy, opts->proxy, err);
	if (r == 0 && opts->proxy)
		h->rules.proxy_tls = strncasecmp(opts->proxy, "https:", 6) == 0;
	if (r == 0)
		r = copy_text(&h->proxy_user, opts->proxy_user, err);
	return r < 0 || !opts->proxy_user
		       ? r
		       : secret_set(&h->proxy_password, opts->proxy_password, err);
}

static int set_kerberos(struct auth_kerberos *k, const struct auth_kerberos *from, winch_error *err)
{
	char *spn = NULL, *keytab = NULL, *ccache = NULL;

	int r = copy_text(&spn, from->spn, err);
	if (r == 0)
		r = copy_text(&keytab, from->keytab, err);
	if (r == 0)
		r = copy_text(&ccache, from->ccache, err);
	*k = (struct auth_kerberos){ spn, keytab, ccache, from->delegate };
	return r;
}

static void free_kerberos(struct auth_kerberos *k)
{
	mem_free((char *)(uintptr_t)k->spn);
	mem_free((char *)(uintptr_t)k->keytab);
	mem_free((char *)(uintptr_t)k->ccache);
}

static int set_texts(struct http *h, const struct http_options *opts, winch_error *err)
{
	int r = set_url(h, opts->url, err);

	if (r == 0)
		r = copy_text(&h->url, opts->url, err);
	if (r == 0)
		r = copy_text(&h->user_agent,
			      opts->user_agent ? opts->user_agent : "winch/" WINCH_VERSION, err);
	if (r == 0)
		r = copy_text(&h->ca_file, opts->ca_file, err);
	if (r == 0)
		r = set_proxy(h, opts, err);
	if (r == 0)
		r = copy_text(&h->rules.name, opts->tls_name ? opts->tls_name : h->host, err);
	h->rules.ca_file = h->ca_file;
	return r < 0 || !opts->kerberos ? r : set_kerberos(&h->kerberos, opts->kerberos, err);
}

/* What is missing is the mechanism's to say. */
static int no_kerberos(winch_error *err)
{
	const struct auth_world nowhere = { 0 };

	auth_free(auth_kerberos_new(&nowhere, err));
	return WINCH_E_UNSUPPORTED;
}

static int check_certificate(const struct http *h, winch_error *err)
{
	if (!h->tls)
		return fail(err, WINCH_E_ARG, "a certificate authenticates over https only");
	if (!h->rules.own)
		return fail(err, WINCH_E_ARG, "a certificate and its key are needed");
	return 0;
}

static int check(const struct http *h, winch_error *err)
{
	if (h->auth != HTTP_AUTH_NONE && !h->auth_new)
		return fail(err, WINCH_E_UNSUPPORTED, "this build can't authenticate so");
	if (h->auth == HTTP_AUTH_CERTIFICATE)
		return check_certificate(h, err);
	bool by_ticket = h->auth == HTTP_AUTH_KERBEROS ||
			 (h->auth == HTTP_AUTH_NEGOTIATE && auth_has_kerberos());
	if (h->auth == HTTP_AUTH_KERBEROS && !auth_has_kerberos() &&
	    h->auth_new == auth_kerberos_new)
		return no_kerberos(err);
	if (h->auth != HTTP_AUTH_NONE && !by_ticket && !h->credential)
		return fail(err, WINCH_E_ARG, "a user and password are needed");
	if (h->tls || h->allow_cleartext)
		return 0;
	if (h->auth == HTTP_AUTH_BASIC)
		return fail(err, WINCH_E_ARG,
			    "Basic shows the password to everybody on the way over http: "
			    "use https, or allow cleartext");
	if (h->auth == HTTP_AUTH_NONE)
		return fail(err, WINCH_E_ARG,
			    "without authentication nothing is sealed over http: use https, or "
			    "allow cleartext");
	return 0;
}

/* The first part of this machine's host name, in upper case: what NetBIOS would call it. */
static void set_workstation(struct http *h)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) < 0)
		return;
	for (size_t i = 0; i < MAX_NETBIOS_NAME; i++) {
		char c = name[i];
		if (c <= ' ' || c > '~' || c == '.')
			return;
		h->workstation[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
}

static int set_up(struct http *h, const struct http_options *opts, winch_error *err)
{
	int r = set_texts(h, opts, err);
	if (r < 0)
		return r;
	h->auth = opts->auth;
	h->auth_new = opts->auth_new ? opts->auth_new : http_mechanism(opts->auth);
	h->credential = opts->credential;
	h->allow_cleartext = opts->allow_cleartext;
	h->allow_old_credssp = opts->allow_old_credssp;
	h->first_body = opts->never_first_body ? FIRST_BODY_REFUSED : FIRST_BODY_UNKNOWN;
	h->connect_timeout_ms =
		opts->connect_timeout_ms > 0 ? opts->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	h->rules.insecure = opts->insecure;
	h->rules.look_only = opts->look_only;
	h->rules.pinned = opts->pin != NULL;
	if (opts->pin)
		memcpy(h->rules.pin, opts->pin, PIN_LEN);
	h->rules.own = opts->certificate;
	h->rules.trust = opts->trust;
	h->rules.trust_user = opts->trust_user;
	h->connect = opts->connect;
	h->connect_user = opts->connect_user;
	h->log = opts->log;
	set_workstation(h);
	return check(h, err);
}

struct http *http_new(const struct http_options *opts, const struct http_watch *watch,
		      winch_error *err)
{
	pthread_once(&curl_once, init_curl);

	struct http *h = mem_zalloc(sizeof(*h));
	if (!h) {
		fail_nomem(err);
		return NULL;
	}
	h->watch = *watch;
	h->told_ms = -1;
	h->done_end = &h->done;
	if (set_up(h, opts, err) < 0) {
		http_free(h);
		return NULL;
	}
	h->share = curl_share_init();
	if (!h->share || curl_share_setopt(h->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS)) {
		fail_nomem(err);
		http_free(h);
		return NULL;
	}
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->lanes)
		lane_free(h->lanes);
	curl_share_cleanup(h->share);
	winch_error_done(&h->refused);
	free_kerberos(&h->kerberos);
	mem_free(h->why_ntlm);
	mem_free(h->rules.name);
	mem_free(h->ca_file);
	mem_free(h->proxy);
	mem_free(h->proxy_user);
	secret_done(&h->proxy_password);
	mem_free(h->user_agent);
	mem_free(h->where);
	mem_free(h->host);
	mem_free(h->url);
	mem_free(h);
}

bool http_at_once(const struct http *h)
{
	return h->auth == HTTP_AUTH_BASIC || h->auth == HTTP_AUTH_CERTIFICATE;
}

bool http_seals(const struct http *h)
{
	return !h->tls && h->auth != HTTP_AUTH_BASIC && h->auth != HTTP_AUTH_NONE;
}

/* The lane that has fd, or NULL. */
static struct lane *lane_of_fd(const struct http *h, int fd)
{
	struct lane *lane = h->lanes;

	while (lane && !wire_has_fd(&lane->wire, fd) &&
	       !(lane->work && lane_work_fd(lane->work) == fd))
		lane = lane->next;
	return lane;
}

void http_ready(struct http *h, int fd, int events)
{
	struct lane *lane = lane_of_fd(h, fd);

	if (lane && lane->work && lane_work_fd(lane->work) == fd) {
		lane_work_done(lane);
	} else if (lane) {
		wire_ready(&lane->wire, fd, events);
		lane_pump(lane);
	}
	http_set_timer(h);
}

/* When the lane wants to be called; -1: not. */
static int64_t lane_due(const struct lane *lane)
{
	return lane->work ? lane->deadline_ms : lane->wire.due_ms;
}

void http_expired(struct http *h)
{
	int64_t now = clock_ms();

	h->told_ms = -1;
	for (struct lane *lane = h->lanes; lane; lane = lane->next) {
		if (lane_due(lane) < 0 || lane_due(lane) > now)
			continue;
		if (lane->work) {
			lane_work_expired(lane);
			continue;
		}
		wire_expired(&lane->wire);
		lane_pump(lane);
	}
	http_set_timer(h);
}

void http_set_timer(struct http *h)
{
	int64_t now = clock_ms();
	int64_t due = h->done ? now : -1;

	for (struct lane *lane = h->lanes; lane; lane = lane->next) {
		int64_t at = lane_due(lane);
		if (at >= 0 && (due < 0 || at < due))
			due = at;
	}
	if (due == h->told_ms)
		return;
	h->told_ms = due;
	h->watch.timer(h->watch.user, due < 0 ? -1 : due > now ? (long)(due - now) : 0);
}

void http_queue_done(struct http *h, struct lane *lane)
{
	lane->queued = true;
	lane->next_done = NULL;
	*h->done_end = lane;
	h->done_end = &lane->next_done;
}

void http_unqueue_done(struct http *h, struct lane *lane)
{
	struct lane **at = &h->done;

	if (!lane->queued)
		return;
	while (*at != lane)
		at = &(*at)->next_done;
	*at = lane->next_done;
	if (!*at)
		h->done_end = at;
	lane->queued = false;
}

int http_next_done(struct http *h, struct lane **ret_lane)
{
	struct lane *lane = h->done;

	if (!lane)
		return 0;
	http_unqueue_done(h, lane);
	*ret_lane = lane;
	return 1;
}
