/*
 * wsman-operation.c - one WSMan operation: written, posted, its reply taken in.
 *
 * What each operation does when it was answered, and what a fault means to it, is
 * the table at the end.  PSRP's words for WSMan: MS-PSRP 3.1.5.3, MS-WSMV 3.1.4.
 */
#include "src/session/wsman-carrier.h"

#include <stdio.h>

#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/random.h"
#include "wsman/names.h"
#include "wsman/states.h"

#define POWERSHELL_NS "http://schemas.microsoft.com/powershell"

/* A reply that does not come this long after the operation's own time is lost. */
enum { REPLY_MARGIN_MS = 10000 };

/* The waits between Receives that ask for the same: each is twice the one before. */
enum { AGAIN_FIRST_MS = 250, AGAIN_MOST_MS = 4000 };

/* Open content of a shell; MS-PSRP 3.1.5.3.1.  protocolversion is the highest that we offer. */
static int write_create(struct wsman_carrier *c, const winch_guid *id, struct wsman_request *q,
			winch_error *err)
{
	struct wsman_option options[2] = { { "protocolversion", c->protocol, true } };
	struct wsman_create args = {
		.shell_id = &c->pool_id,
		.input_streams = "stdin pr",
		.output_streams = "stdout",
		.options = options,
		.option_count = 1,
		.idle_timeout_ms = c->idle_timeout_ms,
		.content_name = "creationXml",
		.content_ns = POWERSHELL_NS,
	};

	if (c->no_profile)
		options[args.option_count++] =
			(struct wsman_option){ WSMAN_OPTION_NOPROFILE, "TRUE", true };
	return wsman_create(&c->shell, &args, id, q, err);
}

static int write_operation(struct wsman_carrier *c, const struct operation_plan *plan,
			   const winch_guid *id, struct wsman_request *q, winch_error *err)
{
	struct wsman_command *ws = plan->command ? &plan->command->ws : NULL;

	if (plan->op == WSMAN_CREATE)
		return write_create(c, id, q, err);
	if (plan->op == WSMAN_COMMAND) {
		struct wsman_command_args args = { .command_id = &plan->command->pipeline,
						   .command = "" };
		return wsman_command(&c->shell, ws, &args, id, q, err);
	}
	if (plan->op == WSMAN_SEND)
		return wsman_send(&c->shell, ws, plan->stream, false, id, q, err);
	if (plan->op == WSMAN_RECEIVE)
		return wsman_receive(&c->shell, ws, "stdout", true, id, q, err);
	if (plan->op == WSMAN_SIGNAL)
		return wsman_signal(&c->shell, ws, plan->signal, id, q, err);
	if (plan->op == WSMAN_DELETE)
		return wsman_delete(&c->shell, id, q, err);
	if (plan->op == WSMAN_GET_CONFIG)
		return wsman_get_config(&c->shell, id, q, err);
	return fail(err, WINCH_E_STATE, "no such operation");
}

/* Fragments are cut here, to the room that this envelope really has. */
static int put_payload(struct wsman_carrier *c, struct wsman_request *q, winch_error *err)
{
	const winch_chunk *chunk;
	size_t room = wsman_room(q);

	if (room < 64)
		return fail(err, WINCH_E_LIMIT,
			    "an envelope of %zu bytes has no room for a fragment", q->max_envelope);
	int r = winch_pool_take(c->world.pool, room, &chunk);
	if (r < 0)
		return fail(err, r, "%s", winch_error_text(winch_pool_error(c->world.pool)));
	q->body.secret |= r && chunk->secret;
	return wsman_finish(q, bytes_of(r ? chunk->data : NULL, r ? chunk->len : 0), err);
}

static void mark_receiving(struct wsman_carrier *c, const struct operation *op, bool on)
{
	if (op->request.op != WSMAN_RECEIVE)
		return;
	if (!op->command)
		c->pool_receiving = on;
	else
		op->command->receiving = on;
	if (op->command && on)
		op->command->wanted = -1;
}

static int post(struct wsman_carrier *c, struct slot *slot, winch_error *err)
{
	const struct wsman_request *q = &slot->now.request;
	const struct lane_request request = {
		.body = buf_bytes(&q->body),
		.op = wsman_op_name(q->op),
		.id = q->message_id,
		.timeout_ms = (long)q->timeout_ms + REPLY_MARGIN_MS,
		.max_reply = 2 * c->shell.max_envelope,
		.may_repeat = wsman_may_repeat(q->op),
		.first_body_ok = q->op == WSMAN_CREATE,
	};

	trace_request(c, slot);
	return lane_post(slot->lane, &request, err);
}

int operation_start(struct wsman_carrier *c, struct slot *slot, const struct operation_plan *plan,
		    winch_error *err)
{
	struct wsman_request *q = &slot->now.request;
	winch_guid id;

	if (random_guid(NULL, &id) < 0)
		return fail(err, WINCH_E_SYSTEM, "no random bytes");
	int r = write_operation(c, plan, &id, q, err);
	if (r == 0 && q->tail.len)
		r = put_payload(c, q, err);
	if (r < 0)
		return r;
	slot->now.command = plan->command;
	slot->now.chunk = plan->chunk;
	slot->now.again_at = slot->now.again_ms = 0;
	r = post(c, slot, err);
	if (r < 0)
		return r;
	slot->busy = true;
	slot->now.since = clock_ms();
	mark_receiving(c, &slot->now, true);
	return 0;
}

bool operation_under_way(const struct wsman_carrier *c, const struct command *command)
{
	for (size_t i = 0; i < MAX_LANES; i++)
		if (c->slots[i].busy && c->slots[i].now.command == command)
			return true;
	return false;
}

/* ---- a Receive again ---- */

/* Was it refused because the server still works on the one that was sent before the connection
 * was lost?  Whoever asks with its MessageID gets its answer, once there is one: deviations.md
 * repeated-receive. */
static bool comes_too_early(const struct wsman_carrier *c, const struct slot *slot)
{
	const struct operation *op = &slot->now;

	return op->request.op == WSMAN_RECEIVE &&
	       c->reply.fault.code == WSMAN_FAULT_CODE_INTERNAL &&
	       (op->again_ms || lane_was_repeated(slot->lane)) &&
	       clock_ms() - op->since < (int64_t)op->request.timeout_ms + REPLY_MARGIN_MS;
}

static void ask_later(struct wsman_carrier *c, struct slot *slot)
{
	struct operation *op = &slot->now;

	op->again_ms = op->again_ms ? op->again_ms * 2 : AGAIN_FIRST_MS;
	if (op->again_ms > AGAIN_MOST_MS)
		op->again_ms = AGAIN_MOST_MS;
	op->again_at = clock_ms() + op->again_ms;
	slot->busy = true;
	mark_receiving(c, op, true);
}

int operation_again(struct wsman_carrier *c, winch_error *err)
{
	for (size_t i = 0; i < MAX_LANES; i++) {
		struct slot *slot = &c->slots[i];
		if (!slot->now.again_at || slot->now.again_at > clock_ms())
			continue;
		slot->now.again_at = 0;
		int r = post(c, slot, err);
		return r < 0 ? r : 1;
	}
	return 0;
}

int64_t operation_again_due(const struct wsman_carrier *c)
{
	int64_t due = -1;

	for (size_t i = 0; i < MAX_LANES; i++) {
		int64_t at = c->slots[i].now.again_at;
		if (at && (due < 0 || at < due))
			due = at;
	}
	return due;
}

void operation_drop_again(struct wsman_carrier *c)
{
	for (size_t i = 0; i < MAX_LANES; i++) {
		struct slot *slot = &c->slots[i];
		if (!slot->now.again_at)
			continue;
		slot->now.again_at = 0;
		slot->busy = false;
		mark_receiving(c, &slot->now, false);
	}
}

/* ---- replies ---- */

typedef int finish_fn(struct wsman_carrier *c, struct operation *op, winch_error *err);

static int finish_create(struct wsman_carrier *c, struct operation *op, winch_error *err)
{
	(void)op;
	(void)err;
	snprintf(c->shell_text, sizeof(c->shell_text), "%.*s", (int)c->shell.id.len,
		 (const char *)buf_bytes(&c->shell.id).data);
	return 0;
}

static int finish_command(struct wsman_carrier *c, struct operation *op, winch_error *err)
{
	(void)c;
	(void)err;
	op->command->wanted = clock_ms();
	return 0;
}

static int finish_nothing(struct wsman_carrier *c, struct operation *op, winch_error *err)
{
	(void)c;
	(void)op;
	(void)err;
	return 0;
}

/* The command's, or the shell's, stream is over. */
static int stream_ended(struct wsman_carrier *c, struct command *command, winch_error *err)
{
	if (command ? command->done : c->pool_ended)
		return 0;
	if (command)
		command->done = true;
	else
		c->pool_ended = true;
	int r = winch_pool_ended(c->world.pool, command ? &command->pipeline : NULL);
	return r < 0 ? fail(err, r, "%s", winch_error_text(winch_pool_error(c->world.pool))) : 0;
}

/* What a Receive brought; data of any command may come, though only ours was asked for. */
static int finish_receive(struct wsman_carrier *c, struct operation *op, winch_error *err)
{
	const winch_guid *pipeline = op->command ? &op->command->pipeline : NULL;

	for (size_t i = 0; i < c->reply.chunk_count; i++) {
		const struct wsman_chunk *chunk = &c->reply.chunks[i];
		int r = winch_pool_feed(c->world.pool, pipeline, chunk->data.data, chunk->data.len);
		if (r < 0)
			return fail(err, r, "%s",
				    winch_error_text(winch_pool_error(c->world.pool)));
	}
	if (!c->fixed_envelope && winch_pool_protocol_minor(c->world.pool) >= 2 &&
	    c->shell.max_envelope < WSMAN_ENVELOPE_NEW)
		c->shell.max_envelope = WSMAN_ENVELOPE_NEW;
	if (op->command)
		op->command->wanted = clock_ms();
	return c->reply.progress == WSMAN_PROGRESS_DONE ? stream_ended(c, op->command, err) : 0;
}

/* The shell is gone, and the pool with it; one that failed has said why. */
static int finish_delete(struct wsman_carrier *c, struct operation *op, winch_error *err)
{
	(void)op;
	(void)err;
	winch_pool_ended(c->world.pool, NULL);
	return 0;
}

/* The shell or command went away under an operation: a pipeline that has not told
 * its end fails by that, one that has does not care. */
static int fault_gone(struct wsman_carrier *c, struct operation *op, winch_error *err)
{
	if (op->request.op != WSMAN_RECEIVE && op->command && op->command->receiving)
		return 0; /* its Receive tells the rest */
	if (c->shut || (op->command && op->command->done)) {
		winch_error_done(err);
		return 0;
	}
	return err ? err->status : WINCH_E_FAULT;
}

static const struct finish_row {
	finish_fn *answered;
	bool gone_ok;  /* ABORTED and GONE faults are looked at by fault_gone() */
	bool fault_ok; /* no fault of it matters */
} finish_rows[WSMAN_OP_COUNT] = {
	[WSMAN_CREATE] = { finish_create, false, false },
	[WSMAN_COMMAND] = { finish_command, false, false },
	[WSMAN_SEND] = { finish_nothing, true, false },
	[WSMAN_RECEIVE] = { finish_receive, true, false },
	[WSMAN_SIGNAL] = { finish_nothing, true, true },
	[WSMAN_DELETE] = { finish_delete, true, true },
};

static int finish_fault(struct wsman_carrier *c, struct operation *op, winch_error *err)
{
	const struct finish_row *row = &finish_rows[op->request.op];
	enum wsman_fault_class class = c->reply.fault.class;

	if (row->fault_ok) {
		winch_error_done(err);
		return 0;
	}
	if (row->gone_ok && (class == WSMAN_FAULT_ABORTED || class == WSMAN_FAULT_GONE))
		return fault_gone(c, op, err);
	return WINCH_E_FAULT;
}

/* Delete alone of what changes anything may be done twice: where the first one was carried out the
 * second is answered by a fault, and the shell is gone all the same.  It is a request of its own:
 * what has the first one's MessageID is not done (deviations.md repeated-receive). */
static bool may_delete_again(const struct wsman_carrier *c, const struct slot *slot)
{
	return slot->now.request.op == WSMAN_DELETE && !c->deleted_again &&
	       lane_was_sent(slot->lane) && lane_error(slot->lane)->reason == WINCH_REASON_LOST;
}

static int delete_again(struct wsman_carrier *c, struct slot *slot, winch_error *err)
{
	const struct operation_plan plan = { .op = WSMAN_DELETE };

	c->deleted_again = true;
	int r = operation_start(c, slot, &plan, err);
	if (r < 0)
		c->delete_failed = true;
	return r;
}

/* The exchange itself failed: nothing was answered. */
static int finish_lost(struct wsman_carrier *c, struct slot *slot, winch_error *err)
{
	const winch_error *why = lane_error(slot->lane);
	struct operation *op = &slot->now;

	if (may_delete_again(c, slot))
		return delete_again(c, slot, err);
	if (op->request.op == WSMAN_DELETE)
		c->delete_failed = true;
	/* Else the server may have made a shell, which has the id that we chose. */
	if (op->request.op == WSMAN_CREATE &&
	    (!lane_was_sent(slot->lane) || why->status == WINCH_E_AUTH))
		wsman_op_step(&c->shell, NULL, WSMAN_CREATE, WSMAN_STEP_REFUSED);
	int r = fail_again(err, why);
	return r == WINCH_E_TIMEOUT && err ? fail_prefix(err, "%s", wsman_op_name(op->request.op))
					   : r;
}

int operation_finish(struct wsman_carrier *c, struct slot *slot, winch_error *err)
{
	struct operation *op = &slot->now;
	int http_status;
	struct bytes body;

	slot->busy = false;
	mark_receiving(c, op, false);
	c->requests++;
	if (op->request.op == WSMAN_GET_CONFIG)
		return host_config_finish(c, slot);
	if (lane_error(slot->lane))
		return finish_lost(c, slot, err);

	lane_reply(slot->lane, &http_status, &body);
	trace_reply(c, slot, body);
	int r = wsman_read(&c->shell, op->command ? &op->command->ws : NULL, &op->request,
			   http_status, body, &c->reply, err);
	if (r == WSMAN_POLL_AGAIN) {
		if (op->command)
			op->command->wanted = clock_ms();
		return 0;
	}
	if (r == WINCH_E_FAULT && comes_too_early(c, slot)) {
		winch_error_done(err);
		ask_later(c, slot);
		return 0;
	}
	if (r == WINCH_E_FAULT)
		return finish_fault(c, op, err);
	if (r < 0)
		return r;
	return finish_rows[op->request.op].answered(c, op, err);
}
