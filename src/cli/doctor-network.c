/*
 * doctor-network.c - the name, and which of WinRM's ports are open.
 *
 * Nothing here is asked where a proxy or a jump host leads there: it has names and ways of its own.
 */
#include "src/cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	PORTS_MS = 2000, /* for ports that nobody asked for */
	MOST_ADDRESSES = 8,
};

/* Since Windows Vista, and before. */
static const int winrm_ports[] = { 5985, 5986, 80, 443 };
enum { PORTS = sizeof(winrm_ports) / sizeof(winrm_ports[0]), NEW_PORTS = 2 };

bool doctor_is_direct(const struct doctor *d)
{
	return !d->connection.jump.to && !d->connection.proxy.url;
}

static void put_addresses(struct text *out, const struct addrinfo *all)
{
	char text[NI_MAXHOST];
	int count = 0;

	for (; all && count < MOST_ADDRESSES; all = all->ai_next, count++)
		if (getnameinfo(all->ai_addr, all->ai_addrlen, text, sizeof(text), NULL, 0,
				NI_NUMERICHOST) == 0)
			text_printf(out, "%s%s", out->len ? ", " : "", text);
}

static int resolve(const char *host, struct addrinfo **ret)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };

	return getaddrinfo(host, NULL, &hints, ret);
}

void doctor_name(struct doctor *d)
{
	AUTO(text_done) struct text text = { 0 };
	struct addrinfo *all = NULL;

	if (!doctor_is_direct(d)) {
		find_skipped(d, "name",
			     d->connection.jump.to ? "the jump host looks it up"
						   : "the proxy looks it up");
		return;
	}
	int r = resolve(d->connection.target.host, &all);
	if (r) {
		fact_text(&find(d, FIND_NAME_UNKNOWN)->facts, "why", gai_strerror(r));
		return;
	}
	text_str(&text, "");
	put_addresses(&text, all);
	freeaddrinfo(all);
	bool is_address = strcmp(text.data, d->connection.target.host) == 0;
	struct finding *f = find(d, is_address ? FIND_NAME_ADDRESS : FIND_NAME_OK);
	fact_text(&f->facts, "addresses", text.data);
}

static void set_port(struct sockaddr *address, int port)
{
	uint16_t number = htons((uint16_t)port);

	if (address->sa_family == AF_INET)
		((struct sockaddr_in *)(void *)address)->sin_port = number;
	else if (address->sa_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)address)->sin6_port = number;
}

static int begin_connect(const struct addrinfo *to, int port)
{
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	set_port(to->ai_addr, port);
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS)
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

/* Which of these ports take a connection within PORTS_MS, all tried at once. */
static void try_ports(const struct addrinfo *to, const int *ports, size_t count, bool *ret_open)
{
	struct pollfd fds[PORTS];
	int64_t until = now_ms() + PORTS_MS;
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		fds[i] = (struct pollfd){ begin_connect(to, ports[i]), POLLOUT, 0 };
		left += fds[i].fd >= 0;
	}
	while (left > 0 && now_ms() < until) {
		if (poll(fds, (nfds_t)count, (int)(until - now_ms())) < 0 && errno != EINTR)
			break;
		for (size_t i = 0; i < count; i++) {
			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			ret_open[i] = is_connected(fds[i].fd);
			close(fds[i].fd);
			fds[i].fd = -1;
			left--;
		}
	}
	for (size_t i = 0; i < count; i++)
		if (fds[i].fd >= 0)
			close(fds[i].fd);
}

/* Is it WinRM that listens at an old port?  Others do, too. */
static bool is_winrm_at(struct doctor *d, int port)
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
	bool is = winch_look_at(&options, &look, NULL) == 0 && look->status == 0 &&
		  (look->identified || strcasestr(look->offers, "Negotiate"));
	winch_look_free(look);
	return is;
}

static void tell_other(struct doctor *d, int port, bool open)
{
	if (!open || port == target_port(&d->connection.target))
		return;
	if (port == 5986) {
		find(d, FIND_OTHER_PORT_TLS);
	} else if (port == 5985) {
		find(d, FIND_OTHER_PORT_PLAIN);
	} else if (is_winrm_at(d, port)) {
		struct finding *f = find(d, FIND_OLD_PORT);
		fact_number(&f->facts, "other", port);
		fact_text(&f->facts, "scheme", port == 443 ? "https" : "http");
	}
}

static void tell_open(struct doctor *d, const bool *open)
{
	AUTO(text_done) struct text list = { 0 };

	for (size_t i = 0; i < NEW_PORTS; i++)
		if (open[i] && winrm_ports[i] != target_port(&d->connection.target))
			text_printf(&list, "%s%d", list.len ? ", " : "", winrm_ports[i]);
	struct finding *f = find(d, FIND_OTHER_PORTS);
	fact_text(&f->facts, "open", list.len ? list.data : "none");
}

void doctor_ports(struct doctor *d, bool answers)
{
	bool open[PORTS] = { false };
	struct addrinfo *all = NULL;

	if (!doctor_is_direct(d) || resolve(d->connection.target.host, &all) != 0)
		return;
	try_ports(all, winrm_ports, answers ? NEW_PORTS : PORTS, open);
	freeaddrinfo(all);
	if (answers) {
		tell_open(d, open);
		return;
	}
	for (size_t i = 0; i < PORTS; i++)
		tell_other(d, winrm_ports[i], open[i]);
}
