/*
 * fuzz-pool.c - a pool and its pipelines, told by lines: what a server sends, what an
 * application and its carrier call, in any order.
 *
 * The first byte: protocol 2.1 to 2.4, a host with RawUI (4), events are left until a line asks
 * (8), and how far the pool is at the start (16, 32: opening, negotiated, open with a pipeline
 * that runs), typed JSON (64).  The second: how many bytes are fed at a time.  Then lines: a
 * letter, a parameter, a text; calls[] has the letters.  Checked: what is handed out is whole, a
 * value that can be read can be written, read again and said in JSON, and a pool that failed
 * repeats why.
 */
#include <winch/pool.h>

#include <stdlib.h>

#include "psrp/fragment.h"
#include "psrp/json-read.h"
#include "psrp/message.h"
#include "src/base/mem.h"
#include "src/base/rd.h"
#include "src/base/utf.h"
#include "tests/fuzz/session-key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 1 << 20, KEPT = 8, ROOM = 64 };

struct state {
	winch_pool *pool;
	winch_guid pool_id, last; /* the newest pipeline's id */
	uint64_t object_id;       /* of the last message sent to the pool */
	size_t step;
	bool lazy;
	int json_mode;
	int failed; /* what it failed with; 0: it has not */
	winch_event *kept[KEPT];
	size_t kept_count;
};

static void demand(bool good)
{
	if (!good)
		abort();
}

/* ---- what the pool hands out ---- */

static bool check_json(winch_event *ev, int mode)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_json_options opts = { sizeof(opts), mode, 0 };
	const char *text;
	size_t len;
	struct json j;

	int r = winch_event_json(ev, &opts, &text, &len, &err);
	if (r < 0) {
		demand(r == err.status && winch_error_text(&err)[0]);
		return false;
	}
	demand(strlen(text) <= len && utf8_valid_len(bytes_of(text, len)) == len);
	demand(json_init(&j, bytes_of(text, len), JSON_MAX_DEPTH, NULL) == 0 &&
	       json_skip(&j, NULL) == 0 && json_end(&j, NULL) == 0);
	return true;
}

/* A SecureString opens, waits for its key, or is refused. */
static void check_secure(const struct state *s, const winch_value *v)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_value *opened;
	size_t len;

	if (strcmp(winch_value_tag(v), "SS") != 0)
		return;
	int r = winch_pool_open_secure(s->pool, v, &opened, &err);
	demand(r < 0 ? r == err.status : r == 0 || winch_pool_awaits_key(s->pool));
	if (r == 0) {
		demand(winch_value_secure_text(opened, &len) != NULL);
		winch_value_free(opened);
	}
}

static bool check_value(const struct state *s, winch_event *ev)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	const winch_value *v;
	char *text;
	size_t len;

	int r = winch_event_value(ev, &v, &err);
	if (r < 0) {
		demand(r == err.status);
		return false;
	}
	if (s->pool)
		check_secure(s, v);
	/* A part that refers to what holds it nests deeper than the whole. */
	r = winch_value_to_clixml(v, &text, &len, &err);
	demand(r == 0 || r == WINCH_E_LIMIT);
	if (r < 0)
		return false;
	winch_value *again = winch_value_from_clixml(text, len, &err);
	demand(again != NULL);
	winch_value_free(again);
	winch_text_free(text);
	return true;
}

static void check_event(const struct state *s, winch_event *ev)
{
	size_t len;
	const char *clixml = winch_event_clixml(ev, &len);

	demand(winch_event_type(ev) >= WINCH_EVENT_POOL_STATE);
	demand(clixml && clixml[len] == '\0');
	if (!winch_event_has_value(ev))
		return;
	bool tree = check_value(s, ev);
	bool json = check_json(ev, s->json_mode);
	/* What a tree can hold can be said. */
	demand(!tree || json);
}

static void drain(struct state *s, bool keep)
{
	winch_event *ev;
	int r;

	while ((r = winch_pool_next(s->pool, &ev)) == 1) {
		check_event(s, ev);
		if (!keep || s->kept_count == KEPT)
			continue;
		demand((s->kept[s->kept_count] = winch_event_keep(ev)) != NULL);
		check_event(s, s->kept[s->kept_count++]);
	}
	demand(winch_pool_waiting(s->pool) == 0);
	demand(r == (winch_pool_error(s->pool) ? winch_pool_error(s->pool)->status : 0));
}

static void take(struct state *s, size_t room)
{
	const winch_chunk *chunk;
	int seen = winch_pool_peek(s->pool, &chunk), op = seen == 1 ? chunk->op : 0;

	int r = winch_pool_take(s->pool, room, &chunk);
	demand(r == seen);
	if (r <= 0)
		return;
	demand(chunk->op == op && chunk->len <= room);
	struct rd in = rd_of(bytes_of(chunk->data, chunk->len));
	while (in.left) {
		rd_bytes(&in, FRAGMENT_HEADER - 4);
		rd_bytes(&in, rd_u32be(&in));
		demand(!in.past);
	}
}

/* ---- what goes in ---- */

static int feed(struct state *s, const winch_guid *id, struct bytes in)
{
	int r = 0;

	while (in.len && r == 0) {
		size_t len = in.len < s->step ? in.len : s->step;
		r = winch_pool_feed(s->pool, id, in.data, len);
		in = bytes_skip(in, len);
	}
	return r;
}

/* A message in one fragment, its header right but for what flaws says. */
enum { FLAW_DESTINATION = 1, FLAW_POOL = 2, FLAW_PIPELINE = 4, FLAW_OBJECT = 8 };
static int send(struct state *s, const winch_guid *id, uint32_t type, struct bytes body, int flaws)
{
	AUTO(buf_done) struct buf message = { .max = MAX };
	AUTO(buf_done) struct buf fragment = { .max = MAX };
	struct message m = { flaws & FLAW_DESTINATION ? MESSAGE_TO_SERVER : MESSAGE_TO_CLIENT,
			     type,
			     s->pool_id,
			     { { 0 } },
			     body };

	m.rpid.bytes[1] = flaws & FLAW_POOL ? 1 : 0;
	if (id)
		m.pid = *id;
	m.pid.bytes[1] = flaws & FLAW_PIPELINE ? 1 : 0;
	demand(message_write(&message, &m, NULL) == 0);
	buf_put_u64be(&fragment, flaws & FLAW_OBJECT ? 1 : ++s->object_id, NULL);
	buf_put_u64be(&fragment, 0, NULL);
	buf_put_u8(&fragment, FRAGMENT_START | FRAGMENT_END, NULL);
	buf_put_u32be(&fragment, (uint32_t)message.len, NULL);
	demand(buf_put(&fragment, buf_bytes(&message), NULL) == 0);
	return feed(s, id, buf_bytes(&fragment));
}

static uint32_t type_of(uint8_t letter)
{
	return message_rows[(size_t)(letter - 'A') % message_row_count].type;
}

static int raw_to_pool(struct state *s, uint8_t p, struct bytes text)
{
	(void)p;
	return feed(s, NULL, text);
}

static int raw_to_run(struct state *s, uint8_t p, struct bytes text)
{
	(void)p;
	return feed(s, &s->last, text);
}

static int to_pool(struct state *s, uint8_t p, struct bytes text)
{
	return send(s, NULL, type_of(p), text, 0);
}

static int to_run(struct state *s, uint8_t p, struct bytes text)
{
	return send(s, &s->last, type_of(p), text, 0);
}

static int flawed(struct state *s, uint8_t p, struct bytes text)
{
	return send(s, p & 16 ? &s->last : NULL, MSG_PIPELINE_STATE, text, p & 15);
}

static int invoke(struct state *s, uint8_t p, struct bytes text)
{
	winch_pipeline_options opts = WINCH_PIPELINE_OPTIONS_INIT;
	winch_guid id;

	opts.has_input = p & 1;
	opts.use_runspace_host = p & 2;
	winch_pipeline *pipeline = winch_pipeline_new(&opts, NULL);
	winch_pipeline_add_script(pipeline, (const char *)text.data, text.len, p & 4);
	if (p & 8)
		winch_pipeline_merge(pipeline, 31, WINCH_MERGE_TO_OUTPUT);
	if (p & 16) {
		winch_pipeline_add_statement(pipeline);
		winch_pipeline_add_command(pipeline, "x");
	}
	winch_value *secure = winch_value_new_secure("pw", 2, NULL);
	if (p & 32)
		winch_pipeline_add_parameter(pipeline, "p", secure);
	winch_value_free(secure);
	int r = winch_pool_invoke(s->pool, pipeline, &id, NULL);
	winch_pipeline_free(pipeline);
	return r;
}

static int input(struct state *s, uint8_t p, struct bytes text)
{
	const char *at = (const char *)text.data;
	winch_value *v = p & 128 ? winch_value_new_secure(at, text.len, NULL)
				 : winch_value_new_string(at, text.len, NULL);

	int r = v ? winch_pool_input(s->pool, &s->last, v, NULL) : 0;
	winch_value_free(v);
	return r;
}

static int end_input(struct state *s, uint8_t p, struct bytes text)
{
	(void)p;
	(void)text;
	return winch_pool_end_input(s->pool, &s->last);
}

static int stop(struct state *s, uint8_t p, struct bytes text)
{
	(void)p;
	(void)text;
	return winch_pool_stop(s->pool, &s->last);
}

/* The highest bits of p: a SecureString, the pool's call, an exception. */
static int answer(struct state *s, uint8_t p, struct bytes text)
{
	const winch_guid nobody = { { 0 } };
	const winch_guid *id = p & 64 ? &nobody : &s->last;
	int64_t call = (p & 31) - 16;

	if (p & 32)
		return winch_pool_refuse(s->pool, id, call, "no", NULL);
	winch_value *v = p & 128 ? winch_value_new_secure("pw", 2, NULL)
				 : winch_value_from_clixml(text.data, text.len, NULL);
	int r = winch_pool_answer(s->pool, id, call, v, NULL);
	winch_value_free(v);
	return r;
}

static int ended(struct state *s, uint8_t p, struct bytes text)
{
	(void)text;
	return winch_pool_ended(s->pool, p & 1 ? &s->last : NULL);
}

static int take_some(struct state *s, uint8_t p, struct bytes text)
{
	(void)text;
	take(s, ROOM + (size_t)p * 16);
	return 0;
}

static int events(struct state *s, uint8_t p, struct bytes text)
{
	(void)text;
	drain(s, p & 1);
	return 0;
}

static int open_or_close(struct state *s, uint8_t p, struct bytes text)
{
	(void)text;
	return p & 1 ? winch_pool_close(s->pool) : winch_pool_open(s->pool);
}

static int session_key(struct state *s, uint8_t p, struct bytes text)
{
	(void)p;
	(void)text;
	return send(s, NULL, MSG_ENCRYPTED_SESSION_KEY, BYTES_LIT(session_key_body), 0);
}

static int carrier_fails(struct state *s, uint8_t p, struct bytes text)
{
	const winch_error why = { sizeof(why), -1 - (p & 7), 0, 0, 0, 0, 0, NULL };

	(void)text;
	winch_pool_fail(s->pool, &why);
	return 0;
}

static const struct {
	uint8_t letter;
	int (*call)(struct state *s, uint8_t p, struct bytes text);
} calls[] = {
	{ 'm', to_pool }, { 'p', to_run },      { 'r', raw_to_pool },   { 'R', raw_to_run },
	{ 'x', flawed },  { 'i', invoke },      { 'v', input },         { 'e', end_input },
	{ 's', stop },    { 'a', answer },      { 'd', ended },         { 't', take_some },
	{ 'n', events },  { 'k', session_key }, { 'o', open_or_close }, { 'f', carrier_fails }
};

static void do_line(struct state *s, struct bytes line)
{
	if (line.len < 2)
		return;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].letter == line.data[0])
			calls[i].call(s, line.data[1], bytes_skip(line, 2));
	demand(winch_pool_state(s->pool) >= WINCH_POOL_BEFORE_OPEN &&
	       winch_pool_state(s->pool) <= WINCH_POOL_BROKEN);
	const winch_error *why = winch_pool_error(s->pool);
	demand(!s->failed || (why && why->status == s->failed));
	if (why) {
		s->failed = why->status;
		demand(winch_pool_feed(s->pool, NULL, line.data, line.len) == s->failed);
		demand(winch_error_text(why)[0]);
	}
	if (!s->lazy)
		drain(s, false);
}

/* ---- the start ---- */

static int new_guid(void *user, winch_guid *ret)
{
	struct state *s = user;

	s->last.bytes[0] = 1;
	s->last.bytes[15]++;
	*ret = s->last;
	return 0;
}

static int rsa_key(void *user, const uint8_t **ret_der, size_t *ret_len)
{
	(void)user;
	*ret_der = rsa_key_der;
	*ret_len = sizeof(rsa_key_der);
	return 0;
}

static void start(struct state *s, uint8_t flags)
{
	static const winch_host_info host = { .size = sizeof(host),
					      .has_host = true,
					      .has_raw_ui = true };
	static const char *const capability[] = { "2.1", "2.2", "2.3", "2.4" };
	AUTO(buf_done) struct buf body = { .max = 1000 };
	winch_pool_options opts = { .size = sizeof(opts),
				    .new_guid = new_guid,
				    .new_guid_user = s,
				    .rsa_key = rsa_key,
				    .protocol_minor = 1 + (flags & 3),
				    .host = flags & 4 ? &host : NULL,
				    .max_message = MAX,
				    .max_queued_input = 100 };
	const int stage = flags >> 4 & 3;

	s->pool_id.bytes[0] = 7;
	opts.id = s->pool_id;
	demand((s->pool = winch_pool_new(&opts, NULL)) != NULL);
	if (stage >= 1)
		demand(winch_pool_open(s->pool) == 0);
	buf_put_fmt(&body, NULL,
		    "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">%s</Version></MS></Obj>",
		    capability[flags & 3]);
	if (stage >= 2)
		demand(send(s, NULL, MSG_SESSION_CAPABILITY, buf_bytes(&body), 0) == 0);
	if (stage >= 3)
		demand(send(s, NULL, MSG_RUNSPACEPOOL_STATE,
			    BYTES_LIT("<Obj RefId=\"0\"><MS><I32 "
				      "N=\"RunspaceState\">2</I32></MS></Obj>"),
			    0) == 0 &&
		       invoke(s, 1, BYTES_LIT("1")) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state s = { 0 };

	if (size < 2)
		return 0;
	s.step = data[1] ? data[1] : SIZE_MAX;
	s.lazy = data[0] & 8;
	s.json_mode = data[0] & 64 ? WINCH_JSON_TYPED : WINCH_JSON_PLAIN;
	start(&s, data[0]);
	struct bytes left = bytes_of(data + 2, size - 2);
	while (left.len) {
		const uint8_t *end = memchr(left.data, '\n', left.len);
		size_t len = end ? (size_t)(end - left.data) : left.len;
		do_line(&s, bytes_of(left.data, len));
		left = bytes_skip(left, len + 1);
	}
	drain(&s, true);
	winch_pool_free(s.pool);
	s.pool = NULL;
	while (s.kept_count) {
		check_event(&s, s.kept[--s.kept_count]);
		winch_event_free(s.kept[s.kept_count]);
	}
	return 0;
}
