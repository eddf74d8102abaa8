/*
 * random.h - random bytes and GUIDs from the system.
 *
 * Protocol code draws none: it is given a function like this one.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include <winch/guid.h>

/* 0, or WINCH_E_SYSTEM when the system has none.  user is not used. */
int random_bytes(void *user, uint8_t *out, size_t len);

/* Version 4 of RFC 4122.  As above. */
int random_guid(void *user, winch_guid *ret_guid);

#endif
