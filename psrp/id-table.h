/*
 * id-table.h - RefIds, which compare as text, and what they stand for.
 */
#ifndef PSRP_ID_TABLE_H
#define PSRP_ID_TABLE_H

#include "src/base/arena.h"

struct id_slot {
	uint64_t hash; /* 0: free */
	struct bytes id;
	void *what;
};

struct id_table {
	struct id_slot *slots;
	size_t room, count;
	uint64_t seed; /* of its hashes: nobody can choose texts that fall together */
	struct arena texts;
};

void id_table_done(struct id_table *t);
void id_table_clear(struct id_table *t); /* keeps the memory */

/* id stands for what from now on. */
int id_table_put(struct id_table *t, struct bytes id, void *what, winch_error *err);

/* NULL: it is not known. */
void *id_table_get(const struct id_table *t, struct bytes id);

/* The same in each process; never 0. */
uint64_t id_hash(struct bytes id);

#endif
