/*
 * from-json-ids.h - the ids of typed JSON: numbers to objects.
 */
#ifndef PSRP_FROM_JSON_IDS_H
#define PSRP_FROM_JSON_IDS_H

#include "psrp/value.h"

struct from_json_ids {
	struct from_json_id *slots;
	size_t cap, count;
};

void from_json_ids_done(struct from_json_ids *ids);

/* 0: it is in; 1: it was there before. */
int from_json_ids_add(struct from_json_ids *ids, uint64_t id, struct object *object,
		      winch_error *err);

/* NULL: there is none. */
struct object *from_json_ids_find(const struct from_json_ids *ids, uint64_t id);

#endif
