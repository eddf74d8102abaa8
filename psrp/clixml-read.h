/*
 * clixml-read.h - CLIXML to trees.
 *
 * A builder is the sink of a grammar that makes values; clixml_read() is both at
 * once, for one message body.
 */
#ifndef PSRP_CLIXML_READ_H
#define PSRP_CLIXML_READ_H

#include "psrp/clixml-grammar.h"
#include "psrp/id-table.h"

struct clixml_frame {
	struct object *object; /* of an Obj, or NULL */
	struct items *items;   /* of a container, Props, MS */
	const struct value *key;
	struct id_table names; /* of many members, by their names in lower case */
};

struct clixml_builder {
	struct arena *arena;            /* where the tree goes */
	struct clixml_grammar *grammar; /* that it is the sink of */
	struct id_table ids;            /* of struct object */
	const struct value *root;       /* of the value that was complete last */
	uint64_t home;                  /* for struct object */
	uint64_t ordinal;

	/* What an id that is not in .ids was in earlier children: 1, 0 not known, < 0.  May be
	 * NULL. */
	int (*earlier)(void *user, struct bytes id, uint64_t *ret_child, winch_error *err);
	void *earlier_user;

	/* Makes an SS into its value; NULL: its text is what stands there. */
	const struct value *(*secure)(void *user, struct bytes text, winch_error *err);
	void *secure_user;

	struct clixml_frame *frames;
	size_t depth;
	struct buf scratch;
};

extern const struct clixml_sink clixml_builder_sink; /* its user: struct clixml_builder * */

int clixml_builder_init(struct clixml_builder *b, struct arena *arena, winch_error *err);
void clixml_builder_done(struct clixml_builder *b);

/* For another value with RefIds of its own. */
void clixml_builder_restart(struct clixml_builder *b, struct arena *arena);

/* Read a message body (empty: Nil) into a tree in a.  WINCH_E_PROTOCOL, WINCH_E_LIMIT: err
 * says line and column. */
int clixml_read(struct bytes in, struct arena *a, const struct value **ret_value, winch_error *err);

/* The same, with the builder's .secure. */
int clixml_read_secure(struct bytes in, struct arena *a,
		       const struct value *(*secure)(void *user, struct bytes text,
						     winch_error *err),
		       void *user, const struct value **ret_value, winch_error *err);

#endif
