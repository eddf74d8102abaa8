/*
 * test-scrub.c - fragments and envelopes as a trace shows them: no text of a SecureString.
 */
#include "tests/unit/test.h"

#include "psrp/scrub.h"
#include "src/base/base64.h"
#include "src/base/mem.h"
#include "src/session/wsman-trace.h"

/* What is between { and } must not be seen; the braces are not in the message. */
static const struct {
	const char *body;
	const char *shown;
} bodies[] = {
	{ "<S>text</S>", "<S>text</S>" },
	{ "<SS>{c2VjcmV0}</SS>", "<SS>removed</SS>" },
	{ "<SS></SS>", "<SS>removed</SS>" },
	{ "<SS />", "<SS />" },
	{ "<SS N=\"a\">{c2VjcmV0}</SS><S>b</S>", "<SS N=\"a\">removed</SS><S>b</S>" },
	{ "<SS N=\"a/>b\">{c2VjcmV0}</SS>", "<SS N=\"a/>b\">removed</SS>" },
	{ "<SS N='\"/>'>{c2VjcmV0}</SS>", "<SS N='\"/>'>removed</SS>" },
	{ "<SS N=\"a\"/><S>b</S>", "<SS N=\"a\"/><S>b</S>" },
	{ "<SS N=\"a\" / >{c2VjcmV0}</SS>", "<SS N=\"a\" / >removed</SS>" },
	{ "<SS\n>{c2VjcmV0}</SS\t>", "<SS\n>removed</SS\t>" },
	{ "<SSB>not one</SSB><<SS>{c2VjcmV0}</SS>", "<SSB>not one</SSB><<SS>removed</SS>" },
	{ "<S<SS>{c2VjcmV0}</SS>", "<S<SS>removed</SS>" },
	{ "<SS>{<![CDATA[c2VjcmV0]]>}</SS>", "<SS>removed</SS>" },
	{ "<SS>{<!-- c2Vj --><x/><<cmV0}</SS>", "<SS>removed</SS>" },
	{ "<SS>{c2Vj}", "<SS>" },
	{ "<Obj><Props><S N=\"UserName\">u</S><SS N=\"Password\">{cA==}</SS></Props></Obj>",
	  "<Obj><Props><S N=\"UserName\">u</S><SS N=\"Password\">removed</SS></Props></Obj>" },
};
enum { BODIES = sizeof(bodies) / sizeof(bodies[0]) };

static int put_head(struct buf *out, uint64_t fragment, uint8_t flags, size_t len)
{
	int r = buf_put_u64be(out, 7, NULL);

	r |= buf_put_u64be(out, fragment, NULL);
	r |= buf_put_u8(out, flags, NULL);
	return r | buf_put_u32be(out, (uint32_t)len, NULL);
}

/* The message, its header full of what looks like a tag, in fragments of at most so many bytes. */
static void put_message(struct buf *out, const char *body, size_t at_most)
{
	AUTO(buf_done) struct buf blob = { .max = 65536 };

	for (int i = 0; i < 10; i++)
		assert_int_equal(buf_put_str(&blob, "<SS>", NULL), 0);
	for (; *body; body++)
		if (*body != '{' && *body != '}')
			assert_int_equal(buf_put_u8(&blob, (uint8_t)*body, NULL), 0);
	size_t at = 0;
	for (uint64_t n = 0; at < blob.len; n++) {
		size_t len = blob.len - at < at_most ? blob.len - at : at_most;
		uint8_t flags = (uint8_t)((at == 0) | (at + len == blob.len) << 1);
		assert_int_equal(put_head(out, n, flags, len), 0);
		assert_int_equal(buf_put(out, bytes_of(buf_bytes(&blob).data + at, len), NULL), 0);
		at += len;
	}
}

/* The blobs of whole fragments, and nothing else, are there; their messages behind each other. */
static void read_messages(struct bytes in, struct buf *out)
{
	while (in.len) {
		assert_true(in.len >= 21);
		size_t len = (size_t)(in.data[17] << 24 | in.data[18] << 16 | in.data[19] << 8 |
				      in.data[20]);
		assert_true(in.len >= 21 + len);
		assert_int_equal(buf_put(out, bytes_of(in.data + 21, len), NULL), 0);
		in = bytes_skip(in, 21 + len);
	}
}

static void check_shown(struct bytes shown, const char *expect)
{
	AUTO(buf_done) struct buf text = { .max = 65536 };

	read_messages(shown, &text);
	assert_true(text.len >= 40);
	struct bytes body = bytes_skip(buf_bytes(&text), 40);
	if (!bytes_is(body, expect))
		fail_msg("%.*s in place of %s", (int)body.len, (const char *)body.data, expect);
}

static void texts_are_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < BODIES; i++)
		for (size_t cut = 1; cut < 120; cut += cut < 8 ? 1 : 13)
			for (size_t piece = 1; piece < 200; piece += piece < 30 ? 1 : 50) {
				AUTO(buf_done) struct buf in = { .max = 65536 };
				AUTO(buf_done) struct buf out = { .max = 65536 };
				AUTO(scrub_done) struct scrub s;
				scrub_init(&s);
				put_message(&in, bodies[i].body, cut);
				struct bytes left = buf_bytes(&in);
				for (; left.len; left = bytes_skip(left, piece))
					assert_int_equal(
						scrub_put(&s,
							  bytes_of(left.data, left.len < piece
										      ? left.len
										      : piece),
							  &out, NULL),
						0);
				check_shown(buf_bytes(&out), bodies[i].shown);
			}
}

/* One that a message left open ends with the message. */
static void each_message_starts_anew(void **state)
{
	AUTO(buf_done) struct buf in = { .max = 65536 };
	AUTO(buf_done) struct buf out = { .max = 65536 };
	AUTO(buf_done) struct buf text = { .max = 65536 };
	AUTO(scrub_done) struct scrub s;

	(void)state;
	scrub_init(&s);
	put_message(&in, "<SS>{cut", 100);
	put_message(&in, "<S>b</S>", 100);
	assert_int_equal(scrub_put(&s, buf_bytes(&in), &out, NULL), 0);
	read_messages(buf_bytes(&out), &text);
	assert_int_equal(text.len, 40 + 4 + 40 + 8);
	assert_memory_equal(buf_bytes(&text).data + 84, "<S>b</S>", 8);
}

static void nonsense_is_not_shown(void **state)
{
	AUTO(buf_done) struct buf in = { .max = 1 << 25 };
	AUTO(buf_done) struct buf out = { .max = 65536 };
	AUTO(scrub_done) struct scrub s;

	(void)state;
	scrub_init(&s);
	assert_int_equal(put_head(&in, 0, 1, UINT32_MAX), 0);
	for (int i = 0; i < 17; i++) {
		memset(buf_room(&in, 1 << 20, NULL), 'x', 1 << 20);
		buf_added(&in, 1 << 20);
		assert_int_equal(scrub_put(&s, buf_bytes(&in), &out, NULL), 0);
		buf_clear(&in);
	}
	assert_true(s.lost);
	assert_null(s.held.data);
	put_message(&in, "<S>b</S>", 100);
	assert_int_equal(scrub_put(&s, buf_bytes(&in), &out, NULL), 0);
	assert_int_equal(out.len, 0);
}

/* ---- envelopes ---- */

/* @ stands for the base64 of a message with a secret. */
static const struct {
	const char *envelope, *shown;
} envelopes[] = {
	{ "<s:Body><rsp:Stream Name=\"stdin\">@</rsp:Stream></s:Body>",
	  "<s:Body><rsp:Stream Name=\"stdin\">@</rsp:Stream></s:Body>" },
	{ "<rsp:Arguments>\n @ \n</rsp:Arguments>", "<rsp:Arguments>@</rsp:Arguments>" },
	{ "<a:creationXml xmlns:a=\"b\">@</a:creationXml>",
	  "<a:creationXml xmlns:a=\"b\">@</a:creationXml>" },
	{ "<connectXml>@</connectXml><Stream>@</Stream>",
	  "<connectXml>@</connectXml><Stream>@</Stream>" },
	{ "<r:Stream End=\"true\"/><r:Streams>text</r:Streams>",
	  "<r:Stream End=\"true\"/><r:Streams>text</r:Streams>" },
	{ "<r:Stream><![CDATA[@]]></r:Stream><b/>", "<r:Stream>(not shown)</r:Stream><b/>" },
	{ "<r:Stream><!-- -->@</r:Stream>", "<r:Stream>(not shown)</r:Stream>" },
	{ "<r:Stream>*@</r:Stream>", "<r:Stream>(not shown)</r:Stream>" },
	{ "<r:Stream a=\">\">@</r:Stream>", "<r:Stream a=\">(not shown)</r:Stream>" },
	{ "<r:Stream>@", "<r:Stream>(not shown)" },
	{ "no XML", "no XML" },
	{ "", "" },
};

static void fill_in(struct buf *out, const char *text, struct bytes base64)
{
	for (; *text; text++)
		assert_int_equal(*text == '@' ? buf_put(out, base64, NULL)
					      : buf_put(out, bytes_of(text, 1), NULL),
				 0);
}

static void envelopes_go_through(void **state)
{
	AUTO(buf_done) struct buf message = { .max = 4096 };
	AUTO(buf_done) struct buf other = { .max = 4096 };
	AUTO(buf_done) struct buf base64 = { .max = 4096 };
	AUTO(buf_done) struct buf other64 = { .max = 4096 };

	(void)state;
	put_message(&message, "<SS>{c2VjcmV0}</SS>", 4000);
	put_message(&other, "<SS>removed</SS>", 4000);
	assert_int_equal(base64_put(&base64, buf_bytes(&message), NULL), 0);
	assert_int_equal(base64_put(&other64, buf_bytes(&other), NULL), 0);
	for (size_t i = 0; i < sizeof(envelopes) / sizeof(envelopes[0]); i++) {
		AUTO(buf_done) struct buf in = { .max = 65536 };
		AUTO(buf_done) struct buf expect = { .max = 65536 };
		AUTO(buf_done) struct buf out = { .max = 65536 };
		AUTO(scrub_done) struct scrub s;
		scrub_init(&s);
		fill_in(&in, envelopes[i].envelope, buf_bytes(&base64));
		fill_in(&expect, envelopes[i].shown, buf_bytes(&other64));
		assert_int_equal(trace_envelope(&s, buf_bytes(&in), &out, NULL), 0);
		if (!bytes_eq(buf_bytes(&out), buf_bytes(&expect)))
			fail_msg("%s gives %.*s", envelopes[i].envelope, (int)out.len,
				 (const char *)buf_bytes(&out).data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_left_out),
		cmocka_unit_test(each_message_starts_anew),
		cmocka_unit_test(nonsense_is_not_shown),
		cmocka_unit_test(envelopes_go_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
