/*
 * join.c - fragments in, whole messages out.
 *
 * It knows nothing of what a message says; message.c reads that.
 * Layout and flags: MS-PSRP 2.2.4.
 */
#include "psrp/join.h"

#include <inttypes.h>

#include "psrp/fragment.h"
#include "src/base/fail.h"
#include "src/base/rd.h"

enum { KEEP = 1024 * 1024 };

static struct fragment read_header(struct rd *in)
{
	struct fragment f;

	f.object_id = rd_u64be(in);
	f.fragment_id = rd_u64be(in);
	f.flags = rd_u8(in); /* the upper six bits are reserved: ignored */
	f.blob_len = rd_u32be(in);
	return f;
}

/* Does it go on with the message that is open? */
static bool continues(const struct join *j, const struct fragment *f)
{
	return j->open && !(f->flags & FRAGMENT_START) && f->object_id == j->object_id &&
	       f->fragment_id == j->next_id;
}

static int check_header(const struct join *j, const struct fragment *f, winch_error *err)
{
	bool begins = !j->open && (f->flags & FRAGMENT_START) && f->fragment_id == 0;

	if (!begins && !continues(j, f))
		return fail(err, WINCH_E_PROTOCOL,
			    "fragment %" PRIu64 " of object %" PRIu64 " is out of order",
			    f->fragment_id, f->object_id);
	if (begins && f->object_id <= j->last_object_id)
		return fail(err, WINCH_E_PROTOCOL,
			    "object %" PRIu64 " is out of order: %" PRIu64 " came before",
			    f->object_id, j->last_object_id);
	return 0;
}

/* By the announced length: never wait for what would not fit. */
static int check_length(const struct join *j, const struct fragment *f, winch_error *err)
{
	if (f->blob_len > j->message.max - j->message.len)
		return fail(err, WINCH_E_LIMIT, "a message is longer than %zu bytes",
			    j->message.max);
	return 0;
}

/* After Connect a stream may begin inside an object, or repeat what was delivered; after
 * Reconnect it may go on with the object that is open, or have lost the rest of it.  Until an
 * object begins that is new, what does not fit is skipped: deviations.md resync.
 * true: this fragment is to be skipped. */
static bool resync_skips(struct join *j, const struct fragment *f)
{
	if (!j->resync || continues(j, f))
		return false;
	buf_clear(&j->message);
	j->open = false;
	j->resync = !(f->flags & FRAGMENT_START) || f->object_id <= j->last_object_id;
	return j->resync;
}

/* Emptied; the memory of something unusually long is not kept. */
static void forget(struct buf *b)
{
	if (b->cap > KEEP)
		buf_done(b);
	else
		buf_clear(b);
}

/* One fragment taken.  1: it ended a message.  0: it did not.  2: there is none whole. */
enum { TOOK = 0, ENDED = 1, NEED_MORE = 2 };

static int take_fragment(struct join *j, winch_error *err)
{
	struct rd in = rd_of(buf_bytes(&j->in));
	struct fragment f = read_header(&in);
	if (in.past)
		return NEED_MORE;

	bool skip = resync_skips(j, &f);
	int r = skip ? 0 : check_header(j, &f, err);
	if (r == 0)
		r = check_length(j, &f, err);
	if (r < 0)
		return r;
	struct bytes blob = rd_bytes(&in, f.blob_len);
	if (in.past)
		return NEED_MORE;
	if (!skip) {
		r = buf_put(&j->message, blob, err);
		if (r < 0)
			return r;
		j->open = !(f.flags & FRAGMENT_END);
		j->object_id = f.object_id;
		j->next_id = f.fragment_id + 1;
		if (!j->open)
			j->last_object_id = f.object_id;
	}
	buf_drop(&j->in, FRAGMENT_HEADER + blob.len);
	if (!j->in.len)
		forget(&j->in);
	return skip || j->open ? TOOK : ENDED;
}

int join_next(struct join *j, struct bytes *ret_message, winch_error *err)
{
	if (j->given) {
		forget(&j->message);
		j->given = false;
	}
	int r;
	do
		r = take_fragment(j, err);
	while (r == TOOK);
	if (r < 0)
		return r;
	if (r == NEED_MORE)
		return 0;
	j->given = true;
	*ret_message = buf_bytes(&j->message);
	return 1;
}

int join_feed(struct join *j, struct bytes in, winch_error *err)
{
	return buf_put(&j->in, in, err);
}

void join_resync(struct join *j)
{
	j->resync = true;
}

void join_init(struct join *j, size_t max_message, size_t max_feed)
{
	*j = (struct join){ .in.max = max_message + FRAGMENT_HEADER + max_feed,
			    .message.max = max_message };
}

void join_done(struct join *j)
{
	buf_done(&j->in);
	buf_done(&j->message);
}
