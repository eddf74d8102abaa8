/*
 * tls.h - whom a TLS connection trusts: decided in OpenSSL's verify callback, so that nothing,
 * no credential above all, leaves before the certificate was accepted.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <curl/curl.h>

#include <winch/certificate.h>

#include "src/base/buf.h"
#include "wsman/auth/pin.h"
#include "wsman/http/tls-facts.h"

struct tls_rules {
	const char *ca_file; /* NULL: the system's */
	char *name;          /* what the certificate must be for */
	bool insecure;
	bool look_only; /* trust it, and keep what is wrong with it */
	bool pinned;
	uint8_t pin[PIN_LEN];
	const winch_certificate *own; /* shown when the server asks; may be NULL */
	bool proxy_tls;               /* the first TLS on a connection is the proxy's */
	winch_trust_fn *trust;        /* asked where the chain's answer is no; may be NULL */
	void *trust_user;
};

/* The other end of one connection. */
struct tls_peer {
	const struct tls_rules *rules;
	uint8_t pin[PIN_LEN];       /* of its certificate */
	struct buf channel_binding; /* RFC 5929 tls-server-end-point */
	bool unbindable;            /* there is none for its kind of certificate */
	bool keeps;                 /* no other certificate will do: something is bound to it */
	uint8_t kept[PIN_LEN];      /* .keeps: its pin */
	bool vouched_for;           /* by an authority or the pin: not by first use, not unseen */
	struct tls_facts facts;     /* .look_only */
	winch_error why;            /* why it was not accepted */
	bool asked_for_ours;        /* it asked for a client's certificate */
};

/* Make easy verify by peer, which lives as long as easy does. */
int tls_apply(CURL *easy, struct tls_peer *peer, winch_error *err);

/* Until .keeps is taken back: a connection that shows another certificate than the last one did is
 * refused. */
void tls_keep(struct tls_peer *peer);

void tls_peer_done(struct tls_peer *peer);

#endif
