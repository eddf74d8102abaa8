/*
 * key-pair.h - the RSA key pair of <winch/session.h>, inside.
 */
#ifndef SESSION_KEY_PAIR_H
#define SESSION_KEY_PAIR_H

#include <winch/session.h>

#include "src/base/secret.h"

struct winch_key_pair {
	struct secret der; /* .data NULL: not made yet */
};

/* rsa_key of winch_pool_options; user: a struct winch_key_pair. */
int key_pair_der(void *user, const uint8_t **ret_der, size_t *ret_len);

void key_pair_done(struct winch_key_pair *pair);

#endif
