/*
 * clixml-types.h - the lists of type names of a CLIXML document, by their RefIds.
 */
#ifndef PSRP_CLIXML_TYPES_H
#define PSRP_CLIXML_TYPES_H

#include "psrp/id-table.h"
#include "psrp/value.h"
#include "src/base/buf.h"

struct clixml_types {
	struct arena *lasting; /* of lists with an id */
	struct arena own;      /* where the caller has none */
	struct arena passing;  /* of the list without an id that was read last */
	struct id_table lists;
	struct buf texts, lens, id; /* of the open <TN> */
	bool has_id;
};

void clixml_types_init(struct clixml_types *t, struct arena *lasting);
void clixml_types_done(struct clixml_types *t);
void clixml_types_clear(struct clixml_types *t);

/* A <TN> begins (id NULL: without RefId); one of its names; its end, at an offset of the
 * document.  *ret_lasting: the list lives as long as the arena, else until the next end. */
int clixml_types_open(struct clixml_types *t, const struct bytes *id, winch_error *err);
int clixml_types_add(struct clixml_types *t, struct bytes name, winch_error *err);
int clixml_types_close(struct clixml_types *t, uint64_t offset, const struct type_names **ret_types,
		       bool *ret_lasting, winch_error *err);

/* What the list of an id was at an offset; NULL: there was none. */
const struct type_names *clixml_types_find(const struct clixml_types *t, struct bytes id,
					   uint64_t offset);

#endif
