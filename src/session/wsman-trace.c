/*
 * wsman-trace.c - envelopes for the log, without the texts of SecureStrings.
 *
 * It looks for the elements that carry fragments by their local names alone, and where it can't
 * read what they hold, it shows nothing of it.
 */
#include "src/session/wsman-trace.h"

#include <stdio.h>

#include "src/base/base64.h"
#include "src/base/mem.h"
#include "src/session/wsman-carrier.h"

static const char *const carriers[] = { "Stream", "Arguments", "creationXml", "connectXml",
					"connectResponseXml" };

void trace_streams_done(struct trace_streams *t)
{
	scrub_done(&t->to_stdin);
	scrub_done(&t->to_pr);
	scrub_done(&t->from_stdout);
}

/* ---- an envelope ---- */

/* Bytes up to the first c of in; in.len: there is none. */
static size_t find(struct bytes in, char c)
{
	const uint8_t *at = in.len ? memchr(in.data, c, in.len) : NULL;

	return at ? (size_t)(at - in.data) : in.len;
}

/* Does this start tag, between < and >, open an element that carries fragments? */
static bool is_carrier(struct bytes tag)
{
	size_t len = 0;

	while (len < tag.len && !strchr(" \t\r\n/", tag.data[len]))
		len++;
	if (tag.len && tag.data[tag.len - 1] == '/')
		return false;
	struct bytes local = bytes_of(tag.data, len);
	size_t colon = find(local, ':');
	if (colon < local.len)
		local = bytes_skip(local, colon + 1);
	for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
		if (bytes_is(local, carriers[i]))
			return true;
	return false;
}

static int put_scrubbed(struct scrub *s, struct bytes base64, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf raw = { .max = base64.len, .secret = true };
	AUTO(buf_done) struct buf shown = { .max = SIZE_MAX / 8 };

	int r = base64_get(&raw, base64, err);
	if (r == WINCH_E_FORMAT)
		return buf_put_str(out, "(not shown)", err);
	if (r == 0)
		r = scrub_put(s, buf_bytes(&raw), &shown, err);
	return r < 0 ? r : base64_put(out, buf_bytes(&shown), err);
}

/* Behind a carrier's start tag: what it holds.  Anything but text up to its end tag (a comment,
 * CDATA) is not shown. */
static int put_content(struct scrub *s, struct bytes *envelope, struct buf *out, winch_error *err)
{
	struct bytes text = bytes_of(envelope->data, find(*envelope, '<'));
	struct bytes rest = bytes_skip(*envelope, text.len);

	if (rest.len > 1 && rest.data[1] == '/') {
		*envelope = rest;
		return put_scrubbed(s, text, out, err);
	}
	while (rest.len && !(rest.len > 1 && rest.data[0] == '<' && rest.data[1] == '/'))
		rest = bytes_skip(rest, 1);
	*envelope = rest;
	return buf_put_str(out, "(not shown)", err);
}

int trace_envelope(struct scrub *s, struct bytes envelope, struct buf *out, winch_error *err)
{
	while (envelope.len) {
		/* A start tag, with what is in front of it. */
		size_t open = find(envelope, '<');
		struct bytes rest = bytes_skip(envelope, open + 1);
		size_t tag = find(rest, '>');
		size_t len = envelope.len - rest.len + tag + (tag < rest.len);
		int r = buf_put(out, bytes_of(envelope.data, len), err);
		envelope = bytes_skip(envelope, len);
		if (r == 0 && tag < rest.len && is_carrier(bytes_of(rest.data, tag)))
			r = put_content(s, &envelope, out, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the log ---- */

static void put(struct wsman_carrier *c, const struct slot *slot, struct scrub *s,
		const char *title, const char *id_name, struct bytes body)
{
	AUTO(buf_done) struct buf shown = { .max = SIZE_MAX / 8 };
	char lane[16];

	if (!s->held.max)
		scrub_init(s);
	if (trace_envelope(s, body, &shown, NULL) < 0)
		return; /* memory is out: no line in place of a wrong one */
	snprintf(lane, sizeof(lane), "%u", lane_number(slot->lane));
	winch_log_field fields[] = { { "lane", lane },
				     { "op", wsman_op_name(slot->now.request.op) },
				     { id_name, slot->now.request.message_id } };
	log_data(c->world.log, title, 3, fields, buf_bytes(&shown));
}

static struct trace_streams *streams_of(struct wsman_carrier *c, const struct slot *slot)
{
	return slot->now.command ? &slot->now.command->trace : &c->trace;
}

void trace_request(struct wsman_carrier *c, struct slot *slot)
{
	struct trace_streams *t = streams_of(c, slot);

	if (log_on(c->world.log, WINCH_LOG_TRACE))
		put(c, slot, slot->now.chunk == WINCH_OP_SEND_PR ? &t->to_pr : &t->to_stdin,
		    "request", "id", buf_bytes(&slot->now.request.body));
}

void trace_reply(struct wsman_carrier *c, struct slot *slot, struct bytes body)
{
	if (log_on(c->world.log, WINCH_LOG_TRACE))
		put(c, slot, &streams_of(c, slot)->from_stdout, "reply", "relates", body);
}
