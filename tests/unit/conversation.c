/*
 * conversation.c - a pool against a server, told by the lines of a text file.
 */
#include "tests/unit/conversation.h"

#include <winch/pool.h>

#include "psrp/pool.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/server-bytes.h"
#include "tests/unit/test.h"

enum { MAX_PIPELINES = 8, MAX_STREAMS = 2 * (MAX_PIPELINES + 1) };

struct talk {
	const char *path, *at; /* the file, and the rest of its text */
	int line;
	bool all_well; /* no allocation is made to fail */
	enum feeding feeding;
	winch_pool_options opts;
	winch_host_info host;
	winch_pool *pool;
	int made; /* pipelines' GUIDs */
	int result;
	winch_error err;
	size_t room, piece;
	uint64_t object;               /* of the server's last message */
	struct blob sent[MAX_STREAMS]; /* by us, not yet whole */
	struct blob last;              /* the last whole message of ours */
	bool over;                     /* the pool has ended for want of memory */
};

#define wrong(t, ...)                                                                              \
	do {                                                                                       \
		print_error("%s:%d: ", (t)->path, (t)->line);                                      \
		fail_msg(__VA_ARGS__);                                                             \
	} while (0)

static winch_guid guid_of(int number)
{
	winch_guid g;

	for (int i = 0; i < 16; i++)
		g.bytes[i] = (uint8_t)(number * 16 + i);
	return g;
}

static int next_guid(void *user, winch_guid *ret)
{
	struct talk *t = user;

	*ret = guid_of(1 + t->made);
	return 0;
}

/* ---- words ---- */

/* The next word of *at, cut off it; NULL: there is none. */
static char *word(char **at)
{
	char *start = *at + strspn(*at, " ");

	if (!*start)
		return NULL;
	*at = start + strcspn(start, " ");
	if (**at)
		*(*at)++ = '\0';
	return start;
}

static char *rest(char *at)
{
	return at + strspn(at, " ");
}

static long number(struct talk *t, char **at)
{
	char *w = word(at), *end;

	if (!w)
		wrong(t, "a number is missing");
	long n = strtol(w, &end, 10);
	if (*end)
		wrong(t, "%s is no number", w);
	return n;
}

/* 0: the pool.  */
static int target(struct talk *t, char **at)
{
	char *w = word(at);

	if (!w)
		wrong(t, "pool or a pipeline is missing");
	int n = strcmp(w, "pool") == 0 ? 0 : atoi(w);
	if (n < 0 || n > MAX_PIPELINES)
		wrong(t, "%s is no pipeline", w);
	return n;
}

static winch_guid target_guid(int n)
{
	static const winch_guid none;

	return n ? guid_of(n) : none;
}

struct named {
	const char *name;
	int value;
};

static int lookup(struct talk *t, const struct named *names, const char *name)
{
	for (; name && names->name; names++)
		if (strcmp(names->name, name) == 0)
			return names->value;
	wrong(t, "%s is not known", name ? name : "nothing");
	return 0;
}

static const struct named statuses[] = {
	{ "OK", 0 },
	{ "FULL", 1 },
	{ "ARG", WINCH_E_ARG },
	{ "STATE", WINCH_E_STATE },
	{ "LIMIT", WINCH_E_LIMIT },
	{ "PROTOCOL", WINCH_E_PROTOCOL },
	{ "CONNECT", WINCH_E_CONNECT },
	{ "UNSUPPORTED", WINCH_E_UNSUPPORTED },
	{ 0 },
};

static const struct named ops[] = {
	{ "OPEN", WINCH_OP_OPEN },
	{ "COMMAND", WINCH_OP_COMMAND },
	{ "SEND", WINCH_OP_SEND },
	{ "SEND_PR", WINCH_OP_SEND_PR },
	{ "STOP", WINCH_OP_STOP },
	{ "CLOSE", WINCH_OP_CLOSE },
	{ 0 },
};

static const struct named events[] = {
	{ "POOL_STATE", WINCH_EVENT_POOL_STATE },
	{ "PRIVATE_DATA", WINCH_EVENT_PRIVATE_DATA },
	{ "OUTPUT", WINCH_EVENT_OUTPUT },
	{ "ERROR", WINCH_EVENT_ERROR },
	{ "WARNING", WINCH_EVENT_WARNING },
	{ "VERBOSE", WINCH_EVENT_VERBOSE },
	{ "DEBUG", WINCH_EVENT_DEBUG },
	{ "INFORMATION", WINCH_EVENT_INFORMATION },
	{ "PROGRESS", WINCH_EVENT_PROGRESS },
	{ "PIPELINE_STATE", WINCH_EVENT_PIPELINE_STATE },
	{ "HOST_CALL", WINCH_EVENT_HOST_CALL },
	{ "INPUT_ROOM", WINCH_EVENT_INPUT_ROOM },
	{ "AVAILABILITY", WINCH_EVENT_AVAILABILITY },
	{ "USER_EVENT", WINCH_EVENT_USER_EVENT },
	{ 0 },
};

static const struct named states[] = {
	{ "before", WINCH_POOL_BEFORE_OPEN },
	{ "opening", WINCH_POOL_OPENING },
	{ "opened", WINCH_POOL_OPENED },
	{ "closing", WINCH_POOL_CLOSING },
	{ "closed", WINCH_POOL_CLOSED },
	{ "broken", WINCH_POOL_BROKEN },
	{ 0 },
};

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

static bool next_line(struct talk *t, char *line, size_t room);

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
	int op = lookup(t, ops, name), n = target(t, &at);
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
		if (r != lookup(t, statuses, word(&at)) || !why || why->status != r)
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
	if (type != lookup(t, events, name) || memcmp(&id, &from, sizeof(id)) != 0)
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
	int state = lookup(t, states, word(&at));

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

/* ---- a file ---- */

static const struct action {
	const char *name;
	int (*run)(struct talk *t, char *at);
	bool whole_line; /* run wants the name too */
} actions[] = {
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

/* The next line that says something. */
static bool next_line(struct talk *t, char *line, size_t room)
{
	do {
		size_t len = strcspn(t->at, "\n");
		if (!*t->at)
			return false;
		assert_true(len < room);
		memcpy(line, t->at, len);
		line[len] = '\0';
		t->at += len + (t->at[len] == '\n');
		t->line++;
	} while (*line == '#' || *line == '\0');
	return true;
}

static bool read_option(struct talk *t, char *line)
{
	char copy[256], *at = copy;

	snprintf(copy, sizeof(copy), "%.255s", line);
	const char *name = word(&at);
	if (strcmp(name, "minor") == 0)
		t->opts.protocol_minor = (int)number(t, &at);
	else if (strcmp(name, "max_message") == 0)
		t->opts.max_message = (size_t)number(t, &at);
	else if (strcmp(name, "max_input") == 0)
		t->opts.max_queued_input = (size_t)number(t, &at);
	else if (strcmp(name, "host") == 0)
		t->opts.host = &t->host;
	else
		return false;
	if (t->opts.host)
		t->host = (winch_host_info){ .size = sizeof(t->host),
					     .has_host = strcmp(at, "raw") == 0,
					     .has_raw_ui = strcmp(at, "raw") == 0 };
	return true;
}

static void start(struct talk *t)
{
	t->opts.size = sizeof(t->opts);
	t->opts.id = guid_of(0);
	t->opts.new_guid = next_guid;
	t->opts.new_guid_user = t;
	t->pool = winch_pool_new(&t->opts, &t->err);
	if (!t->pool && !t->all_well) {
		assert_int_equal(t->err.status, WINCH_E_NOMEM);
		t->pool = winch_pool_new(&t->opts, &t->err);
	}
	if (!t->pool)
		wrong(t, "no pool: %s", winch_error_text(&t->err));
	winch_error_done(&t->err);
	t->room = t->piece = 32768;
}

static const char *text_of(const struct talk *t)
{
	const winch_error *why = winch_pool_error(t->pool);

	return winch_error_text(t->err.status ? &t->err : why);
}

/* "! STATUS TEXT": what the step before gave. */
static void check_result(struct talk *t, char *at)
{
	int expect = lookup(t, statuses, word(&at));

	if (t->result != expect)
		wrong(t, "it gave %d %s", t->result, text_of(t));
	/* A text can be lost where there is no memory for it. */
	if (t->all_well && *rest(at) && !strstr(text_of(t), rest(at)))
		wrong(t, "it says: %s", text_of(t));
	t->result = 0;
}

/* The pool ended because an allocation failed: it says so from now on. */
static void check_over(struct talk *t)
{
	winch_event *ev;
	const winch_chunk *chunk;
	int r;

	assert_int_equal(winch_pool_error(t->pool)->status, WINCH_E_NOMEM);
	while ((r = winch_pool_next(t->pool, &ev)) > 0)
		;
	assert_int_equal(r, WINCH_E_NOMEM);
	assert_int_equal(winch_pool_take(t->pool, 1000, &chunk), WINCH_E_NOMEM);
	assert_int_equal(winch_pool_feed(t->pool, NULL, (const uint8_t *)"", 0), WINCH_E_NOMEM);
	assert_int_equal(winch_pool_state(t->pool), WINCH_POOL_BROKEN);
	t->over = true;
}

static int run_once(struct talk *t, const struct action *s, const char *line)
{
	static char copy[65536];
	char *at = copy;

	snprintf(copy, sizeof(copy), "%s", line);
	winch_error_done(&t->err);
	if (!s->whole_line)
		word(&at);
	return s->run(t, at);
}

static void run_step(struct talk *t, const char *line)
{
	size_t name_len = strcspn(line, " ");
	const struct action *s = NULL;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strlen(actions[i].name) == name_len &&
		    strncmp(actions[i].name, line, name_len) == 0)
			s = &actions[i];
	if (!s)
		wrong(t, "%s is no step", line);
	const struct talk before = *t;
	t->result = run_once(t, s, line);
	if (t->all_well || t->result != WINCH_E_NOMEM)
		return;
	const winch_error *why = winch_pool_error(t->pool);
	if (why && why->status == WINCH_E_NOMEM) {
		check_over(t);
		return;
	}
	/* Refused for want of memory: nothing has changed, so that it can be done again. */
	assert_int_equal(t->made, before.made);
	t->result = run_once(t, s, line);
}

static void run_text(struct talk *t, const char *text)
{
	static char line[65536];
	bool started = false;

	t->at = text;
	while (!t->over && next_line(t, line, sizeof(line))) {
		if (!started && read_option(t, line))
			continue;
		if (!started)
			start(t);
		started = true;
		if (*line == '!') {
			check_result(t, line + 1);
			continue;
		}
		if (t->result)
			wrong(t, "the step before gave %d %s", t->result, text_of(t));
		run_step(t, line);
	}
	if (t->result && !t->over)
		wrong(t, "the last step gave %d %s", t->result, text_of(t));
	winch_pool_free(t->pool);
	winch_error_done(&t->err);
	blob_done(&t->last);
	for (size_t i = 0; i < MAX_STREAMS; i++)
		blob_done(&t->sent[i]);
}

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct blob all = { 0 };
	char chunk[4096];
	size_t len;

	assert_non_null(f);
	while ((len = fread(chunk, 1, sizeof(chunk), f)) > 0)
		blob_put(&all, chunk, len);
	fclose(f);
	blob_put(&all, "", 1);
	return (char *)all.data;
}

void conversation_run(const char *path, enum feeding feeding)
{
	struct talk t = { .path = path, .all_well = true, .feeding = feeding };
	char *text = read_text(path);
	const long live = mem_live();

	mem_fail_at(0);
	run_text(&t, text);
	assert_int_equal(mem_live(), live);
	free(text);
}

unsigned long conversation_without_memory(const char *path)
{
	char *text = read_text(path);
	struct talk whole = { .path = path, .all_well = true };
	const long live = mem_live();

	mem_fail_at(0);
	run_text(&whole, text);
	const unsigned long count = mem_count(), step = strlen(text) > 65536 ? count / 20 + 1 : 1;
	unsigned long failures = 0;
	for (unsigned long n = 1; n <= count; n += step, failures++) {
		struct talk t = { .path = path };
		mem_fail_at(n);
		run_text(&t, text);
		if (mem_live() != live)
			wrong(&t, "%ld allocations leak where the %lu. fails", mem_live() - live,
			      n);
	}
	mem_fail_at(0);
	free(text);
	return failures;
}
