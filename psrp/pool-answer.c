/*
 * pool-answer.c - answers to the server's host calls: MS-PSRP 2.2.2.16, 2.2.2.27.
 */
#include "psrp/pool.h"

#include <inttypes.h>

#include "psrp/payload.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"

/* Take the open call of this id out of its list.  false: there is none. */
static bool take_call(struct host_call **calls, int64_t id, struct host_call *ret_call)
{
	for (struct host_call **at = calls; *at; at = &(*at)->next)
		if ((*at)->id == id) {
			struct host_call *c = *at;
			*at = c->next;
			*ret_call = *c;
			mem_free(c);
			return true;
		}
	return false;
}

static int answer(winch_pool *pool, const winch_guid *pipeline, struct payload_answer *p,
		  winch_error *err)
{
	AUTO(arena_done) struct arena arena = { 0 };
	bool of_pool = guid_is_zero(pipeline);
	struct run *run = of_pool ? NULL : pool_run(pool, pipeline);
	struct host_call call;

	int r = pool_refuse_use(pool, err);
	if (r < 0)
		return r;
	if ((!of_pool && !run) || !take_call(of_pool ? &pool->calls : &run->calls, p->call, &call))
		return fail(err, WINCH_E_STATE, "no host call %" PRId64 " waits for an answer",
			    p->call);
	if (run && run->stage == RUN_ENDED)
		return 0; /* nobody waits for it any more */
	p->method = call.method;
	struct value *body = payload_answer(&arena, p, err);
	if (!body)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	struct pool_message m = {
		.type = of_pool ? MSG_RUNSPACEPOOL_HOST_RESPONSE : MSG_PIPELINE_HOST_RESPONSE,
		.op = WINCH_OP_SEND_PR,
		.pid = *pipeline,
		.pipeline = *pipeline,
		.body = body,
		.urgent = true
	};
	return pool_send(pool, &m, err);
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
