/*
 * test-xml-read.c - the XML reader: what it gives, what it refuses; each document whole and
 * one byte at a time.
 */
#include "tests/unit/test.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"
#include "src/base/xml-read.h"

static int on_start(void *user, const char *ns, const char *name, const struct xml_attr *attrs,
		    size_t count, winch_error *err)
{
	struct buf *out = user;
	int r = buf_put_fmt(out, err, "(%s%s%s", ns ? ns : "", ns ? "|" : "", name);

	for (size_t i = 0; r == 0 && i < count; i++) {
		r = buf_put_fmt(out, err, " %s=", attrs[i].name);
		if (r == 0)
			r = buf_put(out, attrs[i].value, err);
	}
	return r;
}

static int on_text(void *user, struct bytes text, winch_error *err)
{
	return buf_put(user, text, err);
}

static int on_end(void *user, const char *ns, const char *name, winch_error *err)
{
	(void)ns, (void)name;
	return buf_put_str(user, ")", err);
}

static const struct xml_handler handler = { on_start, on_text, on_end };

/* What is read of in, fed in steps of step; an error as "!status line:column text". */
static void read_in(struct xml_reader *r, struct bytes in, size_t step, struct buf *out)
{
	winch_error err = WINCH_ERROR_INIT;
	int status = 0;

	for (size_t i = 0; i < in.len && status == 0; i += step)
		status = xml_reader_feed(
			r, bytes_of(in.data + i, in.len - i < step ? in.len - i : step), &err);
	if (status == 0)
		status = xml_reader_end(r, &err);
	if (status < 0)
		buf_put_fmt(out, NULL, "!%d %s", status, winch_error_text(&err));
	if (status > 0)
		buf_put_str(out, "nothing", NULL);
	winch_error_done(&err);
}

static void check_bytes(struct bytes in, bool clixml, const char *expect)
{
	const size_t steps[] = { SIZE_MAX / 2, 1, 2, 3, 7 };
	struct xml_options opts = { .clixml = clixml };
	AUTO(buf_done) struct buf out = { .max = 1 << 20 };

	struct xml_reader *r = xml_reader_new(&handler, &out, &opts, NULL);
	assert_non_null(r);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		buf_clear(&out);
		read_in(r, in, steps[i], &out);
		if (strncmp(expect, "!", 1) == 0) {
			const char *got = buf_cstr(&out, NULL), *mark = strchr(got, '!');
			if (!mark || !strstr(mark, expect + 1))
				print_error("%.*s: %s\n", (int)in.len, in.data, got);
			assert_non_null(mark);
			assert_non_null(strstr(mark, expect + 1));
		} else {
			assert_string_equal(buf_cstr(&out, NULL), expect);
		}
		assert_int_equal(xml_reader_restart(r, NULL), 0);
	}
	xml_reader_free(r);
}

static void check(const char *in, const char *expect)
{
	check_bytes(bytes_str(in), true, expect);
}

static void test_documents(void **state)
{
	(void)state;
	check("<a b='1' c=\"&amp;&lt;&quot;&#65;\">t&amp;u<d/></a>", "(a b=1 c=&<\"At&u(d))");
	check("<p:a xmlns:p='urn:x' p:q='v'/>", "(urn:x|a q=v)");
	check("<a xmlns='urn:x'><!-- <b> --><?pi x?><![CDATA[<&#1;>]]></a>", "(urn:x|a<&#1;>)");
	check("\n \n<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<a/>", "(a)");
	check("#< CLIXML\r\n<a/>", "(a)");
	check("\xEF\xBB\xBF#< CLIXML\n<a/>", "(a)");
	check("\xEF\xBB\xBF", "nothing");
	check("", "nothing");
}

static void test_references(void **state)
{
	(void)state;
	check("<a b='&#x1;'>&#xFFFE;&#xd800;x&#55357;&#56832;</a>",
	      "(a b=\x01\xEF\xBF\xBE\xED\xA0\x80x\xED\xA0\xBD\xED\xB8\x80)");
	check("<a>&#x10F123;\xF4\x8F\x84\xA3&#xFFFF;</a>",
	      "(a\xED\xAF\xBC\xED\xB4\xA3\xED\xAF\xBC\xED\xB4\xA3\xEF\xBF\xBF)");
	check("<a>&#x1;<![CDATA[\xF4\x8F\x84\xA3&#1;]]></a>",
	      "(a\x01\xED\xAF\xBC\xED\xB4\xA3&#1;)");
	check("<a><!-- ]]> <![CDATA[ -->&#x2;<?p <!-- ?>&#3;</a>", "(a\x02\x03)");
	check("<a>&#000000000000000000000000000000000000000000065;</a>", "(aA)");
	check("<a>&#x110000;</a>", "!-6 line 1, column ");
	check("<a>&#x;</a>", "!-6 line 1, column ");
	check("<a>&#xZ;</a>", "!-6 line 1, column ");
	check("<a>&x;</a>", "!-6 line 1, column ");
	check_bytes(BYTES_LIT("<a>&#xFFFE;</a>"), false, "!-6 line 1, column ");
}

static void test_refused(void **state)
{
	(void)state;
	check("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "!-6 line 1, column ");
	check("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
	      "!-6 line 1, column 40: a DOCTYPE is not allowed");
	check("\n\n<a>\n\xFF</a>", "!-6 line 4, column ");
	check("<a>\xED\xA0\x80</a>", "!-6 line 1, column ");
	check("<a>\x01</a>", "!-6 line 1, column ");
	check("<a><b></a>", "!-6 line 1, column ");
	check("<a>", "!-6 line 1, column 4: the document ends inside an element");
	check("<a b='1' b='2'/>", "!-6 line 1, column ");
	check("   ", "!-6 line 1, column ");
	check("<a/><b/>", "!-6 line 1, column ");
	check("x", "!-6 line 1, column ");
}

static void test_utf16(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf le = { .max = 4096 };
	AUTO(buf_done) struct buf be = { .max = 4096 };
	const char *text =
		"<?xml version='1.0'?><a>\xC3\xA9\xF0\x9F\x98\x80&#xFFFE;\xF4\x8F\x84\xA3</a>";

	assert_int_equal(utf16le_put(&le, bytes_str(text), NULL), 0);
	for (size_t i = 0; i < le.len; i++)
		buf_put_u8(&be, le.data[i ^ 1], NULL);
	const char *expect = "(a\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBE\xED\xAF\xBC\xED\xB4\xA3)";
	check_bytes(buf_bytes(&le), true, expect);
	check_bytes(buf_bytes(&be), true, expect);
	check_bytes(bytes_of(le.data, le.len - 1), true, "!-6 line 1, column ");
	check_bytes(BYTES_LIT("\xFF\xFE<\0a\0>\0\0\xD8<\0/\0a\0>\0"), true, "!-6 line 1, column ");
}

/* depth elements inside each other. */
static void nest(struct buf *out, size_t depth)
{
	buf_clear(out);
	for (size_t i = 0; i < depth; i++)
		buf_put_str(out, "<a>", NULL);
	for (size_t i = 0; i < depth; i++)
		buf_put_str(out, "</a>", NULL);
}

static void test_limits(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf in = { .max = 1 << 24 };
	AUTO(buf_done) struct buf out = { .max = 1 << 24 };
	struct xml_reader *r = xml_reader_new(&handler, &out, &(struct xml_options){ 0 }, NULL);

	nest(&in, 1000);
	read_in(r, buf_bytes(&in), SIZE_MAX / 2, &out);
	assert_int_equal(out.len, 3000);
	assert_int_equal(xml_reader_restart(r, NULL), 0);
	buf_clear(&out);
	nest(&in, 1001);
	read_in(r, buf_bytes(&in), SIZE_MAX / 2, &out);
	assert_non_null(strstr(buf_cstr(&out, NULL), "!-6 line 1, column "));

	/* A start tag that never ends is not kept for ever. */
	assert_int_equal(xml_reader_restart(r, NULL), 0);
	char *spaces = calloc(1, 65536);
	memset(spaces, ' ', 65536);
	int status = xml_reader_feed(r, BYTES_LIT("<a"), NULL);
	for (size_t i = 0; i < 64 && status == 0; i++)
		status = xml_reader_feed(r, bytes_of(spaces, 65536), NULL);
	assert_int_equal(status, WINCH_E_PROTOCOL);
	free(spaces);
	xml_reader_free(r);
}

/* <a>, and in it elements, each with this many attributes of names that no other has. */
static void name_many(struct buf *out, size_t elements, size_t attributes, const char *prefix)
{
	size_t name = 0;

	buf_clear(out);
	buf_put_str(out, "<a>", NULL);
	for (size_t i = 0; i < elements; i++) {
		buf_put_str(out, "<a", NULL);
		for (size_t k = 0; k < attributes; k++)
			buf_put_fmt(out, NULL, " %sn%zu='u'", prefix, name++);
		buf_put_str(out, ">", NULL);
	}
	for (size_t i = 0; i <= elements; i++)
		buf_put_str(out, "</a>", NULL);
}

static void test_names(void **state)
{
	static const struct {
		size_t elements, attributes;
		const char *prefix, *failure;
	} rows[] = { { 500, 64, "", NULL },
		     { 1, 65, "", "more than 64 attributes" },
		     { 4, 64, "xmlns:", NULL },
		     { 5, 64, "xmlns:", "more than 256 namespaces" },
		     { 1, 65, "xmlns:", "more than 64 attributes" } };
	AUTO(buf_done) struct buf in = { .max = 1 << 24 };
	AUTO(buf_done) struct buf out = { .max = 1 << 24 };
	struct xml_reader *r = xml_reader_new(&handler, &out, &(struct xml_options){ 0 }, NULL);

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *failure = rows[i / 2].failure;
		name_many(&in, rows[i / 2].elements, rows[i / 2].attributes, rows[i / 2].prefix);
		assert_int_equal(xml_reader_restart(r, NULL), 0);
		buf_clear(&out);
		read_in(r, buf_bytes(&in), SIZE_MAX / 2, &out);
		const char *text = buf_cstr(&out, NULL);
		assert_int_equal(strchr(text, '!') != NULL, failure != NULL);
		assert_true(!failure || strstr(text, failure));
	}
	xml_reader_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents), cmocka_unit_test(test_references),
		cmocka_unit_test(test_refused),   cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_limits),    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
