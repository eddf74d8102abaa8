/*
 * clixml-write.h - values to CLIXML, byte for byte as PowerShell's serializer writes it.
 */
#ifndef PSRP_CLIXML_WRITE_H
#define PSRP_CLIXML_WRITE_H

#include "psrp/value.h"
#include "src/base/buf.h"

/* Append v (NULL: <Nil />) as one message body: RefIds from 0 in document order, those of
 * type names apart.  Marks its objects: one tree, one thread at a time.
 * An object is written where it comes first, OBJ or REF: v may be a part of a tree.
 * WINCH_E_LIMIT: more than 100 objects are open.  WINCH_E_ARG: a REF that is .is_earlier. */
int clixml_write(struct buf *out, const struct value *v, winch_error *err);

/* What the values of one document share: RefIds go on from value to value, and a list of
 * type names is said once.  Starts as { .many = true }; the trees may end before it does. */
struct clixml_scope {
	bool many;
	uint64_t next_ref;
	const struct type_names **slots; /* lists that were written, by content: open addressing */
	uint32_t *ids;                   /* theirs */
	size_t cap, count;
	struct arena kept; /* many: the lists themselves */
};

int clixml_write_in(struct clixml_scope *scope, struct buf *out, const struct value *v,
		    winch_error *err);
void clixml_scope_done(struct clixml_scope *scope);

/* What an SS looks like on the wire is the session's: put appends it.  Without one, an SS whose
 * text is known is WINCH_E_ARG, and any other is written as it came. */
struct clixml_secure {
	int (*put)(void *user, struct buf *out, const struct value *ss, winch_error *err);
	void *user;
};
int clixml_write_secure(struct buf *out, const struct value *v, const struct clixml_secure *secure,
			winch_error *err);

#endif
