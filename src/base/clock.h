/*
 * clock.h - the system's clocks.
 *
 * Protocol code reads none: times are arguments there.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never jumps. */
int64_t clock_ms(void);

/* 100 ns units since 1601, as NTLM counts. */
uint64_t clock_filetime(void);

#endif
