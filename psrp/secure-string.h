/*
 * secure-string.h - SecureStrings whose text is known: in wiped memory, shared by all trees
 * that hold one; and the UTF-16 that the wire knows.
 *
 * How they look on the wire is pool-key.c's.  MS-PSRP 2.2.5.1.24.
 */
#ifndef PSRP_SECURE_STRING_H
#define PSRP_SECURE_STRING_H

#include "psrp/value.h"
#include "src/base/buf.h"
#include "src/base/secret.h"

struct secure_string {
	unsigned users;
	struct secret text; /* UTF-8 (WTF-8), and a NUL that .len counts */
};

/* For one user.  WINCH_E_ARG: not UTF-8. */
struct secure_string *secure_string_new(struct bytes text, winch_error *err);
void secure_string_free(struct secure_string *s); /* NULL is accepted */

/* From the wire's UTF-16LE.  WINCH_E_FORMAT: an odd number of bytes. */
struct secure_string *secure_string_from_utf16le(struct bytes in, winch_error *err);

/* Append the text as UTF-16LE; out must be a secret one. */
int secure_string_put_utf16le(const struct secure_string *s, struct buf *out, winch_error *err);

/* An SS that holds s, too: until the arena goes. */
struct value *secure_string_value(struct arena *a, struct secure_string *s, winch_error *err);

/* As a value of the application's, which holds s, too. */
struct winch_value *secure_string_give(struct secure_string *s, winch_error *err);

#endif
