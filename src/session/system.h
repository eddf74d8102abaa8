/*
 * system.h - what the rooms below may not ask the system for: time and random bytes.
 */
#ifndef SESSION_SYSTEM_H
#define SESSION_SYSTEM_H

#include <winch/guid.h>

#include <stddef.h>
#include <stdint.h>

/* Milliseconds of a clock that never jumps. */
int64_t clock_ms(void);

/* 100 ns units since 1601, as NTLM counts. */
uint64_t clock_filetime(void);

/* 0, or < 0 when the system has none.  user is not used. */
int random_bytes(void *user, uint8_t *out, size_t len);

/* A random GUID (RFC 4122 version 4). */
int random_guid(void *user, winch_guid *ret_guid);

#endif
