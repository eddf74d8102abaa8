/*
 * test-sealed.c - the multipart form of sealed bodies.
 *
 * The expected texts are MS-WSMV 2.2.9.1.1.2 spelt out by hand.
 */
#include "tests/unit/test.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/http/sealed.h"

#define SPNEGO "application/HTTP-SPNEGO-session-encrypted"
#define LINE   "--Encrypted Boundary\r\n"
#define SIG    "0123456789abcdef"
#define OCTETS LINE "\tContent-Type: application/octet-stream\r\n\x10\x00\x00\x00" SIG
#define META(len)                                                                                  \
	LINE "\tContent-Type: " SPNEGO "\r\n"                                                      \
	     "\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=" len "\r\n"
#define END "--Encrypted Boundary--\r\n"

/* A mechanism whose seal is to write bytes backwards, and perhaps some in front or behind. */
struct mirror {
	struct auth auth;
	size_t front, padding;
};

static int mirror_seal(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		       winch_error *err)
{
	const struct mirror *m = (struct mirror *)a;
	int r = buf_put_str(header, SIG, err);

	for (size_t i = 0; r == 0 && i < m->front; i++)
		r = buf_put_u8(data, '>', err);
	for (size_t i = plain.len; r == 0 && i > 0; i--)
		r = buf_put_u8(data, plain.data[i - 1], err);
	for (size_t i = 0; r == 0 && i < m->padding; i++)
		r = buf_put_u8(data, '<', err);
	return r;
}

static int mirror_unseal(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
			 winch_error *err)
{
	const struct mirror *m = (struct mirror *)a;

	if (!bytes_is(header, SIG) || data.len < m->front + m->padding)
		return fail(err, WINCH_E_PROTOCOL, "bad seal");
	for (size_t i = data.len - m->padding; i > m->front; i--) {
		int r = buf_put_u8(out, data.data[i - 1], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct auth_sealing whole = { .protocol = SPNEGO, .overhead = 32 };
static const struct auth_sealing cut = { .protocol = SPNEGO, .overhead = 32, .max_part = 4 };
static const struct auth_class whole_class = { .seal = mirror_seal,
					       .unseal = mirror_unseal,
					       .sealing = &whole };
static const struct auth_class cut_class = { .seal = mirror_seal,
					     .unseal = mirror_unseal,
					     .sealing = &cut };

static struct mirror mirror_of(const struct auth_class *class, size_t front, size_t padding)
{
	return (struct mirror){ { class, NULL }, front, padding };
}

static const char type_text[] =
	"multipart/encrypted;protocol=\"" SPNEGO "\";boundary=\"Encrypted Boundary\"";

static int open_with(struct mirror *m, const char *type, struct bytes body, struct buf *out,
		     winch_error *err)
{
	struct sealed_type t;

	assert_true(sealed_type_parse(bytes_str(type), &t));
	return sealed_open(&m->auth, &t, body, out, err);
}

static void written_as_the_document_says(void **state)
{
	(void)state;
	struct mirror m = mirror_of(&whole_class, 0, 0);
	AUTO(buf_done) struct buf out = { .max = 10000 };
	AUTO(buf_done) struct buf type = { .max = 10000 };

	assert_int_equal(sealed_put_type(&type, &whole, 9, NULL), 0);
	assert_true(bytes_is(buf_bytes(&type), type_text));
	assert_int_equal(sealed_put(&out, &m.auth, BYTES_LIT("<a>bc</a>"), NULL), 0);
	assert_true(bytes_eq(buf_bytes(&out), BYTES_LIT(META("9") OCTETS ">a/<cb>a<" END)));
	assert_true(out.len <= sealed_room(&whole, 9));
}

static void written_in_parts(void **state)
{
	(void)state;
	struct mirror m = mirror_of(&cut_class, 2, 0);
	AUTO(buf_done) struct buf out = { .max = 10000 };
	AUTO(buf_done) struct buf type = { .max = 10000 };
	AUTO(buf_done) struct buf back = { .max = 10000 };

	assert_int_equal(sealed_put_type(&type, &cut, 4, NULL), 0);
	assert_true(bytes_is(buf_bytes(&type), type_text));
	buf_clear(&type);
	assert_int_equal(sealed_put_type(&type, &cut, 5, NULL), 0);
	assert_memory_equal(buf_bytes(&type).data, "multipart/x-multi-encrypted;", 28);
	assert_int_equal(sealed_put(&out, &m.auth, BYTES_LIT("<a>bc</a>"), NULL), 0);
	assert_true(bytes_eq(buf_bytes(&out), BYTES_LIT(META("4") OCTETS ">>b>a<" META("4") OCTETS
							">>a/<c" META("1") OCTETS ">>>" END)));
	assert_true(out.len <= sealed_room(&cut, 9));
	assert_int_equal(open_with(&m, buf_cstr(&type, NULL), buf_bytes(&out), &back, NULL), 0);
	assert_true(bytes_is(buf_bytes(&back), "<a>bc</a>"));
}

static void length_counts_padding(void **state)
{
	(void)state;
	struct mirror m = mirror_of(&whole_class, 0, 1);
	AUTO(buf_done) struct buf out = { .max = 10000 };
	AUTO(buf_done) struct buf back = { .max = 10000 };

	assert_int_equal(sealed_put(&out, &m.auth, BYTES_LIT("abc"), NULL), 0);
	assert_true(bytes_eq(buf_bytes(&out), BYTES_LIT(META("4") OCTETS "cba<" END)));
	assert_int_equal(open_with(&m, type_text, buf_bytes(&out), &back, NULL), 0);
	assert_true(bytes_is(buf_bytes(&back), "abc"));
}

static const struct {
	const char *what;
	struct bytes body;
	struct bytes plain;
} good[] = {
	{ "as documented", BYTES_LIT(META("3") OCTETS "cba" END), BYTES_LIT("abc") },
	{ "empty", BYTES_LIT(META("0") OCTETS END), BYTES_LIT("") },
	{ "NUL", BYTES_LIT(META("3") OCTETS "c\0a" END), BYTES_LIT("a\0c") },
	{ "no CRLF at the end", BYTES_LIT(META("3") OCTETS "cba--Encrypted Boundary--"),
	  BYTES_LIT("abc") },
	{ "Exchange's boundary",
	  BYTES_LIT("-- Encrypted Boundary\r\n\tContent-Type: " SPNEGO "\r\n"
		    "\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=3\r\n"
		    "-- Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n"
		    "\x10\x00\x00\x00" SIG "cba-- Encrypted Boundary--\r\n"),
	  BYTES_LIT("abc") },
	{ "other order, case and blanks",
	  BYTES_LIT(LINE
		    " originalcontent:type=application/soap+xml; charset=\"utf-8\"; length=3 \r\n"
		    "\tcontent-type:" SPNEGO "\r\n" OCTETS "cba" END),
	  BYTES_LIT("abc") },
	{ "its own boundary inside", BYTES_LIT(META("22") OCTETS "--Encrypted Boundary\r\n" END),
	  BYTES_LIT("\n\ryradnuoB detpyrcnE--") },
	{ "its own end inside", BYTES_LIT(META("24") OCTETS END END),
	  BYTES_LIT("\n\r--yradnuoB detpyrcnE--") },
	{ "two parts", BYTES_LIT(META("3") OCTETS "cba" META("1") OCTETS "d" END),
	  BYTES_LIT("abcd") },
};

static void what_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct mirror m = mirror_of(&whole_class, 0, 0);
		AUTO(buf_done) struct buf out = { .max = 10000 };
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		int r = open_with(&m, type_text, good[i].body, &out, &err);
		if (r < 0)
			print_error("%s: %s\n", good[i].what, winch_error_text(&err));
		assert_int_equal(r, 0);
		assert_true(bytes_eq(buf_bytes(&out), good[i].plain));
	}
}

static const struct {
	struct bytes body;
	const char *text;
} bad[] = {
	{ BYTES_LIT(""), "boundary line" },
	{ BYTES_LIT("<s:Envelope/>"), "boundary line" },
	{ BYTES_LIT(LINE), "OriginalContent" },
	{ BYTES_LIT("--Encrypted Boundary--\r\n"), "boundary line" },
	{ BYTES_LIT("--Other Boundary\r\n"), "boundary line" },
	{ BYTES_LIT(LINE OCTETS "cba" END), "OriginalContent" },
	{ BYTES_LIT(META("3")), "no octets" },
	{ BYTES_LIT(META("3") LINE "cba" END), "no octets" },
	{ BYTES_LIT(META("") OCTETS "cba" END), "Length" },
	{ BYTES_LIT(META("-3") OCTETS "cba" END), "Length" },
	{ BYTES_LIT(META("0x3") OCTETS "cba" END), "Length" },
	{ BYTES_LIT(META("3;Length=4") OCTETS "cba" END), "Length" },
	{ BYTES_LIT(META("99999999999") OCTETS "cba" END), "Length" },
	{ BYTES_LIT(META("9999999999") OCTETS "cba" END), "shorter" },
	{ BYTES_LIT(META("4") OCTETS "cba" END), "shorter" },
	{ BYTES_LIT(META("2") OCTETS "cba" END), "holds 3 bytes, but says 2" },
	{ BYTES_LIT(META("3") OCTETS "cba"), "shorter" },
	{ BYTES_LIT(META("3") OCTETS "cba" END "x"), "boundary line" },
	{ BYTES_LIT(META("3") OCTETS "cba" END END), "boundary line" },
	{ BYTES_LIT(META("3") "\tOriginalContent: type=x;Length=3\r\n" OCTETS "cba" END), "two" },
	{ BYTES_LIT(LINE "\tOriginalContent: type=x;charset=UTF-16;Length=3\r\n" OCTETS "cba" END),
	  "charset" },
	{ BYTES_LIT(LINE "\tContent-Type: text/plain\r\n" OCTETS "cba" END), "another protocol" },
	{ BYTES_LIT(META("3") LINE "\tContent-Type: application/octet-stream\r\n\xff\xff\xff\xff"
				   "cba" END),
	  "signature" },
	{ BYTES_LIT(META("3") LINE "\tContent-Type: application/octet-stream\r\n\x04\x00\x00\x00"
				   "0123cba" END),
	  "bad seal" },
};

static void what_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mirror m = mirror_of(&whole_class, 0, 0);
		AUTO(buf_done) struct buf out = { .max = 10000 };
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		assert_int_equal(open_with(&m, type_text, bad[i].body, &out, &err),
				 WINCH_E_PROTOCOL);
		if (!strstr(winch_error_text(&err), bad[i].text))
			print_error("%zu: %s\n", i, winch_error_text(&err));
		assert_non_null(strstr(winch_error_text(&err), bad[i].text));
	}
}

static void every_cut_is_refused(void **state)
{
	(void)state;
	struct bytes body = good[8].body;

	/* The last CRLF is not missed. */
	for (size_t len = 0; len < body.len - 2; len++) {
		struct mirror m = mirror_of(&whole_class, 0, 0);
		AUTO(buf_done) struct buf out = { .max = 10000 };
		uint8_t *copy = mem_alloc(len + 1);
		memcpy(copy, body.data, len);
		int r = open_with(&m, type_text, bytes_of(copy, len), &out, NULL);
		mem_free(copy);
		assert_int_equal(r, WINCH_E_PROTOCOL);
	}
}

static void the_limit_holds(void **state)
{
	(void)state;
	struct mirror m = mirror_of(&whole_class, 0, 0);
	AUTO(buf_done) struct buf exact = { .max = 3 };
	AUTO(buf_done) struct buf less = { .max = 2 };

	assert_int_equal(open_with(&m, type_text, good[0].body, &exact, NULL), 0);
	assert_int_equal(open_with(&m, type_text, good[0].body, &less, NULL), WINCH_E_LIMIT);
}

static void types(void **state)
{
	(void)state;
	struct sealed_type t;

	assert_true(sealed_type_parse(bytes_str(type_text), &t));
	assert_true(bytes_is(t.protocol, SPNEGO));
	assert_true(bytes_is(t.boundary, "Encrypted Boundary"));
	assert_true(sealed_type_parse(BYTES_LIT("Multipart/X-Multi-Encrypted ; boundary=b"), &t));
	assert_true(bytes_is(t.boundary, "b"));
	assert_true(sealed_type_parse(BYTES_LIT("multipart/encrypted"), &t));
	assert_true(bytes_is(t.boundary, "Encrypted Boundary"));
	assert_false(sealed_type_parse(BYTES_LIT("multipart/encrypted;boundary=\"\""), &t));
	assert_false(sealed_type_parse(BYTES_LIT("multipart/mixed;boundary=b"), &t));
	assert_false(sealed_type_parse(BYTES_LIT("application/soap+xml;charset=UTF-8"), &t));
	assert_false(sealed_type_parse(BYTES_LIT(""), &t));
}

static void another_protocol_is_refused(void **state)
{
	(void)state;
	struct mirror m = mirror_of(&whole_class, 0, 0);
	AUTO(buf_done) struct buf out = { .max = 10000 };

	assert_int_equal(
		open_with(&m,
			  "multipart/encrypted;protocol=\"application/"
			  "HTTP-Kerberos-session-encrypted\";boundary=\"Encrypted Boundary\"",
			  good[0].body, &out, NULL),
		WINCH_E_PROTOCOL);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_as_the_document_says),
		cmocka_unit_test(written_in_parts),
		cmocka_unit_test(length_counts_padding),
		cmocka_unit_test(what_is_taken),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(the_limit_holds),
		cmocka_unit_test(types),
		cmocka_unit_test(another_protocol_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
