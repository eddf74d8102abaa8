/*
 * cut.c - messages in, fragments out, cut when they are taken: MS-PSRP 2.2.4.
 *
 * Fragments are cut to the room that the carrier's envelope still has, and small messages share
 * one; a message is started only when it is first taken, so that ids are in order.
 */
#include "psrp/cut.h"

#include <winch/pool.h>

#include "psrp/fragment.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"

enum {
	MAX_CHUNK = 16 * 1024 * 1024,
	/* A Command carries one fragment stream's beginning, all else follows by Send. */
	MIN_ROOM = FRAGMENT_HEADER + 1,
};

void cut_init(struct cut *c)
{
	*c = (struct cut){ .chunk.max = MAX_CHUNK };
}

/* It is in the queue no more. */
static void free_outgoing(struct cut *c, struct outgoing *o)
{
	if (o->counts)
		c->queued_input -= o->message.len;
	c->urgent -= o->urgent;
	buf_done(&o->message);
	mem_free(o);
}

void cut_done(struct cut *c)
{
	cut_drop(c, NULL);
	buf_done(&c->chunk);
}

/* Behind which message an urgent one goes: the urgent ones in front of it. */
static struct outgoing *last_urgent(struct cut *c)
{
	struct outgoing *behind = NULL;

	for (struct outgoing *o = c->first; o && o->urgent; o = o->next)
		behind = o;
	return behind;
}

int cut_put(struct cut *c, struct outgoing *out, winch_error *err)
{
	struct outgoing *o = mem_alloc(sizeof(*o));

	if (!o)
		return fail_nomem(err);
	*o = *out;
	out->message = (struct buf){ 0 };
	o->next = NULL;
	if (o->counts)
		c->queued_input += o->message.len;
	c->urgent += o->urgent;
	struct outgoing *behind = o->urgent ? last_urgent(c) : c->last;
	if (behind) {
		o->next = behind->next;
		behind->next = o;
	} else {
		o->next = c->first;
		c->first = o;
	}
	if (!o->next)
		c->last = o;
	return 0;
}

int cut_peek(const struct cut *c, int *ret_op, winch_guid *ret_pipeline)
{
	if (!c->first)
		return 0;
	*ret_op = c->first->op;
	*ret_pipeline = c->first->pipeline;
	return 1;
}

static void pop_first(struct cut *c)
{
	struct outgoing *o = c->first;

	c->first = o->next;
	if (!c->first)
		c->last = NULL;
	free_outgoing(c, o);
}

/* One fragment of o, at most room bytes with its header, behind what the chunk has. */
static int put_fragment(struct cut *c, struct outgoing *o, size_t room, winch_error *err)
{
	size_t left = o->message.len - o->sent;
	size_t blob = left < room - FRAGMENT_HEADER ? left : room - FRAGMENT_HEADER;
	uint8_t flags = blob == left ? FRAGMENT_END : 0;

	if (o->sent == 0 && o->next_id == 0) {
		o->object_id = ++c->last_object_id;
		flags |= FRAGMENT_START;
	}
	int r = buf_put_u64be(&c->chunk, o->object_id, err);
	if (r == 0)
		r = buf_put_u64be(&c->chunk, o->next_id++, err);
	if (r == 0)
		r = buf_put_u8(&c->chunk, flags, err);
	if (r == 0)
		r = buf_put_u32be(&c->chunk, (uint32_t)blob, err);
	if (r == 0)
		r = buf_put(&c->chunk, bytes_of(o->message.data + o->message.start + o->sent, blob),
			    err);
	o->sent += blob;
	return r;
}

int cut_take(struct cut *c, size_t room, int *ret_op, winch_guid *ret_pipeline,
	     struct bytes *ret_data, winch_error *err)
{
	int op;
	winch_guid pipeline;

	if (!cut_peek(c, &op, &pipeline))
		return 0;
	if (room > MAX_CHUNK)
		room = MAX_CHUNK;
	buf_clear(&c->chunk);
	c->chunk.secret = false;
	while (c->first && c->first->op == op && guid_eq(&c->first->pipeline, &pipeline)) {
		struct outgoing *o = c->first;
		c->chunk.secret |= o->message.secret;
		if (o->message.len > o->sent) {
			if (room - c->chunk.len < MIN_ROOM)
				break;
			int r = put_fragment(c, o, room - c->chunk.len, err);
			if (r < 0)
				return r;
		}
		if (o->sent < o->message.len) {
			/* What a Command has no room for follows by Send. */
			if (o->op == WINCH_OP_COMMAND)
				o->op = WINCH_OP_SEND;
			break;
		}
		pop_first(c);
		/* One Command starts one pipeline; stops and closes stand alone. */
		if (op != WINCH_OP_OPEN && op != WINCH_OP_SEND && op != WINCH_OP_SEND_PR)
			break;
	}
	/* A shell is created once: what did not get in follows by Send. */
	for (struct outgoing *o = c->first; o && op == WINCH_OP_OPEN && o->op == op; o = o->next)
		o->op = WINCH_OP_SEND;
	*ret_op = op;
	*ret_pipeline = pipeline;
	*ret_data = buf_bytes(&c->chunk);
	return 1;
}

bool cut_has(const struct cut *c, int op, const winch_guid *pipeline)
{
	for (const struct outgoing *o = c->first; o; o = o->next)
		if (o->op == op && guid_eq(&o->pipeline, pipeline))
			return true;
	return false;
}

void cut_drop(struct cut *c, const winch_guid *pipeline)
{
	struct outgoing **at = &c->first;

	c->last = NULL;
	while (*at) {
		struct outgoing *o = *at;
		if (pipeline && !guid_eq(&o->pipeline, pipeline)) {
			c->last = o;
			at = &o->next;
			continue;
		}
		*at = o->next;
		free_outgoing(c, o);
	}
}
