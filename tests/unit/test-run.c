/*
 * test-run.c - running pipelines: made and freed, and the table of what may come to one against
 * specs/pipeline-states.tsv.  How it is walked: test-pool.c.
 */
#include "psrp/run.h"

#include "src/base/guid.h"
#include "src/base/mem.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/spec-table.h"

static const enum run_stage stages[] = { RUN_WAITING, RUN_RUNNING, RUN_STOPPING, RUN_ENDED };
enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

static void rows_are_the_specs(void **state)
{
	struct table t;
	size_t i = 0;

	(void)state;
	open_table(&t, "pipeline-states.tsv");
	assert_true(next_row(&t)); /* the heading */
	for (; next_row(&t); i++) {
		unsigned bits = 0;
		assert_int_equal(t.count, 3 + STAGES);
		for (int s = 0; s < STAGES; s++)
			bits |= *t.columns[2 + s] == 'x' ? stages[s] : 0;
		assert_true(i < run_row_count);
		assert_int_equal(run_rows[i].type, strtoul(t.columns[0], NULL, 16));
		assert_string_equal(message_row(run_rows[i].type)->name, t.columns[1]);
		assert_int_equal(run_rows[i].stages, bits);
		assert_string_equal(run_rows[i].cite, t.columns[2 + STAGES]);
		assert_string_equal(run_rows[i].cite, message_row(run_rows[i].type)->cite);
		assert_non_null(run_rows[i].read);
		assert_int_equal(message_row(run_rows[i].type)->from, FROM_SERVER);
		assert_int_equal(message_row(run_rows[i].type)->target, TARGET_PIPELINE);
	}
	assert_int_equal(i, run_row_count);
	fclose(t.file);
}

/* All that a server may send to a pipeline has a row: nothing is forgotten. */
static void every_message_of_a_pipelines_has_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < message_row_count; i++) {
		const struct message_row *m = &message_rows[i];
		bool found = false;
		for (size_t k = 0; k < run_row_count; k++)
			found |= run_rows[k].type == m->type;
		assert_int_equal(found, m->target == TARGET_PIPELINE && (m->from & FROM_SERVER));
	}
}

static void it_starts_waiting(void **state)
{
	const winch_guid id = { { 7 } };
	winch_pipeline_options opts = WINCH_PIPELINE_OPTIONS_INIT;

	(void)state;
	opts.has_input = true;
	winch_pipeline *p = winch_pipeline_new(&opts, NULL);
	struct run *run = run_new(&id, p, 1000);
	assert_non_null(run);
	assert_true(guid_eq(&run->id, &id));
	assert_int_equal(run->stage, RUN_WAITING);
	assert_true(run->has_input);
	assert_false(run->input_ended);
	assert_int_equal(run->join.message.max, 1000);
	/* It shares what is to be run, so that it lives on. */
	winch_pipeline_free(p);
	assert_int_equal(run->spec->users, 1);
	run_free(run);
	run_free(NULL);
}

static void all_of_it_is_freed(void **state)
{
	const long live = mem_live();
	const winch_guid id = { { 7 } };
	winch_pipeline *p = winch_pipeline_new(NULL, NULL);
	struct run *run = run_new(&id, p, 1000);

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct host_call *c = mem_zalloc(sizeof(*c));
		c->next = run->calls;
		run->calls = c;
	}
	assert_int_equal(join_feed(&run->join, BYTES_LIT("half a header"), NULL), 0);
	winch_pipeline_free(p);
	run_free(run);
	assert_int_equal(mem_live(), live);
}

static void no_memory(void **state)
{
	const winch_guid id = { { 7 } };
	winch_pipeline *p = winch_pipeline_new(NULL, NULL);
	struct pipeline_spec *spec = pipeline_share(p);

	(void)state;
	mem_fail_at(1);
	assert_null(run_new(&id, p, 1000));
	mem_fail_at(0);
	assert_int_equal(spec->users, 2);
	pipeline_unshare(spec);
	winch_pipeline_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_the_specs),
		cmocka_unit_test(every_message_of_a_pipelines_has_a_row),
		cmocka_unit_test(it_starts_waiting),
		cmocka_unit_test(all_of_it_is_freed),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
