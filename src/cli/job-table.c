/*
 * job-table.c - the states of a job, and what each thing that happens leads to.
 *
 * What stands not here is no news in that state: a pipeline that ends while its shell
 * is being deleted, a second order to stop.
 */
#include "src/cli/job.h"

/* clang-format off */
const struct job_row job_table[JOB_STATES][JOB_INPUTS] = {
	[JOB_WAITING] = {
		[JOB_START]  = { JOB_OPENING,  job_open },
		[JOB_FAILED] = { JOB_ENDED,    job_drop },
		[JOB_STOP]   = { JOB_ENDED,    job_drop },
	},
	[JOB_OPENING] = {
		[JOB_OPENED] = { JOB_RUNNING,  job_opened },
		[JOB_DONE]   = { JOB_CLOSING,  job_begin_close },
		[JOB_FAILED] = { JOB_CLOSING,  job_begin_close },
		[JOB_STOP]   = { JOB_CLOSING,  job_begin_close },
		[JOB_DUE]    = { JOB_CLOSING,  job_time_out_closing },
	},
	[JOB_RUNNING] = {
		[JOB_DONE]   = { JOB_CLOSING,  job_begin_close },
		[JOB_ASK]    = { JOB_ASKING,   job_ask },
		[JOB_FAILED] = { JOB_CLOSING,  job_begin_close },
		[JOB_STOP]   = { JOB_STOPPING, job_begin_stop },
		[JOB_DUE]    = { JOB_STOPPING, job_time_out },
	},
	[JOB_ASKING] = {
		[JOB_DONE]   = { JOB_CLOSING,  job_begin_close },
		[JOB_FAILED] = { JOB_CLOSING,  job_begin_close },
		[JOB_STOP]   = { JOB_CLOSING,  job_begin_close },
		[JOB_DUE]    = { JOB_CLOSING,  job_time_out_closing },
	},
	[JOB_STOPPING] = {
		[JOB_DONE]   = { JOB_CLOSING,  job_begin_close },
		[JOB_FAILED] = { JOB_CLOSING,  job_begin_close },
		[JOB_DUE]    = { JOB_CLOSING,  job_begin_close }, /* the server did not stop it in time */
	},
	[JOB_CLOSING] = {
		[JOB_STOP]   = { JOB_CLOSING,  job_stop_closing },
		[JOB_DUE]    = { JOB_CLOSING,  job_left_open },
		[JOB_AGAIN]  = { JOB_WAITING,  job_pause },
		[JOB_CLOSED] = { JOB_ENDED,    job_end },
	},
};
/* clang-format on */
