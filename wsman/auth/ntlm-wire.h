/*
 * ntlm-wire.h - NTLM's three messages and AV pairs, read and written: MS-NLMP 2.2.
 *
 * What a reader gives is borrowed from the message it read.  Names are UTF-16LE.
 */
#ifndef AUTH_NTLM_WIRE_H
#define AUTH_NTLM_WIRE_H

#include "src/base/buf.h"
#include "src/base/rd.h"

/* MS-NLMP 2.2.2.5. */
enum ntlm_flag {
	NTLM_UNICODE = 0x00000001,
	NTLM_REQUEST_TARGET = 0x00000004,
	NTLM_SIGN = 0x00000010,
	NTLM_SEAL = 0x00000020,
	NTLM_NTLM = 0x00000200,
	NTLM_ALWAYS_SIGN = 0x00008000,
	NTLM_EXTENDED_SECURITY = 0x00080000,
	NTLM_TARGET_INFO = 0x00800000,
	NTLM_VERSION = 0x02000000,
	NTLM_128 = 0x20000000,
	NTLM_KEY_EXCHANGE = 0x40000000,
};

/* MS-NLMP 2.2.2.1. */
enum ntlm_av_id {
	NTLM_AV_END = 0,
	NTLM_AV_COMPUTER = 1, /* the server's NetBIOS name */
	NTLM_AV_DOMAIN = 2,
	NTLM_AV_FLAGS = 6,
	NTLM_AV_TIMESTAMP = 7,
	NTLM_AV_TARGET_NAME = 9,
	NTLM_AV_CHANNEL_BINDING = 10,
};

enum {
	NTLM_CHALLENGE_LEN = 8,
	NTLM_MIC_LEN = 16,
	NTLM_AV_FLAG_MIC = 2, /* of NTLM_AV_FLAGS: the AUTHENTICATE has a MIC */
};

struct ntlm_av {
	uint16_t id;
	struct bytes value;
};

/* 1: *ret_av is the next pair.  0: the list has ended, as it must, with its end. */
int ntlm_av_next(struct rd *list, struct ntlm_av *ret_av, winch_error *err);
int ntlm_av_put(struct buf *out, enum ntlm_av_id id, struct bytes value, winch_error *err);

struct ntlm_negotiate {
	uint32_t flags;
};

struct ntlm_challenge {
	uint32_t flags;
	uint8_t challenge[NTLM_CHALLENGE_LEN];
	struct bytes target_name;
	struct bytes target_info; /* AV pairs */
};

struct ntlm_authenticate {
	uint32_t flags;
	struct bytes lm_response, nt_response;
	struct bytes domain, user, workstation;
	struct bytes session_key; /* encrypted; empty without key exchange */
	uint8_t mic[NTLM_MIC_LEN];
};

int ntlm_negotiate_read(struct bytes in, struct ntlm_negotiate *ret, winch_error *err);
int ntlm_negotiate_put(struct buf *out, const struct ntlm_negotiate *m, winch_error *err);
int ntlm_challenge_read(struct bytes in, struct ntlm_challenge *ret, winch_error *err);
int ntlm_challenge_put(struct buf *out, const struct ntlm_challenge *m, winch_error *err);
int ntlm_authenticate_read(struct bytes in, struct ntlm_authenticate *ret, winch_error *err);
int ntlm_authenticate_put(struct buf *out, const struct ntlm_authenticate *m, winch_error *err);

/* Where the MIC of an AUTHENTICATE begins: it is computed with zeros there. */
enum { NTLM_MIC_AT = 72 };

#endif
