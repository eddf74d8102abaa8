/*
 * clixml-grammar.c - what may stand where in CLIXML.
 *
 * A frame for each open element says what may stand in it; the functions
 * in_...() are what may come there, by the kind of the element around it.
 */
#include "psrp/clixml-grammar.h"

#include "psrp/clixml-progress.h"
#include "psrp/clixml-types.h"
#include "psrp/escape.h"
#include "psrp/primitive.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

enum {
	MAX_OBJECTS = 100,
	MAX_ELEMENTS = 1000,
	MAX_IDS = 4 * 1024 * 1024,
	NAME_CACHE = 256,
};

/* What is inside an open element. */
enum inside {
	IN_DOCUMENT = 0,
	IN_OBJS,
	IN_OBJ,
	IN_LIST,
	IN_DCT,
	IN_EN,
	IN_PROPS,
	IN_MS,
	IN_TN,
	IN_PR,
	IN_TEXT,
	IN_NOTHING
};

struct frame {
	uint8_t tag, inside;
	uint8_t count; /* EN, PR: parts that came */
	bool set;      /* MS: a member set, not a part of an object */
};

struct clixml_grammar {
	struct clixml_sink sink;
	void *user;
	struct clixml_options opts;
	struct xml_reader *reader;
	struct frame *frames;
	size_t depth, objects, ids;
	struct clixml_where where;
	struct buf name_buf, text, scratch;
	bool objs;
	struct {
		const char *name;
		enum tag tag;
	} names[NAME_CACHE];

	struct clixml_types types;
	const struct clixml_grammar *like; /* reading again */
	uint64_t base;                     /* offset of what is read, in like's document */

	struct progress progress;
	struct arena progress_texts;
};

#define wrong(g, err, ...) xml_reader_fail((g)->reader, (err), __VA_ARGS__)

static struct frame *top(struct clixml_grammar *g)
{
	return &g->frames[g->depth];
}

static enum tag tag_cached(struct clixml_grammar *g, const char *name)
{
	/* Equal names have equal addresses, until the reader is restarted. */
	size_t i = ((uintptr_t)name ^ (uintptr_t)name >> 8) % NAME_CACHE;

	if (g->names[i].name != name) {
		g->names[i].name = name;
		g->names[i].tag = tag_of(bytes_str(name));
	}
	return g->names[i].tag;
}

static const struct bytes *attr(const struct xml_attr *attrs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (attrs[i].name[0] == name[0] && strcmp(attrs[i].name, name) == 0 && !attrs[i].ns)
			return &attrs[i].value;
	return NULL;
}

static void open_frame(struct clixml_grammar *g, enum tag tag, enum inside inside, bool set)
{
	g->frames[++g->depth] =
		(struct frame){ .tag = (uint8_t)tag, .inside = (uint8_t)inside, .set = set };
}

static int open_object(struct clixml_grammar *g, winch_error *err)
{
	if (g->objects >= g->opts.max_objects)
		return wrong(g, err, "more than %zu objects are open", g->opts.max_objects);
	g->objects++;
	return 0;
}

static int count_id(struct clixml_grammar *g, winch_error *err)
{
	if (g->ids >= g->opts.max_ids) {
		wrong(g, err, "more than %zu RefIds in one value", g->opts.max_ids);
		if (err)
			err->status = WINCH_E_LIMIT;
		return WINCH_E_LIMIT;
	}
	g->ids++;
	return 0;
}

/* Halves of surrogate pairs can only be there when something was hidden. */
static int resolve(const struct clixml_grammar *g, struct bytes text, struct buf *scratch,
		   struct bytes *ret, winch_error *err)
{
	if (xml_reader_scan(g->like ? g->like->reader : g->reader)->hidden || text.len == 0 ||
	    memchr(text.data, '_', text.len))
		return escape_resolve(text, scratch, ret, err);
	*ret = text;
	return 0;
}

/* A text begins, until the element ends. */
static int open_text(struct clixml_grammar *g, enum tag tag)
{
	g->text.len = 0; /* nothing is ever dropped at its front */
	open_frame(g, tag, IN_TEXT, false);
	return 0;
}

/* A value begins at place (g->name is its name). */
static int open_value(struct clixml_grammar *g, enum tag tag, const char *name,
		      const struct xml_attr *attrs, size_t count, enum clixml_place place,
		      winch_error *err)
{
	int r = place == CLIXML_ROOT ? g->sink.begin(g->user, err) : 0;

	g->where.place = place;
	if (r < 0)
		return r;
	if (tag_is_primitive(tag))
		return open_text(g, tag);
	switch ((int)tag) {
	case TAG_NIL:
		if (place == CLIXML_KEY)
			return wrong(g, err, "a dictionary's key is Nil");
		open_frame(g, tag, IN_NOTHING, false);
		return g->sink.nil(g->user, err);
	case TAG_REF: {
		const struct bytes *id = attr(attrs, count, "RefId");
		if (!id)
			return wrong(g, err, "a Ref has no RefId");
		open_frame(g, tag, IN_NOTHING, false);
		r = g->sink.ref(g->user, *id, err);
		return r > 0 ? wrong(g, err, "RefId \"%.*s\" is not known",
				     (int)(id->len < 60 ? id->len : 60), id->data)
			     : r;
	}
	case TAG_OBJ: {
		const struct bytes *id = attr(attrs, count, "RefId");
		if ((r = open_object(g, err)) < 0 || (id && (r = count_id(g, err)) < 0))
			return r;
		open_frame(g, tag, IN_OBJ, false);
		return g->sink.obj_start(g->user, id ? *id : (struct bytes){ NULL, 0 }, err);
	}
	case TAG_PR:
		arena_clear(&g->progress_texts);
		g->progress = (struct progress){ 0 };
		open_frame(g, tag, IN_PR, false);
		return 0;
	}
	return wrong(g, err, "%.60s can't stand here", name);
}

static int in_obj(struct clixml_grammar *g, enum tag tag, const char *name,
		  const struct xml_attr *attrs, size_t count, winch_error *err)
{
	static const uint8_t inside[] = {
		[TAG_LST] = IN_LIST, [TAG_IE] = IN_LIST, [TAG_STK] = IN_LIST,
		[TAG_QUE] = IN_LIST, [TAG_DCT] = IN_DCT, [TAG_PROPS] = IN_PROPS,
		[TAG_MS] = IN_MS
	};

	switch ((int)tag) {
	case TAG_TOSTRING:
		return open_text(g, tag);
	case TAG_LST:
	case TAG_IE:
	case TAG_STK:
	case TAG_QUE:
	case TAG_DCT:
	case TAG_PROPS:
	case TAG_MS:
		g->where.place = CLIXML_BASE;
		open_frame(g, tag, (enum inside)inside[tag], false);
		return g->sink.part_start(g->user, tag, err);
	case TAG_NIL:
	case TAG_REF:
		return wrong(g, err, "%.60s can't stand in an Obj", name);
	}
	return open_value(g, tag, name, attrs, count, CLIXML_BASE, err);
}

static const struct type_names *known_types(const struct clixml_grammar *g, struct bytes id)
{
	if (!g->like)
		return clixml_types_find(&g->types, id, UINT64_MAX);
	return clixml_types_find(&g->like->types, id, g->base + xml_reader_offset(g->reader));
}

static int in_obj_types(struct clixml_grammar *g, enum tag tag, const struct xml_attr *attrs,
			size_t count, winch_error *err)
{
	const struct bytes *id = attr(attrs, count, "RefId");

	if (tag == TAG_TN) {
		int r = id ? count_id(g, err) : 0;
		open_frame(g, tag, IN_TN, false);
		return r < 0 ? r : clixml_types_open(&g->types, id, err);
	}
	if (!id)
		return wrong(g, err, "a TNRef has no RefId");
	const struct type_names *types = known_types(g, *id);
	if (!types)
		return wrong(g, err, "RefId \"%.*s\" of a TNRef is not known",
			     (int)(id->len < 60 ? id->len : 60), id->data);
	open_frame(g, tag, IN_NOTHING, false);
	return g->sink.types(g->user, types, true, err);
}

/* Props, MS, a member set. */
static int in_members(struct clixml_grammar *g, enum tag tag, const char *name,
		      const struct xml_attr *attrs, size_t count, winch_error *err)
{
	const struct bytes *n = attr(attrs, count, "N");
	const bool props = top(g)->inside == IN_PROPS;

	if (!n || (n->len == 0 && !props))
		return wrong(g, err, "a member has no name");
	int r = resolve(g, *n, &g->name_buf, &g->where.name, err);
	if (r < 0)
		return r;
	if ((tag_is_primitive(tag) || tag == TAG_PR) &&
	    g->where.name.data != buf_bytes(&g->name_buf).data) {
		/* Attributes live as long as the start tag, this must live until the end tag. */
		buf_clear(&g->name_buf);
		if ((r = buf_put(&g->name_buf, g->where.name, err)) < 0)
			return r;
		g->where.name = buf_bytes(&g->name_buf);
	}
	if (tag == TAG_MS && !props) {
		if ((r = open_object(g, err)) < 0)
			return r;
		g->where.place = CLIXML_MEMBER;
		open_frame(g, tag, IN_MS, true);
		return g->sink.part_start(g->user, tag, err);
	}
	return open_value(g, tag, name, attrs, count, CLIXML_MEMBER, err);
}

static int in_entry(struct clixml_grammar *g, enum tag tag, const char *name,
		    const struct xml_attr *attrs, size_t count, winch_error *err)
{
	const struct bytes *n = attr(attrs, count, "N");
	struct frame *en = top(g);

	if (en->count > 1 || !n ||
	    !bytes_eq_nocase(*n, en->count ? BYTES_LIT("Value") : BYTES_LIT("Key")))
		return wrong(g, err, "a dictionary's entry is Key, then Value");
	return open_value(g, tag, name, attrs, count, en->count++ ? CLIXML_VALUE : CLIXML_KEY, err);
}

static int in_progress(struct clixml_grammar *g, enum tag tag, const char *name, winch_error *err)
{
	struct frame *pr = top(g);

	if (pr->count < PROGRESS_PARTS && tag == progress_parts[pr->count]) {
		pr->count++;
		return open_text(g, tag);
	}
	if (pr->count == PROGRESS_OPERATION && tag == TAG_NIL) {
		pr->count++;
		open_frame(g, tag, IN_NOTHING, false);
		return 0;
	}
	return wrong(g, err, "%.60s can't stand here in a PR", name);
}

static int in_document(struct clixml_grammar *g, enum tag tag, const char *name,
		       const struct xml_attr *attrs, size_t count, winch_error *err)
{
	if (tag == TAG_OBJS) {
		g->objs = true;
		open_frame(g, tag, IN_OBJS, false);
		return 0;
	}
	return open_value(g, tag, name, attrs, count, CLIXML_ROOT, err);
}

static int on_start(void *user, const char *ns, const char *name, const struct xml_attr *attrs,
		    size_t count, winch_error *err)
{
	struct clixml_grammar *g = user;
	const enum inside inside = (enum inside)top(g)->inside;

	(void)ns;
	if (inside == IN_NOTHING) {
		open_frame(g, TAG_NONE, IN_NOTHING, false);
		return 0;
	}
	const enum tag tag = tag_cached(g, name);
	if (tag == TAG_NONE && inside != IN_TEXT)
		return wrong(g, err, "the element %.60s is unknown", name);
	switch (inside) {
	case IN_DOCUMENT:
		return in_document(g, tag, name, attrs, count, err);
	case IN_OBJS:
		return open_value(g, tag, name, attrs, count, CLIXML_ROOT, err);
	case IN_OBJ:
		if (tag == TAG_TN || tag == TAG_TNREF)
			return in_obj_types(g, tag, attrs, count, err);
		return in_obj(g, tag, name, attrs, count, err);
	case IN_LIST:
		return open_value(g, tag, name, attrs, count, CLIXML_ITEM, err);
	case IN_DCT:
		if (tag != TAG_EN)
			return wrong(g, err, "%.60s can't stand in a DCT", name);
		open_frame(g, tag, IN_EN, false);
		return 0;
	case IN_EN:
		return in_entry(g, tag, name, attrs, count, err);
	case IN_PROPS:
	case IN_MS:
		return in_members(g, tag, name, attrs, count, err);
	case IN_TN:
		if (tag != TAG_T)
			return wrong(g, err, "%.60s can't stand in a TN", name);
		return open_text(g, tag);
	case IN_PR:
		return in_progress(g, tag, name, err);
	case IN_TEXT:
	case IN_NOTHING:
		break;
	}
	return wrong(g, err, "an element inside the text of %s", tag_name((enum tag)top(g)->tag));
}

static int on_text(void *user, struct bytes text, winch_error *err)
{
	struct clixml_grammar *g = user;

	if (top(g)->inside == IN_TEXT) {
		struct buf *b = &g->text;
		if (b->cap - b->len <= text.len)
			return buf_put(b, text, err);
		memcpy(b->data + b->len, text.data, text.len);
		b->len += text.len;
		return 0;
	}
	if (top(g)->inside == IN_NOTHING)
		return 0;
	return xml_is_blank(text) ? 0 : wrong(g, err, "text between elements");
}

/* The text of the element that ends, in its normal form. */
static int normal_text(struct clixml_grammar *g, enum tag tag, struct bytes *ret, winch_error *err)
{
	if (tag_rows[tag].text == TAG_TEXT_ESCAPED)
		return resolve(g, buf_bytes(&g->text), &g->scratch, ret, err);
	if (primitive_is_plain_integer(tag, buf_bytes(&g->text))) {
		*ret = buf_bytes(&g->text);
		return 0;
	}
	int r = primitive_normal(tag, buf_bytes(&g->text), &g->scratch, ret, err);
	return r == WINCH_E_FORMAT ? wrong(g, err, "not the text of %s", tag_name(tag)) : r;
}

static int end_types(struct clixml_grammar *g, winch_error *err)
{
	const struct type_names *types = NULL;
	bool lasting = true;

	/* Read again, a list is there already; it must be the same: others may be newer. */
	if (g->like && g->types.has_id)
		types = known_types(g, buf_bytes(&g->types.id));
	int r = types ? 0
		      : clixml_types_close(&g->types, xml_reader_offset(g->reader), &types,
					   &lasting, err);
	return r < 0 ? r : g->sink.types(g->user, types, lasting, err);
}

static int end_progress_part(struct clixml_grammar *g, enum tag tag, struct bytes text,
			     winch_error *err)
{
	int r = progress_set(&g->progress, tag, text, &g->progress_texts, err);

	return r == WINCH_E_FORMAT ? wrong(g, err, "T of a PR is neither Processing nor Completed")
				   : r;
}

static int end_text(struct clixml_grammar *g, enum tag tag, winch_error *err)
{
	struct bytes text;
	int r = normal_text(g, tag, &text, err);

	if (r < 0)
		return r;
	switch ((enum inside)top(g)->inside) { /* of what is around it */
	case IN_TN:
		return clixml_types_add(&g->types, text, err);
	case IN_PR:
		return end_progress_part(g, tag, text, err);
	case IN_OBJ:
		if (tag == TAG_TOSTRING)
			return g->sink.to_string(g->user, text, err);
		break;
	default:
		break;
	}
	return g->sink.primitive(g->user, tag, text, err);
}

static int on_end(void *user, const char *ns, const char *name, winch_error *err)
{
	struct clixml_grammar *g = user;
	const struct frame f = *top(g);
	int r = 0;

	(void)ns, (void)name;
	g->depth--;
	switch ((enum inside)f.inside) {
	case IN_TEXT:
		r = end_text(g, (enum tag)f.tag, err);
		break;
	case IN_OBJ:
		g->objects--;
		r = g->sink.obj_end(g->user, err);
		break;
	case IN_LIST:
	case IN_DCT:
	case IN_PROPS:
	case IN_MS:
		g->objects -= f.set;
		r = g->sink.part_end(g->user, (enum tag)f.tag, err);
		break;
	case IN_EN:
		return f.count == 2 ? 0 : wrong(g, err, "a dictionary's entry has no value");
	case IN_TN:
		return end_types(g, err);
	case IN_PR:
		if (f.count < PROGRESS_PARTS)
			return wrong(g, err, "a part of a PR is missing");
		r = g->sink.progress(g->user, &g->progress, err);
		break;
	case IN_NOTHING:
	case IN_OBJS:
	case IN_DOCUMENT:
		break;
	}
	const enum inside around = (enum inside)top(g)->inside;
	if (r == 0 && f.tag != TAG_OBJS && (around == IN_OBJS || around == IN_DOCUMENT)) {
		g->ids = 0;
		r = g->sink.done(g->user, err);
	}
	return r;
}

static int on_piece(void *user, winch_error *err)
{
	struct clixml_grammar *g = user;

	return g->sink.piece ? g->sink.piece(g->user, err) : 0;
}

static const struct xml_handler handler = { on_start, on_text, on_end, on_piece };

struct clixml_grammar *clixml_grammar_new(const struct clixml_sink *sink, void *user,
					  const struct clixml_options *opts, winch_error *err)
{
	struct clixml_grammar *g = mem_zalloc(sizeof(*g));

	if (!g) {
		fail_nomem(err);
		return NULL;
	}
	g->sink = *sink;
	g->user = user;
	if (opts)
		g->opts = *opts;
	clixml_types_init(&g->types, g->opts.types);
	if (!g->opts.max_objects)
		g->opts.max_objects = MAX_OBJECTS;
	if (!g->opts.max_elements)
		g->opts.max_elements = MAX_ELEMENTS;
	if (!g->opts.max_ids)
		g->opts.max_ids = MAX_IDS;
	g->name_buf.max = g->text.max = g->scratch.max = SIZE_MAX / 4;

	struct xml_options xml = { .max_depth = g->opts.max_elements,
				   .clixml = true,
				   .local = g->opts.local };
	g->frames = mem_array(g->opts.max_elements + 2, sizeof(g->frames[0]));
	if (!g->frames)
		fail_nomem(err);
	else
		g->reader = xml_reader_new(&handler, g, &xml, err);
	if (!g->reader) {
		clixml_grammar_free(g);
		return NULL;
	}
	g->frames[0] = (struct frame){ 0 };
	return g;
}

void clixml_grammar_free(struct clixml_grammar *g)
{
	if (!g)
		return;
	xml_reader_free(g->reader);
	mem_free(g->frames);
	buf_done(&g->name_buf);
	buf_done(&g->text);
	buf_done(&g->scratch);
	clixml_types_done(&g->types);
	arena_done(&g->progress_texts);
	mem_free(g);
}

int clixml_grammar_restart(struct clixml_grammar *g, winch_error *err)
{
	g->depth = g->objects = g->ids = 0;
	g->objs = false;
	g->like = NULL;
	memset(g->names, 0, sizeof(g->names));
	clixml_types_clear(&g->types);
	return xml_reader_restart(g->reader, err);
}

int clixml_grammar_feed(struct clixml_grammar *g, struct bytes in, winch_error *err)
{
	return xml_reader_feed(g->reader, in, err);
}

int clixml_grammar_end(struct clixml_grammar *g, winch_error *err)
{
	int r = xml_reader_end(g->reader, err);

	if (r <= 0)
		return r;
	g->where.place = CLIXML_ROOT;
	r = g->sink.begin(g->user, err);
	if (r == 0)
		r = g->sink.nil(g->user, err);
	return r < 0 ? r : g->sink.done(g->user, err);
}

int clixml_grammar_again(struct clixml_grammar *g, const struct clixml_grammar *like,
			 uint64_t offset, winch_error *err)
{
	const struct bytes root = BYTES_LIT("<Objs>");
	int r = clixml_grammar_restart(g, err);

	g->like = like;
	g->base = offset - root.len; /* may wrap: only differences count */
	return r < 0 ? r : clixml_grammar_feed_again(g, root, err);
}

int clixml_grammar_feed_again(struct clixml_grammar *g, struct bytes in, winch_error *err)
{
	return xml_reader_feed_scanned(g->reader, in, xml_reader_scan(g->like->reader)->hidden,
				       err);
}

const struct clixml_where *clixml_where(const struct clixml_grammar *g)
{
	return &g->where;
}

bool clixml_is_objs(const struct clixml_grammar *g)
{
	return g->objs;
}

struct xml_reader *clixml_reader(const struct clixml_grammar *g)
{
	return g->reader;
}
