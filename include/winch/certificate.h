/*
 * certificate.h - certificates in TLS: the one that a client shows, with its private key; and a
 * host's that nobody known here vouches for.
 *
 *     winch_certificate_source src = WINCH_CERTIFICATE_SOURCE_INIT;
 *     src.certificate = pem; src.certificate_len = len;
 *     r = winch_certificate_new(&src, &certificate, &err);
 *
 * WinRM maps it to a local account (WSMan:\localhost\ClientCertificate).  A host may ask for it
 * late, when the first request has come: by renegotiation in TLS 1.2, by post-handshake
 * authentication in TLS 1.3.
 */
#ifndef WINCH_CERTIFICATE_H
#define WINCH_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include <winch/error.h>
#include <winch/export.h>

WINCH_BEGIN

typedef struct winch_certificate winch_certificate;

/* Files' contents.  Nothing of it is kept but what the certificate and its key are. */
typedef struct winch_certificate_source {
	size_t size; /* sizeof(winch_certificate_source) */
	/* PEM: the certificate, those of its authorities behind it; or PKCS#12. */
	const void *certificate;
	size_t certificate_len;
	const void *key; /* PEM; NULL: it is in .certificate */
	size_t key_len;
	const char *passphrase; /* UTF-8; NULL: none is known */
	size_t passphrase_len;
} winch_certificate_source;

#define WINCH_CERTIFICATE_SOURCE_INIT                                                              \
	{                                                                                          \
		sizeof(winch_certificate_source), 0, 0, 0, 0, 0, 0                                 \
	}

/* 0: *ret_certificate is the caller's.  WINCH_PASSPHRASE: the key is encrypted, and .passphrase
 * is NULL.  WINCH_E_AUTH: the passphrase is not the right one.  WINCH_E_FORMAT: not PEM
 * or PKCS#12, no certificate, no key.  WINCH_E_ARG: the key is another certificate's. */
enum { WINCH_PASSPHRASE = 1 };
WINCH_API int winch_certificate_new(const winch_certificate_source *source,
				    winch_certificate **ret_certificate, winch_error *err);

/* After the sessions that have it.  NULL is accepted. */
WINCH_API void winch_certificate_free(winch_certificate *certificate);

/* Whose it is: "CN=anna,O=Example", RFC 2253.  Lives as long as the certificate. */
WINCH_API const char *winch_certificate_subject(const winch_certificate *certificate);

/* A host's certificate that did not pass: no authority known here vouches for it, or it is for
 * another name, or out of date.  All of it lives as long as the call. */
typedef struct winch_host_certificate {
	size_t size;           /* sizeof(winch_host_certificate) */
	const char *why;       /* "self-signed certificate" */
	const uint8_t *sha256; /* of .der: 32 bytes */
	const void *der;
	size_t der_len;
} winch_host_certificate;

/* 1: trust it all the same, for this connection.  0: do not.  Each connection asks for itself,
 * before it sends a credential or a request; on the thread that called the library and inside that
 * call: the session must not be used here. */
typedef int winch_trust_fn(void *user, const winch_host_certificate *certificate);

WINCH_END
#endif
