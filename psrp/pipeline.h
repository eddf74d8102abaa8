/*
 * pipeline.h - what is to be run, inside: the builder of <winch/pipeline.h>, and its
 * CREATE_PIPELINE.
 */
#ifndef PSRP_PIPELINE_H
#define PSRP_PIPELINE_H

#include <winch/pipeline.h>
#include <winch/pool.h>

#include "psrp/value.h"

struct parameter {
	struct parameter *next;
	const char *name; /* NULL: positional */
	const struct value *value;
};

struct step { /* a command or script */
	struct step *next;
	const char *text;
	size_t len;
	bool is_script, ends_statement, merge_previous;
	bool has_local_scope, local_scope; /* UseLocalScope is said, and what */
	uint8_t merge[5];                  /* by enum merge_stream: an enum winch_merge_to, or 0 */
	struct parameter *parameters, *last_parameter;
};

struct pipeline_spec {
	int users;
	struct arena arena;
	winch_pipeline_options options;
	struct step *steps, *last;
	size_t statements;
};

enum merge_stream { MERGE_ERROR, MERGE_WARNING, MERGE_VERBOSE, MERGE_DEBUG, MERGE_INFORMATION };

/* What a running pipeline, not yet sent, still needs of its description: the description
 * can't be changed while somebody shares it. */
struct pipeline_spec *pipeline_share(const winch_pipeline *p);
void pipeline_unshare(struct pipeline_spec *spec); /* NULL is accepted */

bool pipeline_has_input(const struct pipeline_spec *spec);
bool pipeline_has_command(const winch_pipeline *p);

/* The body of CREATE_PIPELINE (2.2.2.10) for protocol 2.minor.  WINCH_E_UNSUPPORTED: it asks
 * for what that protocol has not. */
struct value *pipeline_payload(struct arena *a, const struct pipeline_spec *spec, int minor,
			       const winch_host_info *host, winch_error *err);

#endif
