/*
 * test-der.c - DER's elements: lengths at each border, and those that DER forbids.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "wsman/auth/der.h"

static const struct {
	size_t len;
	const char *head;
} lengths[] = {
	{ 0, "0400" },
	{ 1, "0401" },
	{ 127, "047f" },
	{ 128, "048180" },
	{ 255, "0481ff" },
	{ 256, "04820100" },
	{ 65535, "0482ffff" },
	{ 65536, "0483010000" },
	{ 16777215, "0483ffffff" },
	{ 16777216, "048401000000" },
};

static void written_and_read(void **state)
{
	(void)state;
	uint8_t *content = calloc(1, 16777216);

	assert_non_null(content);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		AUTO(buf_done) struct buf out = { .max = 16777216 + 10 };
		uint8_t head[10];
		struct bytes back, expected = unhex(lengths[i].head, head);
		assert_int_equal(der_put(&out, DER_OCTETS, bytes_of(content, lengths[i].len), NULL),
				 0);
		assert_bytes(bytes_of(buf_bytes(&out).data, expected.len), expected);
		struct rd in = rd_of(buf_bytes(&out));
		assert_true(der_expect(&in, DER_OCTETS, &back));
		assert_int_equal(back.len, lengths[i].len);
		assert_int_equal(in.left, 0);
	}
	free(content);
}

static const char *const bad[] = {
	"",             /* nothing */
	"04",           /* no length */
	"0402 41",      /* cut */
	"0480 41 0000", /* an indefinite length */
	"048101 41",    /* not the shortest form */
	"04817f 41",
	"0482007f 41",
	"048200ff 41",
	"0483000100 41",
	"0485000000000141", /* five bytes of length */
	"04ff 41",
	"0482 01",
	"0484ffffffff 41",
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t room[300] = { 0 }, tag;
		struct rd in = rd_of(unhex(bad[i], room));
		struct bytes content;
		assert_false(der_next(&in, &tag, &content));
	}
}

static void another_tag(void **state)
{
	(void)state;
	struct rd in = rd_of(HEX("040141"));
	struct bytes content;

	assert_false(der_expect(&in, DER_OID, &content));
}

static void no_room(void **state)
{
	(void)state;
	for (size_t max = 0; max < 5; max++) {
		AUTO(buf_done) struct buf out = { .max = max };
		assert_int_equal(der_put(&out, DER_OCTETS, BYTES_LIT("abc"), NULL), WINCH_E_LIMIT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(refused),
		cmocka_unit_test(another_tag),
		cmocka_unit_test(no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
