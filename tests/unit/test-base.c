/*
 * test-base.c - buffers, readers, arenas, text, base64, GUIDs.
 */
#include "tests/unit/test.h"

#include "src/base/arena.h"
#include "src/base/base64.h"
#include "src/base/buf.h"
#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/mem.h"
#include "src/base/random.h"
#include "src/base/rd.h"
#include "src/base/secret.h"
#include "src/base/utf.h"
#include "src/base/xml-write.h"

static void buf_stops_at_its_maximum(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf b = { .max = 10 };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	assert_int_equal(buf_put_str(&b, "0123456789", &err), 0);
	assert_int_equal(buf_put_u8(&b, 'x', &err), WINCH_E_LIMIT);
	assert_int_equal(err.status, WINCH_E_LIMIT);
	buf_drop(&b, 4);
	assert_int_equal(buf_put_str(&b, "abcd", &err), 0);
	assert_true(bytes_is(buf_bytes(&b), "456789abcd"));
}

static void rd_never_reads_past_the_end(void **state)
{
	(void)state;
	struct rd r = rd_of(BYTES_LIT("\x01\x02\x03"));

	assert_int_equal(rd_u16be(&r), 0x0102);
	assert_int_equal(rd_u16le(&r), 0);
	assert_true(r.past);
	assert_int_equal(rd_u8(&r), 0); /* stays past */
}

static void arena_gives_aligned_memory_up_to_its_maximum(void **state)
{
	(void)state;
	AUTO(arena_done) struct arena a = { .max = 100000 };

	for (int i = 0; i < 100; i++) {
		void *p = arena_alloc(&a, 33, NULL);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
	}
	assert_null(arena_alloc(&a, 100000, NULL));
}

/* RFC 4648 section 10, then what must be refused. */
static void base64_as_the_rfc_has_it(void **state)
{
	(void)state;
	static const char *const plain[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const coded[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
					     "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Z!==" };

	for (size_t i = 0; i < 7; i++) {
		AUTO(buf_done) struct buf b = { .max = 100 };
		assert_int_equal(base64_put(&b, bytes_str(plain[i]), NULL), 0);
		assert_true(bytes_is(buf_bytes(&b), coded[i]));
		buf_clear(&b);
		assert_int_equal(base64_get(&b, bytes_str(coded[i]), NULL), 0);
		assert_true(bytes_is(buf_bytes(&b), plain[i]));
	}
	for (size_t i = 0; i < 7; i++) {
		AUTO(buf_done) struct buf b = { .max = 100 };
		assert_int_equal(base64_get(&b, bytes_str(bad[i]), NULL), WINCH_E_FORMAT);
	}
	AUTO(buf_done) struct buf b = { .max = 100 };
	assert_int_equal(base64_get(&b, BYTES_LIT(" Zm\r\n9v Ym Fy\t"), NULL), 0);
	assert_true(bytes_is(buf_bytes(&b), "foobar"));
}

static int decode_pieces(struct buf *out, const char *text, size_t piece)
{
	struct base64_reader r = { { 0 } };
	int status = 0;

	for (size_t at = 0; status == 0 && at < strlen(text); at += piece) {
		size_t left = strlen(text) - at;
		status = base64_reader_feed(&r, out,
					    bytes_of(text + at, left < piece ? left : piece), NULL);
	}
	return status == 0 ? base64_reader_end(&r, NULL) : status;
}

static void base64_in_pieces(void **state)
{
	static const char *const bad[] = { "Z", "Zm8", "Zg==Zg==", "Zg==Z", "Zm9v!", "=", "Zg=a" };

	(void)state;
	for (size_t piece = 1; piece < 20; piece++) {
		AUTO(buf_done) struct buf out = { .max = 6 };
		assert_int_equal(decode_pieces(&out, " Z m9\r\nvY mFy\t", piece), 0);
		assert_memory_equal(out.data, "foobar", 6);
		assert_int_equal(decode_pieces(&out, "Zg==", piece), WINCH_E_LIMIT);
		buf_clear(&out);
		assert_int_equal(decode_pieces(&out, "Zm9vYg= = \n", piece), 0);
		assert_int_equal(out.len, 4);
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			buf_clear(&out);
			assert_int_equal(decode_pieces(&out, bad[i], piece), WINCH_E_FORMAT);
		}
	}
}

/* As much as a buffer holds, to the byte. */
static void base64_at_the_limit(void **state)
{
	static const char *const coded[] = { "Zg==", "Zm8=", "Zm9v", "Zm9v Yg = =" };
	static const size_t lens[] = { 1, 2, 3, 4 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		AUTO(buf_done) struct buf fits = { .max = lens[i] };
		AUTO(buf_done) struct buf not = { .max = lens[i] - 1 };
		assert_int_equal(base64_get(&fits, bytes_str(coded[i]), NULL), 0);
		assert_int_equal(fits.len, lens[i]);
		assert_int_equal(base64_get(&not, bytes_str(coded[i]), NULL), WINCH_E_LIMIT);
	}
}

/* Padding that is a mistake takes nothing off the room of what stands in front of it. */
static void base64_of_too_much_padding_writes_no_more_than_there_is(void **state)
{
	(void)state;
	for (size_t max = 0; max < 2048; max += 31) {
		AUTO(buf_done) struct buf text = { .max = 16384 };
		AUTO(buf_done) struct buf out = { .max = max };
		for (size_t i = 0; i < 4096; i++)
			assert_int_equal(buf_put_str(&text, i < 1024 ? "QUJD" : "====", NULL), 0);
		assert_true(base64_get(&out, buf_bytes(&text), NULL) < 0);
		assert_true(out.len <= max && out.len <= out.cap);
	}
}

static void utf_round_trips_and_refuses_overlong(void **state)
{
	(void)state;
	struct bytes text = BYTES_LIT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xA0\x80");
	AUTO(buf_done) struct buf wide = { .max = 100 };
	AUTO(buf_done) struct buf back = { .max = 100 };

	assert_int_equal(utf16le_put(&wide, text, NULL), 0);
	assert_int_equal(wide.len, 12);
	assert_int_equal(utf8_put_utf16le(&back, buf_bytes(&wide), NULL), 0);
	assert_true(bytes_eq(buf_bytes(&back), text));
	assert_int_equal(utf8_valid_len(text), 10); /* the lone surrogate is not UTF-8 */
	assert_int_equal(utf8_valid_len(BYTES_LIT("\xC0\x80")), 0);
	assert_int_equal(utf8_valid_len(BYTES_LIT("\xF4\x90\x80\x80")), 0);
}

static void random_guids_are_version_4(void **state)
{
	(void)state;
	winch_guid last = { { 0 } };

	for (int i = 0; i < 64; i++) {
		winch_guid g;
		assert_int_equal(random_guid(NULL, &g), 0);
		assert_int_equal(g.bytes[6] >> 4, 4);
		assert_int_equal(g.bytes[8] >> 6, 2); /* RFC 4122 4.1.1 */
		assert_false(guid_eq(&g, &last));
		last = g;
	}
}

static void guid_text_and_wire_order(void **state)
{
	(void)state;
	winch_guid g;
	char text[37];

	assert_true(guid_parse(BYTES_LIT("uuid:00112233-4455-6677-8899-aAbBcCdDeEfF"), &g));
	winch_guid_text(&g, text);
	assert_string_equal(text, "00112233-4455-6677-8899-AABBCCDDEEFF");
	winch_guid s = guid_swap(g);
	assert_memory_equal(s.bytes, "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99", 10);
	assert_false(guid_parse(BYTES_LIT("00112233-4455-6677-8899-AABBCCDDEEF"), &g));
	assert_false(guid_parse(BYTES_LIT("00112233x4455-6677-8899-AABBCCDDEEFF"), &g));
}

static void errors_carry_their_text(void **state)
{
	(void)state;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(winch_error_done) winch_error other = WINCH_ERROR_INIT;

	assert_int_equal(fail(&err, WINCH_E_AUTH, "no %s", "way"), WINCH_E_AUTH);
	assert_int_equal(fail_prefix(&err, "host %d", 7), WINCH_E_AUTH);
	assert_string_equal(winch_error_text(&err), "host 7: no way");
	err.flags = WINCH_ERROR_REFUSED;
	err.http_status = 401;
	assert_int_equal(fail_again(&other, &err), WINCH_E_AUTH);
	assert_string_equal(winch_error_text(&other), "host 7: no way");
	assert_int_equal(other.flags, WINCH_ERROR_REFUSED);
	assert_int_equal(other.http_status, 401);
	fail_move(&other, &err);
	assert_int_equal(err.status, 0);
	assert_int_equal(err.flags, 0);
	assert_int_equal(other.flags, WINCH_ERROR_REFUSED);
	assert_string_equal(winch_error_text(&other), "host 7: no way");
}

static void xml_text_is_escaped(void **state)
{
	(void)state;
	AUTO(buf_done) struct buf b = { .max = 100 };

	assert_int_equal(xml_put_text(&b, BYTES_LIT("a<b>&\"c"), NULL), 0);
	assert_int_equal(xml_put_attr(&b, BYTES_LIT("\"\n"), NULL), 0);
	assert_true(bytes_is(buf_bytes(&b), "a&lt;b&gt;&amp;\"c&quot;&#xA;"));
}

static void secrets_compare_and_go(void **state)
{
	(void)state;
	AUTO(secret_done) struct secret s = { 0 };

	assert_int_equal(secret_set(&s, BYTES_LIT("hunter2"), NULL), 0);
	assert_true(secret_eq(secret_bytes(&s), BYTES_LIT("hunter2")));
	assert_false(secret_eq(secret_bytes(&s), BYTES_LIT("hunter3")));
	assert_int_equal(secret_set(&s, BYTES_LIT(""), NULL), 0);
	assert_non_null(s.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_stops_at_its_maximum),
		cmocka_unit_test(rd_never_reads_past_the_end),
		cmocka_unit_test(arena_gives_aligned_memory_up_to_its_maximum),
		cmocka_unit_test(base64_as_the_rfc_has_it),
		cmocka_unit_test(base64_in_pieces),
		cmocka_unit_test(base64_at_the_limit),
		cmocka_unit_test(base64_of_too_much_padding_writes_no_more_than_there_is),
		cmocka_unit_test(utf_round_trips_and_refuses_overlong),
		cmocka_unit_test(guid_text_and_wire_order),
		cmocka_unit_test(random_guids_are_version_4),
		cmocka_unit_test(errors_carry_their_text),
		cmocka_unit_test(xml_text_is_escaped),
		cmocka_unit_test(secrets_compare_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
