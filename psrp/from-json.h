/*
 * from-json.h - JSON texts to values: plain JSON (specs/json-mapping.md 6) and typed
 * JSON (specs/json-mapping.md 4, the way back).
 */
#ifndef PSRP_FROM_JSON_H
#define PSRP_FROM_JSON_H

#include <winch/value.h>

#include "psrp/value.h"

/* The one value of text, built in a; all that it holds is copied there.
 * from: an enum winch_json_from.  WINCH_E_FORMAT: err has the byte offset. */
int from_json(int from, struct bytes text, struct arena *a, const struct value **ret_value,
	      winch_error *err);

#endif
