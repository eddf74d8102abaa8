/*
 * wsman-carrier.c - a pool carried over a WSMan shell: which chunk and which Receive
 * may start now, on which lane.
 *
 * Lanes open on need (ARCHITECTURE.md): what is to be sent never waits for a
 * Receive that stands; a Receive waits for what is being sent, up to a while.
 */
#include "src/session/wsman-carrier.h"

#include <stdio.h>

#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"
#include "wsman/names.h"
#include "wsman/states.h"

enum {
	/* A pipeline's Receive that has waited so long without data: something may want
	 * to be told to the pool, whose own Receive then gets a lane. */
	QUIET_MS = 2000,
	/* Events that wait for the application: no more is asked for above it. */
	MAX_WAITING = 4 * 1024 * 1024,
};

static struct wsman_carrier *self(struct carrier *c)
{
	return (struct wsman_carrier *)(void *)c;
}

static const struct wsman_carrier *self_const(const struct carrier *c)
{
	return (const struct wsman_carrier *)(const void *)c;
}

static struct command *carrier_command(const struct wsman_carrier *c, const winch_guid *pipeline)
{
	for (struct command *k = c->commands; k; k = k->next)
		if (guid_eq(&k->pipeline, pipeline))
			return k;
	return NULL;
}

static struct command *add_command(struct wsman_carrier *c, const winch_guid *pipeline,
				   winch_error *err)
{
	struct command *k = mem_zalloc(sizeof(*k));

	if (!k) {
		fail_nomem(err);
		return NULL;
	}
	wsman_command_init(&k->ws);
	k->pipeline = *pipeline;
	k->wanted = -1;
	k->next = c->commands;
	c->commands = k;
	return k;
}

/* ---- lanes ---- */

/* A free lane that is open already, or NULL. */
static struct slot *open_slot(struct wsman_carrier *c)
{
	for (size_t i = 0; i < MAX_LANES; i++)
		if (c->slots[i].lane && !c->slots[i].busy && !lane_is_dead(c->slots[i].lane))
			return &c->slots[i];
	return NULL;
}

/* A free lane, opened if there is none; one whose seal broke is no lane any more.  NULL without
 * *err filled: all are busy. */
static struct slot *any_slot(struct wsman_carrier *c, winch_error *err)
{
	struct slot *slot = open_slot(c);

	for (size_t i = 0; i < MAX_LANES && !slot; i++) {
		if (c->slots[i].busy || (c->slots[i].lane && !lane_is_dead(c->slots[i].lane)))
			continue;
		lane_free(c->slots[i].lane);
		c->slots[i].lane = lane_new(c->http, err);
		if (!c->slots[i].lane)
			return NULL;
		slot = &c->slots[i];
	}
	return slot;
}

/* Is an operation of this kind under way (command NULL: of any)? */
static bool under_way(const struct wsman_carrier *c, enum wsman_op op, int chunk,
		      const struct command *command)
{
	for (size_t i = 0; i < MAX_LANES; i++) {
		const struct slot *s = &c->slots[i];
		if (s->busy && s->now.request.op == op && (!chunk || s->now.chunk == chunk) &&
		    (!command || s->now.command == command))
			return true;
	}
	return false;
}

/* 1: started.  0: no lane for it now. */
static int start_on(struct wsman_carrier *c, struct slot *slot, const struct operation_plan *plan,
		    winch_error *err)
{
	if (!slot)
		return err && err->status ? err->status : 0;
	int r = operation_start(c, slot, plan, err);
	return r < 0 ? r : 1;
}

/* ---- chunks of the pool ---- */

/* What the pool wants to send next, as an operation.  0: it may not start now. */
static int plan_chunk(struct wsman_carrier *c, const winch_chunk *chunk,
		      struct operation_plan *plan, winch_error *err)
{
	struct command *k =
		guid_is_zero(&chunk->pipeline) ? NULL : carrier_command(c, &chunk->pipeline);

	*plan = (struct operation_plan){ .chunk = chunk->op, .command = k };
	switch ((enum winch_op)chunk->op) {
	case WINCH_OP_OPEN:
		plan->op = WSMAN_CREATE;
		return c->shell.state == WSMAN_SHELL_BEFORE;
	case WINCH_OP_COMMAND:
		plan->op = WSMAN_COMMAND;
		if (c->shell.state != WSMAN_SHELL_OPEN)
			return 0;
		plan->command = k ? k : add_command(c, &chunk->pipeline, err);
		return plan->command ? 1 : WINCH_E_NOMEM;
	case WINCH_OP_SEND:
	case WINCH_OP_SEND_PR:
		/* Fragments of one stream arrive in order: one Send at a time. */
		plan->op = WSMAN_SEND;
		plan->stream = chunk->op == WINCH_OP_SEND ? "stdin" : "pr";
		break;
	case WINCH_OP_STOP:
		plan->op = WSMAN_SIGNAL;
		plan->signal = WSMAN_SIGNAL_STOP;
		break;
	case WINCH_OP_CLOSE:
		plan->op = k ? WSMAN_SIGNAL : WSMAN_DELETE;
		plan->signal = WSMAN_SIGNAL_TERMINATE;
		break;
	}
	if (c->shell.state != WSMAN_SHELL_OPEN)
		return 0;
	if (k && k->ws.state != WSMAN_COMMAND_RUNNING)
		return k->done || k->ws.state >= WSMAN_COMMAND_ENDED;
	return !under_way(c, plan->op, plan->chunk, k);
}

/* A chunk for a command that has ended is taken and dropped: there is nobody to read it. */
static int drop_chunk(struct wsman_carrier *c)
{
	const winch_chunk *dropped;

	return winch_pool_take(c->world.pool, SIZE_MAX / 4, &dropped);
}

static int start_chunk(struct wsman_carrier *c, winch_error *err)
{
	const winch_chunk *chunk;
	struct operation_plan plan;

	int r = winch_pool_peek(c->world.pool, &chunk);
	if (r < 0)
		return fail(err, r, "%s", winch_error_text(winch_pool_error(c->world.pool)));
	if (r == 0)
		return 0;
	r = plan_chunk(c, chunk, &plan, err);
	if (r <= 0)
		return r;
	struct command *k = plan.command;
	if (k && plan.op != WSMAN_COMMAND && (k->done || k->ws.state >= WSMAN_COMMAND_ENDED))
		return drop_chunk(c);
	struct slot *slot = any_slot(c, err);
	r = start_on(c, slot, &plan, err);
	/* A stop, a close: these chunks have no data, so operation_start took nothing. */
	if (r > 0 && (plan.op == WSMAN_SIGNAL || plan.op == WSMAN_DELETE))
		drop_chunk(c);
	return r;
}

/* ---- Receives ---- */

static bool wants_data(const struct wsman_carrier *c)
{
	return winch_pool_waiting(c->world.pool) <= MAX_WAITING;
}

/* May a Receive take a lane of its own?  When it has waited for one long enough, or
 * behind the Send that is under way there is another. */
static bool deserves_lane(struct wsman_carrier *c, int64_t wanted)
{
	const winch_chunk *chunk;

	return clock_ms() - wanted >= QUIET_MS ||
	       (under_way(c, WSMAN_SEND, 0, NULL) && winch_pool_peek(c->world.pool, &chunk) > 0);
}

static int start_command_receives(struct wsman_carrier *c, winch_error *err)
{
	for (struct command *k = c->commands; k; k = k->next) {
		if (k->done || k->receiving || k->ws.state != WSMAN_COMMAND_RUNNING ||
		    !wants_data(c))
			continue;
		struct slot *slot = open_slot(c);
		if (!slot && deserves_lane(c, k->wanted))
			slot = any_slot(c, err);
		struct operation_plan plan = { .op = WSMAN_RECEIVE, .command = k };
		int r = start_on(c, slot, &plan, err);
		if (r != 0)
			return r;
	}
	return 0;
}

static bool any_command_receives(const struct wsman_carrier *c)
{
	for (const struct command *k = c->commands; k; k = k->next)
		if (k->receiving)
			return true;
	return false;
}

/* The pool's own Receive: until it is open, and while the session key is awaited; and later
 * when it has a lane of its own, or (lazy) when nothing else is to be done on the one there is. */
static int start_pool_receive(struct wsman_carrier *c, bool lazy, winch_error *err)
{
	bool opening = winch_pool_state(c->world.pool) == WINCH_POOL_OPENING;
	bool idle = lazy && !any_command_receives(c);
	bool key = winch_pool_awaits_key(c->world.pool);

	if (c->pool_receiving || c->pool_ended || c->shell.state != WSMAN_SHELL_OPEN ||
	    !wants_data(c) || !(opening || c->pool_stands || idle || key))
		return 0;
	/* The Send of our key ends soon, and leaves its lane. */
	bool own = c->pool_stands || (key && !under_way(c, WSMAN_SEND, 0, NULL));
	struct slot *slot = own ? any_slot(c, err) : open_slot(c);
	struct operation_plan plan = { .op = WSMAN_RECEIVE };
	return start_on(c, slot, &plan, err);
}

/* Commands that have ended are ended on the server too, when there is time for it. */
static int start_terminate(struct wsman_carrier *c, winch_error *err)
{
	for (struct command *k = c->commands; k; k = k->next) {
		if (!k->done || k->receiving || k->ws.state > WSMAN_COMMAND_ENDED)
			continue;
		struct operation_plan plan = { .op = WSMAN_SIGNAL,
					       .command = k,
					       .signal = WSMAN_SIGNAL_TERMINATE };
		return start_on(c, any_slot(c, err), &plan, err);
	}
	return 0;
}

/* Commands that nothing refers to any more. */
static void drop_commands(struct wsman_carrier *c)
{
	struct command **at = &c->commands;

	while (*at) {
		struct command *k = *at;
		if (k->ws.state != WSMAN_COMMAND_GONE || operation_under_way(c, k)) {
			at = &k->next;
			continue;
		}
		*at = k->next;
		wsman_command_done(&k->ws);
		trace_streams_done(&k->trace);
		mem_free(k);
	}
}

/* ---- the carrier ---- */

/* Exchanges that ended, then Receives that are due again.  1: there was one. */
static int collect(struct wsman_carrier *c, winch_error *err)
{
	struct lane *lane;

	if (http_next_done(c->http, &lane) <= 0)
		return operation_again(c, err);
	for (size_t i = 0; i < MAX_LANES; i++) {
		struct slot *slot = &c->slots[i];
		if (slot->lane != lane || !slot->busy)
			continue;
		int r = operation_finish(c, slot, err);
		if (r >= 0)
			return 1;
		/* Closing: how Delete ends is all that counts. */
		if (!c->shut || slot->now.request.op == WSMAN_DELETE)
			return r;
		winch_error_done(err);
	}
	return 1;
}

/* Closing: Delete as soon as the shell's id is known. */
static int start_delete(struct wsman_carrier *c, winch_error *err)
{
	if (!wsman_shell_is_open(&c->shell) || c->shell.state == WSMAN_SHELL_DELETING ||
	    c->delete_failed || under_way(c, WSMAN_CREATE, 0, NULL))
		return 0;
	struct operation_plan plan = { .op = WSMAN_DELETE };
	int r = start_on(c, any_slot(c, err), &plan, err);
	if (r < 0)
		c->delete_failed = true;
	return r;
}

static int carrier_pump(struct carrier *base, bool lazy, winch_error *err)
{
	struct wsman_carrier *c = self(base);

	int r = collect(c, err);
	if (r != 0)
		return r;
	if (c->shut)
		return start_delete(c, err);
	r = start_chunk(c, err);
	if (r == 0)
		r = start_pool_receive(c, false, err);
	if (r == 0)
		r = start_command_receives(c, err);
	if (r == 0 && lazy)
		r = start_terminate(c, err);
	if (r == 0 && lazy)
		r = start_pool_receive(c, true, err);
	drop_commands(c);
	return r;
}

static void carrier_ready(struct carrier *base, int fd, int events)
{
	http_ready(self(base)->http, fd, events);
}

/* Of two times that may be -1, never. */
static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* When a Receive has waited so long that a second lane opens. */
static int64_t quiet_due(const struct wsman_carrier *c)
{
	int64_t due = -1;
	bool has_room = false;

	if (c->shut)
		return -1;
	for (size_t i = 0; i < MAX_LANES; i++) {
		const struct operation *op = &c->slots[i].now;
		has_room |= !c->slots[i].busy;
		if (c->slots[i].busy && op->request.op == WSMAN_RECEIVE && op->command &&
		    !c->pool_stands && !c->pool_ended)
			due = sooner(due, op->since + QUIET_MS);
	}
	/* Where all lanes are busy it waits for one, not for a time. */
	for (const struct command *k = c->commands; k && has_room; k = k->next)
		if (k->wanted >= 0 && !k->receiving && !k->done && wants_data(c))
			due = sooner(due, k->wanted + QUIET_MS);
	return due;
}

static int64_t carrier_deadline(const struct carrier *base)
{
	const struct wsman_carrier *c = self_const(base);

	return sooner(sooner(c->http_due, quiet_due(c)), operation_again_due(c));
}

static void carrier_expired(struct carrier *base)
{
	struct wsman_carrier *c = self(base);
	int64_t now = clock_ms();

	int64_t quiet = quiet_due(c);
	if (quiet >= 0 && quiet <= now)
		c->pool_stands = true;
	if (c->http_due >= 0 && c->http_due <= now) {
		c->http_due = -1;
		http_expired(c->http);
	}
}

static void carrier_shut(struct carrier *base)
{
	struct wsman_carrier *c = self(base);

	c->shut = true;
	operation_drop_again(c);
	/* A Create that has not left yet need not leave. */
	for (size_t i = 0; i < MAX_LANES; i++) {
		struct slot *slot = &c->slots[i];
		if (!slot->busy || slot->now.request.op != WSMAN_CREATE ||
		    lane_was_sent(slot->lane))
			continue;
		lane_cancel(slot->lane);
		slot->busy = false;
		wsman_op_step(&c->shell, NULL, WSMAN_CREATE, WSMAN_STEP_REFUSED);
	}
}

static bool carrier_ended(const struct carrier *base)
{
	const struct wsman_carrier *c = self_const(base);

	if (c->delete_failed)
		return true;
	return c->shut && !wsman_shell_is_open(&c->shell) && !under_way(c, WSMAN_CREATE, 0, NULL);
}

static const char *carrier_shell_id(const struct carrier *base)
{
	const struct wsman_carrier *c = self_const(base);

	return wsman_shell_is_open(&c->shell) ? c->shell_text : "";
}

static uint64_t carrier_request_count(const struct carrier *base)
{
	return self_const(base)->requests;
}

static const char *carrier_why_ntlm(const struct carrier *base)
{
	return http_why_ntlm(self_const(base)->http);
}

static int carrier_ask_config(struct carrier *base, winch_error *err)
{
	struct wsman_carrier *c = self(base);
	struct operation_plan plan = { .op = WSMAN_GET_CONFIG };

	if (c->config.state == HOST_CONFIG_ASKED)
		return 0;
	host_config_done(&c->config);
	int r = start_on(c, any_slot(c, err), &plan, err);
	if (r == 0)
		return fail(err, WINCH_E_STATE, "all lanes are busy");
	if (r > 0)
		c->config.state = HOST_CONFIG_ASKED;
	return r < 0 ? r : 0;
}

static int carrier_config(const struct carrier *base, const winch_setting **ret_list,
			  size_t *ret_count, winch_error *err)
{
	return host_config_answer(self_const(base), ret_list, ret_count, err);
}

static void carrier_free(struct carrier *base)
{
	struct wsman_carrier *c = self(base);

	http_free(c->http);
	for (size_t i = 0; i < MAX_LANES; i++)
		wsman_request_done(&c->slots[i].now.request);
	while (c->commands) {
		struct command *k = c->commands;
		c->commands = k->next;
		wsman_command_done(&k->ws);
		trace_streams_done(&k->trace);
		mem_free(k);
	}
	trace_streams_done(&c->trace);
	host_config_done(&c->config);
	wsman_reply_done(&c->reply);
	wsman_shell_done(&c->shell);
	credential_done(&c->credential);
	mem_free(c);
}

static const struct carrier_class wsman_carrier_class = {
	.pump = carrier_pump,
	.ready = carrier_ready,
	.deadline = carrier_deadline,
	.expired = carrier_expired,
	.shut = carrier_shut,
	.ended = carrier_ended,
	.shell_id = carrier_shell_id,
	.request_count = carrier_request_count,
	.why_ntlm = carrier_why_ntlm,
	.ask_config = carrier_ask_config,
	.config = carrier_config,
	.free = carrier_free,
};

struct carrier *wsman_carrier_new(const winch_session_options *opts,
				  const struct carrier_world *world, winch_error *err)
{
	struct wsman_carrier *c = mem_zalloc(sizeof(*c));

	if (!c) {
		fail_nomem(err);
		return NULL;
	}
	c->base.class = &wsman_carrier_class;
	c->world = *world;
	c->http_due = -1;
	c->config.why = (winch_error)WINCH_ERROR_INIT;
	c->pool_id = winch_pool_id(world->pool);
	c->pool_stands = opts->all_lanes;
	c->no_profile = opts->no_profile;
	c->fixed_envelope = opts->max_envelope != 0;
	c->idle_timeout_ms = (unsigned)opts->idle_timeout_ms;
	snprintf(c->protocol, sizeof(c->protocol), "2.%d",
		 opts->pool->protocol_minor ? opts->pool->protocol_minor : 4);
	for (size_t i = 0; i < MAX_LANES; i++)
		c->slots[i].now.request = (struct wsman_request)WSMAN_REQUEST_INIT;
	wsman_reply_init(&c->reply,
			 2 * (c->fixed_envelope ? opts->max_envelope : WSMAN_ENVELOPE_NEW));
	if (carrier_connect(c, opts, err) < 0) {
		carrier_free(&c->base);
		return NULL;
	}
	return &c->base;
}
