/*
 * mime.h - pieces of HTTP and MIME header values: RFC 9110 5.6, 11.3.
 */
#ifndef HTTP_MIME_H
#define HTTP_MIME_H

#include "src/base/buf.h"

/* Blanks and tabs at both ends dropped. */
struct bytes mime_trim(struct bytes in);

/* "type/subtype;name=value;..." cut into the type and the rest. */
struct bytes mime_type(struct bytes value, struct bytes *ret_params);

/* Take the next ;name=value off *params; quotes around the value are dropped, backslashes in
 * it stay.  false: none left, or ill-formed. */
bool mime_param(struct bytes *params, struct bytes *ret_name, struct bytes *ret_value);

/* One challenge of a WWW-Authenticate header. */
struct challenge {
	struct bytes scheme;
	struct bytes token; /* its token68, not decoded; empty: none, or it has parameters */
};

/* Take the next challenge off *value.  false: none left. */
bool challenge_next(struct bytes *value, struct challenge *ret_challenge);

/* Their schemes alone into out, "Negotiate, Basic"; where it is full the rest is left out. */
int challenge_put_names(struct bytes value, struct buf *out, winch_error *err);

#endif
