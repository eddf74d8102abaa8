/*
 * fuzz-fragments.c - bytes to fragments to messages: whole and in pieces must agree, a
 * message's header must come back as it was, and a message cut to other fragments and
 * joined again be the same.
 *
 * The first two bytes: how many bytes come at a time, and the room of a fragment; the highest
 * bit of the second: the stream goes on after Connect.
 */
#include <stdlib.h>

#include <winch/pool.h>

#include "psrp/cut.h"
#include "psrp/join.h"
#include "psrp/message.h"
#include "src/base/guid.h"
#include "src/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_MESSAGE = 4096, MAX_FEED = 1 << 17 };

static void demand(bool good)
{
	if (!good)
		abort();
}

static void put(struct buf *out, const void *data, size_t len)
{
	demand(buf_put(out, bytes_of(data, len), NULL) == 0);
}

/* Every message with its length in front; gives the last status. */
static int join_all(struct bytes in, size_t step, bool resync, struct buf *out)
{
	struct join join;
	struct bytes whole;
	int r = 0;

	join_init(&join, MAX_MESSAGE, MAX_FEED);
	if (resync)
		join_resync(&join);
	while (in.len && r >= 0) {
		size_t len = in.len < step ? in.len : step;
		r = join_feed(&join, bytes_of(in.data, len), NULL);
		while (r >= 0 && (r = join_next(&join, &whole, NULL)) == 1) {
			demand(whole.len <= MAX_MESSAGE);
			put(out, &whole.len, sizeof(whole.len));
			put(out, whole.data, whole.len);
		}
		in = bytes_skip(in, len);
	}
	join_done(&join);
	return r;
}

static void check_header(struct bytes whole)
{
	AUTO(buf_done) struct buf written = { .max = MAX_MESSAGE };
	struct message m, again;

	if (message_read(whole, &m, NULL) < 0) {
		demand(whole.len < MESSAGE_HEADER);
		return;
	}
	demand(message_write(&written, &m, NULL) == 0);
	demand(written.len <= whole.len && written.len >= MESSAGE_HEADER);
	demand(memcmp(buf_bytes(&written).data, whole.data, MESSAGE_HEADER) == 0);
	/* One BOM is taken from a body, and none is written: a second one stays there. */
	if (m.body.len >= 3 && memcmp(m.body.data, "\xEF\xBB\xBF", 3) == 0)
		return;
	demand(message_read(buf_bytes(&written), &again, NULL) == 0);
	demand(again.type == m.type && guid_eq(&again.pid, &m.pid) && bytes_eq(again.body, m.body));
}

static void check_cut(struct bytes whole, size_t room)
{
	AUTO(buf_done) struct buf chunks = { .max = SIZE_MAX / 4 };
	AUTO(buf_done) struct buf joined = { .max = MAX_FEED };
	struct outgoing out = { .op = WINCH_OP_SEND, .message = { .max = MAX_MESSAGE } };
	struct bytes data;
	struct cut cut;
	winch_guid pipeline;
	int op;

	cut_init(&cut);
	put(&out.message, whole.data, whole.len);
	demand(cut_put(&cut, &out, NULL) == 0);
	while (cut_take(&cut, room, &op, &pipeline, &data, NULL) == 1) {
		demand(data.len <= room);
		put(&chunks, data.data, data.len);
	}
	cut_done(&cut);
	/* An empty message has no fragment. */
	demand(join_all(buf_bytes(&chunks), 1, false, &joined) >= 0);
	if (whole.len)
		demand(joined.len == sizeof(size_t) + whole.len &&
		       memcmp(buf_bytes(&joined).data + sizeof(size_t), whole.data, whole.len) ==
			       0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf at_once = { .max = MAX_FEED };
	AUTO(buf_done) struct buf pieces = { .max = MAX_FEED };

	if (size < 2)
		return 0;
	const size_t step = data[0] ? data[0] : 1;
	const size_t room = 22 + (data[1] & 127);
	const bool resync = data[1] & 128;
	const struct bytes in = bytes_of(data + 2, size - 2);

	int a = join_all(in, SIZE_MAX, resync, &at_once);
	int b = join_all(in, step, resync, &pieces);
	demand(a == b && bytes_eq(buf_bytes(&at_once), buf_bytes(&pieces)));
	for (struct bytes left = buf_bytes(&at_once); left.len;) {
		size_t len;
		memcpy(&len, left.data, sizeof(len));
		check_header(bytes_of(left.data + sizeof(len), len));
		check_cut(bytes_of(left.data + sizeof(len), len), room);
		left = bytes_skip(left, sizeof(len) + len);
	}
	return 0;
}
