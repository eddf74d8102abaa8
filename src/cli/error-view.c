/*
 * error-view.c - PowerShell's views of errors.
 *
 * The rules are those of its own formatter (7.6), and tests/cli compares with what it
 * prints.  Lengths are UTF-16 units, as it counts them.
 */
#include "src/cli/error-view.h"

#include <string.h>

#include "src/cli/error-record.h"
#include "src/cli/utf8.h"

#define RESET  "\033[0m"
#define ERROR  "\033[31;1m"
#define ACCENT "\033[36;1m"

enum { LINE_DIGITS = 4 }; /* "Line" above the line's number */

struct page {
	struct text *out;
	const struct error_view *view;
	const char *style; /* that is on now */
};

static void style(struct page *p, const char *sgr)
{
	p->style = sgr;
	if (p->view->colour == FILTER_COLOUR)
		text_str(p->out, sgr);
}

/* A server's text.  What it coloured itself ends with it. */
static void put(struct page *p, struct span s)
{
	AUTO(text_done) struct text clean = { 0 };

	filter_text(&clean, s.text, s.len, p->view->colour);
	text_put(p->out, clean.data, clean.len);
	if (memchr(clean.data, '\033', clean.len))
		style(p, p->style);
}

static struct span span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

/* ---- text that breaks at the width ---- */

/* The bytes and the units of what stands at in: a character, or a sequence that sets a
 * colour, which takes no room. */
static size_t step(const char *in, size_t len, size_t *ret_units)
{
	uint32_t c = 0;

	*ret_units = 0;
	if (*in == '\033') {
		const char *end = memchr(in, 'm', len);
		return end ? (size_t)(end - in) + 1 : len;
	}
	size_t n = utf8_read(in, len, &c);
	*ret_units = c >= 0x10000 ? 2 : 1;
	return n ? n : 1;
}

static size_t units_of(const char *in, size_t len)
{
	size_t units = 0, more;

	for (size_t at = 0; at < len; units += more)
		at += step(in + at, len - at, &more);
	return units;
}

/* What .NET's \s means. */
static bool is_blank(const char *in, size_t len)
{
	uint32_t c;

	if (utf8_read(in, len, &c) == 0)
		return false;
	return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
	       c == 0x205F || c == 0x3000;
}

/* How many bytes of a text fit in max units: all, else up to the last blank, else what
 * fits. */
static size_t fitting(const char *in, size_t len, size_t max)
{
	size_t blank = 0, units = 0, more;
	bool has_blank = false;

	for (size_t at = 0; at < len; units += more) {
		size_t n = step(in + at, len - at, &more);
		if (units + more > max)
			return has_blank ? blank : at;
		if (is_blank(in + at, len - at)) {
			blank = at;
			has_blank = true;
		}
		at += n;
	}
	return len;
}

static void trim(const char **in, size_t *len)
{
	size_t start = *len, end = 0, units;

	for (size_t at = 0; at < *len;) {
		size_t n = step(*in + at, *len - at, &units);
		if (!is_blank(*in + at, *len - at)) {
			start = at < start ? at : start;
			end = at + n;
		}
		at += n;
	}
	*in += start;
	*len = end > start ? end - start : 0;
}

static void skip_blanks(const char **in, size_t *len)
{
	size_t units;

	while (*len > 0 && is_blank(*in, *len)) {
		size_t n = step(*in, *len, &units);
		*in += n;
		*len -= n;
	}
}

/* The bytes of what is just too wide, of all where nothing is: a message may be very long. */
static size_t too_wide(const char *in, size_t len, size_t width)
{
	size_t units = 0, at = 0, more;

	while (at < len && units <= width) {
		at += step(in + at, len - at, &more);
		units += more;
	}
	return at;
}

/* A message in lines of at most width, each behind the prefix; it holds the first. */
static void put_broken(struct text *out, const char *in, size_t len, const struct text *prefix,
		       size_t width)
{
	size_t room = units_of(prefix->data, prefix->len), n = fitting(in, len, width);

	text_put(out, in, n);
	in += n;
	len -= n;
	trim(&in, &len);
	text_char(out, '\n');
	for (;;) {
		AUTO(text_done) struct text line = { 0 };
		size_t head = too_wide(in, len, width);
		if (units_of(in, head) + room <= width)
			break;
		text_put(&line, prefix->data, prefix->len);
		text_put(&line, in, head);
		n = fitting(line.data, line.len, width);
		if (n <= prefix->len)
			break;
		text_put(out, line.data, n);
		text_char(out, '\n');
		in += n - prefix->len;
		len -= n - prefix->len;
		skip_blanks(&in, &len);
	}
	text_put(out, prefix->data, prefix->len);
	text_put(out, in, len);
}

/* ---- ConciseView ---- */

static struct span concise_reason(const struct error_record *r)
{
	if (r->thrown)
		return span_of("Exception");
	if (r->is_known_command)
		return r->command;
	if (r->activity.len > 0)
		return r->activity;
	if (r->command.len > 0)
		return r->command;
	if (r->invocation.len > 0)
		return r->invocation;
	if (r->category != 0 && r->category_name.len > 0)
		return r->category_name;
	return r->reason.len > 0 ? r->reason : span_of("Error");
}

/* The lines of a PositionMessage: where, the source behind a +, the mark behind a +. */
struct position {
	struct span source, mark;
};

static struct span line_at(struct span s, size_t at)
{
	const char *end = memchr(s.text + at, '\n', s.len - at);
	struct span line = { s.text + at, end ? (size_t)(end - s.text) - at : s.len - at };

	if (line.len > 0 && line.text[line.len - 1] == '\r')
		line.len--;
	return line;
}

static struct span behind_plus(struct span line)
{
	return line.len > 0 ? (struct span){ line.text + 1, line.len - 1 } : line;
}

static bool read_position(struct span message, struct position *ret)
{
	const char *first = memchr(message.text, '\n', message.len);
	const char *last = memrchr(message.text, '\n', message.len);

	if (!first)
		return false;
	ret->source = behind_plus(line_at(message, (size_t)(first - message.text) + 1));
	ret->mark = behind_plus(line_at(message, (size_t)(last - message.text) + 1));
	return true;
}

static bool is_module(struct span script)
{
	static const char end[] = ".psm1";
	size_t len = sizeof(end) - 1;

	return script.len >= len && strncasecmp(script.text + script.len - len, end, len) == 0;
}

/* The byte behind so many units. */
static size_t byte_at(const struct text *s, size_t units)
{
	size_t at = 0, more;

	while (at < s->len && units > 0) {
		at += step(s->data + at, s->len - at, &more);
		units -= more < units ? more : units;
	}
	return at;
}

/* The source, with what the mark points at in another colour. */
static void put_source(struct page *p, struct span source, struct span mark)
{
	AUTO(text_done) struct text line = { 0 };
	const char *from = memchr(mark.text, '~', mark.len);
	size_t start = from ? (size_t)(from - mark.text) : 0, len = mark.len - start;

	filter_text(&line, source.text, source.len, FILTER_PLAIN);
	if (!from || len >= units_of(line.data, line.len)) {
		text_put(p->out, line.data, line.len);
		return;
	}
	size_t a = byte_at(&line, start), b = byte_at(&line, start + len);
	text_put(p->out, line.data, a);
	style(p, ACCENT);
	text_put(p->out, line.data + a, b - a);
	style(p, RESET);
	text_put(p->out, line.data + b, line.len - b);
}

/* File and line, "Line |", the source and the mark.  The prefix of what follows is put
 * into *prefix. */
static void put_block(struct page *p, const struct error_record *r, const struct position *where,
		      struct text *prefix)
{
	AUTO(free_auto)
	char *line = r->has_target_line ? must_strndup(r->target_line.text, r->target_line.len)
					: must_printf("%lld", (long long)r->line);
	size_t digits = strlen(line);
	int header = digits > LINE_DIGITS ? (int)(digits - LINE_DIGITS) : 0;

	style(p, RESET);
	if (r->has_target_line) {
		put(p, r->target_file);
	} else if (r->script.len > 0) {
		put(p, r->script);
		text_printf(p->out, ":%s", line);
	}
	text_char(p->out, '\n');
	style(p, ACCENT);
	text_printf(p->out, "%*sLine |\n", header, "");
	text_printf(p->out, "%*s", digits < LINE_DIGITS ? (int)(LINE_DIGITS - digits) : 0, "");
	put(p, span_of(line));
	text_str(p->out, " | ");
	style(p, RESET);
	put_source(p, where->source, where->mark);
	text_char(p->out, '\n');

	if (p->view->colour == FILTER_COLOUR)
		text_str(prefix, ACCENT);
	text_printf(prefix, "%*s     | ", header, "");
	if (p->view->colour == FILTER_COLOUR)
		text_str(prefix, ERROR);
	if (where->mark.len > 0) {
		text_put(p->out, prefix->data, prefix->len);
		put(p, where->mark);
		text_char(p->out, '\n');
	}
}

/* Of a parser's message, in which each error stands behind its position: the first. */
static struct span first_parser_message(struct span s)
{
	if (!s.text || s.len == 0)
		return s;
	const char *mark = memmem(s.text, s.len, "~\n", 2);
	const char *crlf = memmem(s.text, s.len, "~\r\n", 3);

	if (crlf && (!mark || crlf < mark))
		mark = crlf + 1;
	if (!mark)
		return s;
	struct span rest = { mark + 2, s.len - (size_t)(mark + 2 - s.text) };
	static const char *const ends[] = { "\n\n", "\r\n\r\n", "~\n", "~\r\n" };
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *end = memmem(rest.text, rest.len, ends[i], strlen(ends[i]));
		if (end)
			rest.len = (size_t)(end - rest.text);
	}
	return rest;
}

static void put_message(struct page *p, const struct error_record *r, const struct text *prefix)
{
	AUTO(text_done) struct text message = { 0 };
	struct page in = { &message, p->view, ERROR };

	text_put(&message, prefix->data, prefix->len);
	put(&in,
	    r->parser && !r->has_details_message ? first_parser_message(r->message) : r->message);
	if (r->script.len == 0 && !r->parser) {
		text_put(p->out, message.data, message.len);
		return;
	}
	for (size_t i = 0; i < message.len; i++)
		if (message.data[i] == '\n' || message.data[i] == '\t')
			message.data[i] = ' ';
	if (units_of(message.data, message.len) > p->view->width)
		put_broken(p->out, message.data, message.len, prefix, p->view->width);
	else
		text_put(p->out, message.data, message.len);
}

static bool shows_block(const struct error_record *r, struct position *ret_where)
{
	if (r->has_target_line) {
		const char *text = r->target_text.text;
		size_t len = r->target_text.len;
		trim(&text, &len);
		*ret_where = (struct position){ { text, len }, { "", 0 } };
		return true;
	}
	if (!r->parsed && r->script.len == 0 && r->line <= 1)
		return false;
	return !is_module(r->script) && read_position(r->position, ret_where);
}

static void put_concise(struct page *p, const struct error_record *r)
{
	AUTO(text_done) struct text prefix = { 0 };
	struct position where;

	text_str(&prefix, "");
	style(p, ERROR);
	if (r->details.len > 0) {
		text_str(p->out, " : ");
		put(p, r->details);
		style(p, ERROR);
	}
	put(p, concise_reason(r));
	text_str(p->out, ": ");
	if (shows_block(r, &where))
		put_block(p, r, &where, &prefix);
	style(p, ERROR);
	put_message(p, r, &prefix);
	style(p, RESET);
	if (r->recommendation.len > 0) {
		text_char(p->out, '\n');
		style(p, ERROR);
		text_str(p->out, "  Recommendation: ");
		put(p, r->recommendation);
		style(p, RESET);
	}
}

/* ---- NormalView ---- */

static void put_normal_command(struct page *p, const struct error_record *r)
{
	static const struct span none = { "", 0 };
	struct span name = r->invocation;

	/* Of a script it would be all its text; PowerShell's own client does not have that. */
	if (r->is_script)
		name = none;
	else if (r->path.len > 0)
		name = r->path;
	else if (r->has_command && (name.len == 0 || (name.len == 1 && strchr("&.", *name.text))))
		name = r->command;
	if (name.len == 0)
		return;
	put(p, name);
	text_str(p->out, " : ");
}

static void put_category(struct page *p, const struct error_record *r)
{
	text_str(p->out, "\n+ CategoryInfo          : ");
	if (r->category_message.len > 0) {
		put(p, r->category_message);
		return;
	}
	put(p, r->category_name);
	text_str(p->out, ": (");
	put(p, r->target_name);
	text_char(p->out, ':');
	put(p, r->target_type);
	text_str(p->out, ") [");
	put(p, r->activity);
	text_str(p->out, "], ");
	put(p, r->reason);
}

static void put_normal(struct page *p, const struct error_record *r)
{
	style(p, ERROR);
	put_normal_command(p, r);
	put(p, r->message);
	if (r->details.len > 0) {
		text_str(p->out, " : ");
		put(p, r->details);
	}
	if (r->position.len > 0 && (r->has_command || !r->parser)) {
		text_char(p->out, '\n');
		put(p, r->position);
	}
	put_category(p, r);
	text_str(p->out, "\n+ FullyQualifiedErrorId : ");
	put(p, r->id);
	style(p, RESET);
}

void error_view_put(struct text *out, const winch_value *record, const struct error_view *view)
{
	struct error_record r;
	struct page page = { out, view, RESET };

	error_record_read(&r, record);
	if (r.native || (!r.has_invocation && !view->normal)) {
		style(&page, ERROR);
		put(&page, r.native ? r.exception : r.message);
		style(&page, RESET);
	} else if (view->normal) {
		put_normal(&page, &r);
	} else {
		put_concise(&page, &r);
	}
}
