/*
 * sized.c - structs that an application fills, of any version of the public headers.
 */
#include "src/base/sized.h"

#include <string.h>

#include "src/base/fail.h"

/* A struct that is longer was never given its size. */
enum { MAX_SIZE = 4096 };

int sized_copy(void *ret, size_t size, size_t least, const void *given, winch_error *err)
{
	size_t told;
	const unsigned char *bytes = given;

	memcpy(&told, given, sizeof(told));
	if (told < least || told > MAX_SIZE)
		return fail(err, WINCH_E_ARG, "a struct of options has the size %zu, not %zu", told,
			    size);
	for (size_t i = size; i < told; i++)
		if (bytes[i])
			return fail(err, WINCH_E_UNSUPPORTED,
				    "an option of a later version of this library is set");
	memset(ret, 0, size);
	memcpy(ret, given, told < size ? told : size);
	memcpy(ret, &size, sizeof(size));
	return 0;
}
