/*
 * server-bytes.c - what a PSRP server sends, put together by hand.
 */
#include "tests/unit/server-bytes.h"

#include "tests/unit/spec-table.h"

void blob_done(struct blob *b)
{
	free(b->data);
	*b = (struct blob){ 0 };
}

void blob_put(struct blob *b, const void *data, size_t len)
{
	while (b->cap - b->len < len) {
		b->cap = b->cap ? b->cap * 2 : 1024;
		b->data = realloc(b->data, b->cap);
		assert_non_null(b->data);
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void put_big(struct blob *b, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0) {
		uint8_t byte = (uint8_t)(v >> (8 * bytes));
		blob_put(b, &byte, 1);
	}
}

static void put_little(struct blob *b, uint32_t v)
{
	const uint8_t bytes[] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
				  (uint8_t)(v >> 24) };

	blob_put(b, bytes, 4);
}

/* As .NET writes a Guid: three fields little-endian, the rest as it is. */
static void put_guid(struct blob *b, const winch_guid *g)
{
	static const int order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (int i = 0; i < 16; i++)
		blob_put(b, &g->bytes[order[i]], 1);
}

void blob_fragment(struct blob *b, uint64_t object, uint64_t fragment, unsigned flags,
		   uint32_t length, const void *data, size_t len)
{
	put_big(b, object, 8);
	put_big(b, fragment, 8);
	put_big(b, flags, 1);
	put_big(b, length, 4);
	blob_put(b, data, len);
}

void blob_message(struct blob *b, uint64_t object, size_t piece, const struct server_message *m)
{
	struct blob whole = { 0 };
	uint64_t fragment = 0;

	put_little(&whole, m->destination);
	put_little(&whole, m->type);
	put_guid(&whole, &m->rpid);
	put_guid(&whole, &m->pid);
	if (*m->clixml) {
		blob_put(&whole, "\xEF\xBB\xBF", 3);
		blob_put(&whole, m->clixml, strlen(m->clixml));
	}
	for (size_t at = 0; at < whole.len; fragment++) {
		size_t len = whole.len - at < piece ? whole.len - at : piece;
		unsigned flags = (at == 0 ? 1u : 0u) | (at + len == whole.len ? 2u : 0u);
		blob_fragment(b, object, fragment, flags, (uint32_t)len, whole.data + at, len);
		at += len;
	}
	blob_done(&whole);
}

uint32_t message_number(const char *name)
{
	struct table t;
	uint32_t number = 0;

	if (name[0] == '0')
		return (uint32_t)strtoul(name, NULL, 16);
	open_table(&t, "messages.tsv");
	while (number == 0 && next_row(&t))
		if (strcmp(t.columns[1], name) == 0)
			number = (uint32_t)strtoul(t.columns[0], NULL, 16);
	fclose(t.file);
	if (!number)
		fail_msg("no message has the name %s", name);
	return number;
}

const char *message_name(uint32_t type)
{
	static char name[64];
	struct table t;

	snprintf(name, sizeof(name), "?");
	open_table(&t, "messages.tsv");
	while (next_row(&t))
		if (strtoul(t.columns[0], NULL, 16) == type)
			snprintf(name, sizeof(name), "%s", t.columns[1]);
	fclose(t.file);
	return name;
}

static uint64_t take_big(const uint8_t **at, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | *(*at)++;
	return v;
}

bool take_client_fragment(const uint8_t **at, size_t *left, struct client_fragment *ret)
{
	if (*left < 21)
		return false;
	ret->object = take_big(at, 8);
	ret->fragment = take_big(at, 8);
	ret->flags = (unsigned)take_big(at, 1);
	ret->len = (uint32_t)take_big(at, 4);
	*left -= 21;
	ret->data = *at;
	if (*left < ret->len)
		return false;
	*at += ret->len;
	*left -= ret->len;
	return true;
}
