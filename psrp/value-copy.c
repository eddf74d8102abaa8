/*
 * value-copy.c - a tree copied whole into another arena.
 *
 * By way of CLIXML, which says all of a tree but the known text of a SecureString: those go
 * beside it, in the order in which they stand.
 */
#include "psrp/value-copy.h"

#include "psrp/clixml-read.h"
#include "psrp/clixml-write.h"
#include "psrp/secure-string.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

struct copying {
	struct arena *arena;
	const struct value **secure; /* every SS of the tree */
	size_t count, cap, next;
	bool known; /* of one at least the text is */
};

static void copying_done(struct copying *c)
{
	mem_free(c->secure);
}

static int leave_out(void *user, struct buf *out, const struct value *ss, winch_error *err)
{
	struct copying *c = user;

	(void)out;
	if (c->count == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 8;
		const struct value **more = mem_realloc(c->secure, cap * sizeof(*more));
		if (!more)
			return fail_nomem(err);
		c->secure = more;
		c->cap = cap;
	}
	c->secure[c->count++] = ss;
	c->known |= ss->secure != NULL;
	return 0;
}

static const struct value *put_back(void *user, struct bytes text, winch_error *err)
{
	struct copying *c = user;
	const struct value *ss = c->secure[c->next++];

	(void)text;
	if (ss->secure)
		return secure_string_value(c->arena, ss->secure, err);
	struct bytes copy = arena_copy(c->arena, ss->text, err);
	return copy.data ? value_text(c->arena, TAG_SS, copy, err) : NULL;
}

int value_copy(struct arena *a, const struct value *v, const struct value **ret_copy,
	       winch_error *err)
{
	AUTO(copying_done) struct copying c = { .arena = a };
	AUTO(buf_done) struct buf text = { .max = SIZE_MAX / 2 };

	int r = clixml_write_secure(&text, v, &(struct clixml_secure){ leave_out, &c }, err);
	if (r < 0)
		return r;
	/* In the arena: the tree's texts may be parts of what was read. */
	struct bytes kept = arena_copy(a, buf_bytes(&text), err);
	if (!kept.data)
		return WINCH_E_NOMEM;
	r = clixml_read_secure(kept, a, put_back, &c, ret_copy, err);
	return r < 0 ? r : c.known;
}
