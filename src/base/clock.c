/*
 * clock.c - the system's clocks.
 */
#include "src/base/clock.h"

#include <time.h>

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t clock_filetime(void)
{
	const uint64_t unix_epoch = 116444736000000000; /* 1970 in FILETIME */
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return unix_epoch + (uint64_t)now.tv_sec * 10000000 + (uint64_t)now.tv_nsec / 100;
}
