/*
 * dissect.c - an envelope taken apart, by a table of element names.
 */
#include "wsman/dissect.h"

#include "src/base/base64.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/xml-read.h"

enum { MAX_TEXT = 64 * 1024, MAX_PIECE = 512 * 1024 * 1024 };

enum what {
	W_NOTHING,
	W_TEXT,      /* the first one counts */
	W_LAST_PART, /* of a URI */
	W_SELECTOR,  /* of ShellId */
	W_SHELL,     /* an element with the attribute ShellId */
	W_COMMAND,   /* an element with the attribute CommandId */
	W_STATE,     /* its attribute State */
	W_FAULT,     /* its attribute Code */
	W_PIECE      /* base64 */
};

struct row {
	const char *name;
	enum what what;
	size_t offset; /* of the member that takes the text */
};

#define MEMBER(name) offsetof(struct wsman_dissected, name)

static const struct row rows[] = {
	{ "Action", W_LAST_PART, MEMBER(action) },
	{ "Selector", W_SELECTOR, MEMBER(shell_id) },
	{ "ShellId", W_TEXT, MEMBER(shell_id) },
	{ "Shell", W_SHELL, MEMBER(shell_id) },
	{ "CommandLine", W_COMMAND, MEMBER(command_id) },
	{ "CommandId", W_TEXT, MEMBER(command_id) },
	{ "DesiredStream", W_COMMAND, MEMBER(streams) },
	{ "Signal", W_COMMAND, MEMBER(command_id) },
	{ "Code", W_TEXT, MEMBER(signal) },
	{ "CommandState", W_STATE, MEMBER(state) },
	{ "Text", W_TEXT, MEMBER(fault_text) },
	{ "WSManFault", W_FAULT, MEMBER(fault_code) },
	{ "Stream", W_PIECE, 0 },
	{ "Arguments", W_PIECE, 0 },
	{ "creationXml", W_PIECE, 0 },
	{ "connectXml", W_PIECE, 0 },
	{ "connectResponseXml", W_PIECE, 0 },
};

struct dissection {
	struct wsman_dissected *out;
	const struct row *row; /* whose text comes; NULL: none */
	struct buf text;
	struct base64_reader base64;
	struct wsman_piece *piece; /* whose base64 comes */
};

static const struct row *find_row(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static struct bytes *member(struct wsman_dissected *d, const struct row *row)
{
	return (struct bytes *)(void *)((char *)d + row->offset);
}

static int keep(struct wsman_dissected *d, struct bytes text, struct bytes *ret, winch_error *err)
{
	if (text.len == 0 || ret->len)
		return 0;
	*ret = arena_copy(&d->texts, text, err);
	return ret->data ? 0 : WINCH_E_NOMEM;
}

static struct bytes find_attr(const struct xml_attr *attrs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(attrs[i].name, name) == 0)
			return attrs[i].value;
	return (struct bytes){ 0 };
}

static struct bytes last_part(struct bytes uri)
{
	for (size_t i = uri.len; i > 0; i--)
		if (uri.data[i - 1] == '/')
			return bytes_skip(uri, i);
	return uri;
}

static int start_piece(struct dissection *d, const char *name, const struct xml_attr *attrs,
		       size_t count, winch_error *err)
{
	struct wsman_dissected *out = d->out;
	struct bytes stream = find_attr(attrs, count, "Name");
	struct wsman_piece *piece = arena_zalloc(&out->texts, sizeof(*piece), err);

	if (!piece)
		return WINCH_E_NOMEM;
	piece->data.max = MAX_PIECE;
	*(out->last ? &out->last->next : &out->pieces) = piece;
	out->last = d->piece = piece;
	d->base64 = (struct base64_reader){ 0 };
	int r = keep(out, stream.len ? stream : bytes_str(name), &piece->stream, err);
	if (r == 0)
		r = keep(out, find_attr(attrs, count, "CommandId"), &piece->command_id, err);
	/* A Command's arguments belong to the command that it makes. */
	if (r == 0 && strcmp(name, "Arguments") == 0)
		r = keep(out, out->command_id, &piece->command_id, err);
	return r;
}

static int on_start(void *user, const char *ns, const char *name, const struct xml_attr *attrs,
		    size_t count, winch_error *err)
{
	struct dissection *d = user;
	const struct row *row = find_row(name);

	(void)ns;
	d->row = NULL;
	d->piece = NULL;
	buf_clear(&d->text);
	if (!row)
		return 0;
	struct bytes command = find_attr(attrs, count, "CommandId");
	switch (row->what) {
	case W_NOTHING:
		return 0;
	case W_TEXT:
	case W_LAST_PART:
		d->row = row;
		return 0;
	case W_SELECTOR:
		if (bytes_is(find_attr(attrs, count, "Name"), "ShellId"))
			d->row = row;
		return 0;
	case W_SHELL:
		return keep(d->out, find_attr(attrs, count, "ShellId"), &d->out->shell_id, err);
	case W_COMMAND:
		d->row = row->offset == MEMBER(streams) ? row : NULL;
		return keep(d->out, command, &d->out->command_id, err);
	case W_STATE:
		return keep(d->out, last_part(find_attr(attrs, count, "State")), &d->out->state,
			    err);
	case W_FAULT:
		return keep(d->out, find_attr(attrs, count, "Code"), &d->out->fault_code, err);
	case W_PIECE:
		return start_piece(d, name, attrs, count, err);
	}
	return 0;
}

/* The arguments of a cmd shell's command are text. */
static int no_base64(struct dissection *d, int status, winch_error *err)
{
	if (status == 0 || !bytes_is(d->piece->stream, "Arguments"))
		return status;
	buf_clear(&d->piece->data);
	d->piece = NULL;
	winch_error_done(err);
	return 0;
}

static int on_text(void *user, struct bytes text, winch_error *err)
{
	struct dissection *d = user;

	if (d->piece)
		return no_base64(d, base64_reader_feed(&d->base64, &d->piece->data, text, err),
				 err);
	return d->row ? buf_put(&d->text, text, err) : 0;
}

static int on_end(void *user, const char *ns, const char *name, winch_error *err)
{
	struct dissection *d = user;
	const struct row *row = d->row;

	(void)ns;
	(void)name;
	d->row = NULL;
	if (d->piece) {
		int r = no_base64(d, base64_reader_end(&d->base64, err), err);
		d->piece = NULL;
		return r;
	}
	if (!row)
		return 0;
	struct bytes text = buf_bytes(&d->text);
	return keep(d->out, row->what == W_LAST_PART ? last_part(text) : text, member(d->out, row),
		    err);
}

DEFINE_AUTO_FREE(struct xml_reader, xml_reader_free)

int wsman_dissect(struct bytes envelope, struct wsman_dissected *ret, winch_error *err)
{
	static const struct xml_handler handler = { .start = on_start,
						    .text = on_text,
						    .end = on_end };
	const struct xml_options opts = { .local = true };
	struct dissection d = { .out = ret, .text = { .max = MAX_TEXT } };

	AUTO(xml_reader_free_auto)
	struct xml_reader *xml = xml_reader_new(&handler, &d, &opts, err);
	int r = xml ? xml_reader_feed(xml, envelope, err) : WINCH_E_NOMEM;
	if (r == 0)
		r = xml_reader_end(xml, err);
	buf_done(&d.text);
	return r < 0 ? r : 0;
}

void wsman_dissected_done(struct wsman_dissected *d)
{
	for (struct wsman_piece *p = d->pieces; p; p = p->next)
		buf_done(&p->data);
	arena_done(&d->texts);
	*d = (struct wsman_dissected){ 0 };
}
