/*
 * doctor-report.c - findings as lines, for people or as JSON: the likeliest cause first.
 */
#include "src/cli/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/filter.h"
#include "src/cli/quote.h"
#include "src/cli/utf8.h"

static const char *const results[] = {
	[FINDING_OK] = "ok",
	[FINDING_NOTE] = "note",
	[FINDING_PROBLEM] = "problem",
	[FINDING_SKIPPED] = "skipped",
};

/* ---- facts ---- */

static struct fact *add(struct facts *f, const char *name, char *text)
{
	f->list = must_realloc(f->list, (f->count + 1) * sizeof(*f->list));
	f->list[f->count] = (struct fact){ .name = name, .text = text };
	return &f->list[f->count++];
}

void fact_text(struct facts *f, const char *name, const char *text)
{
	add(f, name, must_strdup(text));
}

void fact_said(struct facts *f, const char *name, const char *text, size_t most)
{
	add(f, name, must_strdup(text))->most = most;
}

void fact_number(struct facts *f, const char *name, int64_t n)
{
	add(f, name, must_printf("%lld", (long long)n))->number = true;
}

static const struct fact *look_up(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->list[i].name, name) == 0)
			return &f->list[i];
	return NULL;
}

const char *fact_get(const struct facts *f, const char *name)
{
	const struct fact *fact = look_up(f, name);

	return fact ? fact->text : NULL;
}

void facts_done(struct facts *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->list[i].text);
	free(f->list);
	*f = (struct facts){ 0 };
}

/* ---- words ---- */

/* What stands for {name}: nobody else's words can be taken for ours. */
static void put_value(struct text *out, const struct doctor *d, const struct finding *f,
		      const char *name)
{
	const struct fact *fact = look_up(&f->facts, name);

	if (!fact)
		fact = look_up(&d->facts, name);
	if (!fact || !*fact->text)
		text_str(out, "nothing");
	else if (fact->most)
		quote_text(out, fact->text, fact->most);
	else
		text_str(out, fact->text);
}

static char *expand(const struct doctor *d, const struct finding *f, const char *words)
{
	struct text out = { 0 };

	text_str(&out, "");
	while (*words) {
		size_t len = strcspn(words, "{");
		text_put(&out, words, len);
		words += len;
		len = strspn(words + !!*words, "abcdefghijklmnopqrstuvwxyz_");
		if (*words && len && words[1 + len] == '}') {
			AUTO(free_auto) char *name = must_strndup(words + 1, len);
			put_value(&out, d, f, name);
			words += len + 2;
		} else if (*words) {
			text_char(&out, *words++);
		}
	}
	/* One line, whatever stands in it. */
	for (size_t i = 0; i < out.len; i++)
		if (strchr("\r\n\t", out.data[i]))
			out.data[i] = ' ';
	return out.data;
}

static const char *check_of(const struct finding *f)
{
	const char *check = finding_table[f->id].check;

	return check ? check : fact_get(&f->facts, "check");
}

/* ---- lines ---- */

static void put_people(struct text *out, const char *result, const char *check, const char *text,
		       const char *remedy)
{
	AUTO(text_done) struct text line = { 0 };

	text_printf(&line, "%-8s %-13s %s", result, check, text);
	if (remedy)
		text_printf(&line, "; remedy: %s", remedy);
	/* Nobody else's colours, for they would reach to the end of the line. */
	filter_text(out, line.data, line.len, FILTER_PLAIN);
	text_char(out, '\n');
}

static void put_member(struct text *out, const char *name, const char *text)
{
	text_printf(out, ",\"%s\":", name);
	utf8_json(out, text, strlen(text));
}

static void put_facts(struct text *out, const struct facts *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct fact *one = &f->list[i];
		if (strcmp(one->name, "check") == 0)
			continue;
		if (one->number)
			text_printf(out, ",\"%s\":%s", one->name, one->text);
		else
			put_member(out, one->name, one->text);
	}
}

static void put_json(const struct doctor *d, struct text *out, const char *result,
		     const char *check, const char *text, const char *remedy,
		     const struct facts *facts)
{
	AUTO(text_done) struct text line = { 0 };

	text_str(&line, "{\"host\":");
	utf8_json(&line, d->connection.title, strlen(d->connection.title));
	put_member(&line, "check", check);
	put_member(&line, "result", result);
	put_member(&line, "text", text);
	if (remedy)
		put_member(&line, "remedy", remedy);
	put_facts(&line, facts);
	text_char(&line, '}');
	if (isatty(STDOUT_FILENO))
		filter_json(out, line.data, line.len);
	else
		text_put(out, line.data, line.len);
	text_char(out, '\n');
}

static void put_finding(const struct doctor *d, struct text *out, const struct finding *f)
{
	const struct finding_row *row = &finding_table[f->id];
	AUTO(free_auto) char *text = expand(d, f, row->text);
	AUTO(free_auto) char *remedy = row->remedy ? expand(d, f, row->remedy) : NULL;

	if (d->json)
		put_json(d, out, results[f->result], check_of(f), text, remedy, &f->facts);
	else
		put_people(out, results[f->result], check_of(f), text, remedy);
}

/* The likeliest cause of those that are left; NULL: there is none. */
static const struct finding *first_problem(const struct doctor *d, int above)
{
	const struct finding *first = NULL;

	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];
		if (f->result == FINDING_PROBLEM && (int)f->id > above &&
		    (!first || f->id < first->id))
			first = f;
	}
	return first;
}

/* Nothing is in the way. */
static const char *all_well(const struct doctor *d)
{
	if (d->status)
		return "not all was checked";
	for (size_t i = 0; i < d->count; i++)
		if (d->findings[i].id == FIND_LANGUAGE)
			return "winch run works here, for commands at least (--command)";
	return "winch run works here";
}

/* The last line: what to do first. */
static void put_summary(const struct doctor *d, struct text *out)
{
	const struct finding *cause = first_problem(d, -1);
	const struct finding_row *row = cause ? &finding_table[cause->id] : NULL;
	AUTO(free_auto) char *what = cause ? expand(d, cause, row->text) : NULL;
	AUTO(free_auto) char *remedy = cause ? expand(d, cause, row->remedy) : NULL;
	AUTO(free_auto)
	char *text = cause ? must_printf("the most likely cause is %s: %s", check_of(cause), what)
			   : must_strdup(all_well(d));
	struct facts facts = { 0 };

	fact_number(&facts, "status", d->status);
	if (d->json)
		put_json(d, out,
			 cause       ? "problem"
			 : d->status ? "skipped"
				     : "ok",
			 "summary", text, remedy, &facts);
	else
		put_people(out,
			   cause       ? "problem"
			   : d->status ? "skipped"
				       : "ok",
			   "summary", text, remedy);
	facts_done(&facts);
}

int doctor_report(struct doctor *d)
{
	AUTO(text_done) struct text out = { 0 };

	for (const struct finding *f = first_problem(d, -1); f; f = first_problem(d, (int)f->id))
		put_finding(d, &out, f);
	for (size_t i = 0; i < d->count; i++)
		if (d->findings[i].result != FINDING_PROBLEM)
			put_finding(d, &out, &d->findings[i]);
	put_summary(d, &out);
	return write_all(STDOUT_FILENO, out.data, out.len) < 0 ? STATUS_CLOSED : 0;
}
