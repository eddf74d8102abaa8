/*
 * decode-kind.h - the kinds of input that winch decode reads: each takes bytes as they come, and
 * writes what they mean.
 */
#ifndef CLI_DECODE_KIND_H
#define CLI_DECODE_KIND_H

#include <sys/types.h>

#include "src/cli/output.h"

struct decode_source {
	int fd;
	const char *name;
	off_t start; /* >= 0: a regular file, which can be read again from there */
};

struct decode_kind {
	const char *name; /* of --from */

	/* Does it begin so?  NULL: what is nothing else. */
	bool (*begins)(const char *data, size_t len);

	/* 0, or the exit status, said.  What *ret_state then is, is closed in either case. */
	int (*open)(const struct decode_source *source, struct output *out, void **ret_state);
	int (*feed)(void *state, const char *data, size_t len);
	int (*end)(void *state);
	void (*close)(void *state);
};

extern const struct decode_kind decode_clixml, decode_fragments, decode_trace;

#endif
