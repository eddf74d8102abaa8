/*
 * id-log.c - which child of an <Objs> a RefId stood for.
 *
 * An entry is a run of consecutive numbers in one child: the engine counts its
 * RefIds, so that most children need one.
 */
#include "psrp/id-log.h"

#include "psrp/id-table.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

enum { BLOCK = 1024, RUN_BITS = 20 };

struct entry {
	uint64_t first;
	uint64_t child_run; /* offset, and above it how many more numbers follow */
};

struct id_block {
	uint64_t least, most;
	size_t count;
	struct entry entries[BLOCK];
};

static const uint64_t child_mask = UINT64_MAX >> RUN_BITS;

void id_log_clear(struct id_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		mem_free(log->blocks[i]);
	log->count = 0;
}

void id_log_done(struct id_log *log)
{
	id_log_clear(log);
	mem_free(log->blocks);
	*log = (struct id_log){ 0 };
}

/* A number as it is; any other text as its hash with the highest bit set. */
static uint64_t key_of(struct bytes id)
{
	uint64_t n = 0;

	if (id.len == 0 || id.len > 18 || (id.data[0] == '0' && id.len > 1))
		return id_hash(id) | (uint64_t)1 << 63;
	for (size_t i = 0; i < id.len; i++) {
		if (id.data[i] < '0' || id.data[i] > '9')
			return id_hash(id) | (uint64_t)1 << 63;
		n = n * 10 + (uint64_t)(id.data[i] - '0');
	}
	return n;
}

static int add_block(struct id_log *log, winch_error *err)
{
	if (log->count == log->room) {
		size_t room = log->room ? log->room * 2 : 16;
		struct id_block **blocks = mem_realloc(log->blocks, room * sizeof(*blocks));
		if (!blocks)
			return fail_nomem(err);
		log->blocks = blocks;
		log->room = room;
	}
	struct id_block *b = mem_alloc(sizeof(*b));
	if (!b)
		return fail_nomem(err);
	b->count = 0;
	b->least = UINT64_MAX;
	b->most = 0;
	log->blocks[log->count++] = b;
	return 0;
}

int id_log_add(struct id_log *log, struct bytes id, uint64_t child, winch_error *err)
{
	const uint64_t key = key_of(id);
	struct id_block *b = log->count ? log->blocks[log->count - 1] : NULL;

	if (b && b->count) {
		struct entry *last = &b->entries[b->count - 1];
		uint64_t run = last->child_run >> (64 - RUN_BITS);
		if (last->first + run + 1 == key && (last->child_run & child_mask) == child &&
		    run + 1 < (uint64_t)1 << RUN_BITS) {
			last->child_run = child | (run + 1) << (64 - RUN_BITS);
			b->most = key > b->most ? key : b->most;
			return 0;
		}
	}
	if (child > child_mask)
		return fail(err, WINCH_E_LIMIT, "the document is too long");
	if ((!b || b->count == BLOCK) && add_block(log, err) < 0)
		return WINCH_E_NOMEM;
	b = log->blocks[log->count - 1];
	b->entries[b->count++] = (struct entry){ key, child };
	b->least = key < b->least ? key : b->least;
	b->most = key > b->most ? key : b->most;
	return 0;
}

bool id_log_find(const struct id_log *log, struct bytes id, uint64_t before, uint64_t *ret_child)
{
	const uint64_t key = key_of(id);

	for (size_t i = log->count; i > 0; i--) {
		const struct id_block *b = log->blocks[i - 1];
		if (key < b->least || key > b->most)
			continue;
		for (size_t j = b->count; j > 0; j--) {
			const struct entry *e = &b->entries[j - 1];
			uint64_t child = e->child_run & child_mask;
			if (key - e->first <= e->child_run >> (64 - RUN_BITS) && child < before) {
				*ret_child = child;
				return true;
			}
		}
	}
	return false;
}
