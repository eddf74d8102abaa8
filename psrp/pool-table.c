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
	{ MSG_RUNSPACEPOOL_INIT_DATA,	D | O,	   pool_on_init_data,	 "2.2.2.30" },
	{ MSG_APPLICATION_PRIVATE_DATA,	D | O,	   pool_on_private_data, "2.2.2.13" },
	{ MSG_RUNSPACEPOOL_STATE,	D | O | C, pool_on_state,	 "2.2.2.9" },
	{ MSG_RUNSPACEPOOL_HOST_CALL,	D | O | C, pool_on_host_call,	 "2.2.2.15" },
	{ MSG_RUNSPACE_AVAILABILITY,	O | C,	   pool_on_availability, "2.2.2.8" },
	{ MSG_USER_EVENT,		D | O | C, pool_on_user_event,	 "2.2.2.12" },
	{ MSG_PUBLIC_KEY_REQUEST,	D | O | C, pool_on_key_request,	 "2.2.2.5" },
	{ MSG_ENCRYPTED_SESSION_KEY,	D | O | C, pool_on_session_key,	 "2.2.2.4" },

	/* Of a runspace's startup script: deviations.md startup-script. */
	{ MSG_PIPELINE_OUTPUT,		D | O | C, pool_on_startup,	 "2.2.2.19" },
	{ MSG_ERROR_RECORD,		D | O | C, pool_on_startup,	 "2.2.2.20" },
	{ MSG_PIPELINE_STATE,		D | O | C, pool_on_startup,	 "2.2.2.21" },
	{ MSG_DEBUG_RECORD,		D | O | C, pool_on_startup,	 "2.2.2.22" },
	{ MSG_VERBOSE_RECORD,		D | O | C, pool_on_startup,	 "2.2.2.23" },
	{ MSG_WARNING_RECORD,		D | O | C, pool_on_startup,	 "2.2.2.24" },
	{ MSG_PROGRESS_RECORD,		D | O | C, pool_on_startup,	 "2.2.2.25" },
	{ MSG_INFORMATION_RECORD,	D | O | C, pool_on_startup,	 "2.2.2.26" },
	/* clang-format on */
};
const size_t pool_row_count = sizeof(pool_rows) / sizeof(pool_rows[0]);
