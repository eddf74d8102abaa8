/*
 * fragment.h - the header of a fragment (MS-PSRP 2.2.4): object id, fragment id,
 * flags, length, all big-endian; 21 bytes.
 */
#ifndef PSRP_FRAGMENT_H
#define PSRP_FRAGMENT_H

#include <stdint.h>

enum { FRAGMENT_HEADER = 21, FRAGMENT_START = 0x01, FRAGMENT_END = 0x02 };

struct fragment {
	uint64_t object_id, fragment_id;
	uint8_t flags;
	uint32_t blob_len;
};

#endif
