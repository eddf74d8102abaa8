/*
 * maker.h - a tree under construction: the first failure is kept, and what
 * follows it does nothing, so that a payload is written down without a check a line.
 */
#ifndef PSRP_MAKER_H
#define PSRP_MAKER_H

#include "psrp/value.h"

struct maker {
	struct arena *a;
	winch_error *err;
	int minor;  /* protocol 2.minor that it is made for, where that matters */
	int status; /* 0, or why it failed */
};

/* A property bag: an Obj without type names. */
struct value *make_bag(struct maker *m);
struct value *make_nil(struct maker *m);
struct value *make_str(struct maker *m, const char *text); /* copied */
struct value *make_int(struct maker *m, int64_t n);        /* I32 */
struct value *make_bool(struct maker *m, bool b);

/* obj's member name is v; NULL for either is the failure that made it so. */
void make_put(struct maker *m, struct value *obj, const char *name, const struct value *v);
void make_item(struct maker *m, struct items *items, const struct value *v);

/* v, or NULL when something failed. */
struct value *make_done(const struct maker *m, struct value *v);

#endif
