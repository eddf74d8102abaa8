/*
 * value-copy.c - a tree copied whole into another arena.
 */
#include "psrp/value-copy.h"

#include "psrp/clixml-read.h"
#include "psrp/clixml-write.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

int value_copy(struct arena *a, const struct value *v, const struct value **ret_copy,
	       winch_error *err)
{
	AUTO(buf_done) struct buf text = { .max = SIZE_MAX / 2 };

	int r = clixml_write(&text, v, err);
	if (r < 0)
		return r;
	/* In the arena: the tree's texts may be parts of what was read. */
	struct bytes kept = arena_copy(a, buf_bytes(&text), err);
	if (!kept.data)
		return WINCH_E_NOMEM;
	return clixml_read(kept, a, ret_copy, err);
}
