/*
 * wire-explain.c - why a request got no reply, in words that say what to look at.
 */
#include <errno.h>
#include <strings.h>

#include "src/base/fail.h"
#include "wsman/http/certificate.h"
#include "wsman/http/http-inside.h"

/* CURLE_TOO_LARGE, which libcurl has since 8.6. */
enum { TOO_LARGE = 100 };

/* What libcurl has to say, else the code's name. */
static const char *detail(const struct wire *w, CURLcode code)
{
	return w->text[0] ? w->text : curl_easy_strerror(code);
}

/* A number from libcurl, 0 where it has none. */
static curl_off_t info_off(const struct wire *w, CURLINFO what)
{
	curl_off_t value = 0;

	curl_easy_getinfo(w->easy, what, &value);
	return value;
}

static int not_connected(const struct wire *w, CURLcode code, winch_error *err)
{
	const char *where = w->http->proxy ? w->http->proxy : w->http->where;
	long os = 0;

	if (w->http->connect)
		return fail(err, WINCH_E_CONNECT, "no way to %s was opened", where);
	curl_easy_getinfo(w->easy, CURLINFO_OS_ERRNO, &os);
	switch (os) {
	case ECONNREFUSED:
		return fail_for(err, WINCH_REASON_PORT_CLOSED,
				fail(err, WINCH_E_CONNECT,
				     "nobody listens on %s (connection refused)", where));
	case EHOSTUNREACH:
	case ENETUNREACH:
		return fail_for(err, WINCH_REASON_NO_ROUTE,
				fail(err, WINCH_E_CONNECT, "no route to %s", where));
	case ETIMEDOUT:
		return fail_for(err, WINCH_REASON_NO_ANSWER,
				fail(err, WINCH_E_CONNECT, "no answer from %s", where));
	default:
		return fail(err, WINCH_E_CONNECT, "can't connect to %s: %s", where,
			    detail(w, code));
	}
}

/* What the proxy answered instead of a tunnel; 0: nothing. */
static long proxy_says(const struct wire *w)
{
	long code = 0;

	if (w->http->proxy)
		curl_easy_getinfo(w->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	return code / 100 == 2 ? 0 : code;
}

static int login_refused(const struct http *h, winch_error *err)
{
	fail(err, WINCH_E_AUTH, "the proxy %s refused user %s", h->proxy,
	     h->proxy_user ? h->proxy_user : "nobody");
	if (err)
		err->flags |= WINCH_ERROR_REFUSED;
	return WINCH_E_AUTH;
}

static int no_tunnel(const struct wire *w, long answer, winch_error *err)
{
	const struct http *h = w->http;
	bool of_login = answer == 407 || answer == 401; /* 401: tinyproxy's, to a wrong one */
	long offers = 0;

	curl_easy_getinfo(w->easy, CURLINFO_PROXYAUTH_AVAIL, &offers);
	bool tickets = ((unsigned long)offers & CURLAUTH_NEGOTIATE) != 0;
	bool passwords = ((unsigned long)offers & (CURLAUTH_BASIC | CURLAUTH_DIGEST)) != 0;
	if (of_login && !h->proxy_user && tickets)
		return fail(err, WINCH_E_AUTH,
			    "the proxy %s wants a Kerberos ticket: there is none for it, or it "
			    "was refused (kinit)%s",
			    h->proxy, passwords ? "; it takes a user and password, too" : "");
	if (of_login && h->proxy_user && tickets && !passwords)
		return fail(err, WINCH_E_AUTH,
			    "the proxy %s takes Kerberos tickets only: name no user there",
			    h->proxy);
	if (of_login && !h->proxy_user)
		return fail(err, WINCH_E_AUTH, "the proxy %s asks for a user and password",
			    h->proxy);
	if (of_login)
		return login_refused(h, err);
	return fail(err, WINCH_E_CONNECT, "the proxy %s does not connect to %s (HTTP %ld)",
		    h->proxy, h->where, answer);
}

static int no_proxy(const struct wire *w, CURLcode code, winch_error *err)
{
	const struct http *h = w->http;
	long why = CURLPX_OK;

	curl_easy_getinfo(w->easy, CURLINFO_PROXY_ERROR, &why);
	/* Of SOCKS.  Refused once is refused: nothing that passes. */
	if (why == CURLPX_USER_REJECTED)
		return login_refused(h, err);
	if (why == CURLPX_NO_AUTH)
		return fail(err, WINCH_E_AUTH, "the proxy %s %s a user and password", h->proxy,
			    h->proxy_user ? "does not take" : "asks for");
	if (code == CURLE_COULDNT_RESOLVE_PROXY)
		return fail(err, WINCH_E_CONNECT, "unknown host name of the proxy %s", h->proxy);
	return fail(err, WINCH_E_CONNECT, "the proxy %s does not connect to %s: %s", h->proxy,
		    h->where, detail(w, code));
}

/* This exchange has opened a connection, and the proxy no tunnel through it so far.  Of SOCKS
 * libcurl does not tell. */
static bool is_at_proxy(const struct wire *w)
{
	const struct http *h = w->http;
	long opened = 0, code = 0;

	if (!h->proxy || strncasecmp(h->proxy, "http", 4) != 0)
		return false;
	curl_easy_getinfo(w->easy, CURLINFO_NUM_CONNECTS, &opened);
	curl_easy_getinfo(w->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	return opened > 0 && code / 100 != 2;
}

static bool is_not_tls(const char *text)
{
	return strstr(text, "wrong version number") || strstr(text, "packet length too long");
}

/* What went wrong there, and not on the way behind it or at the host; 0: nothing did. */
static int failed_at_proxy(const struct wire *w, CURLcode code, winch_error *err)
{
	const char *proxy = w->http->proxy, *text = detail(w, code);

	switch ((int)code) {
	case CURLE_OPERATION_TIMEDOUT:
		return fail(err, WINCH_E_CONNECT, "no answer from the proxy %s within %ld s", proxy,
			    (wire_took_ms(w) + 500) / 1000);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CIPHER:
		if (is_not_tls(text))
			return fail(err, WINCH_E_TLS,
				    "the proxy %s does not speak TLS: is it an http:// one?",
				    proxy);
		return fail(err, WINCH_E_TLS, "TLS with the proxy %s failed: %s", proxy, text);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return fail(err, WINCH_E_CONNECT,
			    "the proxy %s ended the connection without an answer", proxy);
	default:
		return 0;
	}
}

static int of_proxy(const struct wire *w, CURLcode code, winch_error *err)
{
	long answer = proxy_says(w);

	if (answer)
		return no_tunnel(w, answer, err);
	return is_at_proxy(w) ? failed_at_proxy(w, code, err) : 0;
}

static int timed_out(const struct wire *w, winch_error *err)
{
	const char *where = w->http->where;

	if (w->times.connected && w->http->tls && info_off(w, CURLINFO_APPCONNECT_TIME_T) == 0)
		return fail_for(err, WINCH_REASON_TLS_NO_ANSWER,
				fail(err, WINCH_E_CONNECT,
				     "no answer from %s within %ld s, to TLS: is it the port of "
				     "http?",
				     where, (wire_took_ms(w) + 500) / 1000));
	if (info_off(w, CURLINFO_PRETRANSFER_TIME_T) == 0)
		return fail_for(err, WINCH_REASON_NO_ANSWER,
				fail(err, WINCH_E_CONNECT, "no answer from %s within %ld s", where,
				     (wire_took_ms(w) + 500) / 1000));
	return fail(err, WINCH_E_TIMEOUT, "%s sent no whole reply within %ld s", where,
		    (wire_took_ms(w) + 500) / 1000);
}

static int lost(const struct wire *w, CURLcode code, winch_error *err)
{
	int r = w->header_len
			? fail(err, WINCH_E_CONNECT,
			       "%s closed the connection in the middle of its reply",
			       w->http->where)
			: fail(err, WINCH_E_CONNECT,
			       "the connection to %s was lost before a reply came (%s)",
			       w->http->where, w->refused_socket ? "closed" : detail(w, code));
	return fail_for(err, WINCH_REASON_LOST, r);
}

static int tls_failed(const struct wire *w, CURLcode code, winch_error *err)
{
	const char *text = detail(w, code);

	if (is_not_tls(text))
		return fail_for(err, WINCH_REASON_NOT_TLS,
				fail(err, WINCH_E_TLS,
				     "%s does not speak TLS: is it the port of http?",
				     w->http->where));
	fail(err, WINCH_E_TLS, "TLS with %s failed: %s", w->http->where, text);
	/* Cut off, not refused: a listener without its certificate, a service that starts. */
	if (err && code == CURLE_SSL_CONNECT_ERROR &&
	    (!strstr(text, "error:") || strstr(text, "unexpected eof")))
		err->flags |= WINCH_ERROR_MAY_PASS;
	return WINCH_E_TLS;
}

/* libcurl's own limit of one header line, which older ones report as lack of memory. */
static int out_of_memory(const struct wire *w, winch_error *err)
{
	if (info_off(w, CURLINFO_STARTTRANSFER_TIME_T) == 0)
		return fail_nomem(err);
	return fail(err, WINCH_E_LIMIT, "a header line of the reply is too long");
}

/* The first thing that the server did with our certificate was to end the connection; some send
 * an alert before. */
static bool is_certificate_refused(const struct wire *w, CURLcode code)
{
	return code != CURLE_OPERATION_TIMEDOUT && w->http->auth == HTTP_AUTH_CERTIFICATE &&
	       w->peer.asked_for_ours && !w->answered;
}

static int certificate_refused(const struct wire *w, CURLcode code, winch_error *err)
{
	fail(err, WINCH_E_AUTH,
	     "%s ended the connection when it had asked for the certificate of %s (%s): %s",
	     w->http->where, winch_certificate_subject(w->http->rules.own), detail(w, code),
	     certificate_fault(w->http->rules.own, "it may not trust its authority"));
	if (err)
		err->flags |= WINCH_ERROR_REFUSED;
	return fail_for(err, WINCH_REASON_CERTIFICATE_REFUSED, WINCH_E_AUTH);
}

int wire_explain(struct wire *w, CURLcode code, winch_error *err)
{
	if (w->peer.why.status) {
		fail_move(err, &w->peer.why);
		return err ? fail_prefix(err, "%s", w->http->where) : WINCH_E_TLS;
	}
	if (w->why.status) {
		int status = w->why.status;
		fail_move(err, &w->why);
		return status;
	}
	if (is_certificate_refused(w, code))
		return certificate_refused(w, code, err);
	int r = of_proxy(w, code, err);
	if (r < 0)
		return fail_for(err, WINCH_REASON_PROXY, r);
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PROXY:
		return fail_for(err, WINCH_REASON_PROXY, no_proxy(w, code, err));
	case CURLE_COULDNT_RESOLVE_HOST:
		return fail_for(err, WINCH_REASON_NAME_UNKNOWN,
				fail(err, WINCH_E_CONNECT, "unknown host name %s", w->http->host));
	case CURLE_COULDNT_CONNECT:
		/* The connection died, and libcurl was not allowed to open another. */
		if (w->refused_socket)
			return lost(w, CURLE_GOT_NOTHING, err);
		return not_connected(w, code, err);
	case CURLE_OPERATION_TIMEDOUT:
		return timed_out(w, err);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CERTPROBLEM:
		return tls_failed(w, code, err);
	case CURLE_SSL_CACERT_BADFILE:
		return fail(err, WINCH_E_TLS, "the authorities' file %s can't be read",
			    w->http->rules.ca_file ? w->http->rules.ca_file : "of the system");
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
		return fail_for(err, WINCH_REASON_NOT_HTTP,
				fail(err, WINCH_E_PROTOCOL, "what %s answers is not HTTP/1.1: %s",
				     w->http->where, detail(w, code)));
	case CURLE_FILESIZE_EXCEEDED:
		return fail(err, WINCH_E_LIMIT, "the reply is longer than %zu bytes", w->reply.max);
	case TOO_LARGE:
		return fail(err, WINCH_E_LIMIT, "the reply's headers are too long");
	case CURLE_OUT_OF_MEMORY:
		return out_of_memory(w, err);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_SEND_FAIL_REWIND:
		return lost(w, code, err);
	default:
		return fail(err, WINCH_E_CONNECT, "the exchange with %s failed: %s", w->http->where,
			    detail(w, code));
	}
}
