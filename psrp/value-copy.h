/*
 * value-copy.h - a tree copied whole into another arena.
 */
#ifndef PSRP_VALUE_COPY_H
#define PSRP_VALUE_COPY_H

#include "psrp/value.h"

/* References within it stay what they are.  1: done, and it holds a SecureString whose text is
 * known: *a shares it.  0: done, and it holds none. */
int value_copy(struct arena *a, const struct value *v, const struct value **ret_copy,
	       winch_error *err);

#endif
