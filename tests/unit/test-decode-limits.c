/*
 * test-decode-limits.c - CLIXML to JSON: limits (each at the limit and one above), and what a short
 * text may cost.
 */
#include "tests/unit/decode-text.h"
#include "tests/unit/test.h"

#include "psrp/id-table.h"
#include "src/base/mem.h"

/* times of before, middle, times of after. */
static void nest(struct buf *out, size_t times, const char *before, const char *middle,
		 const char *after)
{
	buf_clear(out);
	for (size_t i = 0; i < times; i++)
		buf_put_str(out, before, NULL);
	buf_put_str(out, middle, NULL);
	for (size_t i = 0; i < times; i++)
		buf_put_str(out, after, NULL);
}

static int status_of(struct decoder_options opts, struct bytes in)
{
	struct buf out = { .max = SIZE_MAX / 4 };
	int r = decode_text(opts, in, SIZE_MAX / 2, false, &out, NULL);

	buf_done(&out);
	return r;
}

static void limits_hold(void **state)
{
	struct buf in = { .max = SIZE_MAX / 4 };
	struct decoder_options opts = { 0 };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		opts.typed = i;
		nest(&in, 100, "<Obj><LST>", "", "</LST></Obj>");
		assert_int_equal(status_of(opts, buf_bytes(&in)), 0);
		nest(&in, 101, "<Obj><LST>", "", "</LST></Obj>");
		assert_int_equal(status_of(opts, buf_bytes(&in)), WINCH_E_FORMAT);
		nest(&in, 99, "<Obj><LST>", "<Obj><MS><MS N=\"a\" /></MS></Obj>", "</LST></Obj>");
		assert_int_equal(status_of(opts, buf_bytes(&in)), WINCH_E_FORMAT);
		nest(&in, 98, "<Obj><LST>", "<Obj><MS><MS N=\"a\" /></MS></Obj>", "</LST></Obj>");
		assert_int_equal(status_of(opts, buf_bytes(&in)), 0);
		nest(&in, 999, "<Nil>", "<Nil/>", "</Nil>");
		assert_int_equal(status_of(opts, buf_bytes(&in)), 0);
		nest(&in, 1000, "<Nil>", "<Nil/>", "</Nil>");
		assert_int_equal(status_of(opts, buf_bytes(&in)), WINCH_E_FORMAT);
	}
	opts = (struct decoder_options){ .max_ids = 3 };
	assert_int_equal(status_of(opts, BYTES_LIT("<Obj RefId=\"0\"><LST><Obj RefId=\"1\" /><Obj "
						   "RefId=\"2\" /><Obj /></LST></Obj>")),
			 0);
	assert_int_equal(
		status_of(opts, BYTES_LIT("<Obj RefId=\"0\"><LST><Obj RefId=\"1\" /><Obj "
					  "RefId=\"2\" /><Obj RefId=\"3\" /></LST></Obj>")),
		WINCH_E_LIMIT);
	buf_done(&in);
}

static int append(void *user, const char *data, size_t len, winch_error *err)
{
	return buf_put((struct buf *)user, bytes_of(data, len), err);
}

/* One child of an <Objs> with so many RefIds besides its own: its status. */
static int with_ids(unsigned count)
{
	AUTO(buf_done) struct buf piece = { .max = 1 << 20 }, out = { .max = SIZE_MAX / 4 };
	struct decoder_options opts = { .local = true, .write = append, .user = &out };
	struct decoder *d = decoder_new(&opts, NULL);
	int r = decoder_feed(d, BYTES_LIT("<Obj RefId=\"a\"><LST>"), NULL);

	for (unsigned i = 0; i < count && r == 0;) {
		buf_clear(&piece);
		for (unsigned k = 0; k < 8192 && i < count; k++, i++)
			buf_put_fmt(&piece, NULL, "<Obj RefId=\"%u\"/>", i);
		r = decoder_feed(d, buf_bytes(&piece), NULL);
	}
	if (r == 0)
		r = decoder_feed(d, BYTES_LIT("</LST></Obj>"), NULL);
	if (r == 0)
		r = decoder_end(d, NULL);
	decoder_free(d);
	return r;
}

/* What holds where nobody sets another limit: 4 Mi. */
static void ids_have_a_limit(void **state)
{
	enum { MOST = 4 * 1024 * 1024 };

	(void)state;
	assert_int_equal(with_ids(MOST - 1), 0);
	assert_int_equal(with_ids(MOST), WINCH_E_LIMIT);
}

/* 65,536 repeated elements are written, of the next object only its ToString. */
static void repeated_elements(void **state)
{
	struct buf in = { .max = SIZE_MAX / 4 }, out = in;

	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		buf_clear(&in);
		buf_clear(&out);
		buf_put_str(&in, "<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><LST>", NULL);
		for (unsigned i = 0; i < 65535 + extra; i++)
			buf_put_str(&in, "<I32>1</I32>", NULL);
		buf_put_str(
			&in,
			"<Obj><ToString>last</ToString><LST><I32>2</I32></LST></Obj></LST></Obj>"
			"<Ref RefId=\"1\" /></LST></Obj>",
			NULL);
		assert_int_equal(decode_text((struct decoder_options){ 0 }, buf_bytes(&in),
					     SIZE_MAX / 2, false, &out, NULL),
				 0);
		const char *text = buf_cstr(&out, NULL);
		assert_non_null(strstr(text, "[2]"));
		assert_int_equal(strstr(text, "\"last\"") != NULL, extra);
	}
	buf_done(&in);
	buf_done(&out);
}

/* Dictionaries in each other, each with keys of equal text behind the inner one. */
static void equal_keys_at_each_level(void **state)
{
	enum { LEVELS = 90 };
	AUTO(buf_done) struct buf in = { .max = SIZE_MAX / 4 }, out = { .max = SIZE_MAX / 4 };

	(void)state;
	for (int i = 0; i < LEVELS; i++)
		assert_int_equal(buf_put_fmt(&in, NULL,
					     "<Obj%s RefId=\"%d\"><DCT><En><S N=\"Key\">in</S>",
					     i ? " N=\"Value\"" : "", i),
				 0);
	assert_int_equal(buf_put_str(&in, "<Nil N=\"Value\" />", NULL), 0);
	for (int i = 0; i < LEVELS; i++)
		assert_int_equal(
			buf_put_str(
				&in,
				"</En><En><S N=\"Key\">1</S><Nil N=\"Value\" /></En>"
				"<En><I32 N=\"Key\">1</I32><Nil N=\"Value\" /></En></DCT></Obj>",
				NULL),
			0);
	assert_int_equal(decode_text((struct decoder_options){ 0 }, buf_bytes(&in), SIZE_MAX / 2,
				     false, &out, NULL),
			 0);
	assert_int_equal(buf_put_u8(&out, 0, NULL), 0);
	size_t pairs = 0;
	for (const char *at = (const char *)out.data; (at = strstr(at, "{\"Key\":\"in\"")); at++)
		pairs++;
	assert_int_equal(pairs, LEVELS);
}

/* A text of some length, and references to it: as much as there may be, and no more. */
static void what_is_repeated_has_a_limit(void **state)
{
	enum { LONG = 10000, TIMES = 200 };
	AUTO(buf_done) struct buf in = { .max = SIZE_MAX / 4 };

	(void)state;
	assert_int_equal(buf_put_str(&in, "<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><S>", NULL), 0);
	for (int i = 0; i < LONG; i++)
		assert_int_equal(buf_put_u8(&in, 'x', NULL), 0);
	assert_int_equal(buf_put_str(&in, "</S></Obj>", NULL), 0);
	for (int i = 0; i < TIMES; i++)
		assert_int_equal(buf_put_str(&in, "<Ref RefId=\"1\" />", NULL), 0);
	assert_int_equal(buf_put_str(&in, "</LST></Obj>", NULL), 0);
	for (int tree = 0; tree < 2; tree++)
		for (int i = 0; i < 2; i++) {
			AUTO(buf_done) struct buf out = { .max = SIZE_MAX / 4 };
			struct decoder_options opts = { .tree = tree, .max_text = 1000000 };
			if (i)
				opts.max_text = LONG * (TIMES + 2);
			int r = decode_text(opts, buf_bytes(&in), SIZE_MAX / 2, false, &out, NULL);
			assert_int_equal(r == 0, i);
			assert_int_equal(out.len > LONG * TIMES, i);
		}
}

static void many_names(void **state)
{
	struct buf in = { .max = SIZE_MAX / 4 }, out = in;

	(void)state;
	buf_put_str(&in, "<Obj><Props>", NULL);
	for (unsigned i = 0; i < 40000; i++)
		buf_put_fmt(&in, NULL, "<I32 N=\"P%u\">%u</I32>", i, i);
	buf_put_str(&in, "</Props><MS>", NULL);
	for (unsigned i = 0; i < 40000; i++)
		buf_put_fmt(&in, NULL, "<I32 N=\"p%u\">%u</I32>", i * 2, i);
	buf_put_str(&in, "</MS></Obj>", NULL);
	assert_int_equal(decode_text((struct decoder_options){ 0 }, buf_bytes(&in), SIZE_MAX / 2,
				     false, &out, NULL),
			 0);
	const char *text = buf_cstr(&out, NULL);
	assert_memory_equal(text, "{\"p0\":0,\"P1\":1,\"p2\":1,\"P3\":3,", 29);
	assert_non_null(strstr(text, ",\"P39999\":39999,\"p40000\":20000,"));
	buf_done(&in);
	buf_done(&out);
}

/* Texts that are chosen for their hashes lie in a table as any others do. */
static void ids_that_fall_together(void **state)
{
	enum { IDS = 1000, ROOM = 2048 };
	AUTO(id_table_done) struct id_table t = { 0 };
	size_t run = 0, longest = 0;
	char id[24];

	(void)state;
	for (size_t i = 0; t.count < IDS; i++) {
		struct bytes text = { (uint8_t *)id, (size_t)snprintf(id, sizeof(id), "%zu", i) };
		if (id_hash(text) % ROOM == 0)
			assert_int_equal(id_table_put(&t, text, &t, NULL), 0);
	}
	for (size_t i = 0; i < t.room; i++) {
		run = t.slots[i].hash ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	assert_true(t.room >= ROOM && longest < IDS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(ids_have_a_limit),
		cmocka_unit_test(repeated_elements),
		cmocka_unit_test(equal_keys_at_each_level),
		cmocka_unit_test(what_is_repeated_has_a_limit),
		cmocka_unit_test(many_names),
		cmocka_unit_test(ids_that_fall_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
