/*
 * credssp-tls.h - the TLS inside CredSSP's tokens, as its client: records in, records out, no I/O.
 *
 * TLS 1.2 or 1.3, without resumption.  The certificate is looked at by nobody here: it is bound by
 * pubKeyAuth.
 */
#ifndef AUTH_CREDSSP_TLS_H
#define AUTH_CREDSSP_TLS_H

#include "src/base/buf.h"
#include "wsman/auth/pin.h"

enum {
	CREDSSP_TLS_PLAIN = 16384, /* most plain bytes of a record */
	CREDSSP_TLS_OVERHEAD =
		256, /* most that sealing adds to one; and to keys that are renewed */
};

struct credssp_tls;

struct credssp_tls *credssp_tls_new(winch_error *err);
void credssp_tls_free(struct credssp_tls *t);

/* Take the server's records (none at first) and append ours.  1: the handshake stands.  0: more of
 * the server's are needed. */
int credssp_tls_handshake(struct credssp_tls *t, struct bytes in, struct buf *out,
			  winch_error *err);

/* Of the server's certificate: SHA-256 of its DER, and its SubjectPublicKey without the algorithm
 * (RFC 5280 4.1). */
int credssp_tls_certificate(const struct credssp_tls *t, uint8_t ret_pin[PIN_LEN], struct buf *key,
			    winch_error *err);

/* Append plain bytes as records: one for each CREDSSP_TLS_PLAIN bytes. */
int credssp_tls_put(struct credssp_tls *t, struct bytes plain, struct buf *out, winch_error *err);

/* Append the plain bytes of whole records.  WINCH_E_PROTOCOL: they are broken, or cut. */
int credssp_tls_get(struct credssp_tls *t, struct bytes records, struct buf *out, winch_error *err);

/* How long the trailer of a record with so many plain bytes is: checksum and padding. */
size_t credssp_tls_trailer(const struct credssp_tls *t, struct bytes records, size_t plain_len);

#endif
