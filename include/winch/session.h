/*
 * session.h - a runspace pool on a host, with the network done: MS-PSRP over MS-WSMV.
 *
 *     winch_session_options opts = WINCH_SESSION_OPTIONS_INIT;
 *     opts.url = "http://web1", opts.user = "anna" ...
 *     winch_session *s = winch_session_new(&opts, &err);
 *     winch_session_open(s, &err);
 *     winch_pool_invoke(winch_session_pool(s), pipeline, &id, &err);
 *     while ((r = winch_session_next(s, -1, &ev, &err)) > 0) ...
 *     winch_session_close(s, 5000, &err);
 *     winch_session_free(s);
 *
 * Results    0: done or nothing.  > 0: as the function says.  < 0: enum winch_status.
 * Failure    A session that failed stays failed; each call repeats why.
 * Ownership  The pool and the descriptor are the session's; an event is until the next
 *            winch_session_next(), or until it is kept (event.h).
 * Loops      A blocking caller gives winch_session_next() a time-out.  A caller
 *            with a loop of its own polls winch_session_fd() for reading and
 *            calls winch_session_next(s, 0, ...) when it is readable: one
 *            descriptor stands for all sockets and timers of the session.  It
 *            closes with winch_session_begin_close() and goes on polling until
 *            WINCH_CLOSED.  Nothing blocks then, name resolution neither, where
 *            libcurl resolves in threads and is 7.87 or later: an older one waits
 *            for a resolver that hangs when its session is given up.  A proxy that
 *            wants a Kerberos ticket is one more exception: libcurl asks the KDC.
 * Threads    One session, one thread at a time; but for winch_session_wake().
 * Fork       After fork() the child may only free it; nothing is then sent.
 * Environment  None is read by this library.  OpenSSL reads its own
 *            (SSL_CERT_FILE, SSL_CERT_DIR, OPENSSL_CONF), and so does libkrb5
 *            (KRB5_CONFIG, KRB5CCNAME, KRB5_CLIENT_KTNAME).
 */
#ifndef WINCH_SESSION_H
#define WINCH_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winch/certificate.h>
#include <winch/error.h>
#include <winch/event.h>
#include <winch/export.h>
#include <winch/log.h>
#include <winch/pool.h>

WINCH_BEGIN

typedef struct winch_session winch_session;

/* An RSA key pair for the session key that SecureStrings need on hosts before PowerShell 7.6
 * (pool.h).  It is made when it is first needed, which takes about 0.1 s of CPU; the sessions of
 * one thread may share one. */
typedef struct winch_key_pair winch_key_pair;
WINCH_API winch_key_pair *winch_key_pair_new(winch_error *err);
WINCH_API void winch_key_pair_free(winch_key_pair *pair); /* NULL is accepted */

/* Open a way to a host (ssh -W, say): what the session writes comes out of fd, a stream socket, and
 * what is written there it reads.  fd is the application's from now on; its end is the
 * connection's. 0; < 0: there is no way.  Called for each connection, on the thread that called the
 * library and inside that call: it should not take long. */
typedef int winch_connect_fn(void *user, const char *host, int port, int fd);

enum winch_auth {
	WINCH_AUTH_NEGOTIATE = 0, /* Kerberos, else NTLM: inside SPNEGO */
	WINCH_AUTH_NTLM,
	WINCH_AUTH_BASIC, /* https, or allow_cleartext */
	WINCH_AUTH_NONE,  /* sends no credential: test servers; needs allow_cleartext on http */
	WINCH_AUTH_CERTIFICATE, /* .certificate is who you are; https only */
	WINCH_AUTH_KERBEROS,    /* nothing else; WINCH_E_UNSUPPORTED where the build has none */
	WINCH_AUTH_CREDSSP      /* Kerberos, else NTLM, inside TLS; and the host gets the password,
				   to act in the user's name elsewhere */
};

/* Times are milliseconds; 0 takes the default in brackets.  Strings are copied. */
typedef struct winch_session_options {
	size_t size;          /* sizeof(winch_session_options) */
	const char *url;      /* http[s]://host[:port][/path]; path [/wsman] */
	const char *user;     /* "user", "DOMAIN\user", "user@realm"; NULL: the Kerberos ticket's */
	const char *password; /* UTF-8; copied to wiped memory.  NULL: by a ticket or a keytab */
	size_t password_len;
	int auth;                  /* enum winch_auth */
	bool allow_cleartext;      /* unsealed bodies and Basic over http */
	const char *ca_file;       /* PEM; NULL: the system's */
	const char *tls_name;      /* the name that the certificate must have; NULL: url's host */
	bool insecure;             /* no verification at all */
	bool delegate;             /* Kerberos: the host may act in the user's name */
	bool allow_old_credssp;    /* CredSSP with hosts that lack the update for CVE-2018-0886:
				      somebody on the way can take the session over */
	const uint8_t *pin_sha256; /* 32 bytes of the DER certificate's SHA-256, or NULL; over http
				      that of the certificate inside CredSSP */
	/* Shown when the host asks for one; borrowed: it must outlive the session. */
	const winch_certificate *certificate;
	winch_trust_fn *trust; /* asked where the host's certificate did not pass; not asked
				  with .insecure or .pin_sha256.  NULL: it is refused */
	void *trust_user;
	/* http://, https://, socks5:// or socks5h://HOST[:PORT], without a user; NULL: none.  All
	 * goes through a tunnel. */
	const char *proxy;
	const char *proxy_user;     /* without control characters.  NULL: a Kerberos ticket, if one
				       of HTTP wants it */
	const char *proxy_password; /* UTF-8 without U+0000; copied to wiped memory */
	size_t proxy_password_len;
	winch_connect_fn *connect; /* NULL: TCP, or .proxy's tunnel */
	void *connect_user;
	int connect_timeout_ms;    /* [10000] */
	int operation_timeout_ms;  /* [20000] of one WSMan operation */
	int idle_timeout_ms;       /* of the shell; [the server's own] */
	size_t max_envelope;       /* bytes of one SOAP envelope, both ways; 0: 153600 until the
				      protocol is known, 512000 from 2.2 on */
	const char *configuration; /* [Microsoft.PowerShell]; or a whole resource URI */
	bool no_profile;           /* the Windows user profile is not loaded */
	const char *locale;        /* [en-US]: a culture name that Windows knows */
	bool all_lanes;            /* pool events at once: the pool's Receive stands for its
				      whole life, on a lane of its own, from the start */
	int key_timeout_ms;        /* [60000] for the server's answer with a session key */
	winch_key_pair *key_pair;  /* NULL: its own; else it must outlive the session */
	const winch_pool_options *pool; /* NULL: defaults.  An .id of zeros, .new_guid NULL,
					   .rsa_key NULL: the session's own */
	int log_level;                  /* enum winch_log_level */
	winch_log_fn *log;
	void *log_user;
	const char *spn;    /* Kerberos: "SERVICE/host" [host/NAME, then HTTP/NAME] */
	const char *keytab; /* Kerberos: the user's keys, in place of a password */
	const char *ccache; /* Kerberos: where the tickets are [libkrb5's default] */
} winch_session_options;

/* All but .size zero: the defaults. */
#define WINCH_SESSION_OPTIONS_INIT                                                                 \
	{                                                                                          \
		sizeof(winch_session_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  \
			0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0              \
	}

/* NULL on failure, with *err filled if err is not NULL. */
WINCH_API winch_session *winch_session_new(const winch_session_options *opts, winch_error *err);

/* Frees at once: what is open on the server is left to its idle time-out unless it
 * was closed before.  NULL is accepted. */
WINCH_API void winch_session_free(winch_session *s);

/* Start to open; events tell how it goes. */
WINCH_API int winch_session_open(winch_session *s, winch_error *err);

/* The pool inside: winch_pool_invoke, _input, _end_input, _stop, _answer and
 * _refuse are for the application; feed, take and next are the session's. */
WINCH_API winch_pool *winch_session_pool(winch_session *s);

/* Work until there is an event, timeout_ms have passed (-1: never, 0: what is
 * there now), or it was woken.  1: *ret_event is one, alive until the next call.
 * 0: time-out, or nothing more can come (the pool is closed).  WINCH_WOKEN.
 * WINCH_CLOSED: after winch_session_begin_close(), as that says. */
enum { WINCH_WOKEN = 2, WINCH_CLOSED = 3 };
WINCH_API int winch_session_next(winch_session *s, int timeout_ms, winch_event **ret_event,
				 winch_error *err);

/* Readable when winch_session_next(s, 0, ...) has something to do.  The session's. */
WINCH_API int winch_session_fd(const winch_session *s);

/* Let a winch_session_next() that waits, or the next one, return WINCH_WOKEN.
 * From any thread and from signal handlers. */
WINCH_API void winch_session_wake(winch_session *s);

/* Start to close the pool and delete its shell, and do not wait for it.  From now on
 * winch_session_next() gives no events: WINCH_CLOSED once nothing is open on the server
 * any more, < 0 when that can't be had, and the same at each later call.  Also after a
 * failure: deletes the shell where it still can.  A second call changes nothing. */
WINCH_API int winch_session_begin_close(winch_session *s, winch_error *err);

/* The same, and wait for its end up to timeout_ms.  WINCH_E_TIMEOUT: the shell may be
 * left to its idle time-out. */
WINCH_API int winch_session_close(winch_session *s, int timeout_ms, winch_error *err);

/* For messages and logs: what the server calls the shell; "" before there is one. */
WINCH_API const char *winch_session_shell_id(const winch_session *s);

/* One setting of the host's WinRM configuration: "MaxEnvelopeSizekb", "Service/Auth/Basic",
 * "Winrs/MaxShellsPerUser"; its value as text. */
typedef struct winch_setting {
	const char *name, *value;
} winch_setting;

/* The host's WinRM configuration, but for its part as a client (winrm get winrm/config), 4,096
 * settings of it at most: asked for on one of the session's own lanes, and waited for up to
 * timeout_ms (< 0: as long as it takes); events wait meanwhile.  *ret_list lives until the next
 * call of this.  WINCH_E_STATE: the session was not opened, or closes.  WINCH_E_TIMEOUT, and
 * WINCH_E_FAULT with fault 5 (only administrators may read it), leave the session as it is, and
 * so does all else that is wrong with this one answer. */
WINCH_API int winch_session_config(winch_session *s, int timeout_ms, const winch_setting **ret_list,
				   size_t *ret_count, winch_error *err);

/* The principal of the Kerberos ticket cache into ret_name, which has room for size bytes, NUL and
 * all.  ccache NULL: libkrb5's default.  1: there is a ticket that has not expired.  0: there is
 * none.  WINCH_E_UNSUPPORTED: this build has no Kerberos.  WINCH_E_LIMIT: the room is too small. */
WINCH_API int winch_ticket_user(const char *ccache, char *ret_name, size_t size, winch_error *err);

/* HTTP requests sent so far. */
WINCH_API uint64_t winch_session_request_count(const winch_session *s);

/* WINCH_AUTH_NEGOTIATE and _CREDSSP take Kerberos, else NTLM: why they took NTLM, as a text that
 * may quote a KDC (filter it before a terminal sees it).  NULL: they did not, so far, or this build
 * has no Kerberos.  Never changes once it is there, and lives until the session is freed. */
WINCH_API const char *winch_session_why_ntlm(const winch_session *s);

WINCH_END
#endif
