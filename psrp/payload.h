/*
 * payload.h - the bodies of the messages that we send, as trees; and what is read of those that
 * come.
 *
 * MS-PSRP 2.2.2 and 2.2.3; one function a message.  All trees live in the arena given.
 */
#ifndef PSRP_PAYLOAD_H
#define PSRP_PAYLOAD_H

#include <winch/pipeline.h>
#include <winch/pool.h>

#include "psrp/value.h"

/* NULL with *err filled on failure. */
struct value *payload_capability(struct arena *a, int minor, winch_error *err);

struct payload_init_pool {
	int min_runspaces, max_runspaces;
	const winch_host_info *host;
	const struct value *application_arguments; /* a dictionary, or NULL */
};
struct value *payload_init_pool(struct arena *a, const struct payload_init_pool *p,
				winch_error *err);

/* HostInfo (2.2.3.14) as a member's value.  host NULL: a host without RawUI. */
struct value *payload_host_info(struct arena *a, const winch_host_info *host,
				bool use_runspace_host, winch_error *err);

/* An enum's Obj: type name, its name and number. */
struct value *payload_enum(struct arena *a, const char *type, const char *name, int64_t n,
			   winch_error *err);

/* A host's answer (2.2.2.16, 2.2.2.28).  value NULL: null; exception: the text of a refusal, or
 * NULL. */
struct payload_answer {
	int64_t call;
	int method;
	const struct value *value;
	const char *exception;
};
struct value *payload_answer(struct arena *a, const struct payload_answer *p, winch_error *err);

/* "2.3" of a SESSION_CAPABILITY.  WINCH_E_PROTOCOL: it has none. */
int payload_read_version(const struct value *v, int *ret_major, int *ret_minor, winch_error *err);

/* What an ErrorRecord says in one line: its details, else its exception's message, else its string.
 * The text lives as long as v.  false: it says nothing. */
bool payload_error_text(const struct value *error_record, struct bytes *ret_text);

#endif
