/*
 * question-choice.c - PromptForChoice: one of several, or some of several.
 *
 * A choice's label has an & before the letter that picks it.
 */
#include <string.h>

#include "src/cli/question.h"
#include "src/cli/utf8.h"

enum { CHOICES = 2, DEFAULT = 3 }; /* which parameters */

struct label {
	struct text plain; /* without the & */
	const char *key;   /* the letter, in the label */
	size_t key_len;    /* 0: there is none */
};

static void read_label(const winch_value *choice, struct label *ret)
{
	size_t len;
	const char *label = question_text(winch_value_member(choice, "label"), &len);
	const char *mark = memchr(label, '&', len);
	size_t before = mark ? (size_t)(mark - label) : len;
	uint32_t c;

	*ret = (struct label){ 0 };
	text_put(&ret->plain, label, before);
	if (!mark)
		return;
	text_put(&ret->plain, mark + 1, len - before - 1);
	ret->key = mark + 1;
	ret->key_len = utf8_read(mark + 1, len - before - 1, &c);
	if (ret->key_len > 0 && (c == ' ' || c == '\t' || c == '?'))
		ret->key_len = 0;
}

static void label_done(struct label *l)
{
	text_done(&l->plain);
}

/* Capital letters of the scripts that have them and are likely. */
static uint32_t capital(uint32_t c)
{
	bool latin = (c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && c != 0xF7);
	bool greek = c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2;
	bool cyrillic = c >= 0x430 && c <= 0x44F;

	return latin || greek || cyrillic ? c - 0x20 : c >= 0x450 && c <= 0x45F ? c - 0x50 : c;
}

static bool same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	while (a_len > 0 && b_len > 0) {
		uint32_t x = 0, y = 0;
		size_t n = utf8_read(a, a_len, &x), m = utf8_read(b, b_len, &y);
		if (n == 0 || m == 0 || capital(x) != capital(y))
			return false;
		a += n, a_len -= n, b += m, b_len -= m;
	}
	return a_len == b_len;
}

/* Which choice the line names: by its whole label, else by its letter.  count: none. */
static size_t picked(const winch_value *choices, const char *line, size_t len)
{
	size_t count = winch_value_count(choices), by_key = count;

	for (size_t i = 0; i < count; i++) {
		AUTO(label_done) struct label l;
		read_label(winch_value_item(choices, i), &l);
		if (same(line, len, l.plain.data, l.plain.len))
			return i;
		if (by_key == count && l.key_len > 0 && same(line, len, l.key, l.key_len))
			by_key = i;
	}
	return by_key;
}

static void put_key(struct text *out, const struct label *l)
{
	if (l->key_len == 1)
		text_char(out, (char)capital((unsigned char)*l->key));
	else if (l->key_len > 0)
		text_put(out, l->key, l->key_len);
	else
		text_put(out, l->plain.data, l->plain.len);
}

static void put_choices(struct text *out, const winch_value *choices, const char *between)
{
	for (size_t i = 0; i < winch_value_count(choices); i++) {
		AUTO(label_done) struct label l;
		read_label(winch_value_item(choices, i), &l);
		text_char(out, '[');
		put_key(out, &l);
		text_char(out, ']');
		if (l.key_len > 0) {
			text_char(out, ' ');
			text_put(out, l.plain.data, l.plain.len);
		}
		text_str(out, between);
	}
	text_str(out, "[?] Help");
}

static void put_help(struct text *out, const winch_value *choices)
{
	for (size_t i = 0; i < winch_value_count(choices); i++) {
		const winch_value *choice = winch_value_item(choices, i);
		AUTO(label_done) struct label l;
		size_t len;
		read_label(choice, &l);
		put_key(out, &l);
		text_str(out, " - ");
		const char *help = question_text(winch_value_member(choice, "helpMessage"), &len);
		text_put(out, help, len);
		text_char(out, '\n');
	}
}

/* The choice that a number names.  false: none. */
static bool is_choice(const winch_value *choices, const winch_value *number, size_t *ret)
{
	int64_t n;

	if (!winch_value_int(number, &n) || n < 0 || (size_t)n >= winch_value_count(choices))
		return false;
	*ret = (size_t)n;
	return true;
}

static void put_name(struct text *out, const winch_value *choices, size_t i)
{
	AUTO(label_done) struct label l;

	read_label(winch_value_item(choices, i), &l);
	put_key(out, &l);
}

/* Blanks around an answer do not count. */
static void trim(const char **line, size_t *len)
{
	while (*len > 0 && (**line == ' ' || **line == '\t'))
		(*line)++, (*len)--;
	while (*len > 0 && ((*line)[*len - 1] == ' ' || (*line)[*len - 1] == '\t'))
		(*len)--;
}

static int head(struct question *q, struct text *out, winch_error *err)
{
	(void)err;
	question_put_head(q, out);
	return winch_value_count(winch_value_item(q->list, CHOICES)) ? 0 : WINCH_E_PROTOCOL;
}

/* ---- one ---- */

static void prompt_one(struct question *q, struct text *out)
{
	const winch_value *choices = winch_value_item(q->list, CHOICES);
	size_t i;

	put_choices(out, choices, "  ");
	if (is_choice(choices, winch_value_item(q->list, DEFAULT), &i)) {
		text_str(out, " (default is \"");
		put_name(out, choices, i);
		text_str(out, "\")");
	}
	text_str(out, ": ");
}

static int take_one(struct question *q, const char *line, size_t len, struct text *out,
		    winch_error *err)
{
	const winch_value *choices = winch_value_item(q->list, CHOICES);
	size_t i = 0;

	trim(&line, &len);
	if (len == 1 && *line == '?') {
		put_help(out, choices);
		return 0;
	}
	if (len == 0 && !is_choice(choices, winch_value_item(q->list, DEFAULT), &i))
		return 0;
	if (len > 0)
		i = picked(choices, line, len);
	if (i == winch_value_count(choices))
		return 0;
	q->answer = winch_value_new_int((int32_t)i, err);
	return q->answer ? 1 : WINCH_E_NOMEM;
}

/* ---- several ---- */

/* A list, or as arrays are on the wire: their elements, and their lengths. */
static const winch_value *defaults_of(const struct question *q)
{
	const winch_value *v = winch_value_item(q->list, DEFAULT);
	const winch_value *elements = winch_value_member(v, "mae");

	return elements ? elements : v;
}

static int head_several(struct question *q, struct text *out, winch_error *err)
{
	const winch_value *choices = winch_value_item(q->list, CHOICES);
	const winch_value *defaults = defaults_of(q);
	size_t i, count = 0;
	int r = head(q, out, err);

	if (r < 0)
		return r;
	put_choices(out, choices, "\n");
	text_char(out, '\n');
	AUTO(text_done) struct text names = { 0 };
	for (size_t n = 0; n < winch_value_count(defaults); n++) {
		if (!is_choice(choices, winch_value_item(defaults, n), &i))
			continue;
		if (count++ > 0)
			text_char(&names, ',');
		put_name(&names, choices, i);
	}
	if (count > 0)
		text_printf(out,
			    count == 1 ? "(default is \"%s\")\n" : "(default choices are %s)\n",
			    names.data);
	q->made = winch_value_new_list(err);
	return q->made ? 0 : WINCH_E_NOMEM;
}

static void prompt_several(struct question *q, struct text *out)
{
	text_printf(out, "Choice[%zu]: ", winch_value_count(q->made));
}

static int add(struct question *q, size_t i, winch_error *err)
{
	winch_value *n = winch_value_new_int((int32_t)i, err);
	int r = n ? winch_value_add(q->made, NULL, n, err) : WINCH_E_NOMEM;

	winch_value_free(n);
	return r;
}

/* An empty line ends it: with what was picked, else with the defaults. */
static int end_several(struct question *q, winch_error *err)
{
	const winch_value *choices = winch_value_item(q->list, CHOICES);
	const winch_value *defaults = defaults_of(q);
	size_t count = winch_value_count(q->made), i;
	int r = 0;

	for (size_t n = 0; count == 0 && n < winch_value_count(defaults) && r == 0; n++)
		if (is_choice(choices, winch_value_item(defaults, n), &i))
			r = add(q, i, err);
	q->answer = q->made;
	q->made = NULL;
	return r < 0 ? r : 1;
}

static int take_several(struct question *q, const char *line, size_t len, struct text *out,
			winch_error *err)
{
	const winch_value *choices = winch_value_item(q->list, CHOICES);

	trim(&line, &len);
	if (len == 0)
		return end_several(q, err);
	if (len == 1 && *line == '?') {
		put_help(out, choices);
		return 0;
	}
	size_t i = picked(choices, line, len);
	return i == winch_value_count(choices) ? 0 : add(q, i, err);
}

const struct question_kind choice_kind = { 26, head, prompt_one, take_one };
const struct question_kind choices_kind = { 56, head_several, prompt_several, take_several };
