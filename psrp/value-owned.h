/*
 * value-owned.h - a value of an application's: a root, and the arena of all within.
 */
#ifndef PSRP_VALUE_OWNED_H
#define PSRP_VALUE_OWNED_H

#include "psrp/value.h"
#include "src/base/mem.h"

struct owned {
	struct value root; /* first: a winch_value * is its address */
	struct arena arena;
};

struct owned *owned_new(winch_error *err);
void owned_free(struct owned *o); /* NULL is accepted */
DEFINE_AUTO_FREE(struct owned, owned_free)

/* *o with v as its root, and *o NULL then; NULL when there is no v (*err says why). */
struct winch_value *owned_give(struct owned **o, const struct value *v);

#endif
