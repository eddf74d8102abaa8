/*
 * test-join.c - fragments joined: cut and fed in any way, limits, no memory.
 *
 * What is out of order, and what a Connect allows: conversations/ of test-pool.c.
 */
#include "psrp/join.h"

#include "src/base/mem.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/server-bytes.h"
#include "tests/unit/test.h"

/* A sequence that is the same in every run. */
static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

enum { MESSAGES = 40, LONGEST = 3000 };

static size_t length_of(size_t i)
{
	return i % 7 == 0 ? 0 : i * 977 % LONGEST;
}

static uint8_t byte_of(size_t i, size_t at)
{
	return (uint8_t)(i * 31 + at * 7);
}

/* Every message, cut as the seed says; some fragments are empty. */
static struct blob all_fragments(void)
{
	struct blob out = { 0 };

	for (size_t i = 0; i < MESSAGES; i++) {
		uint8_t text[LONGEST];
		size_t len = length_of(i), at = 0;
		for (size_t k = 0; k < len; k++)
			text[k] = byte_of(i, k);
		for (uint64_t fragment = 0;; fragment++) {
			size_t piece = draw(5) == 0 ? 0 : draw(900);
			if (piece > len - at)
				piece = len - at;
			bool ends = at + piece == len && (len == 0 || piece);
			blob_fragment(&out, 10 + 3 * i, fragment,
				      (fragment == 0 ? 1u : 0u) | (ends ? 2u : 0u), (uint32_t)piece,
				      text + at, piece);
			at += piece;
			if (ends)
				break;
		}
	}
	return out;
}

static void check(size_t i, struct bytes message)
{
	assert_int_equal(message.len, length_of(i));
	for (size_t k = 0; k < message.len; k++)
		assert_int_equal(message.data[k], byte_of(i, k));
}

static void any_cut_and_any_feed(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 50; round++) {
		seed = round;
		struct blob in = all_fragments();
		AUTO(join_done) struct join j;
		struct bytes message;
		size_t whole = 0;
		join_init(&j, LONGEST, in.len);
		for (size_t at = 0; at < in.len;) {
			size_t piece = 1 + draw(round % 2 ? 40 : 4000);
			if (piece > in.len - at)
				piece = in.len - at;
			assert_int_equal(join_feed(&j, bytes_of(in.data + at, piece), NULL), 0);
			at += piece;
			int r;
			while ((r = join_next(&j, &message, NULL)) == 1)
				check(whole++, message);
			assert_int_equal(r, 0);
		}
		assert_int_equal(whole, MESSAGES);
		blob_done(&in);
	}
}

/* What join_next() gave lives while more is fed. */
static void a_message_lives_until_the_next(void **state)
{
	AUTO(join_done) struct join j;
	struct blob in = { 0 };
	struct bytes message;

	(void)state;
	join_init(&j, 100, 100000);
	blob_fragment(&in, 1, 0, 3, 3, "abc", 3);
	blob_fragment(&in, 2, 0, 3, 3, "def", 3);
	assert_int_equal(join_feed(&j, bytes_of(in.data, in.len), NULL), 0);
	assert_int_equal(join_next(&j, &message, NULL), 1);
	for (int i = 0; i < 100; i++)
		assert_int_equal(join_feed(&j, bytes_of("", 0), NULL), 0);
	assert_memory_equal(message.data, "abc", 3);
	assert_int_equal(join_next(&j, &message, NULL), 1);
	assert_memory_equal(message.data, "def", 3);
	assert_int_equal(join_next(&j, &message, NULL), 0);
	assert_int_equal(join_next(&j, &message, NULL), 0);
	blob_done(&in);
}

static int one_fragment(struct join *j, uint64_t object, uint64_t fragment, unsigned flags,
			uint32_t announced, size_t len)
{
	struct blob in = { 0 };
	struct bytes message;
	uint8_t *zeros = calloc(1, len + 1);

	blob_fragment(&in, object, fragment, flags, announced, zeros, len);
	free(zeros);
	int r = join_feed(j, bytes_of(in.data, in.len), NULL);
	blob_done(&in);
	return r < 0 ? r : join_next(j, &message, NULL);
}

static void limits_hold(void **state)
{
	enum { MAX = 1000 };
	struct join j;

	(void)state;
	join_init(&j, MAX, MAX);
	assert_int_equal(one_fragment(&j, 1, 0, 3, MAX, MAX), 1);
	assert_int_equal(one_fragment(&j, 2, 0, 3, MAX + 1, 0), WINCH_E_LIMIT);
	join_done(&j);

	join_init(&j, MAX, MAX);
	assert_int_equal(one_fragment(&j, 1, 0, 1, MAX - 1, MAX - 1), 0);
	assert_int_equal(one_fragment(&j, 1, 1, 0, 1, 1), 0);
	assert_int_equal(one_fragment(&j, 1, 2, 0, 0, 0), 0);
	assert_int_equal(one_fragment(&j, 1, 3, 2, 1, 0), WINCH_E_LIMIT);
	join_done(&j);

	/* The bytes that wait: of a message, a header, and what is fed at once. */
	uint8_t *much = calloc(1, 2 * MAX + 22);
	join_init(&j, MAX, MAX);
	assert_int_equal(join_feed(&j, bytes_of(much, 2 * MAX + 22), NULL), WINCH_E_LIMIT);
	assert_int_equal(join_feed(&j, bytes_of(much, 2 * MAX + 21), NULL), 0);
	free(much);
	join_done(&j);
}

/* The memory of a long message is not kept for ever. */
static void memory_is_given_back(void **state)
{
	enum { LONG = 8 * 1024 * 1024 };
	struct join j;
	struct bytes message;

	(void)state;
	join_init(&j, LONG, LONG);
	assert_int_equal(one_fragment(&j, 1, 0, 3, LONG, LONG), 1);
	assert_int_equal(join_next(&j, &message, NULL), 0);
	assert_true(j.in.cap + j.message.cap <= 2 * 1024 * 1024);
	assert_int_equal(one_fragment(&j, 2, 0, 3, 10, 10), 1);
	join_done(&j);
}

static int feed_all(const struct blob *in, size_t *ret_whole)
{
	AUTO(join_done) struct join j;
	winch_error err = WINCH_ERROR_INIT;
	struct bytes message;
	int r = 0;

	*ret_whole = 0;
	join_init(&j, LONGEST, in->len);
	for (size_t at = 0; at < in->len && r >= 0; at += 500) {
		size_t piece = in->len - at < 500 ? in->len - at : 500;
		r = join_feed(&j, bytes_of(in->data + at, piece), &err);
		while (r >= 0 && (r = join_next(&j, &message, &err)) == 1)
			check((*ret_whole)++, message);
	}
	assert_int_equal(err.status, r);
	winch_error_done(&err);
	return r;
}

static void each_allocation_fails(void **state)
{
	unsigned long n = 1;
	size_t whole = 0;

	(void)state;
	seed = 1;
	struct blob in = all_fragments();
	for (;; n++) {
		const long live = mem_live();
		mem_fail_at(n);
		int r = feed_all(&in, &whole);
		mem_fail_at(0);
		assert_int_equal(mem_live(), live);
		if (r == 0)
			break;
		assert_int_equal(r, WINCH_E_NOMEM);
	}
	assert_int_equal(whole, MESSAGES);
	assert_true(n > 5);
	blob_done(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_cut_and_any_feed),
		cmocka_unit_test(a_message_lives_until_the_next),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(memory_is_given_back),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
