/*
 * test-cut.c - messages cut to fragments when they are taken: to any room, in order, urgent ones
 * first; dropped; no memory.
 */
#include "psrp/cut.h"

#include <winch/pool.h>

#include "src/base/guid.h"
#include "src/base/mem.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/server-bytes.h"
#include "tests/unit/test.h"

static winch_guid pipeline(int n)
{
	return (winch_guid){ { (uint8_t)n } };
}

/* A message of len bytes, all of which are its number. */
static int put(struct cut *c, int op, int of, uint8_t number, size_t len, bool urgent)
{
	struct outgoing o = { .op = op, .pipeline = pipeline(of), .urgent = urgent };

	o.message.max = len ? len : 1;
	if (len) {
		uint8_t *at = buf_room(&o.message, len, NULL);
		if (!at)
			return WINCH_E_NOMEM;
		memset(at, number, len);
		buf_added(&o.message, len);
	}
	int r = cut_put(c, &o, NULL);
	buf_done(&o.message);
	return r;
}

static void must_put(struct cut *c, int op, int of, uint8_t number, size_t len, bool urgent)
{
	assert_int_equal(put(c, op, of, number, len, urgent), 0);
}

struct taken {
	int op;
	winch_guid pipeline;
	struct bytes data;
};

static int take(struct cut *c, size_t room, struct taken *ret)
{
	int op;
	winch_guid of;
	int there = cut_peek(c, &op, &of);
	int r = cut_take(c, room, &ret->op, &ret->pipeline, &ret->data, NULL);

	if (r < 0)
		return r;
	assert_int_equal(r, there);
	if (r) {
		assert_int_equal(op, ret->op);
		assert_true(guid_eq(&of, &ret->pipeline));
		assert_true(ret->data.len <= room);
	}
	return r;
}

static void must_take(struct cut *c, size_t room, int op, int of, struct taken *ret)
{
	winch_guid id = pipeline(of);

	assert_int_equal(take(c, room, ret), 1);
	assert_int_equal(ret->op, op);
	assert_true(guid_eq(&ret->pipeline, &id));
}

static void nothing_left(struct cut *c)
{
	struct taken t;

	assert_int_equal(take(c, 1000, &t), 0);
	assert_null(c->first);
	assert_null(c->last);
	assert_int_equal(c->queued_input, 0);
}

/* The next fragment of a chunk is this one. */
static void fragment_is(struct taken *t, uint64_t object, uint64_t fragment, unsigned flags,
			size_t len, uint8_t number)
{
	const uint8_t *at = t->data.data;
	size_t left = t->data.len;
	struct client_fragment f;

	assert_true(take_client_fragment(&at, &left, &f));
	assert_int_equal(f.object, object);
	assert_int_equal(f.fragment, fragment);
	assert_int_equal(f.flags, flags);
	assert_int_equal(f.len, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(f.data[i], number);
	t->data = bytes_of(at, left);
}

static void one_message(void **state)
{
	AUTO(cut_done) struct cut c;
	struct taken t;

	(void)state;
	cut_init(&c);
	nothing_left(&c);
	must_put(&c, WINCH_OP_SEND, 1, 'a', 100, false);
	must_take(&c, 1000, WINCH_OP_SEND, 1, &t);
	fragment_is(&t, 1, 0, 3, 100, 'a');
	assert_int_equal(t.data.len, 0);
	nothing_left(&c);
}

/* Just enough room, and a byte less: then it takes another chunk. */
static void room_is_kept(void **state)
{
	AUTO(cut_done) struct cut c;
	struct taken t;

	(void)state;
	cut_init(&c);
	must_put(&c, WINCH_OP_SEND, 1, 'a', 79, false);
	must_put(&c, WINCH_OP_SEND, 1, 'b', 80, false);
	must_put(&c, WINCH_OP_SEND, 1, 'c', 1, false);
	must_take(&c, 100, WINCH_OP_SEND, 1, &t);
	fragment_is(&t, 1, 0, 3, 79, 'a');
	assert_int_equal(t.data.len, 0);
	must_take(&c, 100, WINCH_OP_SEND, 1, &t);
	fragment_is(&t, 2, 0, 1, 79, 'b');
	assert_int_equal(t.data.len, 0);
	/* 22 bytes for its rest leave 22 for the third: a header and a byte. */
	must_take(&c, 44, WINCH_OP_SEND, 1, &t);
	fragment_is(&t, 2, 1, 2, 1, 'b');
	fragment_is(&t, 3, 0, 3, 1, 'c');
	nothing_left(&c);
	/* 43 would leave 21: none is begun without data. */
	must_put(&c, WINCH_OP_SEND, 1, 'd', 1, false);
	must_put(&c, WINCH_OP_SEND, 1, 'e', 1, false);
	must_take(&c, 43, WINCH_OP_SEND, 1, &t);
	fragment_is(&t, 4, 0, 3, 1, 'd');
	assert_int_equal(t.data.len, 0);
	must_take(&c, 64, WINCH_OP_SEND, 1, &t);
	fragment_is(&t, 5, 0, 3, 1, 'e');
	nothing_left(&c);
}

/* What an application's carrier may have: a chunk has 16 MiB at most. */
static void room_without_end(void **state)
{
	enum { MOST = 16 * 1024 * 1024 };
	AUTO(cut_done) struct cut c;
	struct taken t;

	(void)state;
	cut_init(&c);
	must_put(&c, WINCH_OP_SEND, 1, 'a', MOST + 10, false);
	must_take(&c, SIZE_MAX, WINCH_OP_SEND, 1, &t);
	assert_int_equal(t.data.len, MOST);
	fragment_is(&t, 1, 0, 1, MOST - 21, 'a');
	must_take(&c, SIZE_MAX, WINCH_OP_SEND, 1, &t);
	fragment_is(&t, 1, 1, 2, 31, 'a');
	nothing_left(&c);
}

/* Only what has the same operation and pipeline shares a chunk; one Command starts one. */
static void what_shares_a_chunk(void **state)
{
	AUTO(cut_done) struct cut c;
	struct taken t;

	(void)state;
	cut_init(&c);
	must_put(&c, WINCH_OP_OPEN, 0, 'a', 5, false);
	must_put(&c, WINCH_OP_OPEN, 0, 'b', 5, false);
	must_put(&c, WINCH_OP_COMMAND, 1, 'c', 5, false);
	must_put(&c, WINCH_OP_COMMAND, 1, 'd', 5, false);
	must_put(&c, WINCH_OP_SEND, 1, 'e', 5, false);
	must_put(&c, WINCH_OP_SEND, 2, 'f', 5, false);
	must_put(&c, WINCH_OP_SEND_PR, 2, 'g', 5, false);
	must_put(&c, WINCH_OP_STOP, 2, 0, 0, false);
	must_put(&c, WINCH_OP_STOP, 2, 0, 0, false);
	must_put(&c, WINCH_OP_CLOSE, 0, 0, 0, false);
	must_take(&c, 1000, WINCH_OP_OPEN, 0, &t);
	fragment_is(&t, 1, 0, 3, 5, 'a');
	fragment_is(&t, 2, 0, 3, 5, 'b');
	must_take(&c, 1000, WINCH_OP_COMMAND, 1, &t);
	fragment_is(&t, 3, 0, 3, 5, 'c');
	assert_int_equal(t.data.len, 0);
	must_take(&c, 1000, WINCH_OP_COMMAND, 1, &t);
	must_take(&c, 1000, WINCH_OP_SEND, 1, &t);
	must_take(&c, 1000, WINCH_OP_SEND, 2, &t);
	fragment_is(&t, 6, 0, 3, 5, 'f');
	must_take(&c, 1000, WINCH_OP_SEND_PR, 2, &t);
	fragment_is(&t, 7, 0, 3, 5, 'g');
	must_take(&c, 1000, WINCH_OP_STOP, 2, &t);
	assert_int_equal(t.data.len, 0);
	must_take(&c, 1000, WINCH_OP_STOP, 2, &t);
	must_take(&c, 1000, WINCH_OP_CLOSE, 0, &t);
	assert_int_equal(t.data.len, 0);
	nothing_left(&c);
}

/* What a Create or a Command has no room for follows by Send. */
static void the_rest_follows_by_send(void **state)
{
	static const int ops[] = { WINCH_OP_OPEN, WINCH_OP_COMMAND };
	struct taken t;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		AUTO(cut_done) struct cut c;
		winch_guid one = pipeline(1);
		cut_init(&c);
		must_put(&c, ops[i], 1, 'a', 100, false);
		assert_true(cut_has(&c, ops[i], &one));
		must_take(&c, 64, ops[i], 1, &t);
		fragment_is(&t, 1, 0, 1, 43, 'a');
		assert_false(cut_has(&c, ops[i], &one));
		assert_true(cut_has(&c, WINCH_OP_SEND, &one));
		must_take(&c, 64, WINCH_OP_SEND, 1, &t);
		fragment_is(&t, 1, 1, 0, 43, 'a');
		must_take(&c, 64, WINCH_OP_SEND, 1, &t);
		fragment_is(&t, 1, 2, 2, 14, 'a');
		nothing_left(&c);
	}
}

/* Also a message of the opening that did not begin: a shell is created once. */
static void a_shell_is_created_once(void **state)
{
	AUTO(cut_done) struct cut c;
	struct taken t;

	(void)state;
	cut_init(&c);
	must_put(&c, WINCH_OP_OPEN, 0, 'a', 43, false);
	must_put(&c, WINCH_OP_OPEN, 0, 'b', 5, false);
	must_put(&c, WINCH_OP_OPEN, 0, 'c', 5, false);
	must_take(&c, 64, WINCH_OP_OPEN, 0, &t);
	fragment_is(&t, 1, 0, 3, 43, 'a');
	must_take(&c, 64, WINCH_OP_SEND, 0, &t);
	fragment_is(&t, 2, 0, 3, 5, 'b');
	fragment_is(&t, 3, 0, 3, 5, 'c');
	nothing_left(&c);
}

/* Urgent ones overtake, also what is half sent, but not each other. */
static void urgent_ones_first(void **state)
{
	AUTO(cut_done) struct cut c;
	struct taken t;

	(void)state;
	cut_init(&c);
	must_put(&c, WINCH_OP_SEND, 1, 'a', 100, false);
	must_take(&c, 64, WINCH_OP_SEND, 1, &t);
	must_put(&c, WINCH_OP_SEND_PR, 1, 'b', 100, true);
	must_put(&c, WINCH_OP_STOP, 2, 0, 0, true);
	must_put(&c, WINCH_OP_SEND, 3, 'c', 10, false);
	must_take(&c, 64, WINCH_OP_SEND_PR, 1, &t);
	fragment_is(&t, 2, 0, 1, 43, 'b');
	must_put(&c, WINCH_OP_SEND_PR, 1, 'd', 1, true);
	must_take(&c, 1000, WINCH_OP_SEND_PR, 1, &t);
	fragment_is(&t, 2, 1, 2, 57, 'b');
	assert_int_equal(t.data.len, 0);
	must_take(&c, 1000, WINCH_OP_STOP, 2, &t);
	must_take(&c, 1000, WINCH_OP_SEND_PR, 1, &t);
	fragment_is(&t, 3, 0, 3, 1, 'd');
	must_take(&c, 1000, WINCH_OP_SEND, 1, &t);
	fragment_is(&t, 1, 1, 2, 57, 'a');
	must_take(&c, 1000, WINCH_OP_SEND, 3, &t);
	fragment_is(&t, 4, 0, 3, 10, 'c');
	nothing_left(&c);
}

static void dropped_ones_are_gone(void **state)
{
	AUTO(cut_done) struct cut c;
	winch_guid one = pipeline(1), two = pipeline(2), three = pipeline(3);
	struct taken t;

	(void)state;
	cut_init(&c);
	must_put(&c, WINCH_OP_SEND, 1, 'a', 100, false);
	must_put(&c, WINCH_OP_SEND, 2, 'b', 10, false);
	must_put(&c, WINCH_OP_STOP, 1, 0, 0, false);
	must_take(&c, 64, WINCH_OP_SEND, 1, &t);
	cut_drop(&c, &three);
	assert_true(cut_has(&c, WINCH_OP_STOP, &one));
	cut_drop(&c, &one);
	assert_false(cut_has(&c, WINCH_OP_STOP, &one));
	assert_true(cut_has(&c, WINCH_OP_SEND, &two));
	must_put(&c, WINCH_OP_SEND, 3, 'c', 10, false); /* behind the last that is left */
	must_take(&c, 64, WINCH_OP_SEND, 2, &t);
	fragment_is(&t, 2, 0, 3, 10, 'b');
	must_take(&c, 64, WINCH_OP_SEND, 3, &t);
	nothing_left(&c);
	must_put(&c, WINCH_OP_SEND, 2, 'b', 10, false);
	cut_drop(&c, NULL);
	nothing_left(&c);
}

static void input_is_counted(void **state)
{
	AUTO(cut_done) struct cut c;
	winch_guid one = pipeline(1);
	struct taken t;

	(void)state;
	cut_init(&c);
	for (int i = 0; i < 3; i++) {
		struct outgoing o = { .op = WINCH_OP_SEND, .pipeline = one, .counts = true };
		o.message.max = 1000;
		assert_int_equal(buf_put(&o.message, bytes_of("0123456789", 10), NULL), 0);
		assert_int_equal(cut_put(&c, &o, NULL), 0);
		assert_int_equal(c.queued_input, 10 * (i + 1));
	}
	must_put(&c, WINCH_OP_SEND, 2, 'x', 10, false);
	assert_int_equal(c.queued_input, 30);
	must_take(&c, 64, WINCH_OP_SEND, 1, &t); /* two, for a third's header there is no room */
	assert_int_equal(c.queued_input, 10);
	cut_drop(&c, &one);
	assert_int_equal(c.queued_input, 0);
	must_take(&c, 64, WINCH_OP_SEND, 2, &t);
	nothing_left(&c);
}

/* ---- any messages, any rooms ---- */

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Each stream's messages come out in order and whole, however they are cut. */
static void any_messages_and_rooms(void **state)
{
	enum { STREAMS = 4, EACH = 30 };

	(void)state;
	for (uint32_t round = 0; round < 30; round++) {
		AUTO(cut_done) struct cut c;
		size_t next[STREAMS] = { 0 }, got[STREAMS] = { 0 };
		uint64_t fragment[STREAMS] = { 0 }, objects = 0, object[STREAMS] = { 0 };
		struct taken t;
		cut_init(&c);
		seed = round;
		for (size_t i = 0; i < EACH; i++)
			for (int s = 0; s < STREAMS; s++)
				must_put(&c, WINCH_OP_SEND, s, (uint8_t)i, 1 + i * 37 % 500, false);
		while (take(&c, 64 + draw(round % 3 ? 200 : 3000), &t) > 0) {
			int s = t.pipeline.bytes[0];
			const uint8_t *at = t.data.data;
			size_t left = t.data.len;
			struct client_fragment f;
			while (left) {
				assert_true(take_client_fragment(&at, &left, &f));
				assert_int_equal(f.flags & 1, got[s] == 0);
				assert_int_equal(f.fragment, got[s] ? fragment[s] + 1 : 0);
				if (got[s] == 0)
					object[s] = ++objects;
				assert_int_equal(f.object, object[s]);
				assert_true(f.len > 0);
				for (uint32_t k = 0; k < f.len; k++)
					assert_int_equal(f.data[k], next[s]);
				fragment[s] = f.fragment;
				got[s] += f.len;
				bool whole = got[s] == 1 + next[s] * 37 % 500;
				assert_int_equal((f.flags & 2) != 0, whole);
				if (whole) {
					next[s]++;
					got[s] = 0;
				}
			}
		}
		for (int s = 0; s < STREAMS; s++)
			assert_int_equal(next[s], EACH);
		nothing_left(&c);
	}
}

/* ---- no memory ---- */

static int queue_and_take(void)
{
	AUTO(cut_done) struct cut c;
	struct taken t;
	int r;

	cut_init(&c);
	r = put(&c, WINCH_OP_OPEN, 0, 'a', 1000, false);
	if (r == 0)
		r = put(&c, WINCH_OP_SEND, 1, 'b', 1000, false);
	if (r == 0)
		r = put(&c, WINCH_OP_STOP, 1, 0, 0, true);
	while (r == 0 && (r = take(&c, 300, &t)) > 0)
		r = 0;
	return r;
}

static void each_allocation_fails(void **state)
{
	(void)state;
	assert_true(mem_fail_each(queue_and_take) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_message),
		cmocka_unit_test(room_is_kept),
		cmocka_unit_test(room_without_end),
		cmocka_unit_test(what_shares_a_chunk),
		cmocka_unit_test(the_rest_follows_by_send),
		cmocka_unit_test(a_shell_is_created_once),
		cmocka_unit_test(urgent_ones_first),
		cmocka_unit_test(dropped_ones_are_gone),
		cmocka_unit_test(input_is_counted),
		cmocka_unit_test(any_messages_and_rooms),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
