/*
 * test-pool.c - runspace pools: every conversation of conversations/, whole, a byte at a time,
 * in lumps, and with each allocation failing; every message in every state; the limits.
 */
#include <dirent.h>
#include <sys/stat.h>

#include <winch/pool.h>

#include "psrp/pool.h"
#include "tests/unit/conversation.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/server-bytes.h"
#include "tests/unit/spec-table.h"

/* ---- conversations ---- */

static void whole(void **state)
{
	conversation_run(*state, FEED_LINES);
}

static void bytes_apart(void **state)
{
	conversation_run(*state, FEED_BYTES);
}

static void in_lumps(void **state)
{
	conversation_run(*state, FEED_LUMPS);
}

static unsigned long failures;

static void without_memory(void **state)
{
	failures += conversation_without_memory(*state);
}

/* ---- a pool in each of its states ---- */

static const winch_guid pool_id = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
static const winch_guid run_id = { { 200, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
static const winch_guid no_guid;

static int give_run_id(void *user, winch_guid *ret)
{
	(void)user;
	*ret = run_id;
	return 0;
}

static winch_pool *new_pool(void)
{
	winch_pool_options opts = { .size = sizeof(opts), .id = pool_id, .new_guid = give_run_id };
	winch_pool *pool = winch_pool_new(&opts, NULL);

	assert_non_null(pool);
	return pool;
}

#define BAG(members) "<Obj RefId=\"0\"><MS>" members "</MS></Obj>"
#define CALL         BAG("<I64 N=\"ci\">1</I64><I32 N=\"mi\">11</I32>")

/* A body with which the message makes sense. */
static const char *body_of(uint32_t type)
{
	switch (type) {
	case MSG_SESSION_CAPABILITY:
		return BAG("<Version N=\"protocolversion\">2.3</Version>");
	case MSG_RUNSPACEPOOL_STATE:
		return BAG("<I32 N=\"RunspaceState\">2</I32>");
	case MSG_PIPELINE_STATE:
		return BAG("<I32 N=\"PipelineState\">1</I32>");
	case MSG_RUNSPACEPOOL_HOST_CALL:
	case MSG_PIPELINE_HOST_CALL:
		return CALL;
	case MSG_RUNSPACE_AVAILABILITY:
		return BAG("<I64 N=\"ci\">1</I64>");
	}
	return "<S>x</S>";
}

static uint64_t object;

static int feed_message(winch_pool *pool, const winch_guid *pipeline, uint32_t type,
			const char *body)
{
	const struct server_message m = { 1, type, pool_id, pipeline ? *pipeline : no_guid, body };
	struct blob bytes = { 0 };

	blob_message(&bytes, ++object, SIZE_MAX, &m);
	int r = winch_pool_feed(pool, pipeline, bytes.data, bytes.len);
	blob_done(&bytes);
	return r;
}

static void drain(winch_pool *pool)
{
	const winch_chunk *chunk;
	winch_event *ev;

	while (winch_pool_take(pool, 100000, &chunk) > 0)
		;
	while (winch_pool_next(pool, &ev) > 0)
		;
}

/* The columns of pool-states.tsv, from the third on. */
enum pool_column { BEFORE, NEGOTIATING, NEGOTIATED, OPENED, CLOSING, CLOSED, POOL_COLUMNS };
static const char *const pool_columns[] = { "before", "negotiating", "negotiated",
					    "opened", "closing",     "closed" };
static const enum pool_stage pool_stages[] = { POOL_BEFORE_OPEN, POOL_NEGOTIATING, POOL_NEGOTIATED,
					       POOL_OPENED,      POOL_CLOSING,     POOL_CLOSED };

static winch_pool *pool_in(enum pool_column state)
{
	winch_pool *pool = new_pool();

	if (state >= NEGOTIATING)
		assert_int_equal(winch_pool_open(pool), 0);
	if (state >= NEGOTIATED)
		assert_int_equal(feed_message(pool, NULL, MSG_SESSION_CAPABILITY,
					      body_of(MSG_SESSION_CAPABILITY)),
				 0);
	if (state >= OPENED)
		assert_int_equal(feed_message(pool, NULL, MSG_RUNSPACEPOOL_STATE,
					      body_of(MSG_RUNSPACEPOOL_STATE)),
				 0);
	if (state >= CLOSING)
		assert_int_equal(winch_pool_close(pool), 0);
	if (state == CLOSED)
		assert_int_equal(winch_pool_ended(pool, NULL), 0);
	drain(pool);
	assert_int_equal(pool->stage, pool_stages[state]);
	return pool;
}

/* The columns of pipeline-states.tsv. */
enum run_column { WAITING, RUNNING, STOPPING, ENDED, RUN_COLUMNS };
static const char *const run_columns[] = { "waiting", "running", "stopping", "ended" };
static const enum run_stage run_stages[] = { RUN_WAITING, RUN_RUNNING, RUN_STOPPING, RUN_ENDED };

static winch_pool *pool_with_run_in(enum run_column state)
{
	winch_pool *pool = pool_in(state == WAITING ? NEGOTIATED : OPENED);
	winch_pipeline *p = winch_pipeline_new(NULL, NULL);
	winch_guid id;

	assert_int_equal(winch_pipeline_add_script(p, "1", 1, false), 0);
	assert_int_equal(winch_pool_invoke(pool, p, &id, NULL), 0);
	winch_pipeline_free(p);
	drain(pool);
	if (state == STOPPING)
		assert_int_equal(winch_pool_stop(pool, &id), 0);
	if (state == ENDED)
		assert_int_equal(feed_message(pool, &id, MSG_PIPELINE_STATE,
					      BAG("<I32 N=\"PipelineState\">4</I32>")),
				 0);
	drain(pool);
	assert_int_equal(pool_run(pool, &id)->stage, run_stages[state]);
	return pool;
}

/* Taken 'x', ignored 'i', or not '-': then the pool has ended, and says that it came in a wrong
 * state.  last: in the state after which all is ignored. */
static char comes(winch_pool *pool, const winch_guid *pipeline, uint32_t type, const char *name,
		  bool last)
{
	int r = feed_message(pool, pipeline, type, body_of(type));
	const winch_error *why = winch_pool_error(pool);
	const char *text = winch_error_text(why);
	winch_event *ev;
	char number[16];

	if (r == 0) {
		assert_null(why);
		return last && winch_pool_next(pool, &ev) == 0 ? 'i' : 'x';
	}
	assert_int_equal(why->status, r);
	if (!strstr(text, " may not come to a "))
		return 'x'; /* it was read: what it says is wrong */
	assert_int_equal(r, WINCH_E_PROTOCOL);
	snprintf(number, sizeof(number), "0x%08X", type);
	assert_non_null(strstr(text, number));
	assert_non_null(strstr(text, name));
	assert_int_equal(winch_pool_feed(pool, pipeline, (const uint8_t *)"", 0), WINCH_E_PROTOCOL);
	assert_int_equal(winch_pool_state(pool), WINCH_POOL_BROKEN);
	return '-';
}

/* What the table of specs/ says of a message in a column.  Those that it does not have: in the
 * last column, as all others there. */
static char spec_says(const char *file, const char *const columns[], int count, uint32_t type,
		      int column)
{
	struct table t;
	char says = column == count - 1 ? 'i' : '-';

	open_table(&t, file);
	assert_true(next_row(&t)); /* the heading */
	for (int i = 0; i < count; i++)
		assert_string_equal(t.columns[2 + i], columns[i]);
	while (next_row(&t)) {
		assert_int_equal(t.count, 3 + count);
		if (strtoul(t.columns[0], NULL, 16) == type)
			says = *t.columns[2 + column];
	}
	fclose(t.file);
	return says;
}

/* All types there are, and some that there are not. */
static size_t all_types(uint32_t *ret, size_t room)
{
	static const uint32_t others[] = { 0,          1,          0x00010001, 0x00010009,
					   0x00021001, 0x0002100D, 0x00041001, 0x0004100A,
					   0x00041013, 0x00041102, 0x41000410, UINT32_MAX };
	struct table t;
	size_t n = 0;

	open_table(&t, "messages.tsv");
	while (next_row(&t))
		ret[n++] = (uint32_t)strtoul(t.columns[0], NULL, 16);
	fclose(t.file);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ret[n++] = others[i];
	assert_true(n <= room);
	return n;
}

static void each_message_in_each_state_of_a_pool(void **state)
{
	uint32_t types[100];
	size_t count = all_types(types, 100), taken = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const char *name = message_row(types[i]) ? message_row(types[i])->name : "unknown";
		for (int s = 0; s < POOL_COLUMNS; s++) {
			winch_pool *pool = pool_in((enum pool_column)s);
			char is = comes(pool, NULL, types[i], name, s == CLOSED);
			if (is !=
			    spec_says("pool-states.tsv", pool_columns, POOL_COLUMNS, types[i], s))
				fail_msg("%s is '%c' when %s", name, is, pool_columns[s]);
			winch_pool_free(pool);
			taken += is == 'x';
		}
	}
	print_message("%zu messages, %zu of %zu taken\n", count, taken, count * POOL_COLUMNS);
}

static void each_message_in_each_state_of_a_pipeline(void **state)
{
	uint32_t types[100];
	size_t count = all_types(types, 100), taken = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const char *name = message_row(types[i]) ? message_row(types[i])->name : "unknown";
		for (int s = 0; s < RUN_COLUMNS; s++) {
			winch_pool *pool = pool_with_run_in((enum run_column)s);
			char is = comes(pool, &run_id, types[i], name, s == ENDED);
			if (is !=
			    spec_says("pipeline-states.tsv", run_columns, RUN_COLUMNS, types[i], s))
				fail_msg("%s is '%c' when %s", name, is, run_columns[s]);
			winch_pool_free(pool);
			taken += is == 'x';
		}
	}
	print_message("%zu messages, %zu of %zu taken\n", count, taken, count * RUN_COLUMNS);
}

/* ---- the tables of the code, row by row ---- */

static void rows_are_the_specs(void **state)
{
	struct table t;
	size_t i = 0;

	(void)state;
	open_table(&t, "pool-states.tsv");
	assert_true(next_row(&t));
	for (; next_row(&t); i++) {
		unsigned stages = 0;
		for (int s = 0; s < POOL_COLUMNS; s++)
			stages |= *t.columns[2 + s] == 'x' ? pool_stages[s] : 0;
		assert_true(i < pool_row_count);
		assert_int_equal(pool_rows[i].type, strtoul(t.columns[0], NULL, 16));
		assert_string_equal(message_row(pool_rows[i].type)->name, t.columns[1]);
		assert_int_equal(pool_rows[i].stages, stages);
		assert_string_equal(pool_rows[i].cite, t.columns[2 + POOL_COLUMNS]);
		assert_non_null(pool_rows[i].read);
		assert_true(message_row(pool_rows[i].type)->from & FROM_SERVER);
	}
	assert_int_equal(i, pool_row_count);
	fclose(t.file);
}

/* ---- limits ---- */

static int announce(winch_pool *pool, const winch_guid *pipeline, uint32_t length)
{
	struct blob bytes = { 0 };

	blob_fragment(&bytes, ++object, 0, 1, length, NULL, 0);
	int r = winch_pool_feed(pool, pipeline, bytes.data, bytes.len);
	blob_done(&bytes);
	return r;
}

/* 200 MiB where the application does not say otherwise: on both kinds of streams. */
static void a_message_has_200_mib(void **state)
{
	enum { LIMIT = 200 * 1024 * 1024 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		const winch_guid *pipeline = i ? &run_id : NULL;
		winch_pool *pool = pool_with_run_in(RUNNING);
		assert_int_equal(announce(pool, pipeline, LIMIT), 0);
		winch_pool_free(pool);
		pool = pool_with_run_in(RUNNING);
		assert_int_equal(announce(pool, pipeline, LIMIT + 1), WINCH_E_LIMIT);
		assert_string_equal(winch_error_text(winch_pool_error(pool)),
				    "a message is longer than 209715200 bytes");
		winch_pool_free(pool);
		pool = pool_with_run_in(RUNNING);
		assert_int_equal(announce(pool, pipeline, UINT32_MAX), WINCH_E_LIMIT);
		winch_pool_free(pool);
	}
}

/* Bytes that wait for the rest of a fragment: a message, a header and what one reply brings. */
static void what_waits_has_a_limit(void **state)
{
	enum { MESSAGE = 1000, FEED = 16 * 1024 * 1024 };
	uint8_t *much = calloc(1, FEED + 1000 + 22);

	(void)state;
	for (unsigned above = 0; above < 2; above++) {
		winch_pool_options opts = { .size = sizeof(opts),
					    .id = pool_id,
					    .new_guid = give_run_id,
					    .max_message = MESSAGE };
		winch_pool *pool = winch_pool_new(&opts, NULL);
		int r = winch_pool_feed(pool, NULL, much, MESSAGE + 21 + FEED + above);
		/* Zeros are no start of a message; one byte more is not even looked at. */
		assert_int_equal(r, above ? WINCH_E_LIMIT : WINCH_E_PROTOCOL);
		winch_pool_free(pool);
	}
	free(much);
}

/* For their answers, or with answers that nobody takes. */
static void a_thousand_calls_wait(void **state)
{
	(void)state;
	for (int answered = 0; answered < 2; answered++) {
		winch_pool *pool = pool_with_run_in(RUNNING);
		char body[200];
		int r = 0;

		for (int i = 0; i < 1001 && r == 0; i++) {
			snprintf(body, sizeof(body),
				 BAG("<I64 N=\"ci\">%d</I64><I32 N=\"mi\">11</I32>"), i);
			r = feed_message(pool, &run_id, MSG_PIPELINE_HOST_CALL, body);
			assert_int_equal(r, i < 1000 ? 0 : WINCH_E_LIMIT);
			if (answered && r == 0)
				assert_int_equal(winch_pool_answer(pool, &run_id, i, NULL, NULL),
						 0);
		}
		assert_non_null(
			strstr(winch_error_text(winch_pool_error(pool)), "1000 host calls"));
		winch_pool_free(pool);
	}
}

/* A tree that nobody asked for: 128 MiB are all it may take. */
static void a_call_is_read_into_128_mib(void **state)
{
	static const char head[] =
		"<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64><I32 N=\"mi\">11</I32>"
		"<Obj N=\"mp\" RefId=\"1\"><LST>";
	static const char tail[] = "</LST></Obj></MS></Obj>";
	enum { MANY = 2 * 1000 * 1000, ONE = sizeof("<Nil/>") - 1 };
	char *body = malloc(sizeof(head) + sizeof(tail) + (size_t)MANY * ONE);

	(void)state;
	for (int much = 0; much < 2; much++) {
		winch_pool *pool = pool_with_run_in(RUNNING);
		char *at = stpcpy(body, head);
		for (int i = 0; i < (much ? MANY : MANY / 20); i++)
			at = stpcpy(at, "<Nil/>");
		strcpy(at, tail);
		int r = feed_message(pool, &run_id, MSG_PIPELINE_HOST_CALL, body);
		assert_int_equal(r, much ? WINCH_E_LIMIT : 0);
		/* What it takes counts as waiting. */
		if (!much)
			assert_true(winch_pool_waiting(pool) > 4 * strlen(body));
		winch_pool_free(pool);
	}
	free(body);
}

/* 1 MiB of input waits where the application does not say otherwise. */
static void input_of_1_mib_waits(void **state)
{
	enum { PIECE = 65536 - 40 - 7 }; /* with header and <S></S>: a sixteenth of it */
	winch_pool *pool = pool_in(OPENED);
	winch_pipeline_options opts = WINCH_PIPELINE_OPTIONS_INIT;
	winch_guid id;
	char *text = malloc(PIECE);

	(void)state;
	opts.has_input = true;
	winch_pipeline *p = winch_pipeline_new(&opts, NULL);
	assert_int_equal(winch_pipeline_add_script(p, "1", 1, false), 0);
	assert_int_equal(winch_pool_invoke(pool, p, &id, NULL), 0);
	winch_pipeline_free(p);
	memset(text, 'x', PIECE);
	winch_value *v = winch_value_new_string(text, PIECE, NULL);
	for (int i = 0; i < 16; i++)
		assert_int_equal(winch_pool_input(pool, &id, v, NULL), 0);
	assert_int_equal(pool->cut.queued_input, 1024 * 1024);
	assert_int_equal(winch_pool_input(pool, &id, v, NULL), 1);
	winch_value_free(v);
	winch_pool_free(pool);
	free(text);
}

static void what_waits_is_weighed(void **state)
{
	winch_pool *pool = pool_with_run_in(RUNNING);
	winch_event *ev;

	(void)state;
	assert_int_equal(winch_pool_waiting(pool), 0);
	assert_int_equal(feed_message(pool, &run_id, MSG_PIPELINE_OUTPUT, "<S>abc</S>"), 0);
	size_t one = winch_pool_waiting(pool);
	assert_true(one > 10);
	assert_int_equal(feed_message(pool, &run_id, MSG_PIPELINE_OUTPUT, "<S>abcdef</S>"), 0);
	assert_int_equal(winch_pool_waiting(pool), 2 * one + 3);
	assert_int_equal(winch_pool_next(pool, &ev), 1);
	assert_int_equal(winch_pool_waiting(pool), one + 3);
	assert_int_equal(winch_pool_next(pool, &ev), 1);
	assert_int_equal(winch_pool_waiting(pool), 0);
	winch_pool_free(pool);
}

/* ---- options ---- */

static int fail_guid(void *user, winch_guid *ret)
{
	(void)user;
	(void)ret;
	return -1;
}

static void options_are_checked(void **state)
{
	const winch_pool_options good = { .size = sizeof(good),
					  .id = pool_id,
					  .new_guid = fail_guid };
	const winch_host_info short_host = { .size = 1 };
	winch_pool_options bad[] = { good, good, good, good, good, good, good, good };
	winch_error err = WINCH_ERROR_INIT;
	winch_guid id;
	const winch_chunk *chunk;

	(void)state;
	bad[0].size--;
	bad[1].id = no_guid;
	bad[2].new_guid = NULL;
	bad[3].min_runspaces = -1;
	bad[4].max_runspaces = -1;
	bad[5].protocol_minor = -1;
	bad[6].protocol_minor = 5;
	bad[7].host = &short_host;
	assert_null(winch_pool_new(NULL, &err));
	assert_int_equal(err.status, WINCH_E_ARG);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		winch_error_done(&err);
		assert_null(winch_pool_new(&bad[i], &err));
		assert_int_equal(err.status, WINCH_E_ARG);
	}
	winch_pool *pool = winch_pool_new(&good, NULL);
	winch_pipeline *p = winch_pipeline_new(NULL, NULL);
	assert_int_equal(winch_pipeline_add_script(p, "1", 1, false), 0);
	assert_int_equal(winch_pool_invoke(pool, p, &id, &err), WINCH_E_SYSTEM);
	assert_int_equal(winch_pool_take(pool, 63, &chunk), WINCH_E_ARG);
	assert_int_equal(winch_pool_take(pool, 64, &chunk), 0);
	assert_memory_equal(winch_pool_id(pool).bytes, pool_id.bytes, 16);
	winch_pipeline_free(p);
	winch_pool_free(pool);
	winch_pool_free(NULL);
	winch_error_done(&err);
}

/* ---- all of them ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths of all conversations, sorted. */
static size_t conversations(char *paths[], size_t room)
{
	const char *root = getenv("WINCH_SOURCE");
	char folder[1024];
	size_t n = 0;

	snprintf(folder, sizeof(folder), "%s/tests/unit/conversations", root ? root : ".");
	DIR *dir = opendir(folder);
	if (!dir)
		return 0;
	for (struct dirent *e; (e = readdir(dir)) && n < room;) {
		char path[2048];
		if (!strstr(e->d_name, ".txt"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		paths[n++] = strdup(path);
	}
	closedir(dir);
	qsort(paths, n, sizeof(paths[0]), compare);
	return n;
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(each_message_in_each_state_of_a_pool),
		cmocka_unit_test(each_message_in_each_state_of_a_pipeline),
		cmocka_unit_test(rows_are_the_specs),
		cmocka_unit_test(a_message_has_200_mib),
		cmocka_unit_test(what_waits_has_a_limit),
		cmocka_unit_test(a_thousand_calls_wait),
		cmocka_unit_test(a_call_is_read_into_128_mib),
		cmocka_unit_test(input_of_1_mib_waits),
		cmocka_unit_test(what_waits_is_weighed),
		cmocka_unit_test(options_are_checked),
	};
	static const struct {
		CMUnitTestFunction run;
		const char *how;
	} ways[] = {
		{ whole, "" },
		{ bytes_apart, "_bytes" },
		{ in_lumps, "_lumps" },
		{ without_memory, "_without_memory" },
	};
	enum { MAX_FILES = 200, OTHERS = sizeof(others) / sizeof(others[0]) };
	static struct CMUnitTest tests[4 * MAX_FILES + OTHERS];
	static char names[4 * MAX_FILES][64];
	char *paths[MAX_FILES];
	size_t files = conversations(paths, MAX_FILES), n = 0;

	for (size_t i = 0; i < files; i++)
		for (size_t w = 0; w < 4; w++, n++) {
			const char *base = strrchr(paths[i], '/') + 1;
			snprintf(names[n], sizeof(names[n]), "%.*s%s", (int)strlen(base) - 4, base,
				 ways[w].how);
			for (char *c = names[n]; *c; c++)
				*c = *c == '-' ? '_' : *c;
			tests[n] = (struct CMUnitTest){ .name = names[n],
							.test_func = ways[w].run,
							.initial_state = paths[i] };
		}
	memcpy(&tests[n], others, sizeof(others));
	int r = files ? _cmocka_run_group_tests("pool", tests, n + OTHERS, NULL, NULL) : 1;
	print_message("%zu conversations, %lu failed allocations\n", files, failures);
	for (size_t i = 0; i < files; i++)
		free(paths[i]);
	return r;
}
