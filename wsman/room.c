/*
 * room.c - how much payload an envelope still holds, and putting it there.
 */
#include "src/base/base64.h"
#include "src/base/fail.h"
#include "wsman/wsman.h"

size_t wsman_room(const struct wsman_request *q)
{
	if (q->tail.len == 0)
		return 0;

	size_t limit = q->max_envelope < q->body.max ? q->max_envelope : q->body.max;
	size_t used = q->body.len + q->tail.len;
	return used < limit ? (limit - used) / 4 * 3 : 0;
}

int wsman_finish(struct wsman_request *q, struct bytes payload, winch_error *err)
{
	size_t room = wsman_room(q);

	if (q->tail.len == 0)
		return fail(err, WINCH_E_STATE, "the request takes no payload, or has it already");
	if (payload.len > room)
		return fail(err, WINCH_E_LIMIT, "%zu bytes of payload, room for %zu", payload.len,
			    room);
	int r = base64_put(&q->body, payload, err);
	if (r == 0)
		r = buf_put(&q->body, buf_bytes(&q->tail), err);
	if (r == 0)
		buf_clear(&q->tail);
	return r;
}
