/*
 * test-message.c - headers of messages, and the table of messages against specs/messages.tsv.
 */
#include "psrp/message.h"

#include "src/base/mem.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/spec-table.h"

/* From 00112233-4455-6677-8899-AABBCCDDEEFF, whose first three fields turn round. */
#define GUID_TEXT "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF"
#define GUID_WIRE "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF"
#define ZEROS     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static int read_bytes(const char *bytes, size_t len, struct message *ret)
{
	return message_read(bytes_of(bytes, len), ret, NULL);
}

static void a_header_is_read(void **state)
{
	static const char in[] = "\x01\0\0\0\x04\x10\x04\0" GUID_WIRE ZEROS "\xEF\xBB\xBF<S>x</S>";
	struct message m;

	(void)state;
	assert_int_equal(read_bytes(in, sizeof(in) - 1, &m), 0);
	assert_int_equal(m.destination, MESSAGE_TO_CLIENT);
	assert_int_equal(m.type, MSG_PIPELINE_OUTPUT);
	assert_memory_equal(m.rpid.bytes, GUID_TEXT, 16);
	assert_memory_equal(m.pid.bytes, ZEROS, 16);
	assert_true(bytes_is(m.body, "<S>x</S>"));
}

static void a_body_may_have_no_bom_or_not_be(void **state)
{
	static const char plain[] = "\x02\0\0\0\x02\0\x01\0" ZEROS GUID_WIRE "<S />";
	struct message m;

	(void)state;
	assert_int_equal(read_bytes(plain, sizeof(plain) - 1, &m), 0);
	assert_true(bytes_is(m.body, "<S />"));
	assert_memory_equal(m.pid.bytes, GUID_TEXT, 16);
	assert_int_equal(read_bytes(plain, MESSAGE_HEADER, &m), 0);
	assert_int_equal(m.body.len, 0);
	/* Two of the three bytes are none. */
	assert_int_equal(
		message_read(bytes_of("0123456789012345678901234567890123456789\xEF\xBB", 42), &m,
			     NULL),
		0);
	assert_int_equal(m.body.len, 2);
	assert_int_equal(
		message_read(bytes_of("0123456789012345678901234567890123456789\xEF\xBB\xBF", 43),
			     &m, NULL),
		0);
	assert_int_equal(m.body.len, 0);
}

static void short_ones_are_refused(void **state)
{
	static const char zeros[MESSAGE_HEADER] = { 0 };
	struct message m = { .type = 7 };
	winch_error err = WINCH_ERROR_INIT;

	(void)state;
	for (size_t len = 0; len < MESSAGE_HEADER; len++) {
		assert_int_equal(message_read(bytes_of(zeros, len), &m, &err), WINCH_E_PROTOCOL);
		assert_non_null(strstr(winch_error_text(&err), "no room for its header"));
		assert_int_equal(m.type, 7);
	}
	winch_error_done(&err);
	assert_int_equal(message_read(bytes_of(zeros, MESSAGE_HEADER), &m, NULL), 0);
}

static void a_header_is_written(void **state)
{
	AUTO(buf_done) struct buf out = { .max = 1000 };
	struct message m = {
		MESSAGE_TO_SERVER, MSG_PIPELINE_INPUT, { { 0 } }, { { 0 } }, BYTES_LIT("<S>x</S>")
	};

	(void)state;
	memcpy(m.rpid.bytes, GUID_TEXT, 16);
	assert_int_equal(message_write(&out, &m, NULL), 0);
	assert_int_equal(out.len, 48);
	assert_memory_equal(out.data, "\x02\0\0\0\x02\x10\x04\0" GUID_WIRE ZEROS "<S>x</S>", 48);
}

/* Just room enough, and a byte less. */
static void the_buffers_maximum_holds(void **state)
{
	const struct message m = {
		MESSAGE_TO_SERVER, MSG_PIPELINE_INPUT, { { 0 } }, { { 0 } }, BYTES_LIT("<S>x</S>")
	};

	(void)state;
	for (size_t max = 0; max < 49; max++) {
		AUTO(buf_done) struct buf out = { .max = max };
		assert_int_equal(message_write(&out, &m, NULL), max < 48 ? WINCH_E_LIMIT : 0);
	}
}

static void no_memory(void **state)
{
	const struct message m = {
		MESSAGE_TO_SERVER, MSG_PIPELINE_INPUT, { { 0 } }, { { 0 } }, BYTES_LIT("<S>x</S>")
	};
	AUTO(buf_done) struct buf out = { .max = 1000 };

	(void)state;
	mem_fail_at(1);
	assert_int_equal(message_write(&out, &m, NULL), WINCH_E_NOMEM);
	mem_fail_at(0);
	out.len = 0;
	assert_int_equal(message_write(&out, &m, NULL), 0);
}

/* ---- the table ---- */

static const char *target_name(enum message_target t)
{
	return t == TARGET_SESSION ? "session" : t == TARGET_POOL ? "pool" : "pipeline";
}

static void rows_are_the_specs(void **state)
{
	struct table t;
	size_t i = 0;

	(void)state;
	open_table(&t, "messages.tsv");
	for (; next_row(&t); i++) {
		assert_int_equal(t.count, 5);
		assert_true(i < message_row_count);
		const struct message_row *row = &message_rows[i];
		assert_int_equal(row->type, strtoul(t.columns[0], NULL, 16));
		assert_string_equal(row->name, t.columns[1]);
		assert_int_equal((row->from & FROM_CLIENT) != 0, strchr(t.columns[2], 'c') != NULL);
		assert_int_equal((row->from & FROM_SERVER) != 0, strchr(t.columns[2], 's') != NULL);
		assert_string_equal(target_name(row->target), t.columns[3]);
		assert_string_equal(row->cite, t.columns[4]);
		assert_ptr_equal(message_row(row->type), row);
		/* What the number itself says: 1 session, 2 pool, 4 pipeline. */
		assert_int_equal(row->type >> 16, 1 << row->target);
	}
	assert_int_equal(i, message_row_count);
	fclose(t.file);
}

static void others_have_no_row(void **state)
{
	static const uint32_t others[] = { 0,          1,          0x00010001,
					   0x00010009, 0x0002100D, 0x0004100A,
					   0x00041013, 0x41000410, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(message_row(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read),
		cmocka_unit_test(a_body_may_have_no_bom_or_not_be),
		cmocka_unit_test(short_ones_are_refused),
		cmocka_unit_test(a_header_is_written),
		cmocka_unit_test(the_buffers_maximum_holds),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(rows_are_the_specs),
		cmocka_unit_test(others_have_no_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
