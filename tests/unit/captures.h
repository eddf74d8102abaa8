/*
 * captures.h - conversations of PowerShell's own client and server: vectors/messages.
 */
#ifndef TEST_CAPTURES_H
#define TEST_CAPTURES_H

#include <winch/guid.h>
#include <winch/value.h>

#include "tests/unit/server-bytes.h"

struct capture {
	winch_value *root;
	const winch_value *messages, *fragments;
};

/* false: there is no such file. */
bool capture_open(struct capture *c, const char *path);
void capture_close(struct capture *c);

/* The path of one; false: it is not there, which has been said. */
bool capture_path(char *ret, size_t room, const char *name);
void captures_folder(char *ret, size_t room);

struct captured_message {
	bool to_client;
	uint64_t object;
	uint32_t type;
	winch_guid rpid, pid;
	const char *clixml; /* lives as long as the capture */
	size_t len;
};
bool capture_message(const struct capture *c, size_t i, struct captured_message *ret);

struct captured_fragment {
	bool to_client;
	uint64_t object;
	struct blob bytes; /* header and data; the caller's */
};
bool capture_fragment(const struct capture *c, size_t i, struct captured_fragment *ret);

/* The n-th message (from 0) of that type and direction. */
bool capture_find(const struct capture *c, uint32_t type, bool to_client, size_t n,
		  struct captured_message *ret);

#endif
