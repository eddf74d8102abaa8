/*
 * decode-earlier.h - earlier children of an <Objs>, read again when a value refers to one.
 */
#ifndef PSRP_DECODE_EARLIER_H
#define PSRP_DECODE_EARLIER_H

#include <winch/json.h>

#include "psrp/clixml-read.h"
#include "psrp/id-log.h"

struct earlier_child;

struct earlier_children {
	struct id_log log;
	const struct clixml_grammar *document; /* that the children stand in */
	winch_read_again *again;
	void *user;
	struct buf places;              /* struct earlier_place: where reading can begin */
	struct buf kept;                /* what was fed, where there is no .again */
	struct earlier_child *children; /* read, newest use first */
	uint64_t max_objects, max_elements;
};

void earlier_done(struct earlier_children *e);
void earlier_clear(struct earlier_children *e);

/* Between two feeds: remember this place of the scan. */
int earlier_mark(struct earlier_children *e, const struct xml_scan *scan, winch_error *err);

/* json_writer's load and release; user is a struct earlier_children. */
int earlier_load(void *user, const struct earlier *to, struct object **ret, winch_error *err);
void earlier_release(void *user, const struct object *o);

#endif
