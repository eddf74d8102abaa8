/*
 * wire.c - one connection, one HTTP request on it at a time.
 */
#include "wsman/http/wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/http/http-inside.h"
#include "wsman/http/mime.h"

/* Not everywhere: fcntl() follows in any case. */
#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0
#endif

enum {
	RECEIVE_BUFFER = 64 * 1024,
	MAX_IDLE_S = 24 * 3600, /* libcurl would drop a connection that idled for 118 s */
	KEEPALIVE_S = 30,
};

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct wire *w = user;

	(void)purpose;
	if (w->bound) {
		w->refused_socket = true;
		return CURL_SOCKET_BAD;
	}
	if (w->http->connect)
		return way_open(&w->way, address);
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static struct wire_socket *find_socket(struct wire *w, int fd)
{
	for (size_t i = 0; i < w->socket_count; i++) {
		if (w->sockets[i].fd == fd)
			return &w->sockets[i];
	}
	return NULL;
}

static void forget_socket(struct wire *w, struct wire_socket *s)
{
	int fd = s->fd;

	*s = w->sockets[--w->socket_count];
	w->watch->socket(w->watch->user, fd, 0);
}

static struct wire_socket *add_socket(struct wire *w, int fd)
{
	if (w->socket_count == MAX_SOCKETS)
		return NULL;
	w->sockets[w->socket_count] = (struct wire_socket){ fd, 0 };
	return &w->sockets[w->socket_count++];
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
	struct wire *w = user;
	struct wire_socket *s = find_socket(w, fd);
	int want = 0;

	(void)easy;
	(void)socket_user;
	if (what == CURL_POLL_REMOVE) {
		if (s)
			forget_socket(w, s);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		want |= HTTP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		want |= HTTP_WRITE;
	if (!s)
		s = add_socket(w, fd);
	if (!s) {
		/* libcurl gives the multi handle up then, and ends no transfer. */
		fail(&w->why, WINCH_E_SYSTEM, "libcurl has too many connections for one request");
		w->broken = true;
		return -1;
	}
	if (s->want != want)
		w->watch->socket(w->watch->user, fd, want);
	s->want = want;
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
	struct wire *w = user;

	(void)multi;
	w->due_ms = ms < 0 ? -1 : clock_ms() + ms;
	return 0;
}

static size_t on_read(char *to, size_t size, size_t count, void *user)
{
	struct wire *w = user;
	size_t len = size * count;

	if (len > w->body.len - w->given)
		len = w->body.len - w->given;
	if (len)
		memcpy(to, w->body.data + w->given, len);
	w->given += len;
	return len;
}

static size_t on_reply(char *data, size_t size, size_t count, void *user)
{
	struct wire *w = user;

	w->in_trailers = true;
	int r = buf_put(&w->reply, bytes_of(data, size * count), &w->why);
	if (r == WINCH_E_LIMIT)
		fail(&w->why, r, "the reply is longer than %zu bytes", w->reply.max);
	return r < 0 ? 0 : size * count;
}

static bool take_name(struct bytes line, const char *name, struct bytes *ret_value)
{
	size_t len = strlen(name);

	if (line.len <= len || line.data[len] != ':' ||
	    !bytes_eq_nocase(bytes_of(line.data, len), bytes_str(name)))
		return false;
	*ret_value = mime_trim(bytes_skip(line, len + 1));
	return true;
}

static void keep_server(struct wire *w, struct bytes value)
{
	size_t len = 0;

	while (len < value.len && len < MAX_SERVER - 1 && value.data[len] > ' ' &&
	       value.data[len] < 0x7F && value.data[len] != '"') {
		w->server[len] = (char)value.data[len];
		len++;
	}
	w->server[len] = '\0';
}

static int keep_header(struct wire *w, struct bytes line)
{
	struct bytes value;

	if (take_name(line, "Content-Type", &value)) {
		buf_clear(&w->type);
		return buf_put(&w->type, value, &w->why);
	}
	if (take_name(line, "Location", &value)) {
		buf_clear(&w->location);
		return buf_put(&w->location, value, &w->why);
	}
	if (take_name(line, "Server", &value))
		keep_server(w, value);
	if (take_name(line, "Date", &value)) {
		buf_clear(&w->date);
		return buf_put(&w->date, value, &w->why);
	}
	if (!take_name(line, "WWW-Authenticate", &value))
		return 0;
	int r = w->offers.len ? buf_put_str(&w->offers, ", ", &w->why) : 0;
	return r < 0 ? r : buf_put(&w->offers, value, &w->why);
}

static void clear_headers(struct wire *w)
{
	buf_clear(&w->type);
	buf_clear(&w->location);
	buf_clear(&w->date);
	buf_clear(&w->offers);
	w->server[0] = '\0';
	w->in_trailers = false;
}

/* A 100 Continue has header lines and an end of its own in front of the reply's. */
static int take_status_line(struct wire *w, struct bytes line)
{
	clear_headers(w);
	w->answered = true;
	const uint8_t *blank = memchr(line.data, ' ', line.len);
	struct bytes code = bytes_skip(line, blank ? (size_t)(blank - line.data) + 1 : line.len);
	w->status = 0;
	for (size_t i = 0; i < 3 && i < code.len && code.data[i] >= '0' && code.data[i] <= '9'; i++)
		w->status = 10 * w->status + code.data[i] - '0';
	return 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
	struct wire *w = user;
	struct bytes line = bytes_of(data, size * count);

	w->header_len += line.len;
	if (w->header_len > MAX_HEADERS) {
		fail(&w->why, WINCH_E_LIMIT, "the reply's headers are longer than %d bytes",
		     MAX_HEADERS);
		return 0;
	}
	if (w->in_trailers)
		return line.len;
	while (line.len && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
		line.len--;

	int r = 0;
	if (line.len >= 5 && memcmp(line.data, "HTTP/", 5) == 0)
		r = take_status_line(w, line);
	else if (line.len)
		r = keep_header(w, line);
	else
		w->in_trailers = w->status / 100 != 1;
	return r < 0 ? 0 : size * count;
}

/* A request that is given up while its name is being looked up does not wait for that thread. */
#if LIBCURL_VERSION_NUM >= 0x075700
static void leave_resolver(CURL *e)
{
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
}
#else
static void leave_resolver(CURL *e)
{
	(void)e;
}
#endif

/* The application knows the way: no name is looked up here. */
static CURLcode set_connect(struct wire *w, winch_error *err)
{
	CURL *e = w->easy;
	CURLcode c = CURLE_OK;

	if (!w->connect_to)
		w->connect_to = curl_slist_append(NULL, "::127.0.0.1:");
	if (!w->connect_to) {
		fail_nomem(err);
		return CURLE_OUT_OF_MEMORY;
	}
	return c | curl_easy_setopt(e, CURLOPT_CONNECT_TO, w->connect_to);
}

static bool has_negotiate(void)
{
	return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_SPNEGO) != 0;
}

/* A user has a password; without one a ticket is shown if the proxy asks for tickets, and libcurl
 * wants a user, an empty one, to do so.  It never offers what it was not built with.  One scheme
 * alone is used before anybody asks, so there is a second one, that is nothing to a proxy.  SOCKS
 * has no ticket shown: it would be to whoever answers in its place. */
static CURLcode set_proxy_login(CURL *e, const struct http *h)
{
	CURLcode c = curl_easy_setopt(e, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
	bool is_http = strncasecmp(h->proxy, "socks", 5) != 0;

	if (!h->proxy_user && (!is_http || !has_negotiate()))
		return c;
	c |= curl_easy_setopt(e, CURLOPT_PROXYAUTH,
			      (long)(h->proxy_user ? CURLAUTH_BASIC | CURLAUTH_DIGEST
						   : CURLAUTH_NEGOTIATE | CURLAUTH_BEARER));
	c |= curl_easy_setopt(e, CURLOPT_PROXYUSERNAME, h->proxy_user ? h->proxy_user : "");
	return c |
	       curl_easy_setopt(e, CURLOPT_PROXYPASSWORD,
				h->proxy_password.data ? (const char *)h->proxy_password.data : "");
}

/* A tunnel in any case: who authenticates is the connection to the host. */
static CURLcode set_proxy(CURL *e, const struct http *h)
{
	CURLcode c = CURLE_OK;

	c |= curl_easy_setopt(e, CURLOPT_PROXY, h->proxy);
	c |= curl_easy_setopt(e, CURLOPT_NOPROXY, "");
	c |= curl_easy_setopt(e, CURLOPT_HTTPPROXYTUNNEL, 1L);
	c |= curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (h->rules.proxy_tls) {
		c |= curl_easy_setopt(e, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
		if (h->ca_file)
			c |= curl_easy_setopt(e, CURLOPT_PROXY_CAINFO, h->ca_file);
	}
	return c | set_proxy_login(e, h);
}

static int set_fixed(struct wire *w, winch_error *err)
{
	CURL *e = w->easy;
	const struct http *h = w->http;
	CURLcode c = CURLE_OK;

	c |= curl_easy_setopt(e, CURLOPT_URL, h->url);
	c |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, w->text);
	c |= curl_easy_setopt(e, CURLOPT_USERAGENT, h->user_agent);
	c |= curl_easy_setopt(e, CURLOPT_PROXY, "");
	c |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	c |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	c |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	c |= curl_easy_setopt(e, CURLOPT_SHARE, w->share);
	c |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, h->connect_timeout_ms);
	c |= curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
	c |= curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)MAX_IDLE_S);
	c |= curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	c |= curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
	c |= curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	c |= curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, w);
	c |= curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
	c |= curl_easy_setopt(e, CURLOPT_READDATA, w);
	c |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_reply);
	c |= curl_easy_setopt(e, CURLOPT_WRITEDATA, w);
	c |= curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	c |= curl_easy_setopt(e, CURLOPT_HEADERDATA, w);
	leave_resolver(e);
	if (h->connect)
		c |= set_connect(w, err);
	else if (h->proxy)
		c |= set_proxy(e, h);
	if (c != CURLE_OK)
		return fail(err, WINCH_E_SYSTEM, "libcurl does not take its options");
	return h->tls ? tls_apply(e, &w->peer, err) : 0;
}

static int open_handles(struct wire *w, winch_error *err)
{
	w->due_ms = -1;
	w->multi = curl_multi_init();
	w->easy = curl_easy_init();
	if (!w->multi || !w->easy)
		return fail_nomem(err);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, 1L);
	return set_fixed(w, err);
}

static int put_line(struct curl_slist **list, const char *line, winch_error *err)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (!longer)
		return fail_nomem(err);
	*list = longer;
	return 0;
}

static int put_header(struct curl_slist **list, const char *name, const char *value,
		      winch_error *err)
{
	AUTO(buf_done) struct buf line = { .max = 2 * MAX_HEADERS, .secret = true };

	int r = buf_put_fmt(&line, err, value ? "%s: %s" : "%s:", name, value);
	if (r < 0)
		return r;
	const char *text = buf_cstr(&line, err);
	return text ? put_line(list, text, err) : WINCH_E_NOMEM;
}

static void free_headers(struct wire *w)
{
	for (struct curl_slist *h = w->headers; h; h = h->next)
		secret_wipe(h->data, strlen(h->data));
	curl_slist_free_all(w->headers);
	w->headers = NULL;
}

static int set_headers(struct wire *w, const struct wire_request *req, winch_error *err)
{
	free_headers(w);
	/* libcurl would wait for a 100 Continue when the body is long. */
	int r = put_header(&w->headers, "Expect", NULL, err);
	if (r == 0)
		r = put_header(&w->headers, "Accept", NULL, err);
	if (r == 0)
		r = put_header(&w->headers, "Accept-Encoding", "identity", err);
	if (r == 0)
		r = put_header(&w->headers, "Content-Type", req->content_type, err);
	if (r == 0 && req->authorization)
		r = put_header(&w->headers, "Authorization", req->authorization, err);
	if (r == 0 && req->header)
		r = put_line(&w->headers, req->header, err);
	return r;
}

static int set_request(struct wire *w, const struct wire_request *req, winch_error *err)
{
	CURLcode c = CURLE_OK;

	int r = set_headers(w, req, err);
	if (r < 0)
		return r;
	c |= curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, w->headers);
	c |= curl_easy_setopt(w->easy, CURLOPT_POST, 1L);
	c |= curl_easy_setopt(w->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.len);
	c |= curl_easy_setopt(w->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)req->max_reply);
	c |= curl_easy_setopt(w->easy, CURLOPT_TIMEOUT_MS,
			      req->timeout_ms > 0 ? req->timeout_ms : 0L);
	return c == CURLE_OK ? 0 : fail(err, WINCH_E_SYSTEM, "libcurl does not take the request");
}

static void clear_reply(struct wire *w, size_t max_reply)
{
	clear_headers(w);
	buf_clear(&w->reply);
	w->reply.max = max_reply;
	w->type.max = w->location.max = w->offers.max = 2 * MAX_HEADERS;
	w->date.max = 2 * MAX_HEADERS;
	w->status = 0;
	w->header_len = 0;
	w->refused_socket = w->broken = false;
	w->text[0] = '\0';
	winch_error_done(&w->why);
	winch_error_done(&w->peer.why);
}

/* libcurl has connected to us: the application gets the other end. */
static void give_way(struct wire *w)
{
	const struct http *h = w->http;
	int fd = way_take(&w->way);

	if (fd < 0 || h->connect(h->connect_user, h->host, h->port, fd) == 0)
		return;
	fail(&w->why, WINCH_E_CONNECT, "no way to %s was opened", h->where);
	w->broken = true;
}

int wire_start(struct wire *w, const struct wire_request *req, winch_error *err)
{
	int unused;
	int r = w->multi ? 0 : open_handles(w, err);

	if (r == 0)
		r = set_request(w, req, err);
	if (r < 0) {
		wire_close(w);
		return r;
	}
	clear_reply(w, req->max_reply);
	w->body = req->body;
	w->given = 0;
	w->bound = req->bound;
	if (curl_multi_add_handle(w->multi, w->easy) != CURLM_OK) {
		wire_close(w);
		return fail(err, WINCH_E_SYSTEM, "libcurl does not take the request");
	}
	w->running = true;
	/* Begin at once instead of in the next round of the caller's loop. */
	curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &unused);
	give_way(w);
	return 0;
}

static int info_ms(const struct wire *w, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(w->easy, what, &us);
	return us > 0 ? (int)((us + 999) / 1000) : 0;
}

static void take_times(struct wire *w)
{
	struct wire_times *t = &w->times;
	char *address = NULL;
	long port = 0;

	curl_easy_getinfo(w->easy, CURLINFO_LOCAL_PORT, &port);
	t->connected = port != 0;
	t->asked_for_ours = w->peer.asked_for_ours;
	t->connect_ms = info_ms(w, CURLINFO_CONNECT_TIME_T);
	t->tls_ms = info_ms(w, CURLINFO_APPCONNECT_TIME_T);
	t->first_ms = info_ms(w, CURLINFO_STARTTRANSFER_TIME_T);
	curl_easy_getinfo(w->easy, CURLINFO_PRIMARY_IP, &address);
	snprintf(t->address, sizeof(t->address), "%s", address ? address : "");
}

int wire_take_done(struct wire *w, CURLcode *ret_code)
{
	int left;
	CURLMsg *m;

	if (w->running && w->broken) {
		w->running = false;
		curl_multi_remove_handle(w->multi, w->easy);
		*ret_code = CURLE_ABORTED_BY_CALLBACK;
		return 1;
	}
	while (w->running && (m = curl_multi_info_read(w->multi, &left))) {
		if (m->msg != CURLMSG_DONE)
			continue;
		*ret_code = m->data.result;
		w->running = false;
		if (w->http->rules.look_only || m->data.result != CURLE_OK)
			take_times(w);
		curl_multi_remove_handle(w->multi, w->easy);
		/* They may hold a credential. */
		curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, NULL);
		free_headers(w);
		return 1;
	}
	return 0;
}

long wire_took_ms(const struct wire *w)
{
	curl_off_t us = 0;

	if (w->easy)
		curl_easy_getinfo(w->easy, CURLINFO_TOTAL_TIME_T, &us);
	return (long)(us / 1000);
}

bool wire_has_fd(struct wire *w, int fd)
{
	return find_socket(w, fd) != NULL;
}

void wire_ready(struct wire *w, int fd, int events)
{
	int unused;
	int mask = ((events & HTTP_READ) ? CURL_CSELECT_IN : 0) |
		   ((events & HTTP_WRITE) ? CURL_CSELECT_OUT : 0);

	if (w->multi)
		curl_multi_socket_action(w->multi, fd, mask, &unused);
	give_way(w);
}

void wire_expired(struct wire *w)
{
	int unused;

	w->due_ms = -1;
	if (w->multi)
		curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &unused);
	give_way(w);
}

void wire_close(struct wire *w)
{
	way_done(&w->way);
	if (w->running)
		curl_multi_remove_handle(w->multi, w->easy);
	w->running = w->answered = w->peer.asked_for_ours = false;
	if (w->multi)
		curl_multi_cleanup(w->multi);
	if (w->easy)
		curl_easy_cleanup(w->easy);
	w->multi = NULL;
	w->easy = NULL;
	w->due_ms = -1;
	free_headers(w);
	while (w->socket_count)
		forget_socket(w, &w->sockets[0]);
}

void wire_done(struct wire *w)
{
	wire_close(w);
	curl_slist_free_all(w->connect_to);
	buf_done(&w->type);
	buf_done(&w->location);
	buf_done(&w->date);
	buf_done(&w->offers);
	buf_done(&w->reply);
	winch_error_done(&w->why);
	tls_peer_done(&w->peer);
}
