/*
 * der.h - the little of DER that SPNEGO and CredSSP need: definite lengths, one-byte tags.
 */
#ifndef AUTH_DER_H
#define AUTH_DER_H

#include "src/base/buf.h"
#include "src/base/rd.h"

enum {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_ENUM = 0x0A,
	DER_SEQUENCE = 0x30,
	DER_APPLICATION_0 = 0x60,
	DER_CONTEXT_0 = 0xA0,  /* + n */
	DER_CONTEXT_LAST = 30, /* the highest n of a one-byte tag */
};

/* Read one element: its tag and content.  false: there is none, or it is cut short, or
 * its length is not written the shortest way. */
bool der_next(struct rd *in, uint8_t *ret_tag, struct bytes *ret_content);

/* Read one element that must have this tag. */
bool der_expect(struct rd *in, uint8_t tag, struct bytes *ret_content);

int der_put(struct buf *out, uint8_t tag, struct bytes content, winch_error *err);

/* [n] { tag content }. */
int der_put_field(struct buf *out, int n, uint8_t tag, struct bytes content, winch_error *err);

/* A SEQUENCE of fields, [n] { ... } each, that comes whole and alone: how to read its next one. */
struct der_fields {
	struct rd in;
	int last; /* n of the field before, -1 at first */
};

/* false: it is not that. */
bool der_fields_of(struct bytes in, struct der_fields *ret);

/* 1: the next field, its n from 0 to DER_CONTEXT_LAST above all before, and what is in it.  0: no
 * more.  -1: ill-formed. */
int der_next_field(struct der_fields *f, int *ret_n, struct bytes *ret_content);

/* What is in a field: one element of this tag, and nothing behind it. */
bool der_only(struct bytes in, uint8_t tag, struct bytes *ret_content);

#endif
