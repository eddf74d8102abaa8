/*
 * asker.c - whose question is on the terminal.
 */
#include "src/cli/asker.h"

#include <string.h>

#include "src/cli/progress.h"
#include "src/cli/signals.h"
#include "src/cli/tty.h"
#include "src/cli/utf8.h"

static struct {
	bool on;
	const struct question *question; /* on the terminal; NULL: none */
	struct job *job;                 /* whose it is */
	struct password line;            /* what was typed of its answer */
	size_t turn;                     /* which place is looked at first for the next */
} asker;

int asker_begin(void)
{
	if (tty_open())
		return refuse("--interactive: no terminal to ask on");
	asker.on = true;
	password_make(&asker.line);
	signals_on_leave(tty_take_back);
	return 0;
}

void asker_end(void)
{
	if (!asker.on)
		return;
	tty_close();
	password_done(&asker.line);
	asker.on = false;
}

int asker_fd(void)
{
	return asker.question ? tty_fd() : -1;
}

static void forget_line(void)
{
	explicit_bzero(asker.line.data, asker.line.len);
	asker.line.len = 0;
}

static void show(const struct text *text)
{
	if (text->len > 0)
		tty_show(text->data, text->len);
}

/* ---- what becomes of a question ---- */

/* The first of the job's is done with. */
static void drop_first(struct job *j)
{
	struct question *q = j->host.questions;

	if (q == asker.question) {
		tty_take_back();
		forget_line();
		asker.question = NULL;
	}
	j->host.questions = q->next;
	question_free(q);
}

static void answer(struct job *j, const char *refusal)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	const struct question *q = j->host.questions;
	winch_guid id = winch_event_pipeline(q->event);
	int64_t call = winch_event_call(q->event);
	int r = refusal ? winch_pool_refuse(j->pool, &id, call, refusal, &err)
			: winch_pool_answer(j->pool, &id, call, q->answer, &err);

	drop_first(j);
	j->ready = true;
	if (r < 0 && j->state < JOB_STOPPING)
		job_tell(j, &err);
}

static void fail_job(struct job *j, const winch_error *err)
{
	drop_first(j);
	job_tell(j, err);
}

/* ---- the terminal ---- */

static void put_prompt(struct text *out)
{
	struct question *q = asker.job->host.questions;

	q->secret = false;
	q->kind->prompt(q, out);
	/* First: whoever sees the prompt may answer at once, and a secret's drops what was typed
	 * before it. */
	tty_ask(!q->secret);
	show(out);
}

/* Who asks: where it may be one of several, and always before a secret is typed. */
static void put_asker(struct text *out, const struct job *j)
{
	const char *host = j->connection.title;

	if (question_is_secret(j->host.questions))
		text_printf(out, "%s asks for a secret:\n", host);
	else if (!j->task->alone)
		text_printf(out, "%s asks:\n", host);
}

static void begin(struct job *j)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(text_done) struct text out = { 0 };
	struct question *q = j->host.questions;

	asker.question = q;
	asker.job = j;
	progress_hide();
	put_asker(&out, j);
	/* What the script wrote last is the prompt, if it has none; else it has a line of its own.
	 */
	streams_take_part(&j->streams, &out);
	size_t own = out.len;
	int r = q->kind->head(q, &out, &err);
	if (j->streams.mid_line && out.len > own)
		tty_show("\n", 1);
	j->streams.mid_line = false;
	if (r == WINCH_E_PROTOCOL)
		answer(j, "there is nothing to choose from, or to fill in");
	else if (r < 0)
		fail_job(j, &err);
	else
		put_prompt(&out);
}

static void take_line(void)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(text_done) struct text out = { 0 };
	struct job *j = asker.job;
	struct question *q = j->host.questions;

	if (utf8_valid(asker.line.data, asker.line.len) < asker.line.len) {
		text_str(&out, "That is not UTF-8.\n");
		forget_line();
		put_prompt(&out);
		return;
	}
	int r = q->kind->take(q, asker.line.data, asker.line.len, &out, &err);
	forget_line();
	if (r < 0)
		fail_job(j, &err);
	else if (r > 0)
		answer(j, NULL);
	else
		put_prompt(&out);
}

static void take_typed(void)
{
	enum tty_line typed = tty_read(&asker.line);

	/* Ctrl-C empties the terminal's line, which can look like its end. */
	if (signals_came())
		return;
	switch (typed) {
	case TTY_MORE:
		return;
	case TTY_LINE:
		take_line();
		return;
	case TTY_END:
		answer(asker.job, "the question was not answered");
		return;
	}
}

/* ---- all jobs ---- */

/* A pipeline that is being stopped waits for no answer. */
static void drop_late(struct job *j)
{
	while (j->host.questions && j->state >= JOB_ASKING) {
		if (j->host.questions == asker.question)
			tty_show("\n", 1);
		drop_first(j);
	}
}

/* Its session is gone, and the question with it. */
static void drop_gone(void)
{
	if (!asker.question || asker.question == asker.job->host.questions)
		return;
	asker.question = NULL;
	tty_take_back();
	forget_line();
	tty_show("\n", 1);
}

static struct job *next_job(struct job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t place = (asker.turn + i) % count;
		if (jobs[place] && jobs[place]->host.questions) {
			asker.turn = place + 1;
			return jobs[place];
		}
	}
	return NULL;
}

void asker_work(struct job *const *jobs, size_t count)
{
	if (!asker.on)
		return;
	drop_gone();
	for (size_t place = 0; place < count; place++)
		if (jobs[place])
			drop_late(jobs[place]);
	for (;;) {
		if (asker.question)
			take_typed();
		if (asker.question)
			return;
		struct job *j = next_job(jobs, count);
		if (!j)
			return;
		begin(j);
	}
}
