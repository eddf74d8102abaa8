/*
 * test-decode.c - CLIXML to JSON: the CLIXML rows of vectors/decode.jsonl, references to earlier
 * children from a source that is read again, UTF-16, and every case of vectors/clixml with the
 * n-th allocation failing.
 */
#include "tests/unit/decode-text.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/vectors.h"

#include <unistd.h>

#include "psrp/id-log.h"
#include "psrp/json-read.h"
#include "src/base/base64.h"
#include "src/base/mem.h"
#include "src/base/utf.h"

static const size_t steps[] = { SIZE_MAX / 2, 1, 7 };

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* expect NULL: an error; before it, written. */
static void check(struct decoder_options opts, struct bytes in, const char *written, bool error)
{
	for (size_t i = 0; i < 2 * STEPS; i++) {
		struct buf out = { .max = SIZE_MAX / 4 };
		winch_error err = WINCH_ERROR_INIT;
		int r = decode_text(opts, in, steps[i / 2], i % 2, &out, &err);
		if ((r < 0) != error || !bytes_is(buf_bytes(&out), written) ||
		    (error && (err.line == 0 || err.column == 0)))
			fail_msg("%.*s, step %zu: %d %s\n got  %.*s\n want %.300s",
				 (int)(in.len < 300 ? in.len : 300), in.data, steps[i / 2], r,
				 winch_error_text(&err), (int)(out.len < 300 ? out.len : 300),
				 out.data, written);
		winch_error_done(&err);
		buf_done(&out);
	}
}

static void plain(const char *in, const char *written)
{
	check((struct decoder_options){ 0 }, bytes_str(in), written, false);
}

static void typed(const char *in, const char *written)
{
	check((struct decoder_options){ .typed = true }, bytes_str(in), written, false);
}

static void refused(const char *in, const char *written)
{
	check((struct decoder_options){ 0 }, bytes_str(in), written, true);
}

/* ---- vectors/decode.jsonl ---- */

struct row {
	struct buf xml, answers[3]; /* plain, typed, big */
	bool has[3], has_xml, error;
};

static const char *const answer_names[] = { "plain", "typed", "big" };

static void put_string(struct json *j, struct buf *to)
{
	AUTO(buf_done) struct buf scratch = { .max = SIZE_MAX / 4 };
	struct bytes text;

	assert_int_equal(json_string(j, &scratch, &text, NULL), 0);
	assert_int_equal(buf_put(to, text, NULL), 0);
}

static void read_member(struct json *j, struct row *row, struct bytes name)
{
	AUTO(buf_done) struct buf text = { .max = SIZE_MAX / 4 };

	for (size_t i = 0; i < 3; i++)
		if (bytes_is(name, answer_names[i])) {
			put_string(j, &row->answers[i]);
			row->has[i] = true;
			return;
		}
	if (bytes_is(name, "xml")) {
		row->has_xml = true;
		put_string(j, &row->xml);
	} else if (bytes_is(name, "xml_base64")) {
		row->has_xml = true;
		put_string(j, &text);
		assert_int_equal(base64_get(&row->xml, buf_bytes(&text), NULL), 0);
	} else {
		row->error |= bytes_is(name, "error");
		assert_int_equal(json_skip(j, NULL), 0);
	}
}

static void read_row(struct bytes line, struct row *row)
{
	AUTO(buf_done) struct buf scratch = { .max = 1000 };
	struct bytes name;
	struct json j;

	*row = (struct row){ .xml.max = SIZE_MAX / 4 };
	for (size_t i = 0; i < 3; i++)
		row->answers[i].max = SIZE_MAX / 4;
	assert_int_equal(json_init(&j, line, 1000, NULL), 0);
	assert_int_equal(json_enter(&j, NULL), 0);
	while (json_item(&j, NULL) == 1) {
		assert_int_equal(json_name(&j, &scratch, &name, NULL), 0);
		read_member(&j, row, name);
	}
}

static size_t check_row(struct row *row)
{
	size_t count = 0;

	for (size_t i = 0; i < 3 && row->has_xml; i++) {
		if (i > 0 && !row->has[i])
			continue;
		struct decoder_options opts = { .typed = i == 1, .big_as_strings = i == 2 };
		if (row->answers[i].len)
			buf_put_u8(&row->answers[i], '\n', NULL);
		check(opts, buf_bytes(&row->xml), buf_cstr(&row->answers[i], NULL), row->error);
		count++;
	}
	buf_done(&row->xml);
	for (size_t i = 0; i < 3; i++)
		buf_done(&row->answers[i]);
	return count;
}

static void rows_decode(void **state)
{
	struct buf all;
	char path[1024];
	size_t count = 0;

	(void)state;
	vectors_path(path, sizeof(path), "vectors/decode.jsonl", "tests/vectors/decode.jsonl");
	assert_true(read_file(path, &all));
	for (struct bytes left = buf_bytes(&all); left.len;) {
		const uint8_t *end = memchr(left.data, '\n', left.len);
		size_t len = end ? (size_t)(end - left.data) : left.len;
		struct row row;
		read_row(bytes_of(left.data, len), &row);
		count += check_row(&row);
		left = bytes_skip(left, len + 1);
	}
	buf_done(&all);
	print_message("%zu answers\n", count);
	assert_true(count >= 126);
}

/* ---- what the rows don't have ---- */

static void forbidden_references(void **state)
{
	(void)state;
	plain("<S>a&#xFFFE;&#xFFFF;&#xD800;b</S>", "\"a\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD"
						   "b\"\n");
	plain("<S>_x0041&#xFFFE;_x0042_</S>", "\"_x0041\xEF\xBF\xBE"
					      "B\"\n");
	typed("<S>&#xD800;</S>", "{\"$t\":\"S\",\"e\":\"_xD800_\"}\n");
	plain("<Obj><MS><I32 N=\"&#xFFFE;&#1;\">1</I32></MS></Obj>",
	      "{\"\xEF\xBF\xBE\\u0001\":1}\n");
	plain("<S><![CDATA[&#1;_x0041_]]></S>", "\"&#1;A\"\n");
	plain("<S>\xF4\x8F\xBF\xBF&#x10F800;&#1;</S>",
	      "\"\xF4\x8F\xBF\xBF\xF4\x8F\xA0\x80\\u0001\"\n");
	refused("<I32>&#xFFFE;5</I32>", "");
	refused("<Obj>&#xFFFE;</Obj>", "");
	plain("<I32>&#x35;</I32>", "5\n");
}

#define OBJS(in) "<Objs Version=\"1.1.0.1\" xmlns=\"urn:x\">\n" in "\n</Objs>"

static void earlier_children(void **state)
{
	(void)state;
	plain(OBJS("<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><MS><I32 "
		   "N=\"x\">1</I32></MS></Obj></LST></Obj>"
		   "<Obj RefId=\"2\"><LST><Ref RefId=\"1\" /></LST></Obj>"
		   "<Obj RefId=\"3\"><LST><Ref RefId=\"2\" /><Ref RefId=\"0\" /></LST></Obj>"),
	      "[{\"x\":1}]\n[{\"x\":1}]\n[[{\"x\":1}],[{\"x\":1}]]\n");
	/* An id given again: each Ref means what it meant where it stands. */
	plain(OBJS("<Obj RefId=\"a\"><I32>1</I32></Obj>"
		   "<Obj RefId=\"b\"><LST><Ref RefId=\"a\" /></LST></Obj>"
		   "<Obj RefId=\"a\"><I32>2</I32></Obj>"
		   "<Obj RefId=\"c\"><LST><Ref RefId=\"b\" /><Ref RefId=\"a\" /></LST></Obj>"),
	      "1\n[1]\n2\n[[1],2]\n");
	/* Type names too. */
	plain(OBJS("<Obj RefId=\"0\"><TN "
		   "RefId=\"0\"><T>System.Enum</T></TN><ToString>e</ToString><I32>1</I32></Obj>"
		   "<Obj RefId=\"1\"><TNRef RefId=\"0\" /><ToString>f</ToString><I32>2</I32></Obj>"
		   "<Obj RefId=\"2\"><TN "
		   "RefId=\"0\"><T>X</T></TN><ToString>g</ToString><I32>3</I32></Obj>"
		   "<Obj RefId=\"3\"><LST><Ref RefId=\"0\" /><Ref RefId=\"1\" /><Ref RefId=\"2\" "
		   "/></LST></Obj>"),
	      "\"e\"\n\"f\"\n3\n[\"e\",\"f\",3]\n");
	typed(OBJS("<Obj RefId=\"0\"><I32>1</I32></Obj>"
		   "<Obj RefId=\"1\"><LST><Ref RefId=\"0\" /></LST></Obj>"
		   "<Obj RefId=\"2\"><LST><Ref RefId=\"0\" /><Ref RefId=\"1\" /><Ref RefId=\"0\" "
		   "/></LST></Obj>"),
	      "{\"$t\":\"Obj\",\"v\":1}\n"
	      "{\"$t\":\"Obj\",\"v\":{\"$t\":\"LST\",\"v\":[{\"$t\":\"Obj\",\"v\":1}]}}\n"
	      "{\"$t\":\"Obj\",\"v\":{\"$t\":\"LST\",\"v\":[{\"$t\":\"Obj\",\"id\":1,\"v\":1},"
	      "{\"$t\":\"Obj\",\"v\":{\"$t\":\"LST\",\"v\":[{\"$t\":\"Ref\",\"id\":1}]}},"
	      "{\"$t\":\"Ref\",\"id\":1}]}}\n");
	refused(OBJS("<Obj RefId=\"0\"><I32>1</I32></Obj><Obj RefId=\"1\"><LST><Ref RefId=\"2\" "
		     "/></LST></Obj>"),
		"1\n");
	refused("<Obj RefId=\"0\"><LST><Ref RefId=\"1\" /></LST></Obj>", "");
}

/* Each child refers to the first and to the one before, in a document of many pieces. */
static void far_references(void **state)
{
	struct buf in = { .max = SIZE_MAX / 4 }, wide = in, expect = in;
	const unsigned count = 4000;

	(void)state;
	buf_put_str(&in, "<?xml version=\"1.0\"?><Objs>", NULL);
	buf_put_str(&in, "<Obj RefId=\"0\"><S>f\xC3\xA9&#xFFFE;\xF0\x9F\x98\x80</S></Obj>", NULL);
	buf_put_str(&expect, "\"f\xC3\xA9\xEF\xBF\xBE\xF0\x9F\x98\x80\"\n", NULL);
	for (unsigned i = 1; i < count; i++) {
		buf_put_fmt(&in, NULL,
			    "<Obj RefId=\"%u\"><LST><I32>%u</I32><S>&#xD800;%080u</S></LST></Obj>"
			    "<Obj><LST><Ref RefId=\"0\" /><Ref RefId=\"%u\" /></LST></Obj>",
			    i, i, i, i);
		buf_put_fmt(&expect, NULL, "[%u,\"\xEF\xBF\xBD%080u\"]\n", i, i);
		buf_put_fmt(
			&expect, NULL,
			"[\"f\xC3\xA9\xEF\xBF\xBE\xF0\x9F\x98\x80\",[%u,\"\xEF\xBF\xBD%080u\"]]\n",
			i, i);
	}
	buf_put_str(&in, "</Objs>", NULL);
	assert_int_equal(utf16le_put(&wide, buf_bytes(&in), NULL), 0);
	struct bytes documents[] = { buf_bytes(&in), buf_bytes(&wide) };
	for (size_t i = 0; i < 4; i++) {
		struct buf out = { .max = SIZE_MAX / 4 };
		winch_error err = WINCH_ERROR_INIT;
		int r = decode_text((struct decoder_options){ 0 }, documents[i / 2],
				    i % 2 ? 1009 : SIZE_MAX / 2, true, &out, &err);
		if (r < 0 || !bytes_eq(buf_bytes(&out), buf_bytes(&expect)))
			fail_msg("document %zu: %d %s, %zu of %zu bytes", i, r,
				 winch_error_text(&err), out.len, expect.len);
		buf_done(&out);
	}
	buf_done(&in);
	buf_done(&wide);
	buf_done(&expect);
}

static void bodies(void **state)
{
	struct decoder *d = decoder_new(&(struct decoder_options){ .one = true }, NULL);
	struct buf out = { .max = SIZE_MAX / 4 };
	winch_error err = WINCH_ERROR_INIT;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		buf_clear(&out);
		buf_put_str(&out, "<", NULL);
		assert_int_equal(clixml_to_json(d, BYTES_LIT("<I32>1</I32>"), &out, &err), 0);
		assert_int_equal(clixml_to_json(d, BYTES_LIT(""), &out, &err), 0);
		assert_int_equal(clixml_to_json(d, BYTES_LIT("\xEF\xBB\xBF<Obj><LST><I32>1</I32>"),
						&out, &err),
				 WINCH_E_PROTOCOL);
		assert_int_equal(
			clixml_to_json(d, BYTES_LIT("<Objs><I32>1</I32></Objs>"), &out, &err),
			WINCH_E_PROTOCOL);
		assert_int_equal(clixml_to_json(d,
						BYTES_LIT("<Obj><LST><S>a</S></LST><LST /></Obj>"),
						&out, &err),
				 0);
		assert_int_equal(clixml_to_json(d, BYTES_LIT("<Obj><LST /><S>&#xFFFE;</S></Obj>"),
						&out, &err),
				 0);
		assert_string_equal(buf_cstr(&out, NULL), "<1null[]\"\xEF\xBF\xBE\"");
		assert_int_equal(
			clixml_to_json(d, BYTES_LIT("<Obj><LST /><LST /></Obj>x"), &out, &err),
			WINCH_E_PROTOCOL);
		const char *place = strstr(winch_error_text(&err), "line 1, column ");
		assert_non_null(place);
		assert_null(strstr(place + 1, "line 1, column "));
		assert_string_equal(buf_cstr(&out, NULL), "<1null[]\"\xEF\xBF\xBE\"");
	}
	winch_error_done(&err);
	buf_done(&out);
	decoder_free(d);
}

static void the_log_finds(void **state)
{
	struct id_log log = { 0 };
	uint64_t child = 0;
	char id[32];

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(id, sizeof(id), i % 7 ? "%u" : "x%u", i);
		assert_int_equal(id_log_add(&log, bytes_str(id), i / 3, NULL), 0);
	}
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(id, sizeof(id), i % 7 ? "%u" : "x%u", i);
		assert_true(id_log_find(&log, bytes_str(id), 5000, &child));
		assert_int_equal(child, i / 3);
		assert_false(id_log_find(&log, bytes_str(id), i / 3, &child));
	}
	assert_false(id_log_find(&log, BYTES_LIT("5000"), 5000, &child));
	assert_false(id_log_find(&log, BYTES_LIT("01"), 5000, &child));
	id_log_done(&log);
}

/* ---- the n-th allocation fails ---- */

struct totals {
	unsigned long files, failures;
};

static void fail_each(struct bytes in, bool as_typed, struct totals *totals)
{
	struct decoder_options opts = { .typed = as_typed };
	struct buf expect = { .max = SIZE_MAX / 4 };
	winch_error err = WINCH_ERROR_INIT;

	mem_fail_at(0);
	const int status = decode_text(opts, in, 4096, false, &expect, NULL);
	const unsigned long count = mem_count(), step = in.len > 65536 ? count / 20 + 1 : 1;
	for (unsigned long n = 1; n <= count; n += step, totals->failures++) {
		/* The test's own memory is not to fail: room for all beforehand. */
		struct buf out = { .max = SIZE_MAX / 4 };
		assert_non_null(buf_room(&out, expect.len + 1, NULL));
		mem_fail_at(n);
		int r = decode_text(opts, in, 4096, false, &out, &err);
		mem_fail_at(0);
		if (!(r == WINCH_E_NOMEM || (r == status && r < 0) ||
		      (r == 0 && bytes_eq(buf_bytes(&out), buf_bytes(&expect)))))
			fail_msg("allocation %lu of %lu: %d %s: %.200s", n, count, r,
				 winch_error_text(&err), (const char *)in.data);
		winch_error_done(&err);
		buf_done(&out);
	}
	buf_done(&expect);
}

static void fail_file(const char *base, void *user)
{
	struct totals *totals = user;
	char path[3100];
	struct buf in;

	snprintf(path, sizeof(path), "%s.clixml", base);
	assert_true(read_file(path, &in));
	fail_each(buf_bytes(&in), false, totals);
	fail_each(buf_bytes(&in), true, totals);
	totals->files++;
	buf_done(&in);
}

static void no_memory(void **state)
{
	struct totals totals = { 0 };
	char folder[1024];

	(void)state;
	fail_each(BYTES_LIT(OBJS("<Obj RefId=\"0\"><I32>1</I32></Obj><Obj RefId=\"1\"><LST>"
				 "<Ref RefId=\"0\" /></LST></Obj>")),
		  false, &totals);
	fail_each(BYTES_LIT("<Obj RefId=\"0\"><Foo /></Obj>"), false, &totals);
	vectors_path(folder, sizeof(folder), "vectors/clixml", "tests/vectors/clixml");
	for_each_file(folder, ".clixml", fail_file, &totals);
	print_message("%lu files, %lu failures\n", totals.files, totals.failures);
	assert_true(totals.failures > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_decode),      cmocka_unit_test(forbidden_references),
		cmocka_unit_test(earlier_children), cmocka_unit_test(far_references),
		cmocka_unit_test(bodies),           cmocka_unit_test(the_log_finds),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
