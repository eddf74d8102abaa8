/*
 * test-way.c - libcurl's connection to us: it alone gets in, whatever the descriptors are.
 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wsman/http/way.h"

static void one_way(void)
{
	struct way w = { 0 };
	struct curl_sockaddr to = { 0 };
	char got = 0;

	assert_int_equal(way_take(&w), -1);
	int ours = way_open(&w, &to);
	assert_true(ours >= 0);
	assert_int_equal(way_take(&w), -1);
	/* Somebody else comes first. */
	int other = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(other, &to.addr, to.addrlen), 0);
	assert_int_equal(connect(ours, &to.addr, to.addrlen), 0);
	int end = way_take(&w);
	assert_true(end >= 0);
	assert_int_equal(send(ours, "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(read(end, &got, 1), 1);
	assert_int_equal(got, 'x');
	assert_int_equal(way_take(&w), -1);
	way_done(&w);
	close(end);
	close(ours);
	close(other);
}

static void it_is_ours(void **state)
{
	(void)state;
	one_way();
}

/* Who has closed its standard input gets its descriptor for the next socket. */
static void descriptor_0(void **state)
{
	int kept = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	(void)state;
	close(STDIN_FILENO);
	one_way();
	if (kept >= 0) {
		dup2(kept, STDIN_FILENO);
		close(kept);
	}
}

static void nobody_comes(void **state)
{
	struct way w = { 0 };
	struct curl_sockaddr to = { 0 };

	(void)state;
	int ours = way_open(&w, &to);
	assert_true(ours >= 0);
	way_done(&w);
	way_done(&w);
	assert_int_equal(connect(ours, &to.addr, to.addrlen), -1);
	close(ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_ours),
		cmocka_unit_test(descriptor_0),
		cmocka_unit_test(nobody_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
