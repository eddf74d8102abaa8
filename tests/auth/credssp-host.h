/*
 * credssp-host.h - the host's side of CredSSP as far as tests need one: MS-CSSP 3.1.5, with NTLM in
 * SPNEGO, and the ways in which it may go wrong.
 *
 * The TLS is OpenSSL's, as a server, which can be left out: then messages go as they are.
 */
#ifndef TESTS_AUTH_CREDSSP_HOST_H
#define TESTS_AUTH_CREDSSP_HOST_H

#include <openssl/ssl.h>

#include "tests/auth/acceptor.h"

enum credssp_host_lie {
	HOST_HONEST,
	HOST_OTHER_KEY,    /* it binds another key than the client sees */
	HOST_OTHER_NONCE,  /* it binds another nonce than the client's */
	HOST_MIRROR,       /* it sends back what the client has sealed, as it came */
	HOST_CLIENT_WORDS, /* it hashes as a client does */
	HOST_PLAIN_KEY,    /* the old binding, where a hash is due, or the key without the 1 */
	HOST_BAD_SEAL,     /* one bit of its pubKeyAuth is another */
	HOST_NO_KEY,       /* a message without pubKeyAuth */
	HOST_EARLY_KEY,    /* a pubKeyAuth along with the challenge */
	HOST_CREDENTIAL,   /* an authInfo along with the pubKeyAuth */
	HOST_NO_TOKEN,     /* a message without a token in place of the challenge */
	HOST_BAD_MIC,      /* one bit of SPNEGO's last token is another */
	HOST_GOES_ON,      /* a message after the password */
};

struct credssp_host_rules {
	struct bytes password;   /* everybody's; UTF-8 */
	uint32_t versions[3];    /* that its messages name, from the challenge on; 0: as before */
	uint32_t errors[3];      /* in place of its message: an errorCode */
	bool without_last_token; /* it makes no mechListMIC, and sends no SPNEGO token with its key
				  */
	enum credssp_host_lie lie;
	int tls;            /* highest TLS version; 0: no TLS at all */
	const char *suites; /* of TLS 1.2; NULL: OpenSSL's choice */
	bool mac_first;     /* no encrypt-then-MAC (RFC 7366), as Windows */
};

struct credssp_host {
	struct credssp_host_rules rules;
	struct acceptor_rules ntlm;
	struct acceptor inner;
	unsigned said; /* messages so far */
	uint32_t version;
	struct buf key; /* what it thinks the public key is */
	SSL_CTX *ctx;
	SSL *ssl;
	/* What the client sent: UTF-8. */
	uint32_t client_version;
	bool has_credentials;
	struct buf user, domain, password;
};

/* A certificate is made once for all; its key is the caller's to know with .tls 0. */
int credssp_host_init(struct credssp_host *h, const struct credssp_host_rules *rules);
void credssp_host_done(struct credssp_host *h);

/* One token of the client's in, the host's (maybe none) appended to out.  0, or < 0: it ends it. */
int credssp_host_step(struct credssp_host *h, struct bytes in, struct buf *out);

/* A message sealed by the TLS, either way: MS-WSMV 2.2.9.1.3. */
int credssp_host_seal(struct credssp_host *h, struct bytes plain, struct buf *out);
int credssp_host_unseal(struct credssp_host *h, struct bytes records, struct buf *out);

/* SHA-256 of its certificate. */
const uint8_t *credssp_host_pin(void);

#endif
