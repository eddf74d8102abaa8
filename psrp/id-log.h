/*
 * id-log.h - which child of an <Objs> a RefId stood for, in 16 bytes each at most.
 *
 * Ids are added in the order of the document.  Texts that are not decimal
 * numbers are kept as a hash: who finds a child must look for the id in it.
 */
#ifndef PSRP_ID_LOG_H
#define PSRP_ID_LOG_H

#include <winch/error.h>

#include "src/base/bytes.h"

struct id_block;

struct id_log {
	struct id_block **blocks;
	size_t count, room;
};

void id_log_done(struct id_log *log);
void id_log_clear(struct id_log *log);

/* child: where the child begins that id is in. */
int id_log_add(struct id_log *log, struct bytes id, uint64_t child, winch_error *err);

/* The last child before the offset before that had id. */
bool id_log_find(const struct id_log *log, struct bytes id, uint64_t before, uint64_t *ret_child);

#endif
