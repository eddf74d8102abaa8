/*
 * server-bytes.h - what a PSRP server sends, put together by hand: MS-PSRP 2.2.1, 2.2.4.
 *
 * Nothing here is the library's, so that a mistake of its reader is not made twice; and
 * nothing comes from its memory, which a test may let fail.
 */
#ifndef SERVER_BYTES_H
#define SERVER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winch/guid.h>

struct blob {
	uint8_t *data;
	size_t len, cap;
};

void blob_done(struct blob *b);
void blob_put(struct blob *b, const void *data, size_t len);

/* 21 bytes, and the data; length says what the header announces. */
void blob_fragment(struct blob *b, uint64_t object, uint64_t fragment, unsigned flags,
		   uint32_t length, const void *data, size_t len);

struct server_message {
	uint32_t destination, type;
	winch_guid rpid, pid; /* in the order of their text */
	const char *clixml;   /* "": no body, and no BOM */
};

/* The message in fragments of at most piece bytes of data each. */
void blob_message(struct blob *b, uint64_t object, size_t piece, const struct server_message *m);

/* The number of a message by its name in specs/messages.tsv; 0x... is itself. */
uint32_t message_number(const char *name);
const char *message_name(uint32_t type); /* "?" when there is none; static until the next call */

/* Reading what a client sent: one fragment off the front.  false: there is none whole. */
struct client_fragment {
	uint64_t object, fragment;
	unsigned flags;
	const uint8_t *data;
	uint32_t len;
};
bool take_client_fragment(const uint8_t **at, size_t *left, struct client_fragment *ret);

#endif
