/*
 * question.c - a question's life, and the two kinds that are a line: ReadLine and
 * ReadLineAsSecureString.
 */
#include "src/cli/question.h"

#include <stdlib.h>
#include <string.h>

const char *question_text(const winch_value *v, size_t *ret_len)
{
	const char *text = winch_value_text(v, ret_len);

	if (!text)
		*ret_len = 0;
	return text ? text : "";
}

static void put_line(struct text *out, const winch_value *v)
{
	size_t len;
	const char *text = question_text(v, &len);

	if (len == 0)
		return;
	text_put(out, text, len);
	text_char(out, '\n');
}

void question_put_head(const struct question *q, struct text *out)
{
	put_line(out, winch_value_item(q->list, 0));
	put_line(out, winch_value_item(q->list, 1));
}

/* ---- a line ---- */

static int no_head(struct question *q, struct text *out, winch_error *err)
{
	(void)q, (void)out, (void)err;
	return 0;
}

/* The script has written it itself. */
static void no_prompt(struct question *q, struct text *out)
{
	(void)q, (void)out;
}

static int take_line(struct question *q, const char *line, size_t len, struct text *out,
		     winch_error *err)
{
	(void)out;
	q->answer = winch_value_new_string(line, len, err);
	return q->answer ? 1 : WINCH_E_NOMEM;
}

static void secret_prompt(struct question *q, struct text *out)
{
	(void)out;
	q->secret = true;
}

static int take_secret(struct question *q, const char *line, size_t len, struct text *out,
		       winch_error *err)
{
	(void)out;
	q->answer = winch_value_new_secure(line, len, err);
	return q->answer ? 1 : WINCH_E_NOMEM;
}

static const struct question_kind line_kind = { 11, no_head, no_prompt, take_line };
static const struct question_kind secret_kind = { 12, no_head, secret_prompt, take_secret };

/* ---- all of them ---- */

static const struct question_kind *const kinds[] = {
	&line_kind,   &secret_kind,  &fields_kind, &credential_kind, &credential_typed_kind,
	&choice_kind, &choices_kind,
};

static const struct question_kind *kind_of(int method)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->method == method)
			return kinds[i];
	return NULL;
}

struct question *question_new(winch_event *ev, winch_error *err)
{
	const struct question_kind *kind = kind_of(winch_event_method(ev));
	const winch_value *list;

	if (!kind || winch_event_value(ev, &list, err) < 0)
		return NULL;
	winch_event *kept = winch_event_keep(ev);
	if (!kept || winch_event_value(kept, &list, err) < 0) {
		winch_event_free(kept);
		complain("out of memory");
		return NULL;
	}
	struct question *q = must_alloc(sizeof(*q));
	*q = (struct question){ .kind = kind, .event = kept, .list = list };
	return q;
}

void question_free(struct question *q)
{
	if (!q)
		return;
	winch_event_free(q->event);
	winch_value_free(q->answer);
	winch_value_free(q->made);
	winch_value_free(q->array);
	free(q->user);
	free(q);
}

bool question_is_secret(const struct question *q)
{
	if (q->kind == &fields_kind)
		return fields_have_secret(winch_value_item(q->list, 2));
	return q->kind == &secret_kind || q->kind == &credential_kind ||
	       q->kind == &credential_typed_kind;
}
