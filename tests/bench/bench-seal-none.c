/*
 * bench-seal-none.c - where the build has no Kerberos.
 */
#include <stdio.h>

#include "tests/bench/bench-seal.h"

void bench_seal_kerberos(const char *host)
{
	printf("Kerberos: this build has none; nothing to compare for %s\n", host);
}
