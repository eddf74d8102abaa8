/*
 * value-api.c - <winch/value.h>: values from text, to text, and read.
 */
#include <winch/value.h>

#include "psrp/clixml-read.h"
#include "psrp/clixml-write.h"
#include "psrp/decode.h"
#include "psrp/from-json.h"
#include "psrp/json-write.h"
#include "psrp/secure-string.h"
#include "psrp/value-owned.h"
#include "src/base/base64.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

winch_value *winch_value_from_json(int from, const char *text, size_t len, winch_error *err)
{
	const struct value *v = NULL;

	if (from < WINCH_FROM_PLAIN || from > WINCH_FROM_TYPED || (!text && len)) {
		fail(err, WINCH_E_ARG, "not a way to read JSON: %d", from);
		return NULL;
	}
	AUTO(owned_free_auto) struct owned *o = owned_new(err);
	if (!o || from_json(from, bytes_of(text, len), &o->arena, &v, err) < 0)
		return NULL;
	return owned_give(&o, v);
}

/* A document of one value. */
struct document {
	struct clixml_builder builder; /* first: it is the user of its sink */
	const struct value *root;
};
DEFINE_AUTO_FREE(struct clixml_grammar, clixml_grammar_free)

static int on_done(void *user, winch_error *err)
{
	struct document *doc = user;

	if (doc->root)
		return fail(err, WINCH_E_FORMAT, "more than one value");
	doc->root = doc->builder.root;
	return 0;
}

static int read_document(struct document *doc, struct arena *a, struct bytes in, winch_error *err)
{
	struct clixml_sink sink = clixml_builder_sink;
	const struct clixml_options opts = { .local = true, .types = a };

	sink.done = on_done;
	int r = clixml_builder_init(&doc->builder, a, err);
	if (r < 0)
		return r;
	AUTO(clixml_grammar_free_auto)
	struct clixml_grammar *g = clixml_grammar_new(&sink, doc, &opts, err);
	doc->builder.grammar = g;
	r = g ? clixml_grammar_feed(g, in, err) : WINCH_E_NOMEM;
	if (r == 0)
		r = clixml_grammar_end(g, err);
	clixml_builder_done(&doc->builder);
	return r;
}

winch_value *winch_value_from_clixml(const void *data, size_t len, winch_error *err)
{
	struct document doc = { .root = NULL };

	AUTO(owned_free_auto) struct owned *o = owned_new(err);
	if (!o || read_document(&doc, &o->arena, bytes_of(data, len), err) < 0)
		return NULL;
	if (!doc.root) {
		fail(err, WINCH_E_FORMAT, "an Objs without a value");
		return NULL;
	}
	return owned_give(&o, doc.root);
}

/* Hand the text over.  Nothing was ever dropped from its front. */
static int give_text(struct buf *text, char **ret_text, size_t *ret_len, winch_error *err)
{
	if (!buf_cstr(text, err))
		return WINCH_E_NOMEM;
	*ret_text = (char *)text->data;
	if (ret_len)
		*ret_len = text->len;
	*text = (struct buf){ 0 };
	return 0;
}

int winch_value_to_clixml(const winch_value *v, char **ret_text, size_t *ret_len, winch_error *err)
{
	AUTO(buf_done) struct buf out = { .max = SIZE_MAX / 2 };

	if (!ret_text)
		return fail(err, WINCH_E_ARG, "ret_text is missing");
	int r = clixml_write(&out, value_inside(v), err);
	return r < 0 ? r : give_text(&out, ret_text, ret_len, err);
}

DEFINE_AUTO_FREE(struct decoder, decoder_free)

/* JSON has null for every SecureString. */
static int leave_out(void *user, struct buf *out, const struct value *ss, winch_error *err)
{
	(void)user, (void)out, (void)ss, (void)err;
	return 0;
}

/* By way of CLIXML: the mapping is a function of that. */
int winch_value_to_json(const winch_value *v, const winch_json_options *opts, char **ret_text,
			size_t *ret_len, winch_error *err)
{
	AUTO(buf_done) struct buf clixml = { .max = SIZE_MAX / 2 };
	AUTO(buf_done) struct buf out = { .max = JSON_MAX_TEXT };
	struct decoder_options made = { .local = true, .one = true };

	if (!ret_text)
		return fail(err, WINCH_E_ARG, "ret_text is missing");
	int r = decoder_options_read(&made, opts, err);
	if (r == 0)
		r = clixml_write_secure(&clixml, value_inside(v),
					&(struct clixml_secure){ leave_out, NULL }, err);
	if (r < 0)
		return r;
	AUTO(decoder_free_auto) struct decoder *d = decoder_new(&made, err);
	r = d ? clixml_to_json(d, buf_bytes(&clixml), &out, err) : WINCH_E_NOMEM;
	return r < 0 ? r : give_text(&out, ret_text, ret_len, err);
}

void winch_text_free(char *text)
{
	mem_free(text);
}

const char *winch_value_tag(const winch_value *v)
{
	const struct value *base = value_base(value_inside(v));

	if (base)
		return tag_name(base->tag);
	return v ? tag_name(TAG_OBJ) : tag_name(TAG_NIL);
}

bool winch_value_is_null(const winch_value *v)
{
	return value_is_nil(value_inside(v));
}

/* A text with a NUL behind it: all of a tree's have one. */
static const char *text_of(struct bytes text, size_t *ret_len)
{
	if (ret_len)
		*ret_len = text.len;
	return (const char *)text.data;
}

const char *winch_value_secure_text(const winch_value *v, size_t *ret_len)
{
	const struct value *ss = value_base(value_inside(v));

	if (!ss || ss->tag != TAG_SS || !ss->secure)
		return NULL;
	if (ret_len)
		*ret_len = ss->secure->text.len - 1;
	return (const char *)ss->secure->text.data;
}

const char *winch_value_text(const winch_value *v, size_t *ret_len)
{
	const struct value *base = value_base(value_inside(v));

	return base && tag_is_primitive(base->tag) ? text_of(base->text, ret_len) : NULL;
}

const char *winch_value_to_string(const winch_value *v, size_t *ret_len)
{
	const struct object *o = value_object(value_inside(v));

	return o && o->has_to_string ? text_of(o->to_string, ret_len)
				     : winch_value_text(v, ret_len);
}

bool winch_value_int(const winch_value *v, int64_t *ret_int)
{
	return value_get_int(value_inside(v), ret_int);
}

bool winch_value_bool(const winch_value *v, bool *ret_bool)
{
	return value_get_bool(value_inside(v), ret_bool);
}

const char *winch_value_type(const winch_value *v, size_t i)
{
	const struct object *o = value_object(value_inside(v));

	return o && o->types && i < o->types->count ? (const char *)o->types->names[i].data : NULL;
}

bool winch_value_is_a(const winch_value *v, const char *type)
{
	return value_is_a(value_inside(v), type);
}

const winch_value *winch_value_member(const winch_value *v, const char *name)
{
	return value_public(value_member(value_inside(v), name));
}

size_t winch_value_count(const winch_value *v)
{
	const struct items *items = value_items(value_inside(v));

	return items ? items->count : 0;
}

const winch_value *winch_value_item(const winch_value *v, size_t i)
{
	const struct items *items = value_items(value_inside(v));
	const struct item *item = items ? item_at(items, i) : NULL;

	return item ? value_public(item->value) : NULL;
}

const winch_value *winch_value_key(const winch_value *v, size_t i)
{
	const struct items *items = value_items(value_inside(v));
	const struct item *item = items ? item_at(items, i) : NULL;

	return item ? value_public(item->key) : NULL;
}
