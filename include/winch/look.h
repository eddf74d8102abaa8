/*
 * look.h - what a host shows to one who sends no credential: for programs that say why it does
 * or doesn't work.
 *
 *     r = winch_look_at(&opts, &look, &err);
 *     if (r == 0 && look->status == 0) ... look->offers, look->product_version ...
 *     winch_look_free(look);
 *
 * A look takes the way that a session with the same options takes (proxy, connect, TLS), and asks
 * what everybody may ask: WS-Management's Identify (DSP0226 11), and which mechanisms are
 * offered.  It trusts every certificate, for it has nothing to lose, and says what is wrong
 * with it.
 *
 * Results    0: done, and *ret_ is one.  < 0: an enum winch_status (error.h).
 * Ownership  A look, and all that it points to, is the library's until its _free function.
 * Texts      UTF-8 or not, as the host sent them: filter them before a terminal sees them.  Never
 *            NULL: what was not there is "".
 * Loops      The functions block: for the connection and the answer to it together at most
 *            connect_timeout_ms, and once more for the mechanisms (where .connect opens the way,
 *            operation_timeout_ms longer each); for Kerberos as long as libkrb5 waits for KDCs.
 * Threads    Any; nothing is shared.
 */
#ifndef WINCH_LOOK_H
#define WINCH_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winch/error.h>
#include <winch/export.h>
#include <winch/session.h>

WINCH_BEGIN

/* What a session without .pin_sha256, .insecure and .trust thinks of a certificate. */
enum winch_verdict {
	WINCH_TRUSTED = 0,
	WINCH_UNKNOWN_AUTHORITY, /* self-signed, or its authority is not among the known ones */
	WINCH_OUT_OF_DATE,       /* it, or one of its authorities */
	WINCH_WRONG_NAME,
	WINCH_TOO_WEAK, /* a key or hash that OpenSSL's security level refuses */
	WINCH_NOT_TRUSTED
};

typedef struct winch_tls_look {
	size_t size;                  /* sizeof(winch_tls_look) */
	const char *version;          /* "TLSv1.3" */
	int verdict;                  /* enum winch_verdict: the first thing that is wrong */
	const char *why;              /* in OpenSSL's words; "" where it is trusted */
	uint8_t sha256[32];           /* of the certificate's DER: what .pin_sha256 takes */
	const char *subject, *issuer; /* RFC 2253 */
	const char *names;            /* it is for: "web1.example, 10.0.0.1" */
	bool name_matches;            /* the URL's host, or .tls_name */
	bool self_signed;
	int64_t not_before, not_after; /* seconds since 1970 */
	const char *key;               /* "RSA", "EC", "ED25519" */
	int key_bits;
	const char *signature; /* "sha256WithRSAEncryption" */
	bool weak_signature; /* MD5 or SHA-1; never of a self-signed one, where it proves nothing */
} winch_tls_look;

typedef struct winch_look {
	size_t size;     /* sizeof(winch_look) */
	int status;      /* 0: WinRM, or one who asks for authentication as WinRM does; else an
			    enum winch_status, of the failure */
	int reason;      /* enum winch_reason */
	unsigned flags;  /* enum winch_error_flags */
	const char *why; /* its text */

	const char *address;       /* that was connected to: a proxy's, where there is one */
	bool connected;            /* TCP stood, with a proxy that to the proxy */
	int connect_ms, tls_ms;    /* from the start until TCP, until TLS stood; 0: they do not */
	int reply_ms;              /* from the request to the first answer; 0: none came */
	const winch_tls_look *tls; /* NULL: http, or no certificate was seen */
	int http_status;           /* of the first answer; 0: none came */
	const char *server, *type; /* its Server and Content-Type */
	const char *location;      /* of a redirection */
	int64_t date;              /* its Date, in seconds since 1970; 0: none */
	int64_t local_date;        /* this machine's clock when it came */
	bool identified;           /* Identify was answered, with: */
	const char *product_vendor, *product_version, *protocol_version;
	bool asks;             /* a request without a credential is answered with 401 */
	const char *offers;    /* "Negotiate, Basic": mechanisms, in the host's order */
	bool asks_certificate; /* for a client's, in TLS, before it said anything */
} winch_look;

/* What fails on the way there is in the look.  < 0: there is none (WINCH_E_ARG, _NOMEM, _SYSTEM).
 * The options' user, password, certificate, pin and trust count for nothing. */
WINCH_API int winch_look_at(const winch_session_options *opts, winch_look **ret_look,
			    winch_error *err);
WINCH_API void winch_look_free(winch_look *look); /* NULL is accepted */

/* What Kerberos has for the options' user and host. */
typedef struct winch_kerberos_look {
	size_t size;     /* sizeof(winch_kerberos_look) */
	int status;      /* 0: it works, as far as this can be known without a secret; else
			    WINCH_E_AUTH; WINCH_E_UNSUPPORTED: this build has none */
	int reason;      /* enum winch_reason */
	unsigned flags;  /* enum winch_error_flags */
	const char *why; /* its text */
	const char *default_realm;
	const char *host_realm; /* of the host, says krb5.conf; "": a KDC is asked */
	const char *client;     /* the user's principal */
	const char *service;    /* the SPN that a ticket is had for, or is asked first */
	bool by_ticket;         /* the client is that of the ticket cache; the service's
				   ticket was had, too */
	int64_t ticket_end;     /* seconds since 1970; 0: there is no ticket */
} winch_kerberos_look;

/* Sends no credential: where the options have a password or a keytab, a KDC is asked for the user
 * without it, which it does not count as a try; else the ticket cache is used, as a session would.
 */
WINCH_API int winch_look_at_kerberos(const winch_session_options *opts,
				     winch_kerberos_look **ret_look, winch_error *err);
WINCH_API void winch_kerberos_look_free(winch_kerberos_look *look); /* NULL is accepted */

WINCH_END
#endif
