/*
 * certificate.h - the certificate that a lane shows: how it comes into a connection.
 */
#ifndef HTTP_CERTIFICATE_H
#define HTTP_CERTIFICATE_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include <winch/certificate.h>

/* Let connections of ctx show it when they are asked, at any time. */
bool certificate_use(const winch_certificate *certificate, SSL_CTX *ctx);

/* Why a server may refuse it, as far as that is to be seen here; else the text given. */
const char *certificate_fault(const winch_certificate *certificate, const char *otherwise);

#endif
