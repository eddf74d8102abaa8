/*
 * credssp-wire.h - CredSSP's messages, read and written: MS-CSSP 2.2.1.
 */
#ifndef AUTH_CREDSSP_WIRE_H
#define AUTH_CREDSSP_WIRE_H

#include "src/base/buf.h"

enum {
	CREDSSP_VERSION = 6,      /* ours */
	CREDSSP_FIRST_HASHED = 5, /* the first that binds by a hash with a nonce */
	CREDSSP_NONCE = 32,
	CREDSSP_MAX = 128 * 1024, /* of a message */
};

/* TSRequest; an empty run is what was left out, or was there without a byte. */
struct ts_request {
	uint32_t version;
	struct bytes nego_token; /* of the one NegoData */
	struct bytes auth_info, pub_key_auth;
	uint32_t error_code; /* NTSTATUS; 0: none */
	struct bytes client_nonce;
};

int ts_request_put(struct buf *out, const struct ts_request *m, winch_error *err);

/* Fields of a version that is not ours yet are skipped.  WINCH_E_PROTOCOL: ill-formed. */
int ts_request_read(struct bytes in, struct ts_request *ret, winch_error *err);

/* Append TSCredentials with a TSPasswordCreds in it; all three are UTF-8.  out has to be .secret.
 */
int ts_password_put(struct buf *out, struct bytes domain, struct bytes user, struct bytes password,
		    winch_error *err);

#endif
