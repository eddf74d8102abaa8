/*
 * sized.h - structs that an application fills, of any version of the public headers.
 *
 * Each begins with a size_t that holds its sizeof; it ends without padding, and later versions
 * add members there, whose zero means what the library did before.  So a shorter struct is taken
 * with zeros behind it, and a longer one when it says nothing that this library does not know.
 */
#ifndef BASE_SIZED_H
#define BASE_SIZED_H

#include <stddef.h>

#include <winch/error.h>

/* Copy *given to *ret, of size bytes; ret->size is then size.  WINCH_E_ARG: it is shorter than
 * least, or no length of a struct; WINCH_E_UNSUPPORTED: it says more than size bytes can. */
int sized_copy(void *ret, size_t size, size_t least, const void *given, winch_error *err);

/* last: the last member that the first version had. */
#define SIZED_COPY(ret, last, given, err)                                                          \
	sized_copy(ret, sizeof(*(ret)), offsetof(__typeof__(*(ret)), last) + sizeof((ret)->last),  \
		   given, err)

#endif
