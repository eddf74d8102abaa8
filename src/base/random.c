/*
 * random.c - random bytes and GUIDs from the system.
 *
 * Not from OpenSSL: its generator would cost a fifth of a megabyte in every process.
 */
#include "src/base/random.h"

#include <sys/random.h>
#include <unistd.h>

#include <winch/error.h>

enum { AT_ONCE = 256 }; /* getentropy(3) gives no more */

int random_bytes(void *user, uint8_t *out, size_t len)
{
	(void)user;
	while (len > 0) {
		size_t part = len < AT_ONCE ? len : AT_ONCE;

		if (getentropy(out, part) != 0)
			return WINCH_E_SYSTEM;
		out += part;
		len -= part;
	}
	return 0;
}

int random_guid(void *user, winch_guid *ret_guid)
{
	winch_guid fresh;
	int r = random_bytes(user, fresh.bytes, sizeof(fresh.bytes));

	if (r < 0)
		return r;
	fresh.bytes[6] = (uint8_t)((fresh.bytes[6] & 0x0F) | 0x40); /* version 4 */
	fresh.bytes[8] = (uint8_t)((fresh.bytes[8] & 0x3F) | 0x80); /* variant */
	*ret_guid = fresh;
	return 0;
}
