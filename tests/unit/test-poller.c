/*
 * test-poller.c - sockets, deadline and wake-up through one descriptor.
 */
#include "tests/unit/test.h"

#include <poll.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/mem.h"
#include "src/session/poller.h"

DEFINE_AUTO_FREE(struct poller, poller_free)

static bool readable(const struct poller *p)
{
	struct pollfd pfd = { .fd = poller_fd(p), .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

static void a_socket_shows_through_the_one_descriptor(void **state)
{
	(void)state;
	AUTO(poller_free_auto) struct poller *p = poller_new(NULL);
	struct poller_ready ready[4];
	bool woken;
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(poller_watch(p, pipes[0], POLLER_READ), 0);
	assert_false(readable(p));
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_true(readable(p));
	assert_int_equal(poller_wait(p, 1000, ready, 4, &woken, NULL), 1);
	assert_int_equal(ready[0].fd, pipes[0]);
	assert_int_equal(ready[0].events, POLLER_READ);
	assert_false(woken);
	assert_int_equal(poller_watch(p, pipes[0], 0), 0);
	assert_false(readable(p));
	close(pipes[0]);
	close(pipes[1]);
}

static void a_wake_is_seen_once(void **state)
{
	(void)state;
	AUTO(poller_free_auto) struct poller *p = poller_new(NULL);
	struct poller_ready ready[4];
	bool woken;

	poller_wake(p);
	poller_wake(p);
	assert_true(readable(p));
	assert_int_equal(poller_wait(p, -1, ready, 4, &woken, NULL), 0);
	assert_true(woken);
	assert_int_equal(poller_wait(p, 0, ready, 4, &woken, NULL), 0);
	assert_false(woken);
}

static void a_deadline_ends_the_wait(void **state)
{
	(void)state;
	AUTO(poller_free_auto) struct poller *p = poller_new(NULL);
	struct poller_ready ready[4];
	bool woken;

	poller_deadline(p, clock_ms() + 20);
	assert_int_equal(poller_wait(p, 60000, ready, 4, &woken, NULL), 0);
	assert_false(woken);
	poller_deadline(p, clock_ms() - 5); /* in the past: at once */
	assert_int_equal(poller_wait(p, 60000, ready, 4, &woken, NULL), 0);
	poller_deadline(p, clock_ms() + 10000);
	poller_deadline(p, -1);
	assert_int_equal(poller_wait(p, 0, ready, 4, &woken, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_shows_through_the_one_descriptor),
		cmocka_unit_test(a_wake_is_seen_once),
		cmocka_unit_test(a_deadline_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
