/*
 * message.h - the 40 bytes in front of every PSRP message, and the table of messages.
 *
 * MS-PSRP 2.2.1.  GUIDs stand in .NET's order on the wire, in text order here.
 */
#ifndef PSRP_MESSAGE_H
#define PSRP_MESSAGE_H

#include <winch/guid.h>

#include "src/base/buf.h"

enum { MESSAGE_HEADER = 40 };
enum { MESSAGE_TO_CLIENT = 1, MESSAGE_TO_SERVER = 2 };

enum message_type {
	MSG_SESSION_CAPABILITY = 0x00010002,
	MSG_CLOSE_SESSION = 0x00010003,
	MSG_INIT_RUNSPACEPOOL = 0x00010004,
	MSG_PUBLIC_KEY = 0x00010005,
	MSG_ENCRYPTED_SESSION_KEY = 0x00010006,
	MSG_PUBLIC_KEY_REQUEST = 0x00010007,
	MSG_CONNECT_RUNSPACEPOOL = 0x00010008,
	MSG_SET_MAX_RUNSPACES = 0x00021002,
	MSG_SET_MIN_RUNSPACES = 0x00021003,
	MSG_RUNSPACE_AVAILABILITY = 0x00021004,
	MSG_RUNSPACEPOOL_STATE = 0x00021005,
	MSG_CREATE_PIPELINE = 0x00021006,
	MSG_GET_AVAILABLE_RUNSPACES = 0x00021007,
	MSG_USER_EVENT = 0x00021008,
	MSG_APPLICATION_PRIVATE_DATA = 0x00021009,
	MSG_GET_COMMAND_METADATA = 0x0002100A,
	MSG_RUNSPACEPOOL_INIT_DATA = 0x0002100B,
	MSG_RESET_RUNSPACE_STATE = 0x0002100C,
	MSG_RUNSPACEPOOL_HOST_CALL = 0x00021100,
	MSG_RUNSPACEPOOL_HOST_RESPONSE = 0x00021101,
	MSG_PIPELINE_INPUT = 0x00041002,
	MSG_END_OF_PIPELINE_INPUT = 0x00041003,
	MSG_PIPELINE_OUTPUT = 0x00041004,
	MSG_ERROR_RECORD = 0x00041005,
	MSG_PIPELINE_STATE = 0x00041006,
	MSG_DEBUG_RECORD = 0x00041007,
	MSG_VERBOSE_RECORD = 0x00041008,
	MSG_WARNING_RECORD = 0x00041009,
	MSG_PROGRESS_RECORD = 0x00041010,
	MSG_INFORMATION_RECORD = 0x00041011,
	MSG_STOP_POWERSHELL = 0x00041012,
	MSG_PIPELINE_HOST_CALL = 0x00041100,
	MSG_PIPELINE_HOST_RESPONSE = 0x00041101
};

struct message {
	uint32_t destination, type;
	winch_guid rpid, pid;
	struct bytes body;  /* CLIXML without its BOM; may be empty */
	struct buf *holder; /* whose last bytes body is: an event may take it over; or NULL */
};

/* Whose message it is: what its target names. */
enum message_target { TARGET_SESSION, TARGET_POOL, TARGET_PIPELINE };

enum { FROM_CLIENT = 1, FROM_SERVER = 2 };

struct message_row {
	uint32_t type;
	const char *name;
	int from; /* bits: FROM_CLIENT, FROM_SERVER */
	enum message_target target;
	const char *cite; /* section of MS-PSRP; "" for what it does not have */
};
extern const struct message_row message_rows[];
extern const size_t message_row_count;

/* NULL: there is no such message. */
const struct message_row *message_row(uint32_t type);

/* *ret_message borrows from in.  WINCH_E_PROTOCOL: shorter than a header. */
int message_read(struct bytes in, struct message *ret_message, winch_error *err);

/* Append header and body; the body without a BOM, as Windows reads it. */
int message_write(struct buf *out, const struct message *m, winch_error *err);

#endif
