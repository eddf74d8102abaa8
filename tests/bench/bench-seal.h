/*
 * bench-seal.h - what the parts of bench-seal share.
 */
#ifndef BENCH_SEAL_H
#define BENCH_SEAL_H

#include "src/base/bytes.h"

/* One message. */
typedef void bench_fn(void *user);

/* The same bytes by both, in turns; prints one line. */
void bench_compare(const char *what, bench_fn *ours, bench_fn *theirs, void *user);

/* One envelope. */
struct bytes bench_plain(void);

_Noreturn void bench_stop(const char *what);

/* Says that it is not here where the build has no Kerberos. */
void bench_seal_kerberos(const char *host);

#endif
