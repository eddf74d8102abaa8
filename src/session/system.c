/*
 * system.c - time and random GUIDs.
 */
#include "src/session/system.h"

#include <time.h>
#include <uuid/uuid.h>

#include <string.h>

int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t clock_filetime(void)
{
	const uint64_t unix_epoch = 116444736000000000; /* 1970 in FILETIME */
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return unix_epoch + (uint64_t)t.tv_sec * 10000000 + (uint64_t)t.tv_nsec / 100;
}

int random_guid(void *user, winch_guid *ret_guid)
{
	uuid_t fresh;

	(void)user;
	uuid_generate_random(fresh);
	memcpy(ret_guid->bytes, fresh, sizeof(ret_guid->bytes));
	return 0;
}
