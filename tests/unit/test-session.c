/*
 * test-session.c - closing without waiting, and names that no resolver answers.
 *
 * The test is client and server in one thread: a call that blocked would never end,
 * so an alarm ends the test then.
 */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include <winch/session.h>

#include "src/base/mem.h"

enum { LIMIT_S = 60, TICK_MS = 20 };

/* ---- a resolver that does not answer for one name ---- */

#define HANGING "name-that-hangs.invalid"

static sem_t let_go;

/* Stands in front of the C library's, for libcurl's threads as well. */
__attribute__((visibility("default"))) int getaddrinfo(const char *restrict node,
						       const char *restrict service,
						       const struct addrinfo *restrict hints,
						       struct addrinfo **restrict ret)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (node && strcmp(node, HANGING) == 0) {
		sem_wait(&let_go);
		return EAI_NONAME;
	}
	return real(node, service, hints, ret);
}

/* ---- the server's side ---- */

struct server {
	int listener, fd, port;
	char got[65536];
	size_t len;
};

static void server_start(struct server *v)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	*v = (struct server){ .fd = -1, .listener = socket(AF_INET, SOCK_STREAM, 0) };
	assert_int_equal(bind(v->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(v->listener, 4), 0);
	getsockname(v->listener, (struct sockaddr *)&a, &len);
	v->port = ntohs(a.sin_port);
}

static void server_drop(struct server *v)
{
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	v->len = 0;
	v->got[0] = '\0';
}

static void server_stop(struct server *v)
{
	server_drop(v);
	close(v->listener);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, TICK_MS) > 0;
}

/* Is the request whole? */
static bool whole(struct server *v)
{
	char *end = strstr(v->got, "\r\n\r\n"), *length = strstr(v->got, "Content-Length: ");

	return end && length && strlen(end + 4) >= strtoul(length + 16, NULL, 10);
}

static void server_look(struct server *v)
{
	if (v->fd < 0 && readable(v->listener))
		v->fd = accept(v->listener, NULL, NULL);
	if (v->fd < 0 || !readable(v->fd))
		return;
	ssize_t n = read(v->fd, v->got + v->len, sizeof(v->got) - 1 - v->len);
	assert_true(n >= 0);
	if (n == 0) { /* libcurl opens one to repeat a request, and is not let */
		server_drop(v);
		return;
	}
	v->len += (size_t)n;
	v->got[v->len] = '\0';
}

static void server_answer(struct server *v, const char *action, const char *body)
{
	static const char envelope[] =
		"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
		"xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
		"xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\">"
		"<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/%s</a:Action>"
		"<a:RelatesTo>%.*s</a:RelatesTo></s:Header><s:Body>%s</s:Body></s:Envelope>";
	char text[4096], head[256];
	const char *id = strstr(v->got, "MessageID");

	assert_non_null(id);
	id = strchr(id, '>') + 1;
	int len = snprintf(text, sizeof(text), envelope, action, (int)strcspn(id, "<"), id, body);
	int head_len = snprintf(head, sizeof(head),
				"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"
				"Content-Length: %d\r\n\r\n",
				len);
	assert_int_equal(write(v->fd, head, (size_t)head_len), head_len);
	assert_int_equal(write(v->fd, text, (size_t)len), len);
	v->len = 0;
	v->got[0] = '\0';
}

/* ---- the client's ---- */

DEFINE_AUTO_FREE(winch_session, winch_session_free)

static winch_session *open_session(const char *url, int connect_ms)
{
	winch_session_options opts = WINCH_SESSION_OPTIONS_INIT;

	opts.url = url;
	opts.auth = WINCH_AUTH_NONE;
	opts.allow_cleartext = true;
	opts.connect_timeout_ms = connect_ms;
	winch_session *s = winch_session_new(&opts, NULL);
	assert_non_null(s);
	assert_int_equal(winch_session_open(s, NULL), 0);
	return s;
}

static winch_session *open_on(const struct server *v)
{
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d", v->port);
	return open_session(url, 0);
}

/* Both sides, until a whole request of this operation is there. */
static void until_asked(winch_session *s, struct server *v, const char *op)
{
	winch_event *ev;

	while (!whole(v) || !strstr(v->got, op)) {
		assert_in_range(winch_session_next(s, 0, &ev, NULL), 0, 1);
		server_look(v);
	}
}

/* Both sides, until anything came. */
static void until_some(winch_session *s, struct server *v)
{
	winch_event *ev;

	v->len = 0;
	while (v->len == 0) {
		assert_in_range(winch_session_next(s, 0, &ev, NULL), 0, 1);
		server_look(v);
	}
}

/* Until the session has something to say. */
static int told(winch_session *s, winch_error *err)
{
	winch_event *ev;
	int r = 0;

	while (r == 0)
		r = winch_session_next(s, TICK_MS, &ev, err);
	return r;
}

/* Which mechanisms have to have a user, and a password, beside what a ticket tells. */
static const struct {
	int auth;
	const char *user, *password, *text; /* text NULL: taken */
} logins[] = {
	{ WINCH_AUTH_NTLM, "anna", "p", NULL },
	{ WINCH_AUTH_NTLM, "anna", NULL, "no password" },
	{ WINCH_AUTH_NTLM, NULL, "p", "no user" },
	{ WINCH_AUTH_CREDSSP, "anna", "p", NULL },
	{ WINCH_AUTH_CREDSSP, "anna", "", NULL },
	{ WINCH_AUTH_CREDSSP, "anna", NULL, "no password" },
	{ WINCH_AUTH_CREDSSP, NULL, "p", "no user" },
	{ WINCH_AUTH_BASIC, NULL, "p", "no user" },
	{ WINCH_AUTH_NONE, NULL, NULL, NULL },
	{ WINCH_AUTH_CREDSSP + 1, "anna", "p", "no such authentication" },
	{ -1, "anna", "p", "no such authentication" },
};

static void what_logs_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		winch_session_options opts = WINCH_SESSION_OPTIONS_INIT;
		opts.url = "http://127.0.0.1";
		opts.auth = logins[i].auth;
		opts.user = logins[i].user;
		opts.password = logins[i].password;
		opts.password_len = opts.password ? strlen(opts.password) : 0;
		opts.allow_cleartext = true;
		AUTO(winch_session_free_auto) winch_session *s = winch_session_new(&opts, &err);
		assert_int_equal(s != NULL, logins[i].text == NULL);
		if (!s)
			assert_non_null(strstr(winch_error_text(&err), logins[i].text));
		assert_int_equal(err.status, s ? 0 : WINCH_E_ARG);
	}
}

static const struct {
	const char *user, *password;
	size_t password_len;
	bool good;
} proxy_logins[] = {
	{ "pat", "p", 1, true },
	{ "d\\p\xC3\xA4t: \"", "\r\n\x7F", 3, true },
	{ "pat\r\nX-Evil: 1", "p", 1, false },
	{ "pat\x7F", "p", 1, false },
	{ "pat", "p\0q", 3, false },
};

static void what_logs_in_at_a_proxy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(proxy_logins) / sizeof(proxy_logins[0]); i++) {
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		winch_session_options opts = WINCH_SESSION_OPTIONS_INIT;
		opts.url = "http://127.0.0.1";
		opts.auth = WINCH_AUTH_NONE;
		opts.allow_cleartext = true;
		opts.proxy = "http://127.0.0.1:1";
		opts.proxy_user = proxy_logins[i].user;
		opts.proxy_password = proxy_logins[i].password;
		opts.proxy_password_len = proxy_logins[i].password_len;
		AUTO(winch_session_free_auto) winch_session *s = winch_session_new(&opts, &err);
		assert_int_equal(s != NULL, proxy_logins[i].good);
		assert_int_equal(err.status, s ? 0 : WINCH_E_ARG);
	}
}

static void one_that_was_never_opened_is_closed_at_once(void **state)
{
	(void)state;
	winch_session_options opts = WINCH_SESSION_OPTIONS_INIT;
	winch_event *ev;

	opts.url = "http://127.0.0.1";
	opts.auth = WINCH_AUTH_NONE;
	opts.allow_cleartext = true;
	AUTO(winch_session_free_auto) winch_session *s = winch_session_new(&opts, NULL);
	assert_int_equal(winch_session_begin_close(s, NULL), 0);
	assert_int_equal(winch_session_next(s, 0, &ev, NULL), WINCH_CLOSED);
	assert_int_equal(winch_session_next(s, -1, &ev, NULL), WINCH_CLOSED);
	assert_int_equal(winch_session_close(s, 0, NULL), 0);
}

static void closing_waits_for_create_without_blocking(void **state)
{
	(void)state;
	struct server v;
	winch_event *ev;

	server_start(&v);
	AUTO(winch_session_free_auto) winch_session *s = open_on(&v);
	until_asked(s, &v, "transfer/Create");
	assert_int_equal(winch_session_begin_close(s, NULL), 0);
	assert_int_equal(winch_session_begin_close(s, NULL), 0);
	assert_int_equal(winch_session_next(s, 0, &ev, NULL), 0);
	/* No answer: there may be a shell, of which the client chose the id. */
	server_drop(&v);
	until_asked(s, &v, "transfer/Delete");
	server_answer(&v, "DeleteResponse", "");
	assert_int_equal(told(s, NULL), WINCH_CLOSED);
	server_stop(&v);
}

#define BUSY "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
#define SHELL                                                                                      \
	"<rsp:Shell><rsp:ShellId>11111111-2222-3333-4444-555555555555</rsp:ShellId></rsp:Shell>"

static void closing_deletes_the_shell(void **state)
{
	(void)state;
	struct server v;
	winch_event *ev;

	server_start(&v);
	AUTO(winch_session_free_auto) winch_session *s = open_on(&v);
	until_asked(s, &v, "transfer/Create");
	winch_session_begin_close(s, NULL);
	server_answer(&v, "CreateResponse", SHELL);
	until_asked(s, &v, "transfer/Delete");
	assert_string_equal(winch_session_shell_id(s), "11111111-2222-3333-4444-555555555555");
	assert_int_equal(winch_session_next(s, 0, &ev, NULL), 0);
	winch_session_wake(s);
	assert_int_equal(winch_session_next(s, 0, &ev, NULL), WINCH_WOKEN);
	server_answer(&v, "DeleteResponse", "");
	assert_int_equal(told(s, NULL), WINCH_CLOSED);
	assert_int_equal(told(s, NULL), WINCH_CLOSED);
	assert_string_equal(winch_session_shell_id(s), "");
	server_stop(&v);
}

static void a_delete_without_answer_is_told_each_time(void **state)
{
	(void)state;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct server v;

	server_start(&v);
	AUTO(winch_session_free_auto) winch_session *s = open_on(&v);
	until_asked(s, &v, "transfer/Create");
	server_answer(&v, "CreateResponse", SHELL);
	until_asked(s, &v, "shell/Receive");
	winch_session_begin_close(s, NULL);
	server_drop(&v); /* the Receive's; Delete has a lane of its own */
	until_asked(s, &v, "transfer/Delete");
	server_stop(&v);
	assert_int_equal(told(s, &err), WINCH_E_CONNECT);
	assert_int_equal(told(s, &err), WINCH_E_CONNECT);
	assert_int_equal(winch_session_close(s, 1000, &err), WINCH_E_CONNECT);
	assert_string_equal(winch_session_shell_id(s), "11111111-2222-3333-4444-555555555555");
}

/* By a request of its own, which the server does not take for the first. */
static void a_delete_that_was_lost_is_sent_once_more(void **state)
{
	(void)state;
	struct server v;
	char first[64], *id;

	server_start(&v);
	AUTO(winch_session_free_auto) winch_session *s = open_on(&v);
	until_asked(s, &v, "transfer/Create");
	winch_session_begin_close(s, NULL);
	server_answer(&v, "CreateResponse", SHELL);
	until_asked(s, &v, "transfer/Delete");
	id = strstr(v.got, "MessageID");
	assert_non_null(id);
	snprintf(first, sizeof(first), "%.50s", strstr(id, "uuid:"));
	server_drop(&v);
	until_asked(s, &v, "transfer/Delete");
	assert_null(strstr(v.got, first));
	server_answer(&v, "DeleteResponse", "");
	assert_int_equal(told(s, NULL), WINCH_CLOSED);
	server_stop(&v);
}

/* Whoever polls the descriptor and never waits inside is told of deadlines, too. */
static void a_deadline_makes_the_descriptor_readable(void **state)
{
	(void)state;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct server v;
	winch_event *ev;
	char url[64];
	int r;

	server_start(&v);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", v.port);
	AUTO(winch_session_free_auto) winch_session *s = open_session(url, 200);
	while ((r = winch_session_next(s, 0, &ev, &err)) == 0) {
		struct pollfd p = { .fd = winch_session_fd(s), .events = POLLIN };
		assert_int_equal(poll(&p, 1, -1), 1);
	}
	assert_int_equal(r, WINCH_E_CONNECT);
	server_stop(&v);
}

static void a_resolver_that_hangs_holds_nobody_up(void **state)
{
	(void)state;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_event *ev;

	/* The connection's time ends while its name is still being looked up. */
	winch_session *s = open_session("http://" HANGING, 100);
	assert_int_equal(told(s, &err), WINCH_E_CONNECT);
	winch_session_free(s);

	/* Given up in the middle, by closing. */
	s = open_session("http://" HANGING, 30000);
	assert_int_equal(winch_session_next(s, 0, &ev, NULL), 0);
	assert_int_equal(winch_session_begin_close(s, NULL), 0);
	/* Create did not leave: there is nothing to wait for. */
	assert_int_equal(winch_session_next(s, 0, &ev, NULL), WINCH_CLOSED);
	winch_session_free(s);

	sem_post(&let_go);
	sem_post(&let_go);
}

/* How opening fails, with what flags. */
static void check_failure(winch_session *s, int status, unsigned flags)
{
	winch_error err = WINCH_ERROR_INIT;

	assert_int_equal(told(s, &err), status);
	assert_int_equal(err.flags, flags);
	/* It says the same again. */
	assert_int_equal(told(s, &err), status);
	assert_int_equal(err.flags, flags);
	winch_error_done(&err);
	winch_session_free(s);
}

static void what_may_pass_is_said(void **state)
{
	(void)state;
	struct server v;
	char url[64];

	sem_post(&let_go);
	check_failure(open_session("http://" HANGING, 0), WINCH_E_CONNECT, 0);

	server_start(&v);
	server_stop(&v);
	check_failure(open_on(&v), WINCH_E_CONNECT, WINCH_ERROR_MAY_PASS);

	/* Reset after the request, and while TLS begins. */
	server_start(&v);
	winch_session *s = open_on(&v);
	until_asked(s, &v, "transfer/Create");
	server_drop(&v);
	check_failure(s, WINCH_E_CONNECT, WINCH_ERROR_MAY_PASS);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", v.port);
	s = open_session(url, 0);
	until_some(s, &v);
	server_drop(&v);
	check_failure(s, WINCH_E_TLS, WINCH_ERROR_MAY_PASS);

	/* What is no TLS will not be TLS later. */
	s = open_session(url, 0);
	until_some(s, &v);
	assert_int_equal(write(v.fd, "HTTP/1.1 400 No\r\n\r\n", 19), 19);
	check_failure(s, WINCH_E_TLS, 0);
	server_drop(&v);

	s = open_on(&v);
	until_asked(s, &v, "transfer/Create");
	assert_true(write(v.fd, BUSY, strlen(BUSY)) > 0);
	check_failure(s, WINCH_E_CONNECT, WINCH_ERROR_MAY_PASS);
	server_stop(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_logs_in),
		cmocka_unit_test(what_logs_in_at_a_proxy),
		cmocka_unit_test(one_that_was_never_opened_is_closed_at_once),
		cmocka_unit_test(closing_waits_for_create_without_blocking),
		cmocka_unit_test(closing_deletes_the_shell),
		cmocka_unit_test(a_delete_without_answer_is_told_each_time),
		cmocka_unit_test(a_delete_that_was_lost_is_sent_once_more),
		cmocka_unit_test(a_deadline_makes_the_descriptor_readable),
		cmocka_unit_test(a_resolver_that_hangs_holds_nobody_up),
		cmocka_unit_test(what_may_pass_is_said),
	};

	sem_init(&let_go, 0, 0);
	alarm(LIMIT_S);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
