/*
 * test-decode-vectors.c - each case of vectors/clixml as plain and as typed JSON, byte for
 * byte; whole and one byte at a time, and by trees alone.
 */
#include "tests/unit/decode-text.h"
#include "tests/unit/vectors.h"

static int decode(struct bytes in, size_t step, bool typed, struct buf *out, winch_error *err)
{
	const struct decoder_options opts = { .typed = typed, .tree = step == 777 };

	return decode_text(opts, in, step, false, out, err);
}

struct counts {
	size_t compared, refused, wrong;
};

static void compare(const char *base, const char *ext, struct bytes in, size_t step, bool typed,
		    struct counts *counts)
{
	winch_error err = WINCH_ERROR_INIT;
	struct buf out = { .max = SIZE_MAX / 4 }, expect;
	char path[3100];

	snprintf(path, sizeof(path), "%s%s", base, ext);
	if (!read_file(path, &expect)) {
		buf_done(&expect);
		return;
	}
	int r = decode(in, step, typed, &out, &err);
	counts->compared++;
	if (r < 0 || !bytes_eq(buf_bytes(&out), buf_bytes(&expect))) {
		size_t at = 0;
		while (at < out.len && at < expect.len && out.data[at] == expect.data[at])
			at++;
		size_t from = at < 60 ? 0 : at - 60;
		print_error("%s, step %zu: %d %s\n  got  %.*s\n  want %.*s\n", path, step, r,
			    r < 0 ? winch_error_text(&err) : "",
			    (int)(out.len - from < 120 ? out.len - from : 120), out.data + from,
			    (int)(expect.len - from < 120 ? expect.len - from : 120),
			    expect.data + from);
		counts->wrong++;
	}
	winch_error_done(&err);
	buf_done(&out);
	buf_done(&expect);
}

static void check_file(const char *base, void *user)
{
	const size_t steps[] = { SIZE_MAX / 2, 1, 777 };
	struct buf in;
	char path[3100];

	snprintf(path, sizeof(path), "%s.clixml", base);
	assert_true(read_file(path, &in));
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		compare(base, ".plain.json", buf_bytes(&in), steps[i], false, user);
		compare(base, ".typed.json", buf_bytes(&in), steps[i], true, user);
	}
	buf_done(&in);
}

static void test_vectors(void **state)
{
	struct counts counts = { 0 };
	char folder[1024];

	(void)state;
	vectors_path(folder, sizeof(folder), "vectors/clixml", "tests/vectors/clixml");
	size_t files = for_each_file(folder, ".clixml", check_file, &counts);
	print_message("%zu files, %zu comparisons, %zu wrong\n", files, counts.compared,
		      counts.wrong);
	assert_true(counts.compared > 300);
	assert_int_equal(counts.wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
