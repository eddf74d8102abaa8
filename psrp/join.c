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

static struct fragment read_header(struct rd *in)
{
	struct fragment f;

	f.object_id = rd_u64be(in);
	f.fragment_id = rd_u64be(in);
	f.flags = rd_u8(in); /* the upper six bits are reserved: ignored */
	f.blob_len = rd_u32be(in);
	return f;
}

static int check_header(const struct join *j, const struct fragment *f, winch_error *err)
{
	bool starts = f->flags & FRAGMENT_START;

	if (starts == j->open || f->fragment_id != (j->open ? j->next_id : 0) ||
	    (j->open && f->object_id != j->object_id))
		return fail(err, WINCH_E_PROTOCOL,
			    "fragment %" PRIu64 " of object %" PRIu64 " is out of order",
			    f->fragment_id, f->object_id);
	if (starts && f->object_id <= j->last_object_id)
		return fail(err, WINCH_E_PROTOCOL,
			    "object %" PRIu64 " is out of order: %" PRIu64 " came before",
			    f->object_id, j->last_object_id);

	/* By the announced length: never wait for what would not fit. */
	if (f->blob_len > j->message.max - j->message.len)
		return fail(err, WINCH_E_LIMIT, "a message is longer than %zu bytes",
			    j->message.max);
	return 0;
}

/* After Connect a stream may begin inside an object, and repeat what was delivered:
 * PowerShell's PriorityCollection.cs takes it so.  true: this fragment is to be skipped. */
static bool resync_skips(struct join *j, const struct fragment *f)
{
	if (!j->resync)
		return false;
	if (!(f->flags & FRAGMENT_START) || f->object_id <= j->last_object_id)
		return !j->open || (f->flags & FRAGMENT_START);
	if (j->open) {
		j->message.len = 0;
		j->open = false;
	}
	return false;
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
	return skip || j->open ? TOOK : ENDED;
}

int join_next(struct join *j, struct bytes *ret_message, winch_error *err)
{
	if (j->given) {
		buf_clear(&j->message);
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
