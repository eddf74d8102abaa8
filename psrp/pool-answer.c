/*
 * pool-answer.c - answers to the server's host calls: MS-PSRP 2.2.2.16, 2.2.2.28.
 */
#include "psrp/pool.h"

#include <inttypes.h>

#include "psrp/payload.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"

/* Where the open call of this id is linked; NULL: there is none. */
static struct host_call **find_call(struct host_call **calls, int64_t id)
{
	for (struct host_call **at = calls; *at; at = &(*at)->next)
		if ((*at)->id == id)
			return at;
	return NULL;
}

int pool_send_answer(struct winch_pool *pool, const winch_guid *pipeline,
		     const struct payload_answer *p, winch_error *err)
{
	AUTO(arena_done) struct arena arena = { 0 };
	bool of_pool = guid_is_zero(pipeline);
	const struct run *run = of_pool ? NULL : pool_run(pool, pipeline);

	/* Nobody waits any more for that of a pipeline that has ended. */
	if (!of_pool && (!run || run->stage == RUN_ENDED))
		return 0;
	struct value *body = payload_answer(&arena, p, err);
	if (!body)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	/* The type also before the pool is open: deviations.md host-response-type. */
	struct pool_message m = { .type = of_pool ? MSG_RUNSPACEPOOL_HOST_RESPONSE
						  : MSG_PIPELINE_HOST_RESPONSE,
				  .op = WINCH_OP_SEND_PR,
				  .pid = *pipeline,
				  .pipeline = *pipeline,
				  .body = body,
				  .urgent = true };
	return pool_send(pool, &m, err);
}

static int answer(winch_pool *pool, const winch_guid *pipeline, struct payload_answer *p,
		  winch_error *err)
{
	bool of_pool = guid_is_zero(pipeline);
	struct run *run = of_pool ? NULL : pool_run(pool, pipeline);
	struct host_call **at = NULL;

	int r = pool_refuse_use(pool, err);
	if (r < 0)
		return r;
	if (of_pool || run)
		at = find_call(of_pool ? &pool->calls : &run->calls, p->call);
	if (!at)
		return fail(err, WINCH_E_STATE, "no host call %" PRId64 " waits for an answer",
			    p->call);
	p->method = (*at)->method;
	r = pool_send_answer(pool, pipeline, p, err);
	if (r > 0)
		r = pool_hold_answer(pool, pipeline, p, err);
	if (r < 0)
		return r;
	struct host_call *answered = *at;
	*at = answered->next;
	mem_free(answered);
	return 0;
}

int winch_pool_answer(winch_pool *pool, const winch_guid *pipeline, int64_t call,
		      const winch_value *value, winch_error *err)
{
	struct payload_answer p = { .call = call, .value = value_inside(value) };

	return answer(pool, pipeline, &p, err);
}

int winch_pool_refuse(winch_pool *pool, const winch_guid *pipeline, int64_t call,
		      const char *message, winch_error *err)
{
	struct payload_answer p = { .call = call, .exception = message ? message : "" };

	return answer(pool, pipeline, &p, err);
}
