/*
 * pool-carrier.c - the side of a pool that its carrier sees: bytes in, chunks out.
 */
#include "psrp/pool.h"

#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"

int pool_refuse_use(const struct winch_pool *pool, winch_error *err)
{
	if (!pool->failed.status)
		return 0;
	return fail_again(err, &pool->failed);
}

int winch_pool_feed(winch_pool *pool, const winch_guid *pipeline, const uint8_t *data, size_t len)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct run *run = NULL;

	if (pool->failed.status)
		return pool->failed.status;
	if (pipeline && !guid_is_zero(pipeline)) {
		run = pool_run(pool, pipeline);
		if (!run)
			return WINCH_E_STATE;
	}
	int r = join_feed(run ? &run->join : &pool->join, bytes_of(data, len), &err);
	if (r == 0)
		r = pool_read(pool, run, &err);
	return r < 0 ? pool_fail(pool, &err) : 0;
}

/* The shell is gone, as was expected, and its pipelines with it.  Nobody waits for those of
 * a pool that the application closed. */
static int pool_gone(struct winch_pool *pool)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	bool tell = !pool->shut;
	int r = 0;

	pool->stage = POOL_CLOSED;
	pool->shut = true;
	cut_drop(&pool->cut, NULL);
	for (struct run *run = pool->runs; run && r == 0; run = run->next) {
		run->stream_ended = true;
		if (tell && run->stage != RUN_ENDED)
			r = pool_fail_run(pool, run, &err);
	}
	return r < 0 ? pool_fail(pool, &err) : 0;
}

int winch_pool_ended(winch_pool *pool, const winch_guid *pipeline)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	if (pool->failed.status)
		return pool->failed.status;
	if (!pipeline || guid_is_zero(pipeline)) {
		if (pool->stage < POOL_CLOSING) {
			fail(&err, WINCH_E_PROTOCOL, "the server closed the shell");
			return pool_fail(pool, &err);
		}
		return pool_gone(pool);
	}
	struct run *run = pool_run(pool, pipeline);
	if (!run)
		return 0;
	run->stream_ended = true;
	if (run->stage == RUN_ENDED)
		return 0;
	int r = pool_fail_run(pool, run, &err);
	return r < 0 ? pool_fail(pool, &err) : 0;
}

int winch_pool_peek(winch_pool *pool, const winch_chunk **ret_chunk)
{
	winch_chunk chunk = { 0 };

	if (pool->failed.status)
		return pool->failed.status;
	if (!cut_peek(&pool->cut, &chunk.op, &chunk.pipeline))
		return 0;
	pool->chunk = chunk;
	*ret_chunk = &pool->chunk;
	return 1;
}

/* Who waited for room in the input queue is told once there is. */
static int tell_room(struct winch_pool *pool, winch_error *err)
{
	if (pool->cut.queued_input > pool->opts.max_queued_input / 2)
		return 0;
	for (struct run *run = pool->runs; run; run = run->next) {
		if (!run->room_wanted || !(run->stage & (RUN_RUNNING | RUN_STOPPING)))
			continue;
		run->room_wanted = false;
		if (!pool_event(pool, WINCH_EVENT_INPUT_ROOM, &run->id, NULL, err))
			return WINCH_E_NOMEM;
	}
	return 0;
}

int pool_drop_output(struct winch_pool *pool, const winch_guid *pipeline, winch_error *err)
{
	cut_drop(&pool->cut, pipeline);
	return tell_room(pool, err);
}

int winch_pool_take(winch_pool *pool, size_t room, const winch_chunk **ret_chunk)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_chunk chunk = { 0 };
	struct bytes data = { 0 };

	if (pool->failed.status)
		return pool->failed.status;
	if (room < 64)
		return WINCH_E_ARG;
	int r = cut_take(&pool->cut, room, &chunk.op, &chunk.pipeline, &data, &err);
	if (r > 0 && tell_room(pool, &err) < 0)
		r = err.status;
	if (r < 0)
		return pool_fail(pool, &err);
	if (r == 0)
		return 0;
	chunk.data = data.data;
	chunk.len = data.len;
	chunk.secret = pool->cut.chunk.secret;
	pool->chunk = chunk;
	*ret_chunk = &pool->chunk;
	return 1;
}
