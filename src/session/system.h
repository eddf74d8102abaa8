/*
 * system.h - what the rooms below may not ask the system for: time and random GUIDs.
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

/* A random GUID (RFC 4122 version 4). */
int random_guid(void *user, winch_guid *ret_guid);

#endif
