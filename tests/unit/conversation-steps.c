/*
 * conversation-steps.c - what each step of a conversation does: the calls of the application and
 * the carrier, the server's bytes, and what has to come of them.
 */
#include "psrp/pool.h"
#include "tests/unit/conversation-inside.h"

/* ---- the application's calls: each gives a status, and changes nothing when it fails ---- */

static int do_open(struct talk *t, char *at)
{
	(void)at;
	return winch_pool_open(t->pool);
}

static int do_close(struct talk *t, char *at)
{
	(void)at;
	return winch_pool_close(t->pool);
}

static int add_commands(winch_pipeline *p, const char *kind, const char *text)
{
	if (strcmp(kind, "empty") == 0)
		return 0;
	int r = winch_pipeline_add_script(p, text, strlen(text), false);
	if (r == 0 && strcmp(kind, "statements") == 0)
		r = winch_pipeline_add_statement(p);
	if (r == 0 && strcmp(kind, "statements") == 0)
		r = winch_pipeline_add_command(p, "Out-Null");
	return r;
}

static int do_invoke(struct talk *t, char *at)
{
	winch_pipeline_options opts = WINCH_PIPELINE_OPTIONS_INIT;
	int n = target(t, &at);
	const char *kind = word(&at);
	winch_guid id, expect = guid_of(n);

	if (!kind || n != t->made + 1)
		wrong(t, "pipelines count from 1");
	opts.has_input = strcmp(kind, "input") == 0;
	winch_pipeline *p = winch_pipeline_new(&opts, NULL);
	int r = p ? add_commands(p, kind, rest(at)) : WINCH_E_NOMEM;
	if (r == 0)
		r = winch_pool_invoke(t->pool, p, &id, &t->err);
	winch_pipeline_free(p);
	if (r < 0)
		return r;
	assert_memory_equal(&id, &expect, sizeof(id));
	t->made++;
	return r;
}

static int do_input(struct talk *t, char *at)
{
	winch_guid id = target_guid(target(t, &at));
	char *json = rest(at);
	winch_value *v = winch_value_from_json(WINCH_FROM_PLAIN, json, strlen(json), &t->err);
	int r = v ? winch_pool_input(t->pool, &id, v, &t->err) : t->err.status;

	winch_value_free(v);
	return r;
}

static int do_end(struct talk *t, char *at)
{
	winch_guid id = target_guid(target(t, &at));

	return winch_pool_end_input(t->pool, &id);
}

static int do_stop(struct talk *t, char *at)
{
	winch_guid id = target_guid(target(t, &at));

	return winch_pool_stop(t->pool, &id);
}

static int do_answer(struct talk *t, char *at)
{
	winch_guid id = target_guid(target(t, &at));
	long call = number(t, &at);
	char *json = rest(at);
	winch_value *v = winch_value_from_json(WINCH_FROM_TYPED, json, strlen(json), &t->err);
	int r = v ? winch_pool_answer(t->pool, &id, call, v, &t->err) : t->err.status;

	winch_value_free(v);
	return r;
}

static int do_refuse(struct talk *t, char *at)
{
	winch_guid id = target_guid(target(t, &at));
	long call = number(t, &at);

	return winch_pool_refuse(t->pool, &id, call, rest(at), &t->err);
}

/* ---- the carrier's ---- */

static int do_ended(struct talk *t, char *at)
{
	int n = target(t, &at);
	winch_guid id = target_guid(n);

	return winch_pool_ended(t->pool, n ? &id : NULL);
}

static int do_lost(struct talk *t, char *at)
{
	winch_error why = WINCH_ERROR_INIT;

	why.status = WINCH_E_CONNECT;
	why.text = rest(at);
	winch_pool_fail(t->pool, &why);
	return 0;
}

static int do_room(struct talk *t, char *at)
{
	t->room = (size_t)number(t, &at);
	return 0;
}

static int do_piece(struct talk *t, char *at)
{
	t->piece = (size_t)number(t, &at);
	return 0;
}

static int do_resync(struct talk *t, char *at)
{
	int n = target(t, &at);
	winch_guid id = target_guid(n);

	join_resync(n ? &pool_run(t->pool, &id)->join : &t->pool->join);
	return 0;
}

/* ---- the server's bytes ---- */

static void message_line(struct talk *t, int n, char *at, struct blob *out)
{
	struct server_message m = { .destination = 1, .rpid = guid_of(0), .pid = target_guid(n) };
	char *w = word(&at);

	for (; w && strchr(w, '='); w = word(&at)) {
		if (strcmp(w, "to=server") == 0)
			m.destination = 2;
		else if (strncmp(w, "rpid=", 5) == 0)
			m.rpid = strcmp(w + 5, "none") == 0 ? target_guid(0) : guid_of(9);
		else
			m.pid = strcmp(w + 4, "none") == 0 ? target_guid(0) : guid_of(9);
	}
	if (!w)
		wrong(t, "a message is missing");
	m.type = message_number(w);
	m.clixml = rest(at);
	blob_message(out, ++t->object, t->piece, &m);
}

static void fragment_line(struct talk *t, char *at, struct blob *out)
{
	uint64_t object = (uint64_t)number(t, &at), fragment = (uint64_t)number(t, &at);
	unsigned flags = (unsigned)number(t, &at);
	const char *w = word(&at), *text = rest(at);

	if (!w)
		wrong(t, "a length is missing");
	size_t len = strlen(text);
	blob_fragment(out, object, fragment, flags,
		      *w == '-' ? (uint32_t)len : (uint32_t)strtoul(w, NULL, 10), text, len);
}

static int feed(struct talk *t, int n, const struct blob *in)
{
	winch_guid id = target_guid(n);
	size_t step = t->feeding == FEED_BYTES ? 1 : in->len;
	int r = 0;

	for (size_t at = 0; at < in->len && r == 0; at += step)
		r = winch_pool_feed(t->pool, n ? &id : NULL, in->data + at, step);
	return r;
}

/* "<" and "<|"; of a lump, also those that follow for the same stream. */
static int do_feed(struct talk *t, char *first)
{
	static char line[65536];
	struct blob in = { 0 };
	int n = -1;

	snprintf(line, sizeof(line), "%s", first);
	for (;;) {
		char *at = line, *how = word(&at);
		int to = target(t, &at);
		if (how[1] == '|')
			fragment_line(t, at, &in);
		else
			message_line(t, to, at, &in);
		n = to;
		struct talk ahead = *t;
		if (t->feeding != FEED_LUMPS || !next_line(&ahead, line, sizeof(line)) ||
		    *line != '<')
			break;
		char peek[65536], *p = peek;
		snprintf(peek, sizeof(peek), "%s", line);
		word(&p);
		if (target(t, &p) != n)
			break;
		t->at = ahead.at;
		t->line = ahead.line;
	}
	int r = feed(t, n, &in);
	blob_done(&in);
	return r;
}

/* ---- what the pool sends ---- */

/* Fragments of one stream joined; each message that ends is checked against the names. */
static void chunk_messages(struct talk *t, const winch_chunk *c, int n, char *names)
{
	struct blob *stream = &t->sent[2 * n + (c->op == WINCH_OP_SEND_PR)];
	const uint8_t *at = c->data;
	size_t left = c->len;
	struct client_fragment f;

	while (left) {
		if (!take_client_fragment(&at, &left, &f))
			wrong(t, "a chunk ends inside a fragment");
		blob_put(stream, f.data, f.len);
		if (!(f.flags & 2))
			continue;
		uint32_t type = (uint32_t)stream->data[4] | (uint32_t)stream->data[5] << 8 |
				(uint32_t)stream->data[6] << 16 | (uint32_t)stream->data[7] << 24;
		const char *expect = word(&names);
		if (!expect || message_number(expect) != type)
			wrong(t, "%s is sent, not %s", message_name(type),
			      expect ? expect : "nothing");
		t->last.len = 0;
		blob_put(&t->last, stream->data + 40, stream->len - 40);
		blob_put(&t->last, "", 1);
		stream->len = 0;
	}
	if ((names = word(&names)))
		wrong(t, "%s is not sent", names);
}

static int do_take(struct talk *t, char *at)
{
	const winch_chunk *chunk, *peek;
	winch_chunk peeked = { 0 };
	char *name = word(&at);
	bool nothing = strcmp(name, "nothing") == 0;

	int r = winch_pool_peek(t->pool, &peek);
	if (r == 1)
		peeked = *peek; /* it lives until the next call */
	if (r == 1 && !nothing)
		r = winch_pool_take(t->pool, t->room, &chunk);
	if (r < 0)
		return r;
	if (nothing) {
		if (r)
			wrong(t, "op %d is sent", peeked.op);
		return 0;
	}
	if (r == 0)
		wrong(t, "nothing is sent");
	int op = lookup(t, op_names, name), n = target(t, &at);
	winch_guid id = target_guid(n);
	if (chunk->op != op || memcmp(&chunk->pipeline, &id, sizeof(id)) != 0)
		wrong(t, "op %d for pipeline %02x is sent", chunk->op, chunk->pipeline.bytes[0]);
	if (peeked.op != chunk->op || memcmp(&peeked.pipeline, &id, sizeof(id)) != 0)
		wrong(t, "op %d was announced", peeked.op);
	if (chunk->len > t->room)
		wrong(t, "%zu bytes are sent", chunk->len);
	chunk_messages(t, chunk, n, at);
	return 0;
}

static int do_body(struct talk *t, char *at)
{
	const char *expect = rest(at), *body = t->last.data ? (const char *)t->last.data : "";

	if (!strstr(body, expect))
		wrong(t, "the body is %s", body);
	return 0;
}

static int do_body_is(struct talk *t, char *at)
{
	const char *expect = rest(at), *body = t->last.data ? (const char *)t->last.data : "";

	if (strcmp(body, expect) != 0)
		wrong(t, "the body is %s", body);
	return 0;
}

/* ---- events ---- */

static void check_json(struct talk *t, winch_event *ev, const char *expect)
{
	winch_error err = WINCH_ERROR_INIT;
	const char *json = "";
	size_t len = 0;
	int r = 0;

	if (winch_event_has_value(ev))
		r = winch_event_json(ev, NULL, &json, &len, &err);
	if (r == WINCH_E_NOMEM && !t->all_well)
		r = winch_event_json(ev, NULL, &json, &len, &err);
	if (r < 0)
		wrong(t, "no JSON: %d %s", r, winch_error_text(&err));
	if (strcmp(json, expect) != 0)
		wrong(t, "the value is %s", *json ? json : "none");
	winch_error_done(&err);
}

static int do_event(struct talk *t, char *at)
{
	winch_event *ev;
	char *name = word(&at);
	int r = winch_pool_next(t->pool, &ev);

	if (strcmp(name, "failed") == 0) {
		const winch_error *why = winch_pool_error(t->pool);
		if (r != lookup(t, status_names, word(&at)) || !why || why->status != r)
			wrong(t, "the next event is %d", r);
		if (t->all_well && !strstr(winch_error_text(why), rest(at)))
			wrong(t, "it failed: %s", winch_error_text(why));
		return 0;
	}
	if (r < 0)
		return r;
	if (strcmp(name, "nothing") == 0) {
		if (r)
			wrong(t, "event %d came", winch_event_type(ev));
		return 0;
	}
	if (r == 0)
		wrong(t, "no event came");
	winch_guid id = target_guid(target(t, &at)), from = winch_event_pipeline(ev);
	int type = winch_event_type(ev);
	if (type != lookup(t, event_names, name) || memcmp(&id, &from, sizeof(id)) != 0)
		wrong(t, "event %d of pipeline %02x came", type, from.bytes[0]);
	if (type == WINCH_EVENT_POOL_STATE || type == WINCH_EVENT_PIPELINE_STATE)
		assert_int_equal(winch_event_state(ev), number(t, &at));
	if (type == WINCH_EVENT_HOST_CALL || type == WINCH_EVENT_AVAILABILITY)
		assert_int_equal(winch_event_call(ev), number(t, &at));
	if (type == WINCH_EVENT_HOST_CALL)
		assert_int_equal(winch_event_method(ev), number(t, &at));
	check_json(t, ev, rest(at));
	return 0;
}

static int do_is(struct talk *t, char *at)
{
	int state = lookup(t, state_names, word(&at));

	if (winch_pool_state(t->pool) != state)
		wrong(t, "the pool is in state %d", winch_pool_state(t->pool));
	return 0;
}

static int do_speaks(struct talk *t, char *at)
{
	long minor = number(t, &at);

	if (winch_pool_protocol_minor(t->pool) != minor)
		wrong(t, "2.%d is spoken", winch_pool_protocol_minor(t->pool));
	return 0;
}

/* ---- by name ---- */

static const struct action actions[] = {
	{ "open", do_open, false },     { "close", do_close, false },
	{ "invoke", do_invoke, false }, { "input", do_input, false },
	{ "end", do_end, false },       { "stop", do_stop, false },
	{ "answer", do_answer, false }, { "refuse", do_refuse, false },
	{ "ended", do_ended, false },   { "lost", do_lost, false },
	{ "room", do_room, false },     { "piece", do_piece, false },
	{ "resync", do_resync, false }, { "<", do_feed, true },
	{ "<|", do_feed, true },        { ">", do_take, false },
	{ "body", do_body, false },     { "body=", do_body_is, false },
	{ "=", do_event, false },       { "is", do_is, false },
	{ "speaks", do_speaks, false },
};

const struct action *action_of(const char *line)
{
	size_t len = strcspn(line, " ");

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strlen(actions[i].name) == len && strncmp(actions[i].name, line, len) == 0)
			return &actions[i];
	return NULL;
}
