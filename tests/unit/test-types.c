/*
 * test-types.c - the elements of CLIXML: psrp/tags.c and the limits of psrp/primitive.c against
 * specs/types.tsv, and that against what the engine wrote (vectors/clixml).
 */
#include "tests/unit/spec-table.h"
#include "tests/unit/vectors.h"

#include <unistd.h>

#include "psrp/json-read.h"
#include "psrp/primitive.h"
#include "src/base/mem.h"

enum { COL_TAG, COL_CLASS, COL_TEXT, COL_TYPE, COL_LEAST, COL_MOST, COL_SECTION, COL_COUNT };

static int index_of(const char *name, const char *const names[], int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	fail_msg("\"%s\" is not known", name);
	return -1;
}

static void tags_are_the_specs(void **state)
{
	static const char *const classes[] = { "", "primitive", "value", "container", "part" };
	static const char *const texts[] = { "none", "escaped", "trimmed" };
	bool seen[TAG_COUNT] = { false };
	struct table t;

	(void)state;
	open_table(&t, "types.tsv");
	while (next_row(&t)) {
		assert_int_equal(t.count, COL_COUNT);
		enum tag tag = tag_of(bytes_str(t.columns[COL_TAG]));
		if (tag == TAG_NONE || seen[tag])
			fail_msg("%s is unknown, or twice", t.columns[COL_TAG]);
		seen[tag] = true;
		assert_string_equal(tag_name(tag), t.columns[COL_TAG]);
		assert_int_equal(tag_rows[tag].class, index_of(t.columns[COL_CLASS], classes, 5));
		assert_int_equal(tag_rows[tag].text, index_of(t.columns[COL_TEXT], texts, 3));
		assert_memory_equal(t.columns[COL_SECTION], "2.2.5.", 6);
	}
	for (int tag = 1; tag < TAG_COUNT; tag++)
		if (!seen[tag])
			fail_msg("%s is not in specs/types.tsv", tag_name((enum tag)tag));
	fclose(t.file);
}

/* number, one further from zero, in decimal; of 0: -1. */
static void one_beyond(const char *number, char *ret, size_t room)
{
	const char *digits = number + (number[0] == '-');
	size_t at = strlen(digits);

	if (strcmp(number, "0") == 0) {
		snprintf(ret, room, "-1");
		return;
	}
	snprintf(ret, room, "%s0%s", number[0] == '-' ? "-" : "", digits);
	char *p = ret + (number[0] == '-') + at;
	while (*p == '9')
		*p-- = '0';
	++*p;
}

static int accepts(enum tag tag, const char *text)
{
	AUTO(buf_done) struct buf scratch = { .max = 1000 };
	struct bytes normal;

	return primitive_normal(tag, bytes_str(text), &scratch, &normal, NULL);
}

static void limits_are_the_specs(void **state)
{
	char beyond[64];
	size_t limits = 0;
	struct table t;

	(void)state;
	open_table(&t, "types.tsv");
	while (next_row(&t)) {
		enum tag tag = tag_of(bytes_str(t.columns[COL_TAG]));
		for (int col = COL_LEAST; col <= COL_MOST; col++) {
			if (t.columns[col][0] == '\0')
				continue;
			limits++;
			assert_int_equal(accepts(tag, t.columns[col]), 0);
			one_beyond(t.columns[col], beyond, sizeof(beyond));
			if (accepts(tag, beyond) != WINCH_E_FORMAT)
				fail_msg("%s takes %s", t.columns[COL_TAG], beyond);
		}
	}
	assert_int_equal(limits, 28);
	fclose(t.file);
}

/* What specs/types.tsv says of a tag; "" when there is none. */
static void find_type(struct bytes tag, char *ret, size_t room)
{
	struct table t;

	*ret = '\0';
	open_table(&t, "types.tsv");
	while (next_row(&t))
		if (bytes_is(tag, t.columns[COL_TAG]))
			snprintf(ret, room, "%s", t.columns[COL_TYPE]);
	fclose(t.file);
}

/* The members type and clixml of a line of index.jsonl. */
static void read_case(struct bytes line, struct buf *type, struct buf *file)
{
	AUTO(buf_done) struct buf scratch = { .max = SIZE_MAX / 4 };
	struct bytes name, text;
	struct json j;

	assert_int_equal(json_init(&j, line, JSON_MAX_DEPTH, NULL), 0);
	assert_int_equal(json_enter(&j, NULL), 0);
	while (json_item(&j, NULL) == 1) {
		assert_int_equal(json_name(&j, &scratch, &name, NULL), 0);
		struct buf *to = bytes_is(name, "type")     ? type
				 : bytes_is(name, "clixml") ? file
							    : NULL;
		if (!to || json_kind(&j, NULL) != JSON_STRING) {
			assert_int_equal(json_skip(&j, NULL), 0);
			continue;
		}
		assert_int_equal(json_string(&j, &scratch, &text, NULL), 0);
		assert_int_equal(buf_put(to, text, NULL), 0);
	}
}

/* Is the case a primitive, by itself?  Then its type is what the table says. */
static size_t check_case(const char *folder, struct bytes line)
{
	AUTO(buf_done) struct buf type = { .max = 1000 }, file = { .max = 1000 };
	struct buf clixml;
	char path[3100], expect[200];

	read_case(line, &type, &file);
	snprintf(path, sizeof(path), "%s/%s", folder, buf_cstr(&file, NULL));
	assert_true(read_file(path, &clixml));
	struct bytes tag = { clixml.data + 1, 0 };
	while (!memchr(" />", tag.data[tag.len], 3))
		tag.len++;
	const enum tag which = tag_of(tag);
	size_t checked = tag_is_primitive(which) || which == TAG_PR;
	if (checked) {
		find_type(tag, expect, sizeof(expect));
		assert_string_equal(buf_cstr(&type, NULL), expect);
	}
	buf_done(&clixml);
	return checked;
}

static void the_engine_agrees(void **state)
{
	char folder[1024], path[1100];
	size_t checked = 0;
	struct buf all;

	(void)state;
	vectors_path(folder, sizeof(folder), "vectors/clixml", "tests/vectors/clixml");
	snprintf(path, sizeof(path), "%s/index.jsonl", folder);
	if (access(path, R_OK) != 0)
		skip();
	assert_true(read_file(path, &all));
	struct bytes left = buf_bytes(&all);
	while (left.len) {
		const uint8_t *end = memchr(left.data, '\n', left.len);
		size_t len = end ? (size_t)(end - left.data) : left.len;
		checked += check_case(folder, bytes_of(left.data, len));
		left = bytes_skip(left, len + 1);
	}
	buf_done(&all);
	print_message("%zu primitives of the engine's\n", checked);
	assert_true(checked >= 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_the_specs),
		cmocka_unit_test(limits_are_the_specs),
		cmocka_unit_test(the_engine_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
