/*
 * run-table.c - which message may come to a pipeline in which state, and who reads it.
 *
 * The whole inbound side of a pipeline is this table; pool-read.c only walks it.
 * specs/pipeline-states.tsv says the same, and a test compares the two.
 */
#include "psrp/run.h"

enum { R = RUN_RUNNING, S = RUN_STOPPING };

const struct run_row run_rows[] = {
	/* clang-format off */
	{ MSG_PIPELINE_OUTPUT,	  R | S, run_on_record,	   "2.2.2.19" },
	{ MSG_ERROR_RECORD,	  R | S, run_on_record,	   "2.2.2.20" },
	{ MSG_PIPELINE_STATE,	  R | S, run_on_state,	   "2.2.2.21" },
	{ MSG_DEBUG_RECORD,	  R | S, run_on_record,	   "2.2.2.22" },
	{ MSG_VERBOSE_RECORD,	  R | S, run_on_record,	   "2.2.2.23" },
	{ MSG_WARNING_RECORD,	  R | S, run_on_record,	   "2.2.2.24" },
	{ MSG_PROGRESS_RECORD,	  R | S, run_on_record,	   "2.2.2.25" },
	/* With any protocol: deviations.md information-early. */
	{ MSG_INFORMATION_RECORD, R | S, run_on_record,	   "2.2.2.26" },
	{ MSG_PIPELINE_HOST_CALL, R | S, run_on_host_call, "2.2.2.27" },
	/* clang-format on */
};
const size_t run_row_count = sizeof(run_rows) / sizeof(run_rows[0]);
