/*
 * way.h - a connection whose other end is given to the application.
 *
 * libcurl connects each of its sockets itself (in 7.87 to 8.0 CURL_SOCKOPT_ALREADY_CONNECTED does
 * nothing), and keeps none alive that has no address of IP: so it is given one of loopback, at
 * which nobody but itself is let in.
 */
#ifndef HTTP_WAY_H
#define HTTP_WAY_H

#include <stdbool.h>

#include <curl/curl.h>

struct way {
	bool waits;   /* libcurl is expected, at ... */
	int listener; /* this socket */
	int ours;     /* the socket that connects */
};

/* The socket that libcurl is to connect, and *address, to where.  CURL_SOCKET_BAD: there is none.
 */
curl_socket_t way_open(struct way *w, struct curl_sockaddr *address);

/* The other end, once libcurl has connected; the caller's.  -1: not yet, or none is expected. */
int way_take(struct way *w);

void way_done(struct way *w);

#endif
