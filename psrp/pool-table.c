/*
 * pool-table.c - which message may come to a pool in which state, and who reads it.
 *
 * The whole inbound side of a pool is this table; pool-read.c only walks it.
 * specs/pool-states.tsv says the same, and a test compares the two.
 */
#include "psrp/pool.h"

enum {
	N = POOL_NEGOTIATING,
	D = POOL_NEGOTIATED,
	O = POOL_OPENED,
	C = POOL_CLOSING,
};

const struct pool_row pool_rows[] = {
	/* clang-format off */
	{ MSG_SESSION_CAPABILITY,	N,	   pool_on_capability,	 "2.2.2.1" },
	{ MSG_RUNSPACEPOOL_INIT_DATA,	D | O,	   pool_on_init_data,	 "2.2.2.29" },
	{ MSG_APPLICATION_PRIVATE_DATA,	D | O,	   pool_on_private_data, "2.2.2.13" },
	{ MSG_RUNSPACEPOOL_STATE,	D | O | C, pool_on_state,	 "2.2.2.9" },
	{ MSG_RUNSPACEPOOL_HOST_CALL,	D | O | C, pool_on_host_call,	 "2.2.2.15" },
	{ MSG_RUNSPACE_AVAILABILITY,	O | C,	   pool_on_availability, "2.2.2.8" },
	{ MSG_USER_EVENT,		D | O | C, pool_on_user_event,	 "2.2.2.12" },
	{ MSG_PUBLIC_KEY_REQUEST,	D | O,	   pool_on_key,		 "2.2.2.5" },
	{ MSG_ENCRYPTED_SESSION_KEY,	D | O,	   pool_on_key,		 "2.2.2.4" },
	/* clang-format on */
};
const size_t pool_row_count = sizeof(pool_rows) / sizeof(pool_rows[0]);
