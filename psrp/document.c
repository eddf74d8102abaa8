/*
 * document.c - <winch/document.h>.
 */
#include <winch/document.h>

#include "psrp/clixml-indent.h"
#include "psrp/clixml-write.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

static const char head[] =
	"<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"";

struct winch_document {
	winch_document_write *write;
	void *user;
	struct clixml_scope scope;
	struct buf value, text; /* a value's CLIXML, and what is written of it */
	bool started, ended;
	int failed; /* type names may then have been counted that were not written */
};

winch_document *winch_document_new(winch_document_write *write, void *user, winch_error *err)
{
	if (!write) {
		fail(err, WINCH_E_ARG, "write is missing");
		return NULL;
	}
	winch_document *d = mem_zalloc(sizeof(*d));
	if (!d) {
		fail_nomem(err);
		return NULL;
	}
	d->write = write;
	d->user = user;
	d->scope.many = true;
	d->value.max = d->text.max = SIZE_MAX / 4;
	return d;
}

void winch_document_free(winch_document *d)
{
	if (!d)
		return;
	clixml_scope_done(&d->scope);
	buf_done(&d->value);
	buf_done(&d->text);
	mem_free(d);
}

static int refuse_use(const winch_document *d, winch_error *err)
{
	if (!d)
		return fail(err, WINCH_E_ARG, "no document");
	if (d->failed)
		return fail(err, d->failed, "the document failed before");
	return d->ended ? fail(err, WINCH_E_STATE, "the document has ended") : 0;
}

/* An <Objs> that stays empty is one tag. */
static int put_head(winch_document *d, const char *close, winch_error *err)
{
	buf_clear(&d->text);
	int r = d->started ? 0 : buf_put_str(&d->text, head, err);
	return r < 0 || d->started ? r : buf_put_str(&d->text, close, err);
}

static int write_text(winch_document *d, winch_error *err)
{
	struct bytes text = buf_bytes(&d->text);

	return d->write(d->user, (const char *)text.data, text.len, err);
}

int winch_document_add(winch_document *d, const winch_value *v, winch_error *err)
{
	int r = refuse_use(d, err);

	if (r < 0)
		return r;
	buf_clear(&d->value);
	r = clixml_write_in(&d->scope, &d->value, value_inside(v), err);
	if (r == 0)
		r = put_head(d, ">", err);
	if (r == 0)
		r = clixml_indent(&d->text, buf_bytes(&d->value), 1, err);
	if (r == 0)
		r = write_text(d, err);
	d->started = true;
	d->failed = r;
	return r;
}

int winch_document_end(winch_document *d, winch_error *err)
{
	int r = refuse_use(d, err);

	if (r == 0)
		r = put_head(d, " />", err);
	if (r == 0)
		r = buf_put_str(&d->text, d->started ? "\n</Objs>\n" : "\n", err);
	if (r < 0)
		return r;
	d->ended = true;
	return write_text(d, err);
}
