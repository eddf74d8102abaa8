/*
 * doctor-network.c - which of WinRM's ports are open.
 *
 * Nothing here is asked where a proxy or a jump host leads there: it has ways of its own.
 */
#include "src/cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum {
	CONNECT_MS = 10000, /* the library's own */
	PORTS_MS = 2000,    /* for ports that nobody asked for */
};

/* Since Windows Vista, and before. */
static const int new_ports[] = { 5985, 5986 }, old_ports[] = { 80, 443 };
enum { PAIR = sizeof(((struct port_tries *)NULL)->fds) / sizeof(struct pollfd) };

bool doctor_is_direct(const struct doctor *d)
{
	return !d->connection.jump.to && !d->connection.proxy.url;
}

int doctor_connect_ms(const struct doctor *d)
{
	return d->connection.connect_ms > 0 ? d->connection.connect_ms : CONNECT_MS;
}

static void set_port(struct sockaddr *address, int port)
{
	uint16_t number = htons((uint16_t)port);

	if (address->sa_family == AF_INET)
		((struct sockaddr_in *)(void *)address)->sin_port = number;
	else if (address->sa_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)address)->sin6_port = number;
}

static int begin_connect(const struct sockaddr_storage *host, int port)
{
	struct sockaddr_storage at = *host;
	struct sockaddr *to = (struct sockaddr *)(void *)&at;
	bool v4 = at.ss_family == AF_INET;
	socklen_t len = v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	set_port(to, port);
	if (connect(fd, to, len) == 0 || errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

static bool is_connected(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}

/* No longer than the port that was asked for has, so that they cost no time beside it. */
static int ports_ms(const struct doctor *d)
{
	return doctor_connect_ms(d) < PORTS_MS ? doctor_connect_ms(d) : PORTS_MS;
}

/* But for the one that was asked for. */
static void begin(const struct doctor *d, const int *ports, struct port_tries *t)
{
	t->until = now_ms() + ports_ms(d);
	for (size_t i = 0; i < PAIR; i++) {
		bool wanted = d->address_count && ports[i] != target_port(&d->connection.target);
		int fd = wanted ? begin_connect(&d->addresses[0], ports[i]) : -1;
		t->fds[i] = (struct pollfd){ fd, POLLOUT, 0 };
	}
}

static size_t left_of(const struct port_tries *t)
{
	size_t left = 0;

	/* By the index gcc's sanitized build takes poll()'s array for one descriptor. */
	for (const struct pollfd *of = t->fds; of < t->fds + PAIR; of++)
		left += of->fd >= 0;
	return left;
}

static void drop(struct port_tries *t)
{
	for (size_t i = 0; i < PAIR; i++) {
		if (t->fds[i].fd >= 0)
			close(t->fds[i].fd);
		t->fds[i].fd = -1;
	}
}

/* Which of them take a connection in time. */
static void finish(struct port_tries *t, bool *ret_open)
{
	struct pollfd *fds = t->fds; /* of t->fds itself gcc 12 warns, with its sanitizers */
	bool more = true;

	while (more && left_of(t) > 0) {
		int64_t left = t->until - now_ms();
		int r = poll(fds, PAIR, left > 0 ? (int)left : 0);
		more = r > 0 || (r < 0 && errno == EINTR);
		for (size_t i = 0; r > 0 && i < PAIR; i++) {
			if (t->fds[i].fd < 0 || !t->fds[i].revents)
				continue;
			ret_open[i] = is_connected(t->fds[i].fd);
			close(t->fds[i].fd);
			t->fds[i].fd = -1;
		}
	}
	drop(t);
}

/* Is it WinRM that listens at an old port?  Others do, too. */
static bool is_winrm_at(struct doctor *d, int port, int ms)
{
	winch_session_options options;
	winch_look *look = NULL;
	struct target at = d->connection.target;
	at.port = port;
	at.tls = port == 443;
	at.path = (char *)(uintptr_t) "/wsman";
	AUTO(free_auto) char *url = target_url(&at);

	connection_options(&d->connection, &options);
	options.url = url;
	options.connect_timeout_ms = ms;
	bool is = winch_look_at(&options, &look, NULL) == 0 && look->status == 0 &&
		  (look->identified || strcasestr(look->offers, "Negotiate"));
	winch_look_free(look);
	return is;
}

/* All of them together have the time of one. */
static void tell_old(struct doctor *d)
{
	int ms = doctor_connect_ms(d) / (PAIR + 1);
	bool open[PAIR] = { false };
	struct port_tries tries;

	begin(d, old_ports, &tries);
	if (ms < ports_ms(d))
		tries.until = now_ms() + ms;
	finish(&tries, open);
	for (size_t i = 0; i < PAIR; i++) {
		if (!open[i] || !is_winrm_at(d, old_ports[i], ms > 0 ? ms : 1))
			continue;
		struct finding *f = find(d, FIND_OLD_PORT);
		fact_number(&f->facts, "other", old_ports[i]);
		fact_text(&f->facts, "scheme", old_ports[i] == 443 ? "https" : "http");
	}
}

static void tell_open(struct doctor *d, const bool *open)
{
	AUTO(text_done) struct text list = { 0 };

	for (size_t i = 0; i < PAIR; i++)
		if (open[i])
			text_printf(&list, "%s%d", list.len ? ", " : "", new_ports[i]);
	struct finding *f = find(d, FIND_OTHER_PORTS);
	fact_text(&f->facts, "open", list.len ? list.data : "none");
}

void doctor_begin_ports(struct doctor *d)
{
	begin(d, new_ports, &d->ports);
}

void doctor_ports(struct doctor *d, bool answers)
{
	bool open[PAIR] = { false };

	finish(&d->ports, open);
	if (!d->address_count)
		return;
	if (answers) {
		tell_open(d, open);
		return;
	}
	if (open[0])
		find(d, FIND_OTHER_PORT_PLAIN);
	if (open[1])
		find(d, FIND_OTHER_PORT_TLS);
	tell_old(d);
}
