/*
 * pool.c - include/winch/pool.h: the public calls of a runspace pool.
 *
 * Life of a pool: MS-PSRP 3.1.5.3, 3.1.5.4; what comes in is pool-read.c's.
 */
#include "psrp/pool.h"

#include "psrp/clixml-write.h"
#include "psrp/payload.h"
#include "psrp/value-copy.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"
#include "src/base/sized.h"

enum { DEFAULT_MAX_MESSAGE = 200 * 1024 * 1024, DEFAULT_MAX_INPUT = 1024 * 1024 };
enum { MAX_FEED = 16 * 1024 * 1024 };

/* ---- making and ending ---- */

static int copy_host(struct winch_pool *pool, const winch_host_info *host, winch_error *err)
{
	int r = SIZED_COPY(&pool->host, reserved, host, err);

	if (r < 0)
		return r;
	const char *title = pool->host.title ? pool->host.title : "";
	pool->has_host_info = true;
	pool->title = mem_strndup(title, strlen(title));
	pool->host.title = pool->title;
	return pool->title ? 0 : fail_nomem(err);
}

/* The application's options with their defaults, and copies of what they point to. */
static int take_options(struct winch_pool *pool, const winch_pool_options *given, winch_error *err)
{
	winch_pool_options *o = &pool->opts;
	int r = given ? SIZED_COPY(o, max_queued_input, given, err) : WINCH_E_ARG;

	if (given && r < 0)
		return r;
	if (!given || guid_is_zero(&o->id) || !o->new_guid || o->min_runspaces < 0 ||
	    o->max_runspaces < 0 || o->protocol_minor < 0 || o->protocol_minor > 4)
		return fail(err, WINCH_E_ARG, "a pool needs options with an id and new_guid");
	if (!o->min_runspaces)
		o->min_runspaces = 1;
	if (!o->max_runspaces)
		o->max_runspaces = 1;
	if (!o->protocol_minor)
		o->protocol_minor = 4;
	if (!o->max_message)
		o->max_message = DEFAULT_MAX_MESSAGE;
	if (!o->max_queued_input)
		o->max_queued_input = DEFAULT_MAX_INPUT;
	r = o->host ? copy_host(pool, o->host, err) : 0;
	if (r == 0)
		r = value_copy(&pool->kept, value_inside(o->application_arguments),
			       &pool->arguments, err);
	return r > 0 ? fail(err, WINCH_E_ARG, "application arguments can hold no SecureString") : r;
}

winch_pool *winch_pool_new(const winch_pool_options *opts, winch_error *err)
{
	struct winch_pool *pool = mem_zalloc(sizeof(*pool));

	if (!pool) {
		fail_nomem(err);
		return NULL;
	}
	pool->failed = (winch_error)WINCH_ERROR_INIT;
	pool->stage = POOL_BEFORE_OPEN;
	cut_init(&pool->cut);
	int r = take_options(pool, opts, err);
	if (r == 0) {
		join_init(&pool->join, pool->opts.max_message, MAX_FEED);
		pool->json = event_json_new();
		r = pool->json ? 0 : fail_nomem(err);
	}
	if (r < 0) {
		winch_pool_free(pool);
		return NULL;
	}
	return pool;
}

void winch_pool_free(winch_pool *pool)
{
	if (!pool)
		return;
	while (pool->runs) {
		struct run *run = pool->runs;
		pool->runs = run->next;
		run_free(run);
	}
	while (pool->first) {
		struct winch_event *ev = pool->first;
		pool->first = ev->next;
		event_done(ev);
	}
	while (pool->calls) {
		struct host_call *c = pool->calls;
		pool->calls = c->next;
		mem_free(c);
	}
	event_done(pool->current);
	event_json_free(pool->json);
	pool_drop_held(pool);
	session_key_done(&pool->key);
	join_done(&pool->join);
	cut_done(&pool->cut);
	arena_done(&pool->kept);
	mem_free(pool->title);
	winch_error_done(&pool->failed);
	mem_free(pool);
}

int pool_fail(struct winch_pool *pool, winch_error *err)
{
	int status = err->status;

	if (!pool->failed.status)
		fail_move(&pool->failed, err);
	pool->stage = POOL_BROKEN;
	cut_drop(&pool->cut, NULL);
	return status;
}

void winch_pool_fail(winch_pool *pool, const winch_error *why)
{
	if (pool->failed.status || !why || !why->status)
		return;
	fail_again(&pool->failed, why);
	pool->stage = POOL_BROKEN;
	cut_drop(&pool->cut, NULL);
}

const winch_error *winch_pool_error(const winch_pool *pool)
{
	return pool->failed.status ? &pool->failed : NULL;
}

/* ---- sending ---- */

int pool_send(struct winch_pool *pool, const struct pool_message *m, winch_error *err)
{
	struct outgoing out = {
		.op = m->op, .pipeline = m->pipeline, .urgent = m->urgent, .counts = m->counts
	};
	struct pool_sealing sealing = { .pool = pool };
	struct message head = { MESSAGE_TO_SERVER, m->type, pool->opts.id, m->pid, { NULL, 0 } };

	out.message.max = pool->opts.max_message;
	int r = message_write(&out.message, &head, err);
	if (r == 0 && m->body)
		r = clixml_write_secure(&out.message, m->body,
					&(struct clixml_secure){ pool_put_secure, &sealing }, err);
	if (r == 0 && !sealing.waits)
		r = cut_put(&pool->cut, &out, err);
	buf_done(&out.message);
	if (r == 0 && sealing.waits)
		r = pool_want_key(pool, err);
	return r < 0 ? r : sealing.waits;
}

int winch_pool_open(winch_pool *pool)
{
	AUTO(arena_done) struct arena arena = { 0 };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	if (pool->failed.status)
		return pool->failed.status;
	if (pool->stage != POOL_BEFORE_OPEN)
		return WINCH_E_STATE;
	struct payload_init_pool init = {
		pool->opts.min_runspaces,
		pool->opts.max_runspaces,
		pool->has_host_info ? &pool->host : NULL,
		pool->arguments,
	};
	struct value *capability = payload_capability(&arena, pool->opts.protocol_minor, &err);
	struct value *body = payload_init_pool(&arena, &init, &err);
	int r = capability && body ? 0 : fail_nomem(&err);
	if (r == 0)
		r = pool_send(pool,
			      &(struct pool_message){ .type = MSG_SESSION_CAPABILITY,
						      .op = WINCH_OP_OPEN,
						      .body = capability },
			      &err);
	if (r == 0)
		r = pool_send(pool,
			      &(struct pool_message){ .type = MSG_INIT_RUNSPACEPOOL,
						      .op = WINCH_OP_OPEN,
						      .body = body },
			      &err);
	if (r < 0)
		return pool_fail(pool, &err);
	pool->stage = POOL_NEGOTIATING;
	return 0;
}

static int send_end_of_input(struct winch_pool *pool, const struct run *run, winch_error *err)
{
	struct pool_message m = { .type = MSG_END_OF_PIPELINE_INPUT,
				  .op = WINCH_OP_SEND,
				  .pid = run->id,
				  .pipeline = run->id };

	return pool_send(pool, &m, err);
}

/* CREATE_PIPELINE is made when the protocol is known.  1: it waits for the session key. */
static int start_run(struct winch_pool *pool, struct run *run, winch_error *err)
{
	AUTO(arena_done) struct arena arena = { 0 };
	struct value *body = pipeline_payload(&arena, run->spec, pool->minor,
					      pool->has_host_info ? &pool->host : NULL, err);

	if (!body)
		return err->status ? err->status : fail_nomem(err);
	struct pool_message m = { .type = MSG_CREATE_PIPELINE,
				  .op = WINCH_OP_COMMAND,
				  .pid = run->id,
				  .pipeline = run->id,
				  .body = body };
	int r = pool_send(pool, &m, err);
	if (r != 0)
		return r;
	pipeline_unshare(run->spec);
	run->spec = NULL;
	run->stage = RUN_RUNNING;
	run->state = WINCH_PIPELINE_RUNNING;
	return run->input_ended ? send_end_of_input(pool, run, err) : 0;
}

/* In the order in which they were invoked: one that waits for the key holds up the rest. */
int pool_start_waiting(struct winch_pool *pool, winch_error *err)
{
	for (struct run *run = pool->runs; run; run = run->next) {
		if (run->stage != RUN_WAITING)
			continue;
		int r = start_run(pool, run, err);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return 0;
}

static bool any_waits(const struct winch_pool *pool)
{
	for (const struct run *run = pool->runs; run; run = run->next)
		if (run->stage == RUN_WAITING)
			return true;
	return false;
}

struct run *pool_run(struct winch_pool *pool, const winch_guid *id)
{
	for (struct run *run = pool->runs; run; run = run->next)
		if (guid_eq(&run->id, id))
			return run;
	return NULL;
}

int winch_pool_invoke(winch_pool *pool, const winch_pipeline *p, winch_guid *ret_id,
		      winch_error *err)
{
	winch_guid id;
	AUTO(winch_error_done) winch_error own = WINCH_ERROR_INIT;

	int r = pool_refuse_use(pool, err);
	if (r < 0)
		return r;
	if (pool->stage >= POOL_CLOSING)
		return fail(err, WINCH_E_STATE, "the pool is closed");
	if (!pipeline_has_command(p))
		return fail(err, WINCH_E_ARG, "a pipeline without a command can't run");
	if (pool->opts.new_guid(pool->opts.new_guid_user, &id) < 0)
		return fail(err, WINCH_E_SYSTEM, "no new GUID");
	struct run *run = run_new(&id, p, pool->opts.max_message);
	if (!run)
		return fail_nomem(err);
	r = pool->stage == POOL_OPENED && !any_waits(pool) ? start_run(pool, run, &own) : 0;
	if (r < 0) {
		run_free(run);
		fail_move(err, &own);
		return r;
	}
	/* At the end: pipelines start in the order in which they were invoked. */
	struct run **at = &pool->runs;
	while (*at)
		at = &(*at)->next;
	*at = run;
	*ret_id = id;
	return 0;
}

int winch_pool_input(winch_pool *pool, const winch_guid *pipeline, const winch_value *value,
		     winch_error *err)
{
	struct run *run = pool_run(pool, pipeline);

	int r = pool_refuse_use(pool, err);
	if (r < 0)
		return r;
	if (!run || !run->has_input || run->input_ended || run->stage == RUN_ENDED)
		return fail(err, WINCH_E_STATE, "the pipeline takes no input any more");
	if (run->key_wanted)
		return 1;
	if (run->stage == RUN_WAITING || pool->cut.queued_input >= pool->opts.max_queued_input) {
		run->room_wanted = true;
		return 1;
	}
	/* As on the way back, null is no body at all: the engine refuses a <Nil/>. */
	const struct value *v = value_inside(value);
	struct pool_message m = { .type = MSG_PIPELINE_INPUT,
				  .op = WINCH_OP_SEND,
				  .pid = run->id,
				  .pipeline = run->id,
				  .body = value_is_nil(v) ? NULL : v,
				  .counts = true };
	r = pool_send(pool, &m, err);
	run->key_wanted = r == 1;
	return r;
}

int winch_pool_end_input(winch_pool *pool, const winch_guid *pipeline)
{
	struct run *run = pool_run(pool, pipeline);

	if (pool->failed.status)
		return pool->failed.status;
	if (!run || !run->has_input || run->input_ended)
		return WINCH_E_STATE;
	/* One that waits is told when it starts; one that has ended does not care. */
	int r = run->stage & (RUN_WAITING | RUN_ENDED) ? 0 : send_end_of_input(pool, run, NULL);
	if (r < 0)
		return r;
	run->input_ended = true;
	run->room_wanted = false;
	return 0;
}

int winch_pool_stop(winch_pool *pool, const winch_guid *pipeline)
{
	struct run *run = pool_run(pool, pipeline);
	struct outgoing out = { .op = WINCH_OP_STOP, .pipeline = *pipeline };

	if (pool->failed.status)
		return pool->failed.status;
	if (!run || run->stage == RUN_ENDED || run->stage == RUN_STOPPING)
		return 0;
	if (run->stage == RUN_WAITING) {
		/* The server never heard of it: it is stopped before it began. */
		struct winch_event *ev =
			pool_event(pool, WINCH_EVENT_PIPELINE_STATE, &run->id, NULL, NULL);
		if (!ev)
			return WINCH_E_NOMEM;
		run->stage = RUN_ENDED;
		run->stream_ended = true;
		ev->state = run->state = WINCH_PIPELINE_STOPPED;
		return 0;
	}
	/* Not urgent before its Command is sent: there would be nothing to stop. */
	out.urgent = !cut_has(&pool->cut, WINCH_OP_COMMAND, pipeline);
	int r = cut_put(&pool->cut, &out, NULL);
	if (r < 0)
		return r;
	run->stage = RUN_STOPPING;
	run->state = WINCH_PIPELINE_STOPPING;
	return 0;
}

/* ---- events ---- */

/* Pipelines that have ended, on both ends, and of which nothing waits to be told. */
static void drop_ended_runs(struct winch_pool *pool)
{
	struct run **at = &pool->runs;

	while (*at) {
		struct run *run = *at;
		if (run->stage == RUN_ENDED && run->stream_ended) {
			*at = run->next;
			run_free(run);
		} else {
			at = &run->next;
		}
	}
}

int winch_pool_next(winch_pool *pool, winch_event **ret_event)
{
	event_done(pool->current);
	pool->current = NULL;
	struct winch_event *ev = pool->first;
	if (!ev) {
		drop_ended_runs(pool);
		/* What came before a failure is told before it. */
		return pool->failed.status;
	}
	pool->first = ev->next;
	if (!pool->first)
		pool->last = NULL;
	ev->next = NULL;
	pool->waiting -= ev->weight;
	pool->current = ev;
	*ret_event = ev;
	return 1;
}

size_t winch_pool_waiting(const winch_pool *pool)
{
	return pool->waiting;
}

winch_event *winch_event_keep(winch_event *ev)
{
	winch_event *kept = mem_alloc(sizeof(*kept));

	if (!kept)
		return NULL;
	*kept = *ev;
	kept->maker->users++;
	/* What was moved is the pool's no more; the shell of it stays with the pool. */
	ev->body = ev->json = (struct buf){ 0 };
	ev->arena = (struct arena){ 0 };
	ev->has_value = false;
	return kept;
}

void winch_event_free(winch_event *ev)
{
	event_done(ev);
}

/* ---- state ---- */

int winch_pool_close(winch_pool *pool)
{
	struct outgoing out = { .op = WINCH_OP_CLOSE };

	if (pool->shut)
		return 0;
	cut_drop(&pool->cut, NULL);
	bool open = pool->stage != POOL_BEFORE_OPEN && pool->stage != POOL_BROKEN;
	int r = open ? cut_put(&pool->cut, &out, NULL) : 0;
	if (r < 0)
		return r;
	pool->shut = true;
	if (!open)
		pool->stage = POOL_CLOSED;
	else if (pool->stage < POOL_CLOSING)
		pool->stage = POOL_CLOSING;
	return 0;
}

int winch_pool_state(const winch_pool *pool)
{
	switch (pool->stage) {
	case POOL_BEFORE_OPEN:
		return WINCH_POOL_BEFORE_OPEN;
	case POOL_NEGOTIATING:
	case POOL_NEGOTIATED:
		return WINCH_POOL_OPENING;
	case POOL_OPENED:
		return WINCH_POOL_OPENED;
	case POOL_CLOSING:
		return WINCH_POOL_CLOSING;
	case POOL_CLOSED:
		return WINCH_POOL_CLOSED;
	case POOL_BROKEN:
		return WINCH_POOL_BROKEN;
	}
	return WINCH_POOL_BROKEN;
}

int winch_pool_protocol_minor(const winch_pool *pool)
{
	return pool->minor;
}

winch_guid winch_pool_id(const winch_pool *pool)
{
	return pool->opts.id;
}
