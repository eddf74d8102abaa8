/*
 * xml-read.c - XML read as it arrives: the only user of libxml2's parser.
 */
#include "src/base/xml-read.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

enum {
	DEFAULT_DEPTH = 1000,
	DEFAULT_START_TAG = 256 * 1024,
	PIECE = 64 * 1024,
	/* libxml2 compares each with all that there are: documents of ours have few. */
	MAX_ATTRIBUTES = 64,  /* of an element; namespaces that it declares are counted, too */
	MAX_NAMESPACES = 256, /* of all open elements */
	MAX_NAMES = 4096,     /* that libxml2 keeps from one document to the next */
	/* Entities: a DOCTYPE is refused, so only the five of XML are there to replace. */
	PARSE_OPTIONS = XML_PARSE_HUGE | XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC |
			XML_PARSE_NOERROR | XML_PARSE_NOWARNING,
};

struct xml_reader {
	struct xml_handler handler;
	void *user;
	struct xml_options opts;
	xmlParserCtxtPtr ctxt;
	xmlSAXHandler sax;
	struct xml_scan scan;
	struct buf held;  /* of an unfinished start tag: not given to the parser yet */
	struct buf shown; /* a text, or attribute values, with what was hidden */
	struct xml_attr *attrs;
	size_t attr_room;
	size_t depth;
	uint8_t *declared; /* by each open element: namespaces */
	size_t namespaces;
	struct bytes piece;
	uint64_t fed;     /* bytes given to the parser, the piece's too */
	bool hidden;      /* texts may have something hidden in them */
	int status;       /* < 0: it has failed */
	winch_error *err; /* of the call of feed or end */
};

/* Where it is, from 1. */
static void xml_reader_where(const struct xml_reader *r, uint64_t *ret_line, uint64_t *ret_column)
{
	const xmlParserInput *in = r->ctxt ? r->ctxt->input : NULL;
	uint64_t line = in && in->line > 0 ? (uint64_t)in->line : 1;
	uint64_t column = in && in->col > 0 ? (uint64_t)in->col : 1;

	*ret_line = line + r->scan.lines;
	*ret_column = column + (line == 1 ? r->scan.columns : 0);
}

static int fail_at(const struct xml_reader *r, winch_error *err, int status, uint64_t line,
		   uint64_t column)
{
	fail_prefix(err, "line %llu, column %llu", (unsigned long long)line,
		    (unsigned long long)column);
	if (err) {
		err->status = status;
		err->line = line;
		err->column = column;
		err->offset = r->scan.src;
	}
	return status;
}

int xml_reader_fail(const struct xml_reader *r, winch_error *err, const char *fmt, ...)
{
	const int status = r->opts.local ? WINCH_E_FORMAT : WINCH_E_PROTOCOL;
	uint64_t line, column;
	va_list args;

	va_start(args, fmt);
	fail_v(err, status, fmt, args);
	va_end(args);
	xml_reader_where(r, &line, &column);
	return fail_at(r, err, status, line, column);
}

/* A callback of ours failed, *r->err is filled: nothing more is read. */
static void stop(struct xml_reader *r, int status)
{
	r->status = status;
	xmlStopParser(r->ctxt);
}

static int grow_attrs(struct xml_reader *r, size_t count)
{
	if (count <= r->attr_room)
		return 0;
	size_t room = count < 8 ? 8 : count * 2;
	struct xml_attr *attrs = mem_array(room, sizeof(*attrs));
	if (!attrs)
		return fail_nomem(r->err);
	mem_free(r->attrs);
	r->attrs = attrs;
	r->attr_room = room;
	return 0;
}

/* All values into one buffer first: it may move while it grows. */
static int show_values(struct xml_reader *r, size_t count)
{
	buf_clear(&r->shown);
	for (size_t i = 0; i < count; i++) {
		size_t before = r->shown.len;
		int status = xml_scan_show(&r->shown, r->attrs[i].value, r->err);
		if (status < 0)
			return status;
		r->attrs[i].value.len = r->shown.len - before;
	}
	struct bytes left = buf_bytes(&r->shown);
	for (size_t i = 0; i < count; i++) {
		r->attrs[i].value.data = left.data;
		left = bytes_skip(left, r->attrs[i].value.len);
	}
	return 0;
}

/* Of an element that begins; r->depth counts it already. */
static int count_names(struct xml_reader *r, int attributes, int namespaces)
{
	if (attributes + namespaces > MAX_ATTRIBUTES)
		return xml_reader_fail(r, r->err, "an element has more than %d attributes",
				       MAX_ATTRIBUTES);
	r->declared[r->depth - 1] = (uint8_t)namespaces;
	r->namespaces += (size_t)namespaces;
	return r->namespaces <= MAX_NAMESPACES
		       ? 0
		       : xml_reader_fail(r, r->err, "more than %d namespaces are declared",
					 MAX_NAMESPACES);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int ns_count, const xmlChar **namespaces, int count, int defaulted,
		     const xmlChar **raw)
{
	struct xml_reader *r = ((xmlParserCtxtPtr)ctx)->_private;

	(void)prefix, (void)namespaces, (void)defaulted;
	if (r->status < 0)
		return;
	if (r->depth++ >= r->opts.max_depth) {
		stop(r, xml_reader_fail(r, r->err, "more than %zu elements are open",
					r->opts.max_depth));
		return;
	}
	int status = count_names(r, count, ns_count);
	if (status == 0)
		status = grow_attrs(r, (size_t)count);
	if (status < 0) {
		stop(r, status);
		return;
	}
	for (int i = 0; i < count; i++, raw += 5) { /* name, prefix, URI, value, its end */
		r->attrs[i].name = (const char *)raw[0];
		r->attrs[i].ns = (const char *)raw[2];
		r->attrs[i].value = bytes_of(raw[3], (size_t)(raw[4] - raw[3]));
	}
	status = r->hidden && count ? show_values(r, (size_t)count) : 0;
	if (status == 0)
		status = r->handler.start(r->user, (const char *)uri, (const char *)name, r->attrs,
					  (size_t)count, r->err);
	if (status < 0)
		stop(r, status);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_reader *r = ((xmlParserCtxtPtr)ctx)->_private;

	(void)prefix;
	if (r->status < 0)
		return;
	r->namespaces -= r->declared[--r->depth];
	int status = r->handler.end(r->user, (const char *)uri, (const char *)name, r->err);
	if (status < 0)
		stop(r, status);
}

static void on_text(void *ctx, const xmlChar *raw, int len)
{
	struct xml_reader *r = ((xmlParserCtxtPtr)ctx)->_private;
	struct bytes text = bytes_of(raw, (size_t)len);
	int status = 0;

	if (r->status < 0)
		return;
	if (r->hidden && memchr(raw, 0xF4, text.len)) {
		buf_clear(&r->shown);
		status = xml_scan_show(&r->shown, text, r->err);
		text = buf_bytes(&r->shown);
	}
	if (status == 0)
		status = r->handler.text(r->user, text, r->err);
	if (status < 0)
		stop(r, status);
}

/* Called before anything of the DTD is read. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	struct xml_reader *r = ((xmlParserCtxtPtr)ctx)->_private;

	(void)name, (void)external, (void)system;
	if (r->status == 0)
		stop(r, xml_reader_fail(r, r->err, "a DOCTYPE is not allowed"));
}

/* The context keeps the error; without this libxml2 prints it. */
#if LIBXML_VERSION >= 21200
static void on_error(void *ctx, const xmlError *e)
#else
static void on_error(void *ctx, xmlErrorPtr e)
#endif
{
	(void)ctx, (void)e;
}

static void set_up(struct xml_reader *r)
{
	/* No detection by libxml2: what it gets is UTF-8, always. */
	xmlSwitchEncoding(r->ctxt, XML_CHAR_ENCODING_UTF8);
	xmlCtxtUseOptions(r->ctxt, PARSE_OPTIONS);
	r->ctxt->_private = r;
}

struct xml_reader *xml_reader_new(const struct xml_handler *handler, void *user,
				  const struct xml_options *opts, winch_error *err)
{
	struct xml_reader *r = mem_zalloc(sizeof(*r));

	if (!r) {
		fail_nomem(err);
		return NULL;
	}
	r->handler = *handler;
	r->user = user;
	if (opts)
		r->opts = *opts;
	if (!r->opts.max_depth)
		r->opts.max_depth = DEFAULT_DEPTH;
	if (!r->opts.max_start_tag)
		r->opts.max_start_tag = DEFAULT_START_TAG;
	r->held.max = r->shown.max = SIZE_MAX / 4;
	xml_scan_init(&r->scan, r->opts.clixml);
	r->sax = (xmlSAXHandler){ .initialized = XML_SAX2_MAGIC,
				  .internalSubset = on_doctype,
				  .startElementNs = on_start,
				  .endElementNs = on_end,
				  .characters = on_text,
				  .ignorableWhitespace = on_text,
				  .cdataBlock = on_text,
				  .serror = on_error };
	xmlInitParser();
	r->declared = mem_alloc(r->opts.max_depth);
	r->ctxt = r->declared ? xmlCreatePushParserCtxt(&r->sax, NULL, NULL, 0, NULL) : NULL;
	if (!r->ctxt) {
		xml_reader_free(r);
		fail_nomem(err);
		return NULL;
	}
	set_up(r);
	return r;
}

void xml_reader_free(struct xml_reader *r)
{
	if (!r)
		return;
	if (r->ctxt)
		xmlFreeParserCtxt(r->ctxt);
	xml_scan_done(&r->scan);
	buf_done(&r->held);
	buf_done(&r->shown);
	mem_free(r->attrs);
	mem_free(r->declared);
	mem_free(r);
}

/* As new; one that has seen very many names is made anew, as they stay with it. */
static int reset_parser(struct xml_reader *r)
{
	if (r->ctxt && xmlDictSize(r->ctxt->dict) <= MAX_NAMES)
		return xmlCtxtResetPush(r->ctxt, NULL, 0, NULL, NULL);
	if (r->ctxt)
		xmlFreeParserCtxt(r->ctxt);
	r->ctxt = xmlCreatePushParserCtxt(&r->sax, NULL, NULL, 0, NULL);
	return r->ctxt ? 0 : -1;
}

int xml_reader_restart(struct xml_reader *r, winch_error *err)
{
	r->depth = r->namespaces = 0;
	r->fed = 0;
	r->status = 0;
	r->hidden = false;
	r->piece = (struct bytes){ NULL, 0 };
	buf_clear(&r->held);
	xml_scan_restart(&r->scan);
	if (reset_parser(r) != 0)
		return r->status = fail_nomem(err);
	set_up(r);
	return 0;
}

/* libxml2 found a mistake: its text without the line feed, and where. */
static int report(struct xml_reader *r, winch_error *err)
{
	const xmlError *e = xmlCtxtGetLastError(r->ctxt);
	uint64_t line, column;
	int status = r->opts.local ? WINCH_E_FORMAT : WINCH_E_PROTOCOL;

	if (e && e->code == XML_ERR_NO_MEMORY)
		return r->status = fail_nomem(err);
	const char *text = e && e->message ? e->message : "not well-formed XML";
	if (e && e->code == XML_ERR_DOCUMENT_END && r->depth)
		text = "the document ends inside an element"; /* libxml2: extra content at the end
							       */
	size_t len = strcspn(text, "\r\n");
	fail(err, status, "%.*s", (int)(len > 300 ? 300 : len), text);
	xml_reader_where(r, &line, &column);
	if (e && e->line > 0) {
		line = (uint64_t)e->line + r->scan.lines;
		column = e->int2 > 0 ? (uint64_t)e->int2 : 1;
	}
	return r->status = fail_at(r, err, status, line, column);
}

static size_t unread(const struct xml_reader *r)
{
	const xmlParserInput *in = r->ctxt->input;

	return in && in->end > in->cur ? (size_t)(in->end - in->cur) : 0;
}

static int parse(struct xml_reader *r, struct bytes in, bool last, winch_error *err)
{
	r->piece = in;
	r->fed += in.len;
	r->err = err;
	xmlParseChunk(r->ctxt, (const char *)in.data, (int)in.len, last);
	r->err = NULL;
	if (r->status < 0)
		return r->status;
	if (!r->ctxt->wellFormed)
		return report(r, err);
	if (unread(r) > r->opts.max_start_tag)
		return r->status = xml_reader_fail(r, err,
						   "a tag, comment or instruction is longer than "
						   "%zu bytes",
						   r->opts.max_start_tag);
	return r->handler.piece ? r->handler.piece(r->user, err) : 0;
}

/* An unfinished tag is read again from its start each time: wait until there is much more
 * of it, or what may be its end. */
static bool should_wait(struct xml_reader *r, struct bytes in)
{
	const size_t begun = unread(r);

	if (begun < 256)
		return false;
	if (begun < 16 * 1024 && in.len && memchr(in.data, '>', in.len))
		return false;
	return r->held.len + in.len < begun / 2;
}

int xml_reader_feed_scanned(struct xml_reader *r, struct bytes in, bool hidden, winch_error *err)
{
	int status = 0;

	if (r->status < 0)
		return fail(err, r->status, "the XML reader has failed before");
	r->hidden |= hidden;
	if (should_wait(r, in))
		return buf_put(&r->held, in, err);
	if (r->held.len) {
		status = parse(r, buf_bytes(&r->held), false, err);
		buf_clear(&r->held);
	}
	while (status == 0 && in.len) {
		size_t len = in.len < PIECE ? in.len : PIECE;
		status = parse(r, bytes_of(in.data, len), false, err);
		in = bytes_skip(in, len);
	}
	return status;
}

static int feed(struct xml_reader *r, struct bytes in, bool last, winch_error *err)
{
	struct bytes piece;

	if (r->status < 0)
		return fail(err, r->status, "the XML reader has failed before");
	do {
		size_t len = in.len < PIECE ? in.len : PIECE;
		int status = xml_scan_put(&r->scan, bytes_of(in.data, len), last && len == in.len,
					  &piece, err);
		if (status == WINCH_E_FORMAT)
			status = xml_reader_fail(r, err, "%s", winch_error_text(err));
		if (status == 0)
			status = xml_reader_feed_scanned(r, piece, r->scan.hidden, err);
		if (status < 0)
			return r->status = status;
		in = bytes_skip(in, len);
	} while (in.len);
	return 0;
}

int xml_reader_feed(struct xml_reader *r, struct bytes in, winch_error *err)
{
	return in.len ? feed(r, in, false, err) : 0;
}

int xml_reader_end(struct xml_reader *r, winch_error *err)
{
	int status = feed(r, (struct bytes){ NULL, 0 }, true, err);

	if (status < 0)
		return status;
	if (r->opts.clixml && !r->scan.came)
		return 1;
	if (r->held.len) {
		status = parse(r, buf_bytes(&r->held), false, err);
		buf_clear(&r->held);
	}
	return status < 0 ? status : parse(r, (struct bytes){ NULL, 0 }, true, err);
}

struct bytes xml_reader_piece(const struct xml_reader *r, uint64_t *ret_offset)
{
	*ret_offset = r->fed - r->piece.len;
	return r->piece;
}

uint64_t xml_reader_offset(const struct xml_reader *r)
{
	const xmlParserInput *in = r->ctxt->input;

	return (uint64_t)in->consumed + (uint64_t)(in->cur - in->base);
}

uint64_t xml_reader_tag_offset(const struct xml_reader *r)
{
	const xmlParserInput *in = r->ctxt->input;
	const xmlChar *p = in->cur;

	/* No '<' can stand inside a tag. */
	while (p > in->base && *p != '<')
		p--;
	return (uint64_t)in->consumed + (uint64_t)(p - in->base);
}

const struct xml_scan *xml_reader_scan(const struct xml_reader *r)
{
	return &r->scan;
}

/* Mostly a line feed and blanks. */
bool xml_is_blank(struct bytes text)
{
	const uint64_t blanks = 0x2020202020202020u;
	uint64_t eight;
	size_t i = text.len && text.data[0] == '\n';

	for (; i + 8 <= text.len; i += 8) {
		memcpy(&eight, text.data + i, 8);
		if (eight != blanks)
			break;
	}
	for (; i < text.len; i++)
		if (text.data[i] != ' ' && text.data[i] != '\n' && text.data[i] != '\t' &&
		    text.data[i] != '\r')
			return false;
	return true;
}
