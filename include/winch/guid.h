/*
 * guid.h - a GUID, as 16 bytes in the order of its text (RFC 4122, big-endian).
 *
 * On the wire PSRP swaps the first three fields (MS-PSRP 2.2.1: as
 * .NET's Guid.ToByteArray writes them); the library does that where it reads
 * and writes messages, never here.
 */
#ifndef WINCH_GUID_H
#define WINCH_GUID_H

#include <stdint.h>

#include <winch/export.h>

WINCH_BEGIN

typedef struct winch_guid {
	uint8_t bytes[16];
} winch_guid;

/* Write the 36 characters and a NUL, in upper case as WSMan compares them (specs/deviations.md
 * upper-case-ids). */
WINCH_API void winch_guid_text(const winch_guid *guid, char ret_text[37]);

WINCH_END
#endif
