/*
 * dissect.c - <winch/dissect.h>: envelopes from wsman/, their streams joined by psrp/.
 */
#include <winch/dissect.h>

#include "psrp/join.h"
#include "psrp/message.h"
#include "src/base/arena.h"
#include "src/base/base64.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/dissect.h"

enum { MAX_MESSAGE = 200 * 1024 * 1024, MAX_FEED = 512 * 1024 * 1024, MAX_STREAMS = 10000 };

/* One way of one stream.  Its name is what it is found by. */
struct stream {
	struct stream *next;
	struct join join;
	char *name;
};

struct found {
	struct found *next;
	winch_dissected_message message;
};

struct winch_dissector {
	struct stream *streams;
	size_t stream_count;
	struct wsman_dissected envelope;
	winch_dissected_envelope told; /* .envelope, as the application has it */
	struct arena texts;            /* of what was found and not replaced yet */
	struct found *first, *last, *given;
};

winch_dissector *winch_dissector_new(winch_error *err)
{
	winch_dissector *d = mem_zalloc(sizeof(*d));

	if (!d)
		fail_nomem(err);
	return d;
}

static void free_streams(winch_dissector *d)
{
	while (d->streams) {
		struct stream *s = d->streams;
		d->streams = s->next;
		join_done(&s->join);
		mem_free(s->name);
		mem_free(s);
	}
}

void winch_dissector_free(winch_dissector *d)
{
	if (!d)
		return;
	free_streams(d);
	wsman_dissected_done(&d->envelope);
	arena_done(&d->texts);
	mem_free(d);
}

static void forget(winch_dissector *d)
{
	wsman_dissected_done(&d->envelope);
	arena_clear(&d->texts);
	d->first = d->last = d->given = NULL;
}

/* "WAY SHELL COMMAND STREAM" in lower case: ids are compared without regard to case. */
static char *stream_name(struct bytes shell, struct bytes command, struct bytes stream,
			 winch_error *err)
{
	AUTO(buf_done) struct buf name = { .max = 65536 };
	const struct bytes parts[] = { shell, command, stream };

	for (size_t i = 0; i < 3; i++)
		if (buf_put(&name, parts[i], err) < 0 || buf_put_u8(&name, ' ', err) < 0)
			return NULL;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t *c = &name.data[name.start + i];
		*c = (uint8_t)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
	}
	struct bytes text = buf_bytes(&name);
	char *copy = mem_strndup((const char *)text.data, text.len);
	if (!copy)
		fail_nomem(err);
	return copy;
}

/* Takes name. */
static struct stream *find_stream(winch_dissector *d, char *name, winch_error *err)
{
	struct stream *s = d->streams;

	while (s && strcmp(s->name, name) != 0)
		s = s->next;
	if (s || d->stream_count >= MAX_STREAMS) {
		mem_free(name);
		if (!s)
			fail(err, WINCH_E_LIMIT, "more than %d streams", MAX_STREAMS);
		return s;
	}
	s = mem_zalloc(sizeof(*s));
	if (!s) {
		mem_free(name);
		fail_nomem(err);
		return NULL;
	}
	s->name = name;
	join_init(&s->join, MAX_MESSAGE, MAX_FEED);
	s->next = d->streams;
	d->streams = s;
	d->stream_count++;
	return s;
}

static int add_message(winch_dissector *d, struct bytes whole, winch_error *err)
{
	struct message m;
	int r = message_read(whole, &m, err);

	if (r < 0)
		return r;
	struct found *f = arena_zalloc(&d->texts, sizeof(*f), err);
	struct bytes body = f ? arena_copy(&d->texts, m.body, err) : (struct bytes){ 0 };
	if (!body.data)
		return WINCH_E_NOMEM;
	const struct message_row *row = message_row(m.type);
	f->message = (winch_dissected_message){
		.name = row ? row->name : "",
		.type = m.type,
		.to_server = m.destination == MESSAGE_TO_SERVER,
		.pool = m.rpid,
		.pipeline = m.pid,
		.clixml = (const char *)body.data,
		.clixml_len = body.len,
	};
	*(d->last ? &d->last->next : &d->first) = f;
	d->last = f;
	return 0;
}

/* A stream that can't be read goes on with the next message that begins. */
static int feed(winch_dissector *d, struct stream *s, struct bytes in, winch_error *err)
{
	struct bytes whole;
	int r = join_feed(&s->join, in, err);

	while (r >= 0 && (r = join_next(&s->join, &whole, err)) > 0) {
		r = add_message(d, whole, err);
		/* A recording may hold both ways, which count apart, and what was sent again. */
		s->join.last_object_id = 0;
	}
	if (r < 0) {
		join_done(&s->join);
		s->join = (struct join){ 0 };
		join_init(&s->join, MAX_MESSAGE, MAX_FEED);
		join_resync(&s->join);
	}
	return r;
}

int winch_dissector_fragments(winch_dissector *d, const void *data, size_t len, winch_error *err)
{
	if (!d || (!data && len))
		return fail(err, WINCH_E_ARG, "no dissector, or no data");
	forget(d);
	char *name =
		stream_name((struct bytes){ 0 }, (struct bytes){ 0 }, (struct bytes){ 0 }, err);
	struct stream *s = name ? find_stream(d, name, err) : NULL;
	if (!s)
		return err ? err->status : WINCH_E_NOMEM;
	return feed(d, s, bytes_of(data, len), err);
}

int winch_dissector_base64(winch_dissector *d, const char *text, size_t len, winch_error *err)
{
	AUTO(buf_done) struct buf data = { .max = MAX_FEED };
	int r = base64_get(&data, bytes_of(text, len), err);

	return r < 0 ? r : winch_dissector_fragments(d, buf_bytes(&data).data, data.len, err);
}

bool winch_dissector_is_inside(const winch_dissector *d)
{
	for (const struct stream *s = d ? d->streams : NULL; s; s = s->next)
		if (s->join.open || buf_bytes(&s->join.in).len)
			return true;
	return false;
}

/* What stands in an envelope is a fragment when its first bytes are a header's: an object id
 * below 2^32.  Of a cmd shell it is not. */
static bool is_fragment(struct bytes data)
{
	static const uint8_t zeros[4];

	return data.len >= 21 && memcmp(data.data, zeros, sizeof(zeros)) == 0;
}

/* A message may begin in what makes a shell or a command, and go on in Sends. */
static struct bytes way_of(struct bytes stream)
{
	static const char *const first[] = { "creationXml", "connectXml", "Arguments" };

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (bytes_is(stream, first[i]))
			return BYTES_LIT("stdin");
	return stream;
}

static int feed_piece(winch_dissector *d, const struct wsman_piece *piece, winch_error *err)
{
	const struct wsman_dissected *e = &d->envelope;
	struct bytes data = buf_bytes(&piece->data);
	char *name = stream_name(e->shell_id, piece->command_id, way_of(piece->stream), err);
	struct stream *s = name ? find_stream(d, name, err) : NULL;

	if (!s)
		return err ? err->status : WINCH_E_NOMEM;
	if (!is_fragment(data) && !s->join.open && !buf_bytes(&s->join.in).len)
		return 0;
	return feed(d, s, data, err);
}

static const char *text_of(struct bytes text)
{
	return text.len ? (const char *)text.data : "";
}

int winch_dissector_envelope(winch_dissector *d, const void *data, size_t len,
			     const winch_dissected_envelope **ret_envelope, winch_error *err)
{
	if (!d || !data || !ret_envelope)
		return fail(err, WINCH_E_ARG, "no dissector, no data or no result");
	forget(d);
	struct wsman_dissected *e = &d->envelope;
	int r = wsman_dissect(bytes_of(data, len), e, err);
	*ret_envelope = &d->told;
	d->told = (winch_dissected_envelope){
		.action = text_of(e->action),
		.shell_id = text_of(e->shell_id),
		.command_id = text_of(e->command_id),
		.streams = text_of(e->streams),
		.signal = text_of(e->signal),
		.state = text_of(e->state),
		.fault_code = text_of(e->fault_code),
		.fault_text = text_of(e->fault_text),
	};
	for (const struct wsman_piece *p = e->pieces; p && r == 0; p = p->next)
		r = feed_piece(d, p, err);
	return r;
}

int winch_dissector_next(winch_dissector *d, const winch_dissected_message **ret_message)
{
	struct found *f = !d ? NULL : d->given ? d->given->next : d->first;

	if (!f || !ret_message)
		return 0;
	d->given = f;
	*ret_message = &f->message;
	return 1;
}
