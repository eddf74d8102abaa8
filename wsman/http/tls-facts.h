/*
 * tls-facts.h - what there is to say of a host's certificate, whether it is trusted or not.
 */
#ifndef HTTP_TLS_FACTS_H
#define HTTP_TLS_FACTS_H

#include <openssl/ssl.h>

#include <winch/look.h>

/* A look, and what its texts are. */
struct tls_facts {
	winch_tls_look look;
	bool seen;
	char version[16], key[32], signature[64], why[128];
	char *subject, *issuer, *names;
};

/* Verify the certificate of store for name, and keep what was found; sha256 is of its DER.  The
 * store's error is cleared: the connection goes on. */
int tls_facts_take(struct tls_facts *f, X509_STORE_CTX *store, const uint8_t sha256[32],
		   bool verified, bool name_matches, winch_error *err);
void tls_facts_done(struct tls_facts *f);

#endif
