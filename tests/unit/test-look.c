/*
 * test-look.c - winch_look_at(): what a host shows, with each n-th allocation failing, too.
 *
 * The host is a child process that answers as WinRM does; certificates are looked at in
 * tests/cli/test_doctor.py.
 */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <winch/look.h>

#include "tests/unit/mem-failing.h"

static const char identity[] =
	"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' "
	"xmlns:i='http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd'><s:Header/>"
	"<s:Body><i:IdentifyResponse><i:ProtocolVersion>P</i:ProtocolVersion>"
	"<i:ProductVendor>V</i:ProductVendor><i:ProductVersion>1.2</i:ProductVersion>"
	"</i:IdentifyResponse></s:Body></s:Envelope>";

static int port;
static pid_t server;

static void say(int fd, const char *text)
{
	size_t len = strlen(text);

	if (write(fd, text, len) != (ssize_t)len)
		_exit(1);
}

static void answer(int fd, const char *request)
{
	char head[512];

	if (!strstr(request, "WSMANIDENTIFY: unauthenticated\r\n")) {
		say(fd, "HTTP/1.1 401 \r\nServer: S/1\r\nWWW-Authenticate: Negotiate\r\n"
			"WWW-Authenticate: Basic realm=\"a, b\"\r\nWWW-Authenticate: Kerberos\r\n"
			"Content-Length: 0\r\nConnection: close\r\n\r\n");
		return;
	}
	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 \r\nServer: S/1\r\nContent-Type: application/soap+xml\r\n"
		 "Date: Thu, 01 Jan 2026 00:00:10 GMT\r\nContent-Length: %zu\r\n\r\n",
		 sizeof(identity) - 1);
	say(fd, head);
	say(fd, identity);
}

/* Requests as far as their heads: the bodies come along, or are empty. */
static void serve(int listener)
{
	for (;;) {
		char got[8192];
		int fd = accept(listener, NULL, NULL);
		ssize_t n;
		while (fd >= 0 && (n = read(fd, got, sizeof(got) - 1)) > 0) {
			got[n] = '\0';
			if (strstr(got, "POST "))
				answer(fd, got);
		}
		close(fd);
	}
}

static int start(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(listener, 8) < 0)
		return -1;
	getsockname(listener, (struct sockaddr *)&a, &len);
	port = ntohs(a.sin_port);
	server = fork();
	if (server == 0)
		serve(listener);
	close(listener);
	return server > 0 ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

static int look_at(const char *host, winch_look **ret, winch_error *err)
{
	winch_session_options opts = WINCH_SESSION_OPTIONS_INIT;
	char url[100];

	snprintf(url, sizeof(url), "http://%s:%d", host, port);
	opts.url = url;
	opts.user = "anna";
	opts.password = "secret";
	opts.password_len = 6;
	return winch_look_at(&opts, ret, err);
}

static void what_it_shows(void **state)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_look *look;

	(void)state;
	assert_int_equal(look_at("127.0.0.1", &look, &err), 0);
	assert_int_equal(look->size, sizeof(*look));
	assert_int_equal(look->status, 0);
	assert_int_equal(look->http_status, 200);
	assert_true(look->connected && look->identified && look->asks);
	assert_string_equal(look->address, "127.0.0.1");
	assert_string_equal(look->server, "S/1");
	assert_string_equal(look->product_vendor, "V");
	assert_string_equal(look->product_version, "1.2");
	assert_string_equal(look->protocol_version, "P");
	assert_string_equal(look->offers, "Negotiate, Basic, Kerberos");
	assert_int_equal(look->date, 1767225610);
	assert_null(look->tls);
	winch_look_free(look);
	winch_look_free(NULL);
	winch_error_done(&err);
}

/* What fails on the way is in the look, not its result. */
static void nobody_there(void **state)
{
	winch_look *look;
	int was = port;

	(void)state;
	port = 1;
	assert_int_equal(look_at("127.0.0.1", &look, NULL), 0);
	port = was;
	assert_int_equal(look->status, WINCH_E_CONNECT);
	assert_int_equal(look->reason, WINCH_REASON_PORT_CLOSED);
	assert_false(look->connected);
	assert_non_null(strstr(look->why, "refused"));
	assert_string_equal(look->offers, "");
	winch_look_free(look);
}

static void what_is_no_host(void **state)
{
	winch_session_options opts = WINCH_SESSION_OPTIONS_INIT;
	winch_look *look = NULL;

	(void)state;
	assert_int_equal(winch_look_at(NULL, &look, NULL), WINCH_E_ARG);
	assert_int_equal(winch_look_at(&opts, &look, NULL), WINCH_E_ARG);
	opts.url = "ftp://web1";
	assert_int_equal(winch_look_at(&opts, &look, NULL), WINCH_E_ARG);
	assert_null(look);
}

static int attempt(void)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_look *look = NULL;
	int r = look_at("127.0.0.1", &look, &err);

	winch_look_free(look);
	winch_error_done(&err);
	return r;
}

/* An error's text may be missing and nothing else: the 401 has one, which nobody reads. */
static void without_memory(void **state)
{
	unsigned long n = 0, failed = 0;
	int r;

	(void)state;
	do {
		long live = mem_live();
		mem_fail_at(++n);
		r = attempt();
		assert_true(r == 0 || r == WINCH_E_NOMEM);
		assert_int_equal(mem_live(), live);
		failed += r != 0;
	} while (mem_count() >= n);
	mem_fail_at(0);
	assert_int_equal(r, 0);
	assert_true(failed > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_shows),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(what_is_no_host),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
