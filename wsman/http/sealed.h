/*
 * sealed.h - the multipart form of sealed bodies, written and read: MS-WSMV 2.2.9.1.
 *
 * One sealed part is two MIME parts: a description and the octets.  A body holds
 * one of them (multipart/encrypted) or several (multipart/x-multi-encrypted).
 */
#ifndef HTTP_SEALED_H
#define HTTP_SEALED_H

#include "src/base/buf.h"
#include "wsman/auth/auth.h"

/* Append the Content-Type of a request whose plain body has len bytes. */
int sealed_put_type(struct buf *out, const struct auth_sealing *sealing, size_t len,
		    winch_error *err);

/* Append plain, sealed by a, in its multipart form. */
int sealed_put(struct buf *out, struct auth *a, struct bytes plain, winch_error *err);

/* The most bytes that the sealed form of len plain bytes has. */
size_t sealed_room(const struct auth_sealing *sealing, size_t len);

/* What the Content-Type header of a reply says. */
struct sealed_type {
	struct bytes protocol; /* empty: not said */
	struct bytes boundary;
};

/* false: this is not the type of a sealed body. */
bool sealed_type_parse(struct bytes content_type, struct sealed_type *ret_type);

struct sealed_part {
	size_t length; /* as OriginalContent has it: plain bytes, perhaps with their padding */
	struct bytes header; /* the signature */
	struct bytes data;
};

struct sealed_reader {
	struct bytes left;
	struct sealed_type type;
	bool ended; /* the closing line was read */
};

static inline struct sealed_reader sealed_reader_of(const struct sealed_type *type,
						    struct bytes body)
{
	return (struct sealed_reader){ body, *type, false };
}

/* 1: *ret_part, which borrows from the body.  0: no more.  WINCH_E_PROTOCOL: ill-formed. */
int sealed_next(struct sealed_reader *r, struct sealed_part *ret_part, winch_error *err);

/* Unseal a whole body by a and append the plain bytes to out.  After a failure a is dead. */
int sealed_open(struct auth *a, const struct sealed_type *type, struct bytes body, struct buf *out,
		winch_error *err);

#endif
