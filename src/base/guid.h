/*
 * guid.h - GUIDs: their text, and their bytes on the wire.
 */
#ifndef BASE_GUID_H
#define BASE_GUID_H

#include <winch/guid.h>

#include "src/base/bytes.h"

/* 8-4-4-4-12 hex digits, any case, perhaps in {} and perhaps behind "uuid:". */
bool guid_parse(struct bytes text, winch_guid *ret_guid);

/* .NET's Guid.ToByteArray: the first three fields little-endian.  It is its own inverse. */
winch_guid guid_swap(winch_guid guid);

bool guid_is_zero(const winch_guid *guid);
bool guid_eq(const winch_guid *a, const winch_guid *b);

#endif
