/*
 * mem-spy.h - whether memory that is given back still holds a secret.
 *
 * Link mem-spy.c into the test: it stands in front of the library's allocations and of munmap(),
 * and is OpenSSL's allocator, too.  It looks only while it is told to.
 */
#ifndef MEM_SPY_H
#define MEM_SPY_H

#include <stdbool.h>

#include "src/base/bytes.h"

/* First of all in main(), before OpenSSL allocates.  false: OpenSSL's memory is not watched. */
bool mem_spy_begin(void);

/* Look for these from now on, under this name.  data must live on. */
void mem_spy_for(const char *name, struct bytes secret);
void mem_spy_forget(void);

/* Look at what is given back, or no more. */
void mem_spy_look(bool on);

/* Look at these bytes now. */
void mem_spy_search(const char *where, struct bytes memory);

/* What was found since mem_spy_forget(); each find was printed. */
unsigned mem_spy_found(void);

#endif
