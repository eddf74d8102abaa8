/*
 * lane-driver.c - exchanges on lanes, for tests that play the server.
 *
 * Options say whom to ask; lines on stdin say what; each result is one line of JSON on stdout.
 *   post LANE OP TIMEOUT_MS FLAGS BODY   FLAGS: r may_repeat, f first_body_ok, - none; BODY: text
 * or @FILE wait                                 until an exchange has ended cancel LANE | free LANE
 * | sleep MS It has a mechanism of its own, fake-auth.h, for servers in a test.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "tests/live/fake-auth.h"
#include "tests/live/gss-auth.h"
#include "tests/unit/mem-failing.h"
#include "wsman/http/http.h"

enum { MAX_LANES = 8, MAX_FDS = 64, MAX_LINE = 4 * 1024 * 1024 };

struct driver {
	struct http *http;
	struct lane *lanes[MAX_LANES + 1];
	struct buf bodies[MAX_LANES + 1];
	struct pollfd fds[MAX_FDS];
	nfds_t fd_count;
	int64_t due_ms;
	size_t max_reply;
	unsigned long fail_at;
};

/* A connection must not live on in a child of the application. */
static bool is_ours_alone(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0 ||
	    (address.ss_family != AF_INET && address.ss_family != AF_INET6))
		return true; /* libcurl's own, for its resolver */
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static void on_socket(void *user, int fd, int want)
{
	struct driver *d = user;
	nfds_t i = 0;

	while (i < d->fd_count && d->fds[i].fd != fd)
		i++;
	if (!want) {
		if (i < d->fd_count)
			d->fds[i] = d->fds[--d->fd_count];
		return;
	}
	if (i == MAX_FDS || !is_ours_alone(fd))
		abort();
	if (i == d->fd_count)
		d->fd_count++;
	short events =
		(short)(((want & HTTP_READ) ? POLLIN : 0) | ((want & HTTP_WRITE) ? POLLOUT : 0));
	d->fds[i] = (struct pollfd){ .fd = fd, .events = events };
}

static void on_timer(void *user, long ms)
{
	struct driver *d = user;

	d->due_ms = ms < 0 ? -1 : clock_ms() + ms;
}

static void turn(struct driver *d, int64_t until_ms)
{
	int64_t now = clock_ms();
	int64_t to = d->due_ms;

	if (until_ms >= 0 && (to < 0 || until_ms < to))
		to = until_ms;
	poll(d->fds, d->fd_count, to < 0 ? -1 : to > now ? (int)(to - now) : 0);

	struct pollfd seen[MAX_FDS];
	nfds_t count = d->fd_count;
	memcpy(seen, d->fds, sizeof(seen));
	for (nfds_t i = 0; i < count; i++) {
		short e = seen[i].revents;
		int events = ((e & POLLIN) ? HTTP_READ : 0) | ((e & POLLOUT) ? HTTP_WRITE : 0);
		if (e & (POLLERR | POLLHUP))
			events = HTTP_READ | HTTP_WRITE;
		if (events)
			http_ready(d->http, seen[i].fd, events);
	}
	if (d->due_ms >= 0 && clock_ms() >= d->due_ms) {
		d->due_ms = -1;
		http_expired(d->http);
	}
}

static void print_text(struct bytes text)
{
	putchar('"');
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c > 0x7E)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_done(struct lane *lane)
{
	const winch_error *e = lane_error(lane);
	struct bytes body;
	int status;

	printf("{\"lane\":%u,", lane_number(lane));
	if (e) {
		printf("\"error\":%d,\"http\":%d,\"sent\":%s,\"refused\":%s,\"text\":", e->status,
		       e->http_status, lane_was_sent(lane) ? "true" : "false",
		       e->flags & WINCH_ERROR_REFUSED ? "true" : "false");
		print_text(bytes_str(winch_error_text(e)));
		if (lane_hearsay(lane, &status, &body)) {
			printf(",\"hearsay\":");
			print_text(body);
		}
	} else {
		lane_reply(lane, &status, &body);
		printf("\"status\":%d,\"body\":", status);
		print_text(body);
	}
	printf("}\n");
	fflush(stdout);
}

static bool any_busy(const struct driver *d)
{
	for (int i = 1; i <= MAX_LANES; i++) {
		if (d->lanes[i] && lane_busy(d->lanes[i]))
			return true;
	}
	return false;
}

static void wait_done(struct driver *d)
{
	struct lane *lane;

	while (http_next_done(d->http, &lane) == 0) {
		if (!any_busy(d)) {
			printf("{\"idle\":true}\n");
			fflush(stdout);
			return;
		}
		turn(d, -1);
	}
	print_done(lane);
}

static void print_refused(const winch_error *err)
{
	printf("{\"refused\":%d,\"text\":", err->status);
	print_text(bytes_str(winch_error_text(err)));
	printf("}\n");
	fflush(stdout);
}

/* Also when this is the allocation that fails: the test is about the lane's. */
static void put_body(struct buf *b, struct bytes text)
{
	if (buf_put(b, text, NULL) < 0 && buf_put(b, text, NULL) < 0)
		abort();
}

static void read_file(struct buf *b, const char *name)
{
	FILE *f = fopen(name, "rb");
	uint8_t piece[4096];
	size_t n;

	if (!f)
		abort();
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		put_body(b, bytes_of(piece, n));
	fclose(f);
}

static void post(struct driver *d, char *line)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	static char ops[MAX_LANES + 1][32];
	char flags[8];
	unsigned n;
	long timeout_ms;
	int at = 0;

	if (sscanf(line, "post %u %*s %ld %7s %n", &n, &timeout_ms, flags, &at) != 3 || !at ||
	    n < 1 || n > MAX_LANES)
		abort();
	sscanf(line, "post %*u %31s", ops[n]);
	if (!d->lanes[n])
		d->lanes[n] = lane_new(d->http, &err);
	if (!d->lanes[n]) {
		print_refused(&err);
		return;
	}
	d->bodies[n].max = MAX_LINE;
	if (!lane_busy(d->lanes[n])) {
		buf_clear(&d->bodies[n]);
		if (line[at] == '@')
			read_file(&d->bodies[n], line + at + 1);
		else
			put_body(&d->bodies[n], bytes_str(line + at));
	}
	struct lane_request req = {
		.body = buf_bytes(&d->bodies[n]),
		.op = ops[n],
		.timeout_ms = timeout_ms,
		.max_reply = d->max_reply,
		.may_repeat = strchr(flags, 'r') != NULL,
		.first_body_ok = strchr(flags, 'f') != NULL,
	};
	if (lane_post(d->lanes[n], &req, &err) < 0)
		print_refused(&err);
}

static void command(struct driver *d, char *line)
{
	unsigned n = 0;
	long ms;

	if (strncmp(line, "post ", 5) == 0) {
		post(d, line);
	} else if (strcmp(line, "wait") == 0) {
		wait_done(d);
	} else if (sscanf(line, "cancel %u", &n) == 1 && n <= MAX_LANES && d->lanes[n]) {
		lane_cancel(d->lanes[n]);
	} else if (sscanf(line, "free %u", &n) == 1 && n <= MAX_LANES) {
		lane_free(d->lanes[n]);
		d->lanes[n] = NULL;
	} else if (sscanf(line, "sleep %ld", &ms) == 1) {
		int64_t until = clock_ms() + ms;
		while (clock_ms() < until)
			turn(d, until);
	} else {
		abort();
	}
}

static void write_log(void *user, const winch_log_entry *entry)
{
	(void)user;
	fprintf(stderr, "%s", entry->text);
	for (size_t i = 0; i < entry->field_count; i++)
		fprintf(stderr, " %s=%s", entry->fields[i].key, entry->fields[i].value);
	fputc('\n', stderr);
}

static void set_auth(struct http_options *opts, const char *name)
{
	if (strcmp(name, "none") == 0)
		opts->auth = HTTP_AUTH_NONE;
	else if (strcmp(name, "basic") == 0)
		opts->auth = HTTP_AUTH_BASIC;
	else if (strcmp(name, "ntlm") == 0)
		opts->auth = HTTP_AUTH_NTLM;
	else if (strcmp(name, "credssp") == 0)
		opts->auth = HTTP_AUTH_CREDSSP;
	else if (strcmp(name, "kerberos") == 0)
		opts->auth = HTTP_AUTH_KERBEROS;
	else if (strcmp(name, "fake") == 0)
		opts->auth_new = fake_auth_new;
	else if (strcmp(name, "fake-late") == 0)
		opts->auth_new = fake_auth_late_new;
	else if (strcmp(name, "fake-ticket") == 0)
		opts->auth_new = fake_auth_ticket_new;
	else if (strcmp(name, "gss-ntlm") == 0)
		opts->auth_new = gss_ntlm_new;
	else if (strcmp(name, "gss-unbound") == 0)
		opts->auth_new = gss_unbound_new;
	else if (strcmp(name, "gss-spnego") == 0)
		opts->auth_new = gss_spnego_new;
}

static const uint8_t *parse_pin(const char *hex)
{
	static uint8_t pin[32];

	for (size_t i = 0; i < 32; i++)
		sscanf(hex + 2 * i, "%2hhx", &pin[i]);
	return pin;
}

/* One --name=value. */
static void option(struct driver *d, struct http_options *opts, struct log *log, char *arg)
{
	char *value = strchr(arg, '=');

	value = value ? value + 1 : arg + strlen(arg);
	if (strncmp(arg, "--url=", 6) == 0)
		opts->url = value;
	else if (strncmp(arg, "--auth=", 7) == 0)
		set_auth(opts, value);
	else if (strncmp(arg, "--ca-file=", 10) == 0)
		opts->ca_file = value;
	else if (strncmp(arg, "--tls-name=", 11) == 0)
		opts->tls_name = value;
	else if (strncmp(arg, "--pin=", 6) == 0)
		opts->pin = parse_pin(value);
	else if (strncmp(arg, "--connect-timeout=", 18) == 0)
		opts->connect_timeout_ms = atol(value);
	else if (strncmp(arg, "--max-reply=", 12) == 0)
		d->max_reply = (size_t)atol(value);
	else if (strcmp(arg, "--insecure") == 0)
		opts->insecure = true;
	else if (strcmp(arg, "--allow-cleartext") == 0)
		opts->allow_cleartext = true;
	else if (strcmp(arg, "--never-first-body") == 0)
		opts->never_first_body = true;
	else if (strncmp(arg, "--fail-at=", 10) == 0)
		d->fail_at = strtoul(value, NULL, 10);
	else if (strcmp(arg, "-v") == 0)
		log->level = WINCH_LOG_DEBUG;
	else
		abort();
}

static void run(struct driver *d)
{
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		command(d, line);
	}
	free(line);
	for (int i = 0; i <= MAX_LANES; i++)
		buf_done(&d->bodies[i]);
}

static int drive(struct driver *d, const struct http_options *opts)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct http_watch watch = { on_socket, on_timer, d };

	mem_fail_at(d->fail_at);
	d->http = http_new(opts, &watch, &err);
	if (!d->http) {
		print_refused(&err);
		return 0;
	}
	run(d);
	fprintf(stderr, "allocations: %lu\n", mem_count());
	http_free(d->http);
	return d->fd_count == 0 ? 0 : 1; /* descriptors that the watcher was not told to forget */
}

int main(int argc, char **argv)
{
	struct credential credential = { 0 };
	struct log log = { .write = write_log };
	struct driver d = { .due_ms = -1, .max_reply = 1024 * 1024 };
	struct http_options opts = { .credential = &credential, .log = &log };
	const char *user = getenv("DRIVER_USER"), *password = getenv("DRIVER_PASSWORD");

	if (credential_set(&credential, bytes_str(user ? user : "vagrant"),
			   bytes_str(password ? password : "vagrant"), NULL) < 0)
		abort();
	for (int i = 1; i < argc; i++)
		option(&d, &opts, &log, argv[i]);
	int status = drive(&d, &opts);
	credential_done(&credential);
	return status;
}
