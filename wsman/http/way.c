/*
 * way.c - meeting libcurl on a port of loopback.
 */
#include "wsman/http/way.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct sockaddr any_address;

static int open_tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static int listen_somewhere(struct sockaddr_in *ret_address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int fd = open_tcp();

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	    bind(fd, (any_address *)(void *)&in, sizeof(in)) == 0 && listen(fd, 8) == 0 &&
	    getsockname(fd, (any_address *)(void *)ret_address, &len) == 0)
		return fd;
	close(fd);
	return -1;
}

curl_socket_t way_open(struct way *w, struct curl_sockaddr *address)
{
	struct sockaddr_in in;

	way_done(w);
	int listener = listen_somewhere(&in);
	int fd = listener < 0 ? -1 : open_tcp();
	if (fd < 0) {
		if (listener >= 0)
			close(listener);
		return CURL_SOCKET_BAD;
	}
	*w = (struct way){ true, listener, fd };
	/* libcurl has room for any address there. */
	address->family = AF_INET;
	address->addrlen = sizeof(in);
	memcpy(&address->addr, &in, sizeof(in));
	return fd;
}

/* Anybody on this machine may have come before. */
static bool is_us(const struct way *w, int fd)
{
	struct sockaddr_in theirs = { 0 }, own = { 0 };
	socklen_t len = sizeof(theirs), own_len = sizeof(own);

	return getpeername(fd, (any_address *)(void *)&theirs, &len) == 0 &&
	       getsockname(w->ours, (any_address *)(void *)&own, &own_len) == 0 &&
	       theirs.sin_addr.s_addr == own.sin_addr.s_addr && theirs.sin_port == own.sin_port;
}

int way_take(struct way *w)
{
	int fd;

	if (!w->waits)
		return -1;
	while ((fd = accept(w->listener, NULL, NULL)) >= 0) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, 0);
		if (is_us(w, fd)) {
			way_done(w);
			return fd;
		}
		close(fd);
	}
	return -1;
}

void way_done(struct way *w)
{
	if (w->waits)
		close(w->listener);
	w->waits = false;
}
