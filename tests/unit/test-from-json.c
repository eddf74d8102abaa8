/*
 * test-from-json.c - JSON to values: vectors/clixml back to CLIXML and to typed JSON again, the
 * JSON rows of vectors/decode.jsonl, each named error, and each with the n-th allocation failing.
 */
#include "tests/unit/mem-failing.h"
#include "tests/unit/vectors.h"

#include <unistd.h>

#include <winch/value.h>

#include "psrp/json-read.h"
#include "src/base/base64.h"
#include "src/base/mem.h"

/* What text becomes; .len and .data of out, or *ret_status < 0. */
static int convert(int from, struct bytes text, struct buf *out, winch_error *err)
{
	winch_value *v = winch_value_from_json(from, (const char *)text.data, text.len, err);
	char *clixml = NULL;
	size_t len = 0;

	if (!v)
		return err->status;
	int r = winch_value_to_clixml(v, &clixml, &len, err);
	if (r == 0) {
		buf_clear(out);
		r = buf_put(out, bytes_of(clixml, len), err);
	}
	winch_text_free(clixml);
	winch_value_free(v);
	return r;
}

/* With the n-th allocation failing, for every n; of big texts for a sample. */
static void fail_each(int from, struct bytes text)
{
	struct buf out = { .max = SIZE_MAX / 4 };
	winch_error err = WINCH_ERROR_INIT;

	mem_fail_at(0);
	(void)convert(from, text, &out, &err);
	const unsigned long count = mem_count(), step = text.len > 65536 ? count / 40 + 1 : 1;
	const int status = err.status;
	for (unsigned long n = 1; n <= count; n += step) {
		winch_error_done(&err);
		buf_done(&out);
		mem_fail_at(n);
		int r = convert(from, text, &out, &err);
		mem_fail_at(0);
		/* An error's text may be what there was no memory for. */
		if (r != WINCH_E_NOMEM && (status == 0 || r != status))
			fail_msg("allocation %lu of %lu: %d, \"%.*s\"", n, count, r,
				 (int)(text.len < 200 ? text.len : 200), (const char *)text.data);
	}
	winch_error_done(&err);
	buf_done(&out);
}

/* ---- vectors/clixml ---- */

struct counts {
	size_t lines, same, secrets, other;
};

/* Typed JSON, CLIXML, and typed JSON again. */
static void check_typed_again(struct bytes line, const char *name)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_json_options typed = WINCH_JSON_OPTIONS_INIT;
	char *clixml, *json;
	size_t len, json_len;

	typed.mode = WINCH_JSON_TYPED;
	winch_value *v =
		winch_value_from_json(WINCH_FROM_TYPED, (const char *)line.data, line.len, &err);
	assert_non_null(v);
	assert_int_equal(winch_value_to_clixml(v, &clixml, &len, &err), 0);
	winch_value *again = winch_value_from_clixml(clixml, len, &err);
	if (!again)
		fail_msg("%s: %s", name, winch_error_text(&err));
	assert_int_equal(winch_value_to_json(again, &typed, &json, &json_len, &err), 0);
	if (!bytes_eq(bytes_of(json, json_len), line))
		fail_msg("%s: %.*s", name, (int)json_len, json);
	winch_text_free(json);
	winch_text_free(clixml);
	winch_value_free(again);
	winch_value_free(v);
}

/* A SecureString is the one thing that typed JSON does not keep. */
static bool has_secret(struct bytes line)
{
	return memmem(line.data, line.len, "{\"$t\":\"SS\",", 11) != NULL;
}

static void check_line(struct bytes line, const char *base, struct counts *counts)
{
	struct buf out = { .max = SIZE_MAX / 4 }, expect;
	winch_error err = WINCH_ERROR_INIT;
	char path[3100];

	counts->lines++;
	fail_each(WINCH_FROM_TYPED, line);
	if (has_secret(line)) {
		assert_int_equal(convert(WINCH_FROM_TYPED, line, &out, &err), WINCH_E_FORMAT);
		assert_non_null(strstr(winch_error_text(&err), "SS: "));
		counts->secrets++;
	} else {
		check_typed_again(line, base);
	}
	snprintf(path, sizeof(path), "%s.clixml", base);
	assert_true(read_file(path, &expect));
	if (!strstr(base, ".export") && err.status == 0) {
		assert_int_equal(convert(WINCH_FROM_TYPED, line, &out, &err), 0);
		bool same = bytes_eq(buf_bytes(&out), buf_bytes(&expect));
		if (!same && !strstr(base, "str-fffe-ffff"))
			fail_msg("%s: %.*s", base, (int)out.len, out.data);
		counts->same += same;
		counts->other += !same;
	}
	winch_error_done(&err);
	buf_done(&out);
	buf_done(&expect);
}

static void check_file(const char *base, void *user)
{
	struct buf all;
	char path[3100];

	snprintf(path, sizeof(path), "%s.typed.json", base);
	assert_true(read_file(path, &all));
	struct bytes left = buf_bytes(&all);
	while (left.len) {
		const uint8_t *end = memchr(left.data, '\n', left.len);
		size_t len = end ? (size_t)(end - left.data) : left.len;
		check_line(bytes_of(left.data, len), base, user);
		left = bytes_skip(left, len + 1);
	}
	buf_done(&all);
}

static void typed_vectors_come_back(void **state)
{
	struct counts counts = { 0 };
	char folder[1024];

	(void)state;
	vectors_path(folder, sizeof(folder), "vectors/clixml", "tests/vectors/clixml");
	if (access(folder, R_OK) != 0)
		skip();
	for_each_file(folder, ".typed.json", check_file, &counts);
	print_message("%zu values; %zu with the engine's own bytes, %zu in another form, "
		      "%zu refused for a SecureString\n",
		      counts.lines, counts.same, counts.other, counts.secrets);
	assert_true(counts.same > 20);
	assert_true(counts.other <= 1); /* the engine writes U+FFFE as &#xFFFE; */
}

/* ---- vectors/decode.jsonl ---- */

struct row {
	struct buf json, clixml;
	bool has_json, typed, error;
};

static void put_string(struct json *j, struct buf *to)
{
	AUTO(buf_done) struct buf scratch = { .max = SIZE_MAX / 4 };
	struct bytes text;

	assert_int_equal(json_string(j, &scratch, &text, NULL), 0);
	assert_int_equal(buf_put(to, text, NULL), 0);
}

static void read_row(struct bytes line, struct row *row)
{
	AUTO(buf_done) struct buf scratch = { .max = 1000 }, text = { .max = 1000000 };
	struct bytes name;
	struct json j;

	*row = (struct row){ .json.max = SIZE_MAX / 4, .clixml.max = SIZE_MAX / 4 };
	assert_int_equal(json_init(&j, line, 1000, NULL), 0);
	assert_int_equal(json_enter(&j, NULL), 0);
	while (json_item(&j, NULL) == 1) {
		assert_int_equal(json_name(&j, &scratch, &name, NULL), 0);
		if (bytes_is(name, "json") || bytes_is(name, "json_base64")) {
			row->has_json = true;
			put_string(&j, name.len == 4 ? &row->json : &text);
		} else if (bytes_is(name, "clixml")) {
			put_string(&j, &row->clixml);
		} else if (bytes_is(name, "from")) {
			buf_clear(&scratch);
			put_string(&j, &scratch);
			row->typed = bytes_is(buf_bytes(&scratch), "typed");
		} else {
			row->error |= bytes_is(name, "error");
			assert_int_equal(json_skip(&j, NULL), 0);
		}
	}
	if (text.len)
		assert_int_equal(base64_get(&row->json, buf_bytes(&text), NULL), 0);
}

static void check_row(const struct row *row)
{
	int from = row->typed ? WINCH_FROM_TYPED : WINCH_FROM_PLAIN;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(buf_done) struct buf out = { .max = SIZE_MAX / 4 };

	int r = convert(from, buf_bytes(&row->json), &out, &err);
	if (row->error ? r != WINCH_E_FORMAT
		       : r < 0 || !bytes_eq(buf_bytes(&out), buf_bytes(&row->clixml)))
		fail_msg("%.*s: %d %s %.*s", (int)row->json.len, row->json.data, r,
			 winch_error_text(&err), (int)out.len, out.data);
	fail_each(from, buf_bytes(&row->json));
}

static void decode_rows(void **state)
{
	struct buf all;
	char path[1024];
	size_t rows = 0;

	(void)state;
	vectors_path(path, sizeof(path), "vectors/decode.jsonl", "tests/vectors/decode.jsonl");
	if (access(path, R_OK) != 0)
		skip();
	assert_true(read_file(path, &all));
	struct bytes left = buf_bytes(&all);
	while (left.len) {
		const uint8_t *end = memchr(left.data, '\n', left.len);
		size_t len = end ? (size_t)(end - left.data) : left.len;
		struct row row;
		read_row(bytes_of(left.data, len), &row);
		if (row.has_json) {
			check_row(&row);
			rows++;
		}
		buf_done(&row.json);
		buf_done(&row.clixml);
		left = bytes_skip(left, len + 1);
	}
	buf_done(&all);
	print_message("%zu rows of JSON\n", rows);
	assert_true(rows >= 19);
}

/* ---- errors, each with the byte ---- */

struct mistake {
	int from;
	const char *json;
	int64_t at; /* -1: the text is right */
	const char *says;
};

enum { PLAIN = WINCH_FROM_PLAIN, PARAM = WINCH_FROM_PARAMETER, TYPED = WINCH_FROM_TYPED };

static const struct mistake mistakes[] = {
	/* RFC 8259 */
	{ PLAIN, "", 0, "ends where a value" },
	{ PLAIN, " \n", 2, "ends where a value" },
	{ PLAIN, "1 2", 2, "'2' where the end" },
	{ PLAIN, "[1 2]", 3, "',' or ']'" },
	{ PLAIN, "[1,", 3, "ends where a value" },
	{ PLAIN, "[1}", 2, "',' or ']'" },
	{ PLAIN, "{\"a\":1]", 6, "',' or '}'" },
	{ PLAIN, "{\"a\":1,}", 7, "a string" },
	{ PLAIN, "{\"a\" 1}", 5, "':'" },
	{ PLAIN, "{a:1}", 1, "a string" },
	{ PLAIN, "{'a':1}", 1, "a string" },
	{ PLAIN, "nul", 0, "null, true or false" },
	{ PLAIN, "True", 0, "a value" },
	{ PLAIN, "NaN", 0, "a value" },
	{ PLAIN, "nullx", 4, "the end" },
	{ PLAIN, "01", 1, "the end" },
	{ PLAIN, "-01", 2, "the end" },
	{ PLAIN, "+1", 0, "a value" },
	{ PLAIN, ".5", 0, "a value" },
	{ PLAIN, "5.", 2, "a digit" },
	{ PLAIN, "-", 1, "a digit" },
	{ PLAIN, "1e", 2, "a digit" },
	{ PLAIN, "1e+", 3, "a digit" },
	{ PLAIN, "0x10", 1, "the end" },
	{ PLAIN, "\"a", 2, "the end of a string" },
	{ PLAIN, "\"a\nb\"", 2, "0x0A" },
	{ PLAIN, "\"\\x41\"", 2, "behind a backslash" },
	{ PLAIN, "\"\\", 2, "behind a backslash" },
	{ PLAIN, "\"\\u12g4\"", 1, "four hex digits" },
	{ PLAIN, "\"\\u12", 1, "four hex digits" },
	{ PLAIN, "\"\\ud83d\\u12\"", 7, "four hex digits" },
	{ PLAIN, "\"\xC0\x80\"", 1, "not UTF-8" },
	{ PLAIN, "\"\xED\xA0\x80\"", 1, "not UTF-8" },
	{ PLAIN,
	  "\xEF\xBB\xBF"
	  "1",
	  0, "a value" },
	{ PLAIN, "[1] /* x */", 4, "the end" },
	{ PLAIN, "\v1", 0, "0x0B" },

	/* plain */
	{ PLAIN, "1e309", 0, "largest double" },
	{ PLAIN, "[0,-1.8e308]", 3, "largest double" },
	{ PLAIN, "1.7976931348623158e308", -1, NULL },
	{ PLAIN, "{\"\":1}", 1, "empty name" },
	{ PARAM, "{\"a\":{\"\":1}}", 6, "empty name" },
	{ PLAIN, "[{\"Key\":1,\"x\":2,\"kEY\":3}]", 1, "\"kEY\"" },
	{ PARAM, "{\"a\":1,\"a\":2}", 0, "\"a\"" },
	{ PLAIN, "{\"\\u00e4\":1,\"\\u00c4\":2}", -1, NULL }, /* only A-Z have a case here */

	/* typed */
	{ TYPED, "2147483647", -1, NULL },
	{ TYPED, "2147483648", 0, "no I32" },
	{ TYPED, "1.0", 0, "no I32" },
	{ TYPED, "1e2", 0, "no I32" },
	{ TYPED, "[1]", 0, "an array outside" },
	{ TYPED, "{}", 0, "without \"$t\"" },
	{ TYPED, "{\"v\":1}", 0, "without \"$t\"" },
	{ TYPED, "{\"$t\":1}", 6, "\"$t\" is no string" },
	{ TYPED, "{\"$t\":\"i64\",\"v\":1}", 6, "unknown $t \"i64\"" },
	{ TYPED, "{\"$t\":\"Nil\"}", 6, "unknown $t" },
	{ TYPED, "{\"$t\":\"TN\",\"v\":1}", 6, "unknown $t" },
	{ TYPED, "{\"$t\":\"I64\"}", 0, "without \"v\"" },
	{ TYPED, "{\"$t\":\"I64\",\"v\":1,\"v\":1}", 18, "" },
	{ TYPED, "{\"$t\":\"I64\",\"$t\":\"I64\",\"v\":1}", 12, "\"$t\" twice" },
	{ TYPED, "{\"$t\":\"I64\",\"w\":1}", 12, "I64 has no member \"w\"" },
	{ TYPED, "{\"$t\":\"I64\",\"e\":\"1\"}", 12, "no member \"e\"" },
	{ TYPED, "{\"$t\":\"I64\",\"v\":\"1\"}", 16, "no number" },
	{ TYPED, "{\"$t\":\"I64\",\"v\":9223372036854775808}", 16, "does not allow" },
	{ TYPED, "{\"$t\":\"C\",\"v\":65536}", 14, "does not allow" },
	{ TYPED, "{\"$t\":\"C\",\"v\":\"a\"}", 14, "no number" },
	{ TYPED, "{\"$t\":\"By\",\"v\":-1}", 15, "does not allow" },
	{ TYPED, "{\"$t\":\"D\",\"v\":1e2}", 14, "does not allow" },
	{ TYPED, "{\"$t\":\"Db\",\"v\":\"Infinity\"}", 15, "does not allow" },
	{ TYPED, "{\"$t\":\"Db\",\"v\":\"1\"}", 15, "does not allow" },
	{ TYPED, "{\"$t\":\"Db\",\"v\":\"-INF\"}", -1, NULL },
	{ TYPED, "{\"$t\":\"B\",\"v\":1}", 14, "neither true nor false" },
	{ TYPED, "{\"$t\":\"G\",\"v\":\"x\"}", 14, "does not allow" },
	{ TYPED, "{\"$t\":\"DT\",\"v\":\"2026-02-29\"}", 15, "does not allow" },
	{ TYPED, "{\"$t\":\"BA\",\"v\":\"Zg=\"}", 15, "does not allow" },
	{ TYPED, "{\"$t\":\"Version\",\"v\":1.2}", 20, "no string" },
	{ TYPED, "{\"$t\":\"S\",\"e\":\"a_xD800_\",\"v\":\"b\"}", 25, "has no member" },
	{ TYPED, "{\"$t\":\"URI\",\"v\":null}", 16, "no string" },
	{ TYPED, "{\"$t\":\"SS\",\"v\":null}", 0, "SS" },
	{ TYPED, "{\"$t\":\"LST\",\"v\":[]}", 0, "only as \"v\"" },
	{ TYPED, "{\"$t\":\"MS\",\"v\":{}}", 0, "only as a member" },
	{ TYPED, "{\"$t\":\"Obj\",\"v\":null}", 16, "is null" },
	{ TYPED, "{\"$t\":\"Obj\",\"id\":1,\"v\":{\"$t\":\"Ref\",\"id\":1}}", 23, "is a Ref" },
	{ TYPED, "{\"$t\":\"Obj\",\"v\":{\"$t\":\"MS\",\"v\":{}}}", 16, "only as a member" },
	{ TYPED, "{\"$t\":\"Obj\",\"p\":{\"a\":{\"$t\":\"MS\",\"v\":{}}}}", 21,
	  "only as a member" },
	{ TYPED, "{\"$t\":\"Obj\",\"tn\":\"a\"}", 17, "a string, not an array" },
	{ TYPED, "{\"$t\":\"Obj\",\"tn\":[1]}", 18, "no string" },
	{ TYPED, "{\"$t\":\"Obj\",\"s\":null}", 16, "null, not a string" },
	{ TYPED, "{\"$t\":\"Obj\",\"x\":[]}", 16, "an array, not an object" },
	{ TYPED, "{\"$t\":\"Obj\",\"x\":{\"\":1}}", 17, "empty name" },
	{ TYPED, "{\"$t\":\"Obj\",\"p\":{\"\":1}}", -1, NULL },
	{ TYPED, "{\"$t\":\"Obj\",\"p\":{\"a\":1,\"A\":1}}", 16, "\"A\"" },
	{ TYPED, "{\"$t\":\"Obj\",\"x\":{\"a\":1,\"$e:a\":1}}", 16, "\"a\"" },
	{ TYPED, "{\"$t\":\"Obj\",\"id\":0}", 17, "from 1 on" },
	{ TYPED, "{\"$t\":\"Obj\",\"id\":1.5}", 17, "from 1 on" },
	{ TYPED, "{\"$t\":\"Obj\",\"id\":\"1\"}", 17, "no number" },
	{ TYPED, "{\"$t\":\"Obj\",\"id\":1,\"x\":{\"a\":{\"$t\":\"Obj\",\"id\":1}}}", 45,
	  "the id 1 twice" },
	{ TYPED,
	  "{\"$t\":\"Obj\",\"x\":{\"a\":{\"$t\":\"Ref\",\"id\":1},\"b\":{\"$t\":\"Obj\",\"id\":1}}"
	  "}",
	  38, "has not started" },
	{ TYPED, "{\"$t\":\"Ref\"}", 0, "without \"id\"" },
	{ TYPED, "{\"$t\":\"Obj\",\"v\":{\"$t\":\"DCT\",\"v\":[[null,1]]}}", 33, "a key is null" },
	{ TYPED, "{\"$t\":\"Obj\",\"v\":{\"$t\":\"DCT\",\"v\":[[1]]}}", 33, "fewer than two" },
	{ TYPED, "{\"$t\":\"Obj\",\"v\":{\"$t\":\"DCT\",\"v\":[[1,2,3]]}}", 38, "more than two" },
	{ TYPED, "{\"$t\":\"Obj\",\"v\":{\"$t\":\"DCT\",\"v\":{}}}", 32, "not an array" },
	{ TYPED, "{\"$t\":\"PR\",\"v\":{\"AV\":\"a\"}}", 15, "PR without \"AI\"" },
	{ TYPED, "{\"$t\":\"PR\",\"v\":{\"AI\":\"a\"}}", 21, "no number" },
	{ TYPED, "{\"$t\":\"PR\",\"v\":{\"AI\":2147483648}}", 21, "does not allow" },
	{ TYPED, "{\"$t\":\"PR\",\"v\":{\"T\":\"processing\"}}", 20, "neither" },
	{ TYPED, "{\"$t\":\"PR\",\"v\":{\"XX\":1}}", 16, "no member" },
};

static void mistakes_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const struct mistake *m = &mistakes[i];
		struct buf out = { .max = SIZE_MAX / 4 };
		winch_error err = WINCH_ERROR_INIT;

		int r = convert(m->from, bytes_str(m->json), &out, &err);
		if (m->at < 0 ? r != 0
			      : r != WINCH_E_FORMAT || err.offset != (uint64_t)m->at ||
					!strstr(winch_error_text(&err), m->says))
			fail_msg("%s: %d, offset %llu: %s", m->json, r,
				 (unsigned long long)err.offset, winch_error_text(&err));
		fail_each(m->from, bytes_str(m->json));
		winch_error_done(&err);
		buf_done(&out);
	}
}

/* ---- what becomes of what ---- */

static const struct {
	int from;
	const char *json, *clixml;
} pairs[] = {
	{ PLAIN, " \t\r\n[ ] \n",
	  "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Object[]</T>"
	  "<T>System.Array</T><T>System.Object</T></TN><LST /></Obj>" },
	{ PLAIN, "\"\\ud83d\\ude00\"", "<S>_xD83D__xDE00_</S>" },
	{ PLAIN, "\"\\ude00\\ud83d\\n\\/\"", "<S>_xDE00__xD83D__x000A_/</S>" },
	{ PLAIN, "\"\"", "<S></S>" },
	{ PLAIN, "-2147483648", "<I32>-2147483648</I32>" },
	{ PLAIN, "-2147483649", "<I64>-2147483649</I64>" },
	{ PLAIN, "9223372036854775807", "<I64>9223372036854775807</I64>" },
	{ PLAIN, "18446744073709551615", "<U64>18446744073709551615</U64>" },
	{ PLAIN, "79228162514264337593543950335", "<D>79228162514264337593543950335</D>" },
	{ PLAIN, "-79228162514264337593543950336", "<Db>-79228162514264337593543950336</Db>" },
	{ PLAIN, "1e-400", "<Db>1e-400</Db>" },
	{ PARAM, "{\"a\":{\"b\":null}}",
	  "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Collections.Hashtable</T><T>System.Object</T>"
	  "</TN><DCT><En><S N=\"Key\">a</S><Obj N=\"Value\" RefId=\"1\"><TNRef RefId=\"0\" /><DCT>"
	  "<En><S N=\"Key\">b</S><Nil N=\"Value\" /></En></DCT></Obj></En></DCT></Obj>" },
	{ PARAM, "{}",
	  "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Collections.Hashtable</T>"
	  "<T>System.Object</T></TN><DCT /></Obj>" },
	/* members of typed JSON in any order, ids behind what refers to them */
	{ TYPED, "{\"v\":1,\"$t\":\"I64\"}", "<I64>1</I64>" },
	{ TYPED,
	  "{\"v\":{\"v\":[{\"id\":7,\"$t\":\"Ref\"}],\"$t\":\"LST\"},\"id\":7,\"$t\":\"Obj\"}",
	  "<Obj RefId=\"0\"><LST><Ref RefId=\"0\" /></LST></Obj>" },
	{ TYPED,
	  "{\"$t\":\"Obj\",\"x\":{\"$e:a_xD800_\":{\"$t\":\"MS\",\"v\":{\"m\":1}},\"b\":"
	  "{\"$t\":\"S\",\"e\":\"_xDC00_\"}},\"p\":{},\"s\":\"\",\"tn\":[]}",
	  "<Obj RefId=\"0\"><ToString /><Props /><MS><MS N=\"a_xD800_\"><I32 N=\"m\">1</I32></MS>"
	  "<S N=\"b\">_xDC00_</S></MS></Obj>" },
	{ TYPED, "{\"$t\":\"Obj\"}", "<Obj RefId=\"0\" />" },
	{ TYPED, "{\"$t\":\"BA\",\"v\":\"\"}", "<BA />" },
	{ TYPED, "{\"$t\":\"Db\",\"v\":1e999}", "<Db>INF</Db>" },
	{ TYPED, "\"\\ud800\"", "<S>_xD800_</S>" },
};

static void pairs_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct buf out = { .max = SIZE_MAX / 4 };
		winch_error err = WINCH_ERROR_INIT;

		int r = convert(pairs[i].from, bytes_str(pairs[i].json), &out, &err);
		if (r != 0 || !bytes_is(buf_bytes(&out), pairs[i].clixml))
			fail_msg("%s: %d %s %.*s", pairs[i].json, r, winch_error_text(&err),
				 (int)out.len, out.data);
		fail_each(pairs[i].from, bytes_str(pairs[i].json));
		winch_error_done(&err);
		buf_done(&out);
	}
}

/* ---- limits ---- */

static void put_times(struct buf *b, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		assert_int_equal(buf_put_str(b, text, NULL), 0);
}

static int nested(int from, const char *before, const char *middle, const char *after, size_t times)
{
	AUTO(buf_done) struct buf text = { .max = 1000000 }, out = { .max = 1000000 };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	put_times(&text, before, times);
	put_times(&text, middle, 1);
	put_times(&text, after, times);
	return convert(from, buf_bytes(&text), &out, &err);
}

static void limits_hold(void **state)
{
	(void)state;
	assert_int_equal(nested(PLAIN, "[", "1", "]", 100), 0);
	assert_int_equal(nested(PLAIN, "[", "1", "]", 101), WINCH_E_FORMAT);
	assert_int_equal(nested(PARAM, "{\"a\":", "1", "}", 100), 0);
	assert_int_equal(nested(PARAM, "{\"a\":", "1", "}", 101), WINCH_E_FORMAT);
	const char *obj = "{\"$t\":\"Obj\",\"x\":{\"a\":", *end = "}}";
	assert_int_equal(nested(TYPED, obj, "1", end, 100), 0);
	assert_int_equal(nested(TYPED, obj, "1", end, 101), WINCH_E_FORMAT);
	const char *set = "{\"$t\":\"Obj\",\"x\":{\"a\":{\"$t\":\"MS\",\"v\":{\"b\":";
	assert_int_equal(nested(TYPED, set, "1", "}}}}", 50), 0);
	assert_int_equal(nested(TYPED, set, "{\"$t\":\"Obj\"}", "}}}}", 50), WINCH_E_FORMAT);
	/* An object looked through for its $t, as deep as JSON may be and one deeper. */
	const char *look = "{\"a\":";
	assert_int_equal(nested(TYPED, look, "1", "}", 1000), WINCH_E_FORMAT);
	assert_int_equal(nested(TYPED, look, "1", "}", 100000), WINCH_E_FORMAT);
	assert_int_equal(nested(TYPED, "{\"v\":", "1", ",\"$t\":\"Obj\"}", 100), 0);
	assert_int_equal(nested(TYPED, "{\"v\":", "1", ",\"$t\":\"Obj\"}", 101), WINCH_E_FORMAT);
}

/* Many names, and many ids: no quadratic work, and twins are still found. */
static void many_members(void **state)
{
	AUTO(buf_done) struct buf text = { .max = 100000000 }, out = { .max = 100000000 };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	const int count = 50000;

	(void)state;
	put_times(&text, "{", 1);
	for (int i = 0; i < count; i++)
		assert_int_equal(buf_put_fmt(&text, NULL, "\"Name%d\":%d,", i, i), 0);
	const size_t len = text.len;
	put_times(&text, "\"other\":1}", 1);
	assert_int_equal(convert(PLAIN, buf_bytes(&text), &out, &err), 0);
	buf_truncate(&text, len);
	put_times(&text, "\"nAME7\":1}", 1);
	assert_int_equal(convert(PLAIN, buf_bytes(&text), &out, &err), WINCH_E_FORMAT);
	assert_non_null(strcasestr(winch_error_text(&err), "\"name7\""));

	buf_clear(&text);
	put_times(&text, "{\"$t\":\"Obj\",\"v\":{\"$t\":\"LST\",\"v\":[1", 1);
	for (int i = 1; i <= count; i++)
		assert_int_equal(
			buf_put_fmt(&text, NULL,
				    ",{\"$t\":\"Obj\",\"id\":%d},{\"$t\":\"Ref\",\"id\":%d}", i, i),
			0);
	put_times(&text, "]}}", 1);
	winch_error_done(&err);
	assert_int_equal(convert(TYPED, buf_bytes(&text), &out, &err), 0);
	assert_true(out.len > (size_t)count * 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_match), cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(limits_hold), cmocka_unit_test(many_members),
		cmocka_unit_test(decode_rows), cmocka_unit_test(typed_vectors_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
