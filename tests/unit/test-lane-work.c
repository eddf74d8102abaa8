/*
 * test-lane-work.c - what may block, on its thread: waited for, or given up at any moment of it.
 */
#include "tests/unit/test.h"

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "src/base/mem.h"
#include "wsman/http/lane-work.h"

static pthread_t worker;

static atomic_int started, go, freed, frees;
static bool lingers; /* behind an unlock, until the other end has let go of everything */

static void wait_for(atomic_int *what, int count)
{
	while (atomic_load(what) < count)
		sched_yield();
}

/* In front of the library's: all of them, or the linker takes both. */
void *mem_alloc(size_t len)
{
	return malloc(len);
}

void *mem_zalloc(size_t len)
{
	return calloc(1, len);
}

void *mem_realloc(void *old, size_t len)
{
	return realloc(old, len);
}

void *mem_array(size_t count, size_t size)
{
	return calloc(count, size);
}

char *mem_strndup(const char *text, size_t len)
{
	return strndup(text, len);
}

void mem_free(void *p)
{
	free(p);
	atomic_fetch_add(&frees, 1);
}

/* In front of the C library's. */
int pthread_mutex_unlock(pthread_mutex_t *lock)
{
	union {
		void *found;
		int (*call)(pthread_mutex_t *);
	} real = { dlsym(RTLD_NEXT, "pthread_mutex_unlock") };
	bool waits = lingers && !pthread_equal(pthread_self(), worker);

	int r = real.call(lock);
	if (waits) {
		atomic_store(&go, 1);
		wait_for(&frees, 2);
	}
	return r;
}

static void work(struct auth *a)
{
	(void)a;
	worker = pthread_self();
	atomic_fetch_add(&started, 1);
	wait_for(&go, 1);
}

static void slow_free(struct auth *a)
{
	mem_free(a);
	atomic_fetch_add(&freed, 1);
}

static const struct auth_class slow_class = { .name = "slow", .work = work, .free = slow_free };

static struct auth *slow_new(void)
{
	struct auth *a = mem_zalloc(sizeof(*a));

	assert_non_null(a);
	a->class = &slow_class;
	return a;
}

static struct lane_work *begin(struct auth *a, int at_once)
{
	atomic_store(&started, 0);
	atomic_store(&freed, 0);
	atomic_store(&frees, 0);
	atomic_store(&go, at_once);
	struct lane_work *w = lane_work_start(a, NULL);
	assert_non_null(w);
	return w;
}

static bool is_readable(const struct lane_work *w, int timeout_ms)
{
	struct pollfd p = { .fd = lane_work_fd(w), .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

static void waited_for(void **state)
{
	(void)state;
	struct auth *a = slow_new();
	struct lane_work *w = begin(a, 0);

	wait_for(&started, 1);
	assert_false(is_readable(w, 0));
	atomic_store(&go, 1);
	assert_true(is_readable(w, -1));
	lane_work_finish(w);
	assert_false(pthread_equal(worker, pthread_self()));
	assert_int_equal(atomic_load(&freed), 0);
	auth_free(a);
}

static void given_up_while_it_works(void **state)
{
	(void)state;
	struct lane_work *w = begin(slow_new(), 0);

	wait_for(&started, 1);
	lane_work_abandon(w);
	assert_int_equal(atomic_load(&freed), 0);
	atomic_store(&go, 1);
	wait_for(&freed, 1);
}

static void given_up_when_it_is_done(void **state)
{
	(void)state;
	struct lane_work *w = begin(slow_new(), 1);

	assert_true(is_readable(w, -1));
	lane_work_abandon(w);
	assert_int_equal(atomic_load(&freed), 1);
}

/* The thread frees all of it between the last lock and whatever its owner does next. */
static void given_up_as_it_ends(void **state)
{
	(void)state;
	struct lane_work *w = begin(slow_new(), 0);

	wait_for(&started, 1);
	lingers = true;
	lane_work_abandon(w);
	lingers = false;
	assert_int_equal(atomic_load(&freed), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waited_for),
		cmocka_unit_test(given_up_while_it_works),
		cmocka_unit_test(given_up_when_it_is_done),
		cmocka_unit_test(given_up_as_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
