/*
 * pool-read.c - messages that came: checked against the tables, then turned into
 * states and events.  MS-PSRP 3.1.5.4.
 */
#include "psrp/pool.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "psrp/clixml-read.h"
#include "psrp/host-methods.h"
#include "psrp/payload.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"

static const winch_guid no_guid;

enum { VOID_CALL = -100, MAX_CALLS = 1000 };

/* A message that is read here though nobody has asked for its value: a tree can take forty times
 * its text. */
enum { MAX_TREE = 128 * 1024 * 1024 };

/* What these say beyond 5 nobody agrees on: deviations.md pool-states. */
enum { MAX_POOL_STATE = 9, MAX_RUN_STATE = 6 };

DEFINE_AUTO_FREE(struct winch_event, event_done)

static void put_event(struct winch_pool *pool, struct winch_event *ev)
{
	if (pool->last)
		pool->last->next = ev;
	else
		pool->first = ev;
	pool->last = ev;
	pool->waiting += ev->weight;
}

struct winch_event *pool_event(struct winch_pool *pool, int type, const winch_guid *pipeline,
			       const struct message *m, winch_error *err)
{
	struct winch_event *ev = event_new(type, pipeline ? pipeline : &no_guid, m, pool->json);

	if (ev)
		put_event(pool, ev);
	else
		fail_nomem(err);
	return ev;
}

static int event_with_value(struct winch_pool *pool, int type, const winch_guid *pipeline,
			    const struct message *m, winch_error *err)
{
	struct winch_event *ev = pool_event(pool, type, pipeline, m, err);

	if (!ev)
		return WINCH_E_NOMEM;
	ev->has_value = true;
	return 0;
}

/* An event with what m says read; it is queued when all of it made sense.  run: NULL, the pool's.
 */
static struct winch_event *read_event(struct winch_pool *pool, int type, const struct run *run,
				      const struct message *m, const struct value **ret_root,
				      winch_error *err)
{
	struct winch_event *ev = event_new(type, run ? &run->id : &no_guid, m, pool->json);

	if (!ev) {
		fail_nomem(err);
		return NULL;
	}
	ev->arena.max = MAX_TREE;
	if (event_parse(ev, ret_root, err) < 0) {
		event_done(ev);
		return NULL;
	}
	ev->weight += ev->arena.used;
	return ev;
}

/* Queue *ev, which is then the pool's. */
static int queue_event(struct winch_pool *pool, struct winch_event **ev)
{
	put_event(pool, *ev);
	*ev = NULL;
	return 0;
}

/* ---- the pool's own messages ---- */

int pool_on_capability(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	AUTO(arena_done) struct arena arena = { .max = MAX_TREE };
	const struct value *v;
	int major, minor;

	int r = clixml_read(m->body, &arena, &v, err);
	if (r == 0)
		r = payload_read_version(v, &major, &minor, err);
	if (r < 0)
		return r;
	/* A server repeats our version, or has an older one of the same major. */
	if (major != 2 || minor < 0 || minor > pool->opts.protocol_minor)
		return fail(err, WINCH_E_PROTOCOL,
			    "the server speaks protocol %d.%d; 2.0 to 2.%d was offered", major,
			    minor, pool->opts.protocol_minor);
	pool->minor = minor;
	pool->stage = POOL_NEGOTIATED;
	return 0;
}

/* Its counts are exchanged in PowerShell 7 (deviations.md init-data-exchanged), and nobody
 * needs them. */
int pool_on_init_data(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	(void)pool;
	(void)m;
	(void)err;
	return 0;
}

/* What an endpoint's startup script writes is of a pipeline without an id, which nobody
 * started: PowerShell's own client drops it too (deviations.md startup-script). */
int pool_on_startup(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	(void)pool;
	(void)m;
	(void)err;
	return 0;
}

int pool_on_private_data(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	const struct value *root;
	AUTO(event_done_auto)
	struct winch_event *ev = read_event(pool, WINCH_EVENT_PRIVATE_DATA, NULL, m, &root, err);

	if (!ev)
		return err->status;
	event_set_part(ev, value_member(root, "ApplicationPrivateData"));
	return queue_event(pool, &ev);
}

static int pool_opened(struct winch_pool *pool, winch_error *err)
{
	pool->stage = POOL_OPENED;
	return pool_start_waiting(pool, err);
}

/* The error that came with a broken state, as the pool's failure. */
static int pool_broke(const struct value *error_record, winch_error *err)
{
	struct bytes text;

	if (!payload_error_text(error_record, &text))
		return fail(err, WINCH_E_PROTOCOL, "the server broke the runspace pool");
	return fail(err, WINCH_E_PROTOCOL, "the server broke the runspace pool: %.*s",
		    (int)text.len, (const char *)text.data);
}

int pool_on_state(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	const struct value *root, *why;
	int64_t state;
	AUTO(event_done_auto)
	struct winch_event *ev = read_event(pool, WINCH_EVENT_POOL_STATE, NULL, m, &root, err);

	if (!ev)
		return err->status;
	if (!value_get_int(value_member(root, "RunspaceState"), &state) || state < 0 ||
	    state > MAX_POOL_STATE)
		return fail(err, WINCH_E_PROTOCOL, "a runspace pool state without a known state");
	why = value_member(root, "ExceptionAsErrorRecord");
	ev->state = (int)state;
	event_set_part(ev, why);
	queue_event(pool, &ev);
	if (state == WINCH_POOL_OPENED && pool->stage == POOL_NEGOTIATED)
		return pool_opened(pool, err);
	if (state == WINCH_POOL_CLOSING)
		pool->stage = POOL_CLOSING;
	if (state == WINCH_POOL_CLOSED)
		pool->stage = POOL_CLOSED;
	return state == WINCH_POOL_BROKEN ? pool_broke(why, err) : 0;
}

int pool_on_availability(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	const struct value *root;
	AUTO(event_done_auto)
	struct winch_event *ev = read_event(pool, WINCH_EVENT_AVAILABILITY, NULL, m, &root, err);

	if (!ev)
		return err->status;
	if (!value_get_int(value_member(root, "ci"), &ev->call))
		return fail(err, WINCH_E_PROTOCOL, "an answer of the pool's to no call");
	event_set_part(ev, value_member(root, "SetMinMaxRunspacesResponse"));
	return queue_event(pool, &ev);
}

int pool_on_user_event(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	return event_with_value(pool, WINCH_EVENT_USER_EVENT, NULL, m, err);
}

/* ---- host calls, of both ---- */

/* Answers that have not left yet count, too: a server that does not take them asks no more. */
static int remember_call(struct winch_pool *pool, struct host_call **calls, int64_t id, int method,
			 winch_error *err)
{
	size_t open = pool->cut.urgent;

	for (const struct host_call *c = *calls; c; c = c->next, open++)
		if (c->id == id)
			return fail(err, WINCH_E_PROTOCOL, "host call %" PRId64 " came twice", id);
	if (open >= MAX_CALLS)
		return fail(err, WINCH_E_LIMIT, "more than %d host calls wait for an answer",
			    MAX_CALLS);
	struct host_call *c = mem_alloc(sizeof(*c));
	if (!c)
		return fail_nomem(err);
	*c = (struct host_call){ *calls, id, method };
	*calls = c;
	return 0;
}

static int on_host_call(struct winch_pool *pool, struct run *run, const struct message *m,
			winch_error *err)
{
	const struct value *root;
	int64_t method;
	AUTO(event_done_auto)
	struct winch_event *ev = read_event(pool, WINCH_EVENT_HOST_CALL, run, m, &root, err);

	if (!ev)
		return err->status;
	if (!value_get_int(value_member(root, "ci"), &ev->call) ||
	    !value_get_int(value_member(root, "mi"), &method) || method < 0 || method > INT_MAX ||
	    !host_method((int)method))
		return fail(err, WINCH_E_PROTOCOL, "a host call without a known method");
	ev->method = (int)method;
	event_set_part(ev, value_member(root, "mp"));
	/* Nobody waits for an answer to these: deviations.md void-calls. */
	if (!host_method_is_void(ev->method) && ev->call != VOID_CALL) {
		int r = remember_call(pool, run ? &run->calls : &pool->calls, ev->call, ev->method,
				      err);
		if (r < 0)
			return r;
	}
	return queue_event(pool, &ev);
}

int pool_on_host_call(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	return on_host_call(pool, NULL, m, err);
}

int run_on_host_call(struct winch_pool *pool, struct run *run, const struct message *m,
		     winch_error *err)
{
	return on_host_call(pool, run, m, err);
}

/* ---- a pipeline's messages ---- */

int run_on_record(struct winch_pool *pool, struct run *run, const struct message *m,
		  winch_error *err)
{
	static const struct {
		uint32_t message;
		int event;
	} events[] = {
		{ MSG_PIPELINE_OUTPUT, WINCH_EVENT_OUTPUT },
		{ MSG_ERROR_RECORD, WINCH_EVENT_ERROR },
		{ MSG_WARNING_RECORD, WINCH_EVENT_WARNING },
		{ MSG_VERBOSE_RECORD, WINCH_EVENT_VERBOSE },
		{ MSG_DEBUG_RECORD, WINCH_EVENT_DEBUG },
		{ MSG_INFORMATION_RECORD, WINCH_EVENT_INFORMATION },
		{ MSG_PROGRESS_RECORD, WINCH_EVENT_PROGRESS },
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i].message == m->type)
			return event_with_value(pool, events[i].event, &run->id, m, err);
	return fail(err, WINCH_E_PROTOCOL, "message 0x%08" PRIX32 " is no record", m->type);
}

int run_on_state(struct winch_pool *pool, struct run *run, const struct message *m,
		 winch_error *err)
{
	const struct value *root;
	int64_t state;
	AUTO(event_done_auto)
	struct winch_event *ev = read_event(pool, WINCH_EVENT_PIPELINE_STATE, run, m, &root, err);

	if (!ev)
		return err->status;
	if (!value_get_int(value_member(root, "PipelineState"), &state) || state < 0 ||
	    state > MAX_RUN_STATE)
		return fail(err, WINCH_E_PROTOCOL, "a pipeline state without a known state");
	ev->state = run->state = (int)state;
	event_set_part(ev, value_member(root, "ExceptionAsErrorRecord"));
	queue_event(pool, &ev);
	if (state < WINCH_PIPELINE_STOPPED || state > WINCH_PIPELINE_FAILED)
		return 0;
	run->stage = RUN_ENDED;
	return pool_drop_output(pool, &run->id, err);
}

int pool_fail_run(struct winch_pool *pool, struct run *run, winch_error *err)
{
	struct winch_event *ev = pool_event(pool, WINCH_EVENT_PIPELINE_STATE, &run->id, NULL, err);

	if (!ev)
		return WINCH_E_NOMEM;
	run->stage = RUN_ENDED;
	ev->state = run->state = WINCH_PIPELINE_FAILED;
	return pool_drop_output(pool, &run->id, err);
}

/* ---- walking the tables ---- */

static const char *stage_name(enum pool_stage stage)
{
	switch (stage) {
	case POOL_BEFORE_OPEN:
		return "before it is opened";
	case POOL_NEGOTIATING:
		return "before SESSION_CAPABILITY";
	case POOL_NEGOTIATED:
		return "while it opens";
	case POOL_OPENED:
		return "while it is open";
	case POOL_CLOSING:
		return "while it closes";
	case POOL_CLOSED:
	case POOL_BROKEN:
		break; /* nothing is read any more */
	}
	return "";
}

static const char *name_of(uint32_t type)
{
	const struct message_row *row = message_row(type);

	return row ? row->name : "unknown";
}

/* After its end whatever comes to a pool or a pipeline is ignored, as MS-PSRP 3.1.5.1 wants it: a
 * server's other threads may be writing still. */
static int read_pool_message(struct winch_pool *pool, const struct message *m, winch_error *err)
{
	if (pool->stage == POOL_CLOSED)
		return 0;
	for (size_t i = 0; i < pool_row_count; i++)
		if (pool_rows[i].type == m->type && (pool_rows[i].stages & pool->stage))
			return pool_rows[i].read(pool, m, err);
	return fail(err, WINCH_E_PROTOCOL, "message 0x%08" PRIX32 " (%s) may not come to a pool %s",
		    m->type, name_of(m->type), stage_name(pool->stage));
}

static int read_run_message(struct winch_pool *pool, struct run *run, const struct message *m,
			    winch_error *err)
{
	if (run->stage == RUN_ENDED)
		return 0;
	for (size_t i = 0; i < run_row_count; i++)
		if (run_rows[i].type == m->type && (run_rows[i].stages & run->stage))
			return run_rows[i].read(pool, run, m, err);
	return fail(err, WINCH_E_PROTOCOL,
		    "message 0x%08" PRIX32 " (%s) may not come to a pipeline%s", m->type,
		    name_of(m->type), run->stage == RUN_WAITING ? " that has not started" : "");
}

/* Is it for us, of this pool, of this pipeline?  The session's own messages may come without
 * the pool's id: deviations.md no-rpid. */
static int check_address(const struct winch_pool *pool, const struct run *run,
			 const struct message *m, winch_error *err)
{
	const struct message_row *row = message_row(m->type);
	bool of_session = row && row->target == TARGET_SESSION;

	if (m->destination != MESSAGE_TO_CLIENT)
		return fail(err, WINCH_E_PROTOCOL, "message 0x%08" PRIX32 " is not for a client",
			    m->type);
	if (!guid_eq(&m->rpid, &pool->opts.id) && !(of_session && guid_is_zero(&m->rpid)))
		return fail(err, WINCH_E_PROTOCOL, "message 0x%08" PRIX32 " is of another pool",
			    m->type);
	if (!guid_eq(&m->pid, run ? &run->id : &no_guid))
		return fail(err, WINCH_E_PROTOCOL, "message 0x%08" PRIX32 " is of another pipeline",
			    m->type);
	return 0;
}

int pool_read(struct winch_pool *pool, struct run *run, winch_error *err)
{
	struct join *join = run ? &run->join : &pool->join;
	struct bytes whole;
	struct message m;

	for (;;) {
		int r = join_next(join, &whole, err);
		if (r <= 0)
			return r;
		r = message_read(whole, &m, err);
		m.holder = &join->message;
		if (r == 0)
			r = check_address(pool, run, &m, err);
		if (r == 0)
			r = run ? read_run_message(pool, run, &m, err)
				: read_pool_message(pool, &m, err);
		if (r < 0)
			return r;
	}
}
