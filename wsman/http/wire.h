/*
 * wire.h - one connection, one HTTP request on it at a time: what there is of libcurl.
 *
 * Each wire has a multi handle of its own, and so a connection cache of its own: libcurl can't
 * give its connection to another one.  A bound request runs on the connection that is
 * there or not at all: the callback that opens sockets refuses to.
 * The body goes out by READFUNCTION without a way to rewind, so libcurl never repeats a POST.
 */
#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H

#include <curl/curl.h>

#include "src/base/buf.h"
#include "wsman/http/http.h"
#include "wsman/http/tls.h"
#include "wsman/http/way.h"

enum {
	MAX_HEADERS = 64 * 1024,
	MAX_SERVER = 48,
	MAX_SOCKETS = 16, /* libcurl has a few at once while it connects */
};

struct wire_socket {
	int fd;
	int want;
};

/* Of the request that ended last, from its start; 0: it did not get so far. */
struct wire_times {
	int connect_ms, tls_ms, first_ms; /* the connection, TLS, the first byte of the reply */
	bool connected;                   /* TCP stood */
	char address[64];                 /* of the other end of the connection */
	bool asked_for_ours;              /* in TLS, for the client's certificate */
};

struct wire {
	/* Set once by the owner. */
	const struct http_watch *watch;
	const struct http *http;
	CURLSH *share;
	struct tls_peer peer;

	CURLM *multi;
	CURL *easy;
	char text[CURL_ERROR_SIZE];
	struct wire_socket sockets[MAX_SOCKETS]; /* what the watcher watches for this wire */
	size_t socket_count;
	int64_t due_ms; /* when libcurl wants to be called, on clock_ms(); -1: not */

	/* The request under way. */
	bool running, bound;
	bool broken;         /* libcurl can't go on with it */
	bool answered;       /* a reply has come on this connection */
	bool refused_socket; /* it was bound, but the connection was gone: nothing was sent */
	struct curl_slist *headers, *connect_to;
	struct way way; /* its other end, where the application has it */
	struct bytes body;
	size_t given; /* bytes of body that libcurl has taken */

	/* Its reply. */
	int status;
	bool in_trailers; /* header lines that come now stand behind the body */
	size_t header_len;
	struct buf type;         /* Content-Type */
	struct buf location;     /* Location */
	struct buf offers;       /* WWW-Authenticate lines, with commas between them */
	struct buf date;         /* Date */
	char server[MAX_SERVER]; /* Server: its beginning, printable ASCII only; "": none */
	struct buf reply;
	winch_error why; /* a callback of ours stopped it */
	struct wire_times times;
};

struct wire_request {
	const char *authorization; /* NULL: no such header */
	const char *content_type;  /* NULL: no such header */
	const char *header;        /* "Name: value", one more; may be NULL */
	struct bytes body;         /* borrowed until it ends */
	bool bound;
	long timeout_ms; /* <= 0: none */
	size_t max_reply;
};

/* All of a wire but what its owner sets may be zero at first. */
int wire_start(struct wire *w, const struct wire_request *req, winch_error *err);

/* The request ended: 1, and *ret_code.  0: none did. */
int wire_take_done(struct wire *w, CURLcode *ret_code);

/* Why it ended with code, as an error. */
int wire_explain(struct wire *w, CURLcode code, winch_error *err);

/* Whether all of the body was taken: the server may have acted on it. */
static inline bool wire_was_sent(const struct wire *w)
{
	return w->given == w->body.len;
}

/* How long the last request took. */
long wire_took_ms(const struct wire *w);

bool wire_has_fd(struct wire *w, int fd);
void wire_ready(struct wire *w, int fd, int events);
void wire_expired(struct wire *w);

/* Close the connection; a request under way is forgotten. */
void wire_close(struct wire *w);
void wire_done(struct wire *w);

#endif
