/*
 * from-json-progress.c - typed JSON's progress records.
 */
#include "psrp/from-json-typed.h"

#include "src/base/fail.h"

enum { PR_AV, PR_AI, PR_CO, PR_PI, PR_PC, PR_T, PR_SR, PR_SD, PR_COUNT };
static const char *const pr_names[] = { "AV", "AI", "CO", "PI", "PC", "T", "SR", "SD" };

static int read_pr_int(struct typed *t, const char *name, int32_t *ret_int, winch_error *err)
{
	const size_t at = t->b->j.at;
	const struct value *v;
	struct bytes text;
	int64_t n = 0;

	int r = json_kind(&t->b->j, err);
	if (r < 0)
		return r;
	if (r != JSON_NUMBER)
		return json_fail(at, err, "\"%s\" of PR is no number", name);
	r = json_number(&t->b->j, &text, err);
	if (r < 0)
		return r;
	r = from_json_primitive(t->b, TAG_I32, text, &v, err);
	if (r == WINCH_E_FORMAT)
		return typed_refused(at, TAG_I32, text, err);
	if (r == 0 && value_get_int(v, &n))
		*ret_int = (int32_t)n;
	return r;
}

static int read_pr_text(struct typed *t, const char *name, struct bytes *ret_text, winch_error *err)
{
	int r = json_kind(&t->b->j, err);

	if (r < 0)
		return r;
	if (r != JSON_STRING)
		return json_fail(t->b->j.at, err, "\"%s\" of PR is no string", name);
	return from_json_text(t->b, ret_text, err);
}

static int read_pr_member(struct typed *t, unsigned i, struct progress *p, winch_error *err)
{
	const size_t at = t->b->j.at;
	int r;

	switch (i) {
	case PR_AV:
		return read_pr_text(t, pr_names[i], &p->activity, err);
	case PR_AI:
		return read_pr_int(t, pr_names[i], &p->activity_id, err);
	case PR_CO:
		if (json_kind(&t->b->j, NULL) == JSON_NULL)
			return json_literal(&t->b->j, err);
		p->has_operation = true;
		return read_pr_text(t, pr_names[i], &p->operation, err);
	case PR_PI:
		return read_pr_int(t, pr_names[i], &p->parent_id, err);
	case PR_PC:
		return read_pr_int(t, pr_names[i], &p->percent, err);
	case PR_T:
		r = read_pr_text(t, pr_names[i], &p->type, err);
		if (r == 0 && !bytes_is(p->type, "Processing") && !bytes_is(p->type, "Completed"))
			r = json_fail(at, err, "\"T\" of PR is neither Processing nor Completed");
		return r;
	case PR_SR:
		return read_pr_int(t, pr_names[i], &p->seconds, err);
	}
	return read_pr_text(t, pr_names[i], &p->status, err);
}

static int read_pr_v(struct typed *t, struct progress *p, winch_error *err)
{
	const size_t start = t->b->j.at;
	unsigned seen = 0;
	struct bytes name;

	int r = typed_expect(t, JSON_OBJECT, TAG_PR, M_V, err);
	if (r == 0)
		r = json_enter(&t->b->j, err);
	while (r == 0 && (r = json_item(&t->b->j, err)) == 1) {
		const size_t at = t->b->j.at;
		unsigned i = 0;
		r = json_name(&t->b->j, &t->b->scratch, &name, err);
		if (r < 0)
			return r;
		while (i < PR_COUNT && !bytes_is(name, pr_names[i]))
			i++;
		if (i == PR_COUNT)
			return json_fail(at, err, "PR has no member \"%.*s\"",
					 (int)(name.len < 200 ? name.len : 200),
					 (const char *)name.data);
		if (seen & BIT(i))
			return json_fail(at, err, "\"%s\" twice", pr_names[i]);
		seen |= BIT(i);
		r = read_pr_member(t, i, p, err);
	}
	for (unsigned i = 0; i < PR_COUNT && r == 0; i++)
		if (!(seen & BIT(i)))
			r = json_fail(start, err, "PR without \"%s\"", pr_names[i]);
	return r;
}

int typed_progress(struct typed *t, struct members *m, const struct value **ret_value,
		   winch_error *err)
{
	struct value *v = value_new(t->b->a, TAG_PR, err);
	enum member member;
	int r;

	if (!v)
		return WINCH_E_NOMEM;
	m->allowed = BIT(M_TAG) | BIT(M_V);
	while ((r = typed_next(t, m, &member, err)) == 1) {
		r = read_pr_v(t, v->progress, err);
		if (r < 0)
			return r;
	}
	*ret_value = v;
	return r < 0 ? r : typed_missing(m, M_V, err);
}
