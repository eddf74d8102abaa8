/*
 * event.c - events: the message that came, read or turned into JSON when asked.
 */
#include "psrp/event.h"

#include "psrp/clixml-read.h"
#include "psrp/clixml-write.h"
#include "psrp/decode.h"
#include "psrp/json-write.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

enum { LARGE = 64 * 1024 };

struct event_json *event_json_new(void)
{
	struct event_json *j = mem_zalloc(sizeof(*j));

	if (j)
		j->users = 1;
	return j;
}

void event_json_free(struct event_json *j)
{
	if (!j || --j->users > 0)
		return;
	decoder_free(j->decoder);
	mem_free(j);
}

/* j->decoder is then one for opts: the one there is when it was made for the same. */
static int find_decoder(struct event_json *j, const winch_json_options *opts, winch_error *err)
{
	struct decoder_options want = { .one = true };

	int r = decoder_options_read(&want, opts, err);
	if (r < 0)
		return r;
	if (j->decoder && j->made_for.typed == want.typed &&
	    j->made_for.big_as_strings == want.big_as_strings)
		return 0;
	struct decoder *fresh = decoder_new(&want, err);
	if (!fresh)
		return WINCH_E_NOMEM;
	decoder_free(j->decoder);
	j->decoder = fresh;
	j->made_for = want;
	return 0;
}

/* A byte more than body: it is handed out as text with a NUL behind it. */
static int own_body(struct winch_event *ev, const struct message *m)
{
	const struct bytes body = m ? m->body : (struct bytes){ 0 };

	if (body.len >= LARGE && m->holder) {
		ev->body = *m->holder;
		*m->holder = (struct buf){ .max = ev->body.max };
		buf_drop(&ev->body, ev->body.len - body.len);
		ev->body.max = ev->body.len + 1;
	} else {
		ev->body.max = body.len + 1;
		if (buf_put(&ev->body, body, NULL) < 0)
			return WINCH_E_NOMEM;
	}
	ev->weight = sizeof(*ev) + body.len;
	return buf_cstr(&ev->body, NULL) ? 0 : WINCH_E_NOMEM;
}

struct winch_event *event_new(int type, const winch_guid *pipeline, const struct message *m,
			      struct event_json *maker)
{
	struct winch_event *ev = mem_zalloc(sizeof(*ev));

	if (!ev)
		return NULL;
	ev->maker = maker;
	maker->users++;
	ev->type = type;
	ev->pipeline = *pipeline;
	ev->json.max = JSON_MAX_TEXT;
	if (own_body(ev, m) < 0) {
		event_done(ev);
		return NULL;
	}
	return ev;
}

void event_done(struct winch_event *ev)
{
	if (!ev)
		return;
	buf_done(&ev->body);
	buf_done(&ev->json);
	arena_done(&ev->arena);
	event_json_free(ev->maker);
	mem_free(ev);
}

int event_parse(struct winch_event *ev, const struct value **ret_root, winch_error *err)
{
	return clixml_read(buf_bytes(&ev->body), &ev->arena, ret_root, err);
}

void event_set_part(struct winch_event *ev, const struct value *part)
{
	ev->part = ev->parsed = true;
	ev->value = part;
	ev->has_value = part != NULL;
}

int winch_event_type(const winch_event *ev)
{
	return ev->type;
}

winch_guid winch_event_pipeline(const winch_event *ev)
{
	return ev->pipeline;
}

int winch_event_state(const winch_event *ev)
{
	return ev->state;
}

int64_t winch_event_call(const winch_event *ev)
{
	return ev->call;
}

int winch_event_method(const winch_event *ev)
{
	return ev->method;
}

bool winch_event_has_value(const winch_event *ev)
{
	return ev->has_value;
}

const char *winch_event_clixml(const winch_event *ev, size_t *ret_len)
{
	*ret_len = ev->body.len;
	return (const char *)ev->body.data + ev->body.start;
}

int winch_event_value(winch_event *ev, const winch_value **ret_value, winch_error *err)
{
	if (!ev->has_value)
		return fail(err, WINCH_E_STATE, "this event has no value");
	if (!ev->parsed) {
		int r = event_parse(ev, &ev->value, err);
		if (r < 0)
			return r;
		ev->parsed = true;
	}
	*ret_value = value_public(ev->value);
	return 0;
}

int winch_event_json(winch_event *ev, const winch_json_options *opts, const char **ret_json,
		     size_t *ret_len, winch_error *err)
{
	struct bytes clixml = buf_bytes(&ev->body);
	AUTO(buf_done) struct buf part = { .max = SIZE_MAX / 2 };

	if (!ev->has_value)
		return fail(err, WINCH_E_STATE, "this event has no value");
	if (ev->part) {
		int r = clixml_write(&part, ev->value, err);
		if (r < 0)
			return r;
		clixml = buf_bytes(&part);
	}
	int r = find_decoder(ev->maker, opts, err);
	if (r < 0)
		return r;
	buf_clear(&ev->json);
	r = clixml_to_json(ev->maker->decoder, clixml, &ev->json, err);
	if (r < 0)
		return r;
	const char *text = buf_cstr(&ev->json, err);
	if (!text)
		return WINCH_E_NOMEM;
	*ret_json = text;
	*ret_len = ev->json.len;
	return 0;
}
