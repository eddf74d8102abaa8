/*
 * error.h - what went wrong.
 *
 * Results    Functions return int: 0 done; > 0 a condition that the function
 *            documents; < 0 an enum winch_status.
 * Detail     A winch_error is the caller's: start it with WINCH_ERROR_INIT, end
 *            it with winch_error_done().  A function that takes one fills it
 *            when it fails and leaves it alone otherwise; NULL is accepted.
 * Text       UTF-8, one or more lines, as received where it quotes a server:
 *            a program that shows it on a terminal must filter it.
 * Threads    A winch_error is used by one thread at a time.
 */
#ifndef WINCH_ERROR_H
#define WINCH_ERROR_H

#include <stddef.h>
#include <stdint.h>

#include <winch/export.h>

WINCH_BEGIN

enum winch_status {
	WINCH_E_ARG = -1,         /* the caller's argument is wrong */
	WINCH_E_STATE = -2,       /* not now, or no more */
	WINCH_E_NOMEM = -3,       /* out of memory */
	WINCH_E_LIMIT = -4,       /* the other side exceeds a limit of ours */
	WINCH_E_FORMAT = -5,      /* text of a local source does not parse: line, column, offset */
	WINCH_E_PROTOCOL = -6,    /* the server broke the protocol */
	WINCH_E_FAULT = -7,       /* the server answered with a fault: fault */
	WINCH_E_CONNECT = -8,     /* host not found, not reached, connection lost */
	WINCH_E_TLS = -9,         /* TLS failed or the certificate is not trusted */
	WINCH_E_AUTH = -10,       /* authentication refused, or not possible */
	WINCH_E_TIMEOUT = -11,    /* nothing came in time */
	WINCH_E_SYSTEM = -12,     /* a call of the operating system or a library failed */
	WINCH_E_UNSUPPORTED = -13 /* the other side, or this build, can't do it */
};

enum winch_error_flags {
	/* What is in the way may pass by itself: nobody listens (yet), no answer, a connection
	 * that broke, HTTP 503, TLS that does not get under way, a quota, a busy service.  Never
	 * an unknown name, a certificate or a credential.  It says nothing of what the server
	 * has done meanwhile. */
	WINCH_ERROR_MAY_PASS = 1,
	/* The server was shown the credential and refused it: each further try counts towards
	 * a lock-out of the account. */
	WINCH_ERROR_REFUSED = 2
};

/* Exactly what, where the library can tell: for programs that explain. */
enum winch_reason {
	WINCH_REASON_NONE = 0, /* .status says it, or nobody knows */
	/* WINCH_E_CONNECT */
	WINCH_REASON_NAME_UNKNOWN, /* the host's name has no address */
	WINCH_REASON_PORT_CLOSED,  /* connection refused */
	WINCH_REASON_NO_ANSWER,    /* to the attempt to connect */
	WINCH_REASON_NO_ROUTE,
	WINCH_REASON_LOST,          /* the connection stood, and was lost before a whole reply */
	WINCH_REASON_NOT_AVAILABLE, /* HTTP 503 */
	WINCH_REASON_PROXY,         /* the proxy leads nowhere; WINCH_E_AUTH: it refuses us */
	/* WINCH_E_TLS */
	WINCH_REASON_TLS_NO_ANSWER, /* WINCH_E_CONNECT: the connection stood, and TLS did not */
	WINCH_REASON_NOT_TLS,       /* the other side speaks something else */
	WINCH_REASON_NOT_TRUSTED,   /* its certificate */
	WINCH_REASON_NOT_PINNED,    /* another certificate than the pinned one */
	/* WINCH_E_PROTOCOL */
	WINCH_REASON_NOT_HTTP,
	WINCH_REASON_NOT_WSMAN,  /* HTTP, but no SOAP comes: .http_status */
	WINCH_REASON_NOT_SEALED, /* an unsealed reply to a sealed request */
	/* WINCH_E_AUTH, by the host */
	WINCH_REASON_NOT_OFFERED,        /* the mechanism is not in WWW-Authenticate */
	WINCH_REASON_MECHANISM_REFUSED,  /* offered, but it does not go on with it */
	WINCH_REASON_CREDENTIAL_REFUSED, /* it does not say why */
	WINCH_REASON_TICKET_REFUSED,
	WINCH_REASON_CERTIFICATE_REFUSED, /* ours */
	WINCH_REASON_NOT_KEPT,            /* it, or a proxy in front, closes each connection */
	/* WINCH_E_AUTH, by Kerberos */
	WINCH_REASON_KDC_PASSWORD, /* refused */
	WINCH_REASON_KDC_REVOKED,  /* the account is locked or disabled */
	WINCH_REASON_KDC_ACCOUNT_EXPIRED,
	WINCH_REASON_KDC_PASSWORD_EXPIRED, /* or must be changed */
	WINCH_REASON_KDC_POLICY,
	WINCH_REASON_KDC_USER_UNKNOWN,
	WINCH_REASON_KDC_SERVICE_UNKNOWN, /* no such SPN: winch_session_options.spn names another */
	WINCH_REASON_KDC_SKEW,            /* the clocks differ */
	WINCH_REASON_KDC_UNREACHABLE,
	WINCH_REASON_REALM_UNKNOWN, /* no KDC of it is known */
	WINCH_REASON_NO_REALM,      /* neither a default realm nor one in the user's name */
	WINCH_REASON_NO_TICKET,
	WINCH_REASON_TICKET_EXPIRED,
	WINCH_REASON_KERBEROS, /* anything else that libkrb5 says */
	/* By CredSSP */
	WINCH_REASON_CREDSSP_TLS, /* WINCH_E_TLS: the TLS inside does not come about */
	WINCH_REASON_CREDSSP_OLD, /* WINCH_E_AUTH: the host's version is below 5, and
				     winch_session_options.allow_old_credssp is not set */
	WINCH_REASON_CREDSSP_KEY, /* WINCH_E_AUTH: the host does not show that the key is its own */
	WINCH_REASON_CREDSSP_STATUS /* WINCH_E_AUTH: the host says why: .text has the NTSTATUS */
};

typedef struct winch_error {
	size_t size;     /* sizeof(winch_error) */
	int status;      /* enum winch_status, 0 while nothing has failed */
	uint32_t fault;  /* WINCH_E_FAULT: the code of the WSManFault, else 0 */
	int http_status; /* the HTTP status that came with it, else 0 */
	uint64_t line;   /* WINCH_E_FORMAT: from 1, else 0 */
	uint64_t column; /* WINCH_E_FORMAT: from 1, in bytes, else 0 */
	uint64_t offset; /* WINCH_E_FORMAT: bytes before the place */
	char *text;      /* owned by this struct; may be NULL: use winch_error_text() */
	unsigned flags;  /* enum winch_error_flags */
	int reason;      /* enum winch_reason */
} winch_error;

#define WINCH_ERROR_INIT                                                                           \
	{                                                                                          \
		sizeof(winch_error), 0, 0, 0, 0, 0, 0, 0, 0, 0                                     \
	}

/* What happened, as one text.  Never NULL; lives as long as *err and until it
 * is filled again.  err may be NULL. */
WINCH_API const char *winch_error_text(const winch_error *err);

/* The short English name of a status ("out of memory").  Never NULL; static. */
WINCH_API const char *winch_status_text(int status);

/* Free what *err holds and make it as WINCH_ERROR_INIT does.  NULL is accepted. */
WINCH_API void winch_error_done(winch_error *err);

WINCH_END
#endif
