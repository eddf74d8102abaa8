/*
 * value-copy.h - a tree copied whole into another arena.
 */
#ifndef PSRP_VALUE_COPY_H
#define PSRP_VALUE_COPY_H

#include "psrp/value.h"

/* By way of its CLIXML, so that references within it stay what they are. */
int value_copy(struct arena *a, const struct value *v, const struct value **ret_copy,
	       winch_error *err);

#endif
