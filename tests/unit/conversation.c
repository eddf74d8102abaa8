/*
 * conversation.c - a pool against a server, told by the lines of a text file.
 */
#include "tests/unit/conversation.h"

#include "tests/unit/conversation-inside.h"
#include "tests/unit/mem-failing.h"

static int next_guid(void *user, winch_guid *ret)
{
	struct talk *t = user;

	*ret = guid_of(1 + t->made);
	return 0;
}

static bool read_option(struct talk *t, char *line)
{
	char copy[256], *at = copy;

	snprintf(copy, sizeof(copy), "%.255s", line);
	const char *name = word(&at);
	if (strcmp(name, "minor") == 0)
		t->opts.protocol_minor = (int)number(t, &at);
	else if (strcmp(name, "max_message") == 0)
		t->opts.max_message = (size_t)number(t, &at);
	else if (strcmp(name, "max_input") == 0)
		t->opts.max_queued_input = (size_t)number(t, &at);
	else if (strcmp(name, "host") == 0)
		t->opts.host = &t->host;
	else
		return false;
	if (t->opts.host)
		t->host = (winch_host_info){ .size = sizeof(t->host),
					     .has_host = strcmp(at, "raw") == 0,
					     .has_raw_ui = strcmp(at, "raw") == 0 };
	return true;
}

static void start(struct talk *t)
{
	t->opts.size = sizeof(t->opts);
	t->opts.id = guid_of(0);
	t->opts.new_guid = next_guid;
	t->opts.new_guid_user = t;
	t->pool = winch_pool_new(&t->opts, &t->err);
	if (!t->pool && !t->all_well) {
		assert_int_equal(t->err.status, WINCH_E_NOMEM);
		t->pool = winch_pool_new(&t->opts, &t->err);
	}
	if (!t->pool)
		wrong(t, "no pool: %s", winch_error_text(&t->err));
	winch_error_done(&t->err);
	t->room = t->piece = 32768;
}

static const char *text_of(const struct talk *t)
{
	const winch_error *why = winch_pool_error(t->pool);

	return winch_error_text(t->err.status ? &t->err : why);
}

/* "! STATUS TEXT": what the step before gave. */
static void check_result(struct talk *t, char *at)
{
	int expect = lookup(t, status_names, word(&at));

	if (t->result != expect)
		wrong(t, "it gave %d %s", t->result, text_of(t));
	/* A text can be lost where there is no memory for it. */
	if (t->all_well && *rest(at) && !strstr(text_of(t), rest(at)))
		wrong(t, "it says: %s", text_of(t));
	t->result = 0;
}

/* The pool ended because an allocation failed: it says so from now on. */
static void check_over(struct talk *t)
{
	winch_event *ev;
	const winch_chunk *chunk;
	int r;

	assert_int_equal(winch_pool_error(t->pool)->status, WINCH_E_NOMEM);
	while ((r = winch_pool_next(t->pool, &ev)) > 0)
		;
	assert_int_equal(r, WINCH_E_NOMEM);
	assert_int_equal(winch_pool_take(t->pool, 1000, &chunk), WINCH_E_NOMEM);
	assert_int_equal(winch_pool_feed(t->pool, NULL, (const uint8_t *)"", 0), WINCH_E_NOMEM);
	assert_int_equal(winch_pool_state(t->pool), WINCH_POOL_BROKEN);
	t->over = true;
}

static int run_once(struct talk *t, const struct action *s, const char *line)
{
	static char copy[65536];
	char *at = copy;

	snprintf(copy, sizeof(copy), "%s", line);
	winch_error_done(&t->err);
	if (!s->whole_line)
		word(&at);
	return s->run(t, at);
}

static void run_step(struct talk *t, const char *line)
{
	const struct action *s = action_of(line);

	if (!s)
		wrong(t, "%s is no step", line);
	const struct talk before = *t;
	t->result = run_once(t, s, line);
	if (t->all_well || t->result != WINCH_E_NOMEM)
		return;
	const winch_error *why = winch_pool_error(t->pool);
	if (why && why->status == WINCH_E_NOMEM) {
		check_over(t);
		return;
	}
	/* Refused for want of memory: nothing has changed, so that it can be done again. */
	assert_int_equal(t->made, before.made);
	t->result = run_once(t, s, line);
}

static void run_text(struct talk *t, const char *text)
{
	static char line[65536];
	bool started = false;

	t->at = text;
	while (!t->over && next_line(t, line, sizeof(line))) {
		if (!started && read_option(t, line))
			continue;
		if (!started)
			start(t);
		started = true;
		if (*line == '!') {
			check_result(t, line + 1);
			continue;
		}
		if (t->result)
			wrong(t, "the step before gave %d %s", t->result, text_of(t));
		run_step(t, line);
	}
	if (t->result && !t->over)
		wrong(t, "the last step gave %d %s", t->result, text_of(t));
	winch_pool_free(t->pool);
	winch_error_done(&t->err);
	blob_done(&t->last);
	for (size_t i = 0; i < MAX_STREAMS; i++)
		blob_done(&t->sent[i]);
}

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct blob all = { 0 };
	char chunk[4096];
	size_t len;

	assert_non_null(f);
	while ((len = fread(chunk, 1, sizeof(chunk), f)) > 0)
		blob_put(&all, chunk, len);
	fclose(f);
	blob_put(&all, "", 1);
	return (char *)all.data;
}

void conversation_run(const char *path, enum feeding feeding)
{
	struct talk t = { .path = path, .all_well = true, .feeding = feeding };
	char *text = read_text(path);
	const long live = mem_live();

	mem_fail_at(0);
	run_text(&t, text);
	assert_int_equal(mem_live(), live);
	free(text);
}

unsigned long conversation_without_memory(const char *path)
{
	char *text = read_text(path);
	struct talk whole = { .path = path, .all_well = true };
	const long live = mem_live();

	mem_fail_at(0);
	run_text(&whole, text);
	const unsigned long count = mem_count(), step = strlen(text) > 65536 ? count / 20 + 1 : 1;
	unsigned long failures = 0;
	for (unsigned long n = 1; n <= count; n += step, failures++) {
		struct talk t = { .path = path };
		mem_fail_at(n);
		run_text(&t, text);
		if (mem_live() != live)
			wrong(&t, "%ld allocations leak where the %lu. fails", mem_live() - live,
			      n);
	}
	mem_fail_at(0);
	free(text);
	return failures;
}
