/*
 * decode-earlier.c - earlier children of an <Objs>, read again.
 */
#include "psrp/decode-earlier.h"

#include "src/base/fail.h"
#include "src/base/mem.h"

enum { MAX_IDLE = 4, READ_LEN = 16 * 1024, PLACE_STEP = 64 * 1024 };
enum { STOPPED = -1000 }; /* the child is whole: no failure */

/* Fed offset fed is source offset src, and nothing is in the middle there. */
struct earlier_place {
	uint64_t fed, src;
};

struct earlier_child {
	struct earlier_child *next;
	uint64_t home;
	size_t pins;
	struct arena arena;
	struct clixml_builder builder;
	struct earlier_children *of;
	bool whole;
};

static void free_child(struct earlier_child *c)
{
	clixml_builder_done(&c->builder);
	arena_done(&c->arena);
	mem_free(c);
}

void earlier_clear(struct earlier_children *e)
{
	while (e->children) {
		struct earlier_child *next = e->children->next;
		free_child(e->children);
		e->children = next;
	}
	id_log_clear(&e->log);
	buf_clear(&e->places);
	buf_clear(&e->kept);
}

void earlier_done(struct earlier_children *e)
{
	earlier_clear(e);
	id_log_done(&e->log);
	buf_done(&e->places);
	buf_done(&e->kept);
}

int earlier_mark(struct earlier_children *e, const struct xml_scan *scan, winch_error *err)
{
	const struct earlier_place *last = NULL;
	struct earlier_place here = { scan->fed, scan->src };

	if (!xml_scan_clean(scan))
		return 0;
	if (e->places.len)
		last = (const void *)(buf_bytes(&e->places).data + e->places.len - sizeof(*last));
	if (last && here.src < last->src + PLACE_STEP)
		return 0;
	return buf_put(&e->places, bytes_of(&here, sizeof(here)), err);
}

/* The last place at or before a fed offset; the beginning when there is none. */
static struct earlier_place find_place(const struct earlier_children *e, uint64_t fed)
{
	const struct earlier_place *p = (const void *)buf_bytes(&e->places).data;
	size_t low = 0, high = e->places.len / sizeof(*p);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (p[mid].fed <= fed)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? p[low - 1] : (struct earlier_place){ 0, 0 };
}

static int64_t read_source(struct earlier_children *e, uint64_t src, uint8_t *data, size_t len,
			   winch_error *err)
{
	if (e->again)
		return e->again(e->user, src, data, len, err);
	if (src >= e->kept.len)
		return 0;
	struct bytes rest = bytes_skip(buf_bytes(&e->kept), (size_t)src);
	len = rest.len < len ? rest.len : len;
	memcpy(data, rest.data, len);
	return (int64_t)len;
}

/* The text of the child from its start on, piece by piece, until it is whole. */
static int feed_child(struct earlier_child *c, struct clixml_grammar *g, struct xml_scan *scan,
		      uint8_t *data, winch_error *err)
{
	int r = 0;

	while (r == 0 && !c->whole) {
		struct bytes piece;
		uint64_t before = scan->fed;
		int64_t len = read_source(c->of, scan->src, data, READ_LEN, err);
		if (len <= 0)
			return len < 0 ? (int)len
				       : fail(err, WINCH_E_STATE, "what was read before is gone");
		r = xml_scan_put(scan, bytes_of(data, (size_t)len), false, &piece, err);
		if (r < 0)
			return r;
		if (before < c->home)
			piece = bytes_skip(piece, c->home - before < piece.len
							  ? (size_t)(c->home - before)
							  : piece.len);
		r = piece.len ? clixml_grammar_feed_again(g, piece, err) : 0;
	}
	return c->whole ? 0 : r;
}

static int on_whole(void *user, winch_error *err)
{
	struct earlier_child *c =
		(struct earlier_child *)((char *)user - offsetof(struct earlier_child, builder));

	(void)err;
	c->whole = true;
	return STOPPED;
}

static int find_earlier(void *user, struct bytes id, uint64_t *ret_child, winch_error *err)
{
	const struct earlier_child *c = user;

	(void)err;
	return id_log_find(&c->of->log, id, c->home, ret_child);
}

DEFINE_AUTO_FREE(struct clixml_grammar, clixml_grammar_free)

static int read_child(struct earlier_child *c, winch_error *err)
{
	struct clixml_sink sink = clixml_builder_sink;
	struct clixml_options opts = { .local = true,
				       .max_objects = (size_t)c->of->max_objects,
				       .max_elements = (size_t)c->of->max_elements };
	const struct earlier_place place = find_place(c->of, c->home);

	sink.done = on_whole;
	AUTO(clixml_grammar_free_auto)
	struct clixml_grammar *g = clixml_grammar_new(&sink, &c->builder, &opts, err);
	AUTO(mem_free_auto) uint8_t *data = mem_alloc(READ_LEN);
	if (!g || !data)
		return fail_nomem(err);
	c->builder.grammar = g;
	AUTO(xml_scan_done) struct xml_scan scan;
	const struct xml_scan *like = xml_reader_scan(clixml_reader(c->of->document));
	xml_scan_init(&scan, true);
	if (place.src)
		xml_scan_resume(&scan, like, place.fed, place.src);
	int r = clixml_grammar_again(g, c->of->document, c->home, err);
	if (r == 0)
		r = feed_child(c, g, &scan, data, err);
	c->builder.grammar = NULL;
	return r;
}

/* Drop the longest unused beyond those worth keeping. */
static void drop_idle(struct earlier_children *e)
{
	size_t idle = 0;

	for (struct earlier_child **p = &e->children; *p;) {
		struct earlier_child *c = *p;
		if (c->pins == 0 && ++idle > MAX_IDLE) {
			*p = c->next;
			free_child(c);
		} else {
			p = &c->next;
		}
	}
}

static struct earlier_child *find_child(struct earlier_children *e, uint64_t home)
{
	for (struct earlier_child **p = &e->children; *p; p = &(*p)->next)
		if ((*p)->home == home) {
			struct earlier_child *c = *p;
			*p = c->next;
			c->next = e->children;
			return e->children = c;
		}
	return NULL;
}

static int get_child(struct earlier_children *e, uint64_t home, struct earlier_child **ret,
		     winch_error *err)
{
	struct earlier_child *c = find_child(e, home);
	int r;

	if (c) {
		*ret = c;
		return 0;
	}
	if (!(c = mem_zalloc(sizeof(*c))))
		return fail_nomem(err);
	c->home = home;
	c->of = e;
	r = clixml_builder_init(&c->builder, &c->arena, err);
	c->builder.home = home;
	c->builder.ordinal = 1;
	c->builder.earlier = find_earlier;
	c->builder.earlier_user = c;
	if (r == 0)
		r = read_child(c, err);
	if (r < 0) {
		free_child(c);
		return r;
	}
	c->next = e->children;
	*ret = e->children = c;
	return 0;
}

int earlier_load(void *user, const struct earlier *to, struct object **ret, winch_error *err)
{
	struct earlier_children *e = user;
	struct earlier_child *c = NULL;
	int r = get_child(e, to->child, &c, err);

	if (r < 0)
		return r;
	*ret = id_table_get(&c->builder.ids, to->id);
	if (!*ret)
		return fail(err, WINCH_E_FORMAT, "RefId \"%.*s\" is not known",
			    (int)(to->id.len < 60 ? to->id.len : 60), to->id.data);
	c->pins++;
	drop_idle(e);
	return 0;
}

void earlier_release(void *user, const struct object *o)
{
	struct earlier_children *e = user;

	for (struct earlier_child *c = e->children; c; c = c->next)
		if (c->home == o->home)
			c->pins--;
}
