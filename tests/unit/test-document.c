/*
 * test-document.c - values as one document: byte for byte as PSSerializer wrote the same values
 * (vectors/clixml/NAME.export.clixml), and with the n-th allocation failing.
 */
#include "tests/unit/mem-failing.h"
#include "tests/unit/vectors.h"

#include <winch/document.h>

#include "src/base/mem.h"

static int append(void *user, const char *data, size_t len, winch_error *err)
{
	return buf_put(user, bytes_of(data, len), err);
}

/* The lines of typed JSON as one document. */
static int write_document(struct bytes lines, struct buf *out, winch_error *err)
{
	winch_document *d = winch_document_new(append, out, err);
	int r = d ? 0 : WINCH_E_NOMEM;

	while (lines.len > 0 && r == 0) {
		const uint8_t *end = memchr(lines.data, '\n', lines.len);
		size_t len = end ? (size_t)(end - lines.data) : lines.len;
		winch_value *v =
			winch_value_from_json(WINCH_FROM_TYPED, (const char *)lines.data, len, err);
		r = v ? winch_document_add(d, v, err) : err->status;
		winch_value_free(v);
		lines = bytes_skip(lines, len + 1);
	}
	if (r == 0)
		r = winch_document_end(d, err);
	winch_document_free(d);
	return r;
}

struct counts {
	size_t same, other;
};

static void check_vector(const char *base, void *user)
{
	struct counts *counts = user;
	winch_error err = WINCH_ERROR_INIT;
	struct buf want, typed, out = { .max = SIZE_MAX / 4 };
	char path[2100];

	snprintf(path, sizeof(path), "%s.export.typed.json", base);
	if (!read_file(path, &typed))
		return;
	snprintf(path, sizeof(path), "%s.export.clixml", base);
	assert_true(read_file(path, &want));
	assert_int_equal(buf_put_str(&want, "\n", NULL), 0); /* the engine's text ends without */
	if (write_document(buf_bytes(&typed), &out, &err) < 0)
		fail_msg("%s: %s", base, winch_error_text(&err));
	bool same = bytes_eq(buf_bytes(&out), buf_bytes(&want));
	if (!same)
		print_message("differs: %s\n", base);
	counts->same += same;
	counts->other += !same;
	winch_error_done(&err);
	buf_done(&want);
	buf_done(&typed);
	buf_done(&out);
}

static void engines_documents(void **state)
{
	char folder[1024];
	struct counts counts = { 0 };

	(void)state;
	vectors_path(folder, sizeof(folder), "vectors/clixml", "tests/vectors/clixml");
	for_each_file(folder, ".export.clixml", check_vector, &counts);
	print_message("%zu documents the same\n", counts.same);
	assert_true(counts.same >= 100);
	assert_int_equal(counts.other, 0);
}

static const char three[] =
	"{\"$t\":\"Obj\",\"id\":1,\"tn\":[\"A\",\"B\"],\"x\":{\"Me\":{\"$t\":\"Ref\",\"id\":1}}}\n"
	"{\"$t\":\"Obj\",\"tn\":[\"A\",\"B\"],\"s\":\"x\"}\n"
	"{\"$t\":\"Obj\",\"tn\":[\"A\"],\"x\":{\"N\":null}}\n";

static void several_values(void **state)
{
	winch_error err = WINCH_ERROR_INIT;
	struct buf out = { .max = 65536 };

	(void)state;
	assert_int_equal(write_document(bytes_str(three), &out, &err), 0);
	assert_string_equal(buf_cstr(&out, NULL),
			    "<Objs Version=\"1.1.0.1\" "
			    "xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n"
			    "  <Obj RefId=\"0\">\n    <TN RefId=\"0\">\n      <T>A</T>\n      "
			    "<T>B</T>\n    </TN>\n"
			    "    <MS>\n      <Ref N=\"Me\" RefId=\"0\" />\n    </MS>\n  </Obj>\n"
			    "  <Obj RefId=\"1\">\n    <TNRef RefId=\"0\" />\n    "
			    "<ToString>x</ToString>\n  </Obj>\n"
			    "  <Obj RefId=\"2\">\n    <TN RefId=\"1\">\n      <T>A</T>\n    </TN>\n"
			    "    <MS>\n      <Nil N=\"N\" />\n    </MS>\n  </Obj>\n</Objs>\n");
	buf_clear(&out);
	assert_int_equal(write_document(bytes_str(""), &out, &err), 0);
	assert_string_equal(buf_cstr(&out, NULL), "<Objs Version=\"1.1.0.1\" "
						  "xmlns=\"http://schemas.microsoft.com/"
						  "powershell/2004/04\" />\n");
	buf_done(&out);
}

static int write_three(void)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(buf_done) struct buf out = { .max = 65536 };

	return write_document(bytes_str(three), &out, &err);
}

static void no_memory(void **state)
{
	(void)state;
	assert_true(mem_fail_each(write_three) > 5);
}

static int refuse(void *user, const char *data, size_t len, winch_error *err)
{
	(void)user;
	(void)data;
	(void)len;
	(void)err;
	return WINCH_E_SYSTEM;
}

static void failures(void **state)
{
	winch_error err = WINCH_ERROR_INIT;
	struct buf out = { .max = 65536 };

	(void)state;
	assert_null(winch_document_new(NULL, NULL, &err));
	assert_int_equal(err.status, WINCH_E_ARG);
	winch_error_done(&err);
	assert_int_equal(winch_document_add(NULL, NULL, NULL), WINCH_E_ARG);
	winch_document *d = winch_document_new(refuse, NULL, NULL);
	assert_int_equal(winch_document_add(d, NULL, NULL), WINCH_E_SYSTEM);
	assert_int_equal(winch_document_end(d, NULL), WINCH_E_SYSTEM);
	winch_document_free(d);
	d = winch_document_new(append, &out, NULL);
	assert_int_equal(winch_document_end(d, NULL), 0);
	assert_int_equal(winch_document_add(d, NULL, NULL), WINCH_E_STATE);
	winch_document_free(d);
	winch_document_free(NULL);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engines_documents),
		cmocka_unit_test(several_values),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
