/*
 * drive.c - a pool that does what a captured client did, told by lines:
 *
 *     pool RPID MINOR BODY [KEY]  made by the content of that INIT_RUNSPACEPOOL; an RSA key, DER
 *     open    close
 *     create PID BODY          a pipeline by the content of that CREATE_PIPELINE
 *     input PID BODY           the value of that PIPELINE_INPUT
 *     end-input PID
 *     answer PID BODY          as that HOST_RESPONSE does
 *     stop PID
 *     feed PID BYTES           what the server sent; PID all zero: the pool
 *     ended PID                the carrier has seen its end
 *
 * Printed after each line: what the pool wants sent, its events, and "done".
 */
#include <stdio.h>

#include "src/base/mem.h"
#include "tests/captures/tool.h"

struct driver {
	winch_pool *pool;
	struct buf key;
	winch_guid next_pid;
	size_t step, room;
};

static int new_guid(void *user, winch_guid *ret)
{
	*ret = ((struct driver *)user)->next_pid;
	return 0;
}

static int rsa_key(void *user, const uint8_t **ret_der, size_t *ret_len)
{
	const struct bytes key = buf_bytes(&((struct driver *)user)->key);

	*ret_der = key.data;
	*ret_len = key.len;
	return key.len ? 0 : -1;
}

static winch_value *value_of(struct bytes body)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_value *v = winch_value_from_clixml(body.data, body.len, &err);

	if (!v)
		die("winch_value_from_clixml", &err);
	return v;
}

/* ---- what the pool says ---- */

static void print_field(const char *name, const char *text, size_t len)
{
	printf(" %s ", name);
	print_hex(text, len);
}

/* The text of a SecureString, or of a PSCredential's. */
static void print_secure(winch_pool *pool, const winch_value *v)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	const winch_value *password = winch_value_member(v, "Password");
	const winch_value *ss = password ? password : v;
	winch_value *opened;
	size_t len;

	if (strcmp(winch_value_tag(ss), "SS") != 0)
		return;
	if (winch_pool_open_secure(pool, ss, &opened, &err) != 0)
		die("winch_pool_open_secure", &err);
	const char *text = winch_value_secure_text(opened, &len);
	print_field("secure", text, len);
	winch_value_free(opened);
}

/* The value as CLIXML: read as a tree, and by way of typed JSON. */
static void print_value(winch_pool *pool, winch_event *ev)
{
	static const winch_json_options typed = { sizeof(typed), WINCH_JSON_TYPED, 0 };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	const winch_value *v;
	const char *json;
	char *text;
	size_t len;

	if (winch_event_value(ev, &v, &err) < 0 || winch_value_to_clixml(v, &text, &len, &err) < 0)
		die("winch_event_value", &err);
	print_field("value", text, len);
	winch_text_free(text);
	print_secure(pool, v);
	if (winch_event_json(ev, NULL, &json, &len, &err) < 0)
		die("winch_event_json", &err);
	print_field("plain", json, len);
	if (winch_event_json(ev, &typed, &json, &len, &err) < 0)
		die("winch_event_json", &err);
	print_field("typed", json, len);
	winch_value *back = winch_value_from_json(WINCH_FROM_TYPED, json, len, &err);
	if (!back)
		return; /* a SecureString: typed JSON does not have what it holds */
	if (winch_value_to_clixml(back, &text, &len, &err) < 0)
		die("winch_value_to_clixml", &err);
	print_field("back", text, len);
	winch_text_free(text);
	winch_value_free(back);
}

static void print_event(winch_pool *pool, winch_event *ev)
{
	winch_guid pipeline = winch_event_pipeline(ev);
	size_t len;
	const char *clixml = winch_event_clixml(ev, &len);

	printf("event type %d pipeline ", winch_event_type(ev));
	print_hex(pipeline.bytes, 16);
	printf(" state %d call %lld method %d", winch_event_state(ev),
	       (long long)winch_event_call(ev), winch_event_method(ev));
	print_field("clixml", clixml, len);
	if (winch_event_has_value(ev))
		print_value(pool, ev);
	putchar('\n');
}

static void print_events(struct driver *d)
{
	winch_event *ev;
	int r;

	while ((r = winch_pool_next(d->pool, &ev)) == 1)
		print_event(d->pool, ev);
	if (r < 0)
		die("the pool", winch_pool_error(d->pool));
}

static void print_chunks(struct driver *d)
{
	const winch_chunk *chunk;
	int r, op;

	while ((r = winch_pool_peek(d->pool, &chunk)) == 1) {
		op = chunk->op;
		r = winch_pool_take(d->pool, d->room, &chunk);
		if (r != 1)
			break;
		if (op != chunk->op)
			die("winch_pool_peek", NULL);
		printf("chunk op %d pipeline ", chunk->op);
		print_hex(chunk->pipeline.bytes, 16);
		print_field("data", (const char *)chunk->data, chunk->len);
		putchar('\n');
	}
	if (r < 0)
		die("winch_pool_take", winch_pool_error(d->pool));
}

/* ---- what is done ---- */

static void make_pool(struct driver *d, const struct line *l)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_value *body = value_of(line_bytes(l, 3));
	struct content_pool content;

	d->key.max = 10000;
	if (buf_put(&d->key, line_bytes(l, 4), &err) < 0)
		die("key", &err);
	content_of_init(body, &content);
	winch_pool_options opts = { .size = sizeof(opts),
				    .id = line_guid(l, 1),
				    .new_guid = new_guid,
				    .new_guid_user = d,
				    .rsa_key = rsa_key,
				    .rsa_key_user = d,
				    .min_runspaces = content.min_runspaces,
				    .max_runspaces = content.max_runspaces,
				    .protocol_minor = (int)line_number(l, 2),
				    .host = &content.host,
				    .application_arguments = content.arguments };
	d->pool = winch_pool_new(&opts, &err);
	if (!d->pool)
		die("winch_pool_new", &err);
	winch_value_free(body);
}

static int create(struct driver *d, const struct line *l, winch_error *err)
{
	winch_value *body = value_of(line_bytes(l, 2));
	winch_pipeline *p = content_of_create(body);
	winch_guid id;

	d->next_pid = line_guid(l, 1);
	int r = winch_pool_invoke(d->pool, p, &id, err);
	winch_pipeline_free(p);
	winch_value_free(body);
	return r;
}

static int input(struct driver *d, const struct line *l, winch_error *err)
{
	winch_value *body = value_of(line_bytes(l, 2));
	winch_guid id = line_guid(l, 1);

	int r = winch_pool_input(d->pool, &id, body, err);
	winch_value_free(body);
	return r;
}

static int answer(struct driver *d, const struct line *l, winch_error *err)
{
	winch_value *body = value_of(line_bytes(l, 2));
	const winch_value *exception = winch_value_member(body, "me");
	winch_guid id = line_guid(l, 1);
	int64_t call;

	if (!winch_value_int(winch_value_member(body, "ci"), &call))
		die("ci", NULL);
	if (exception)
		die("a captured exception", NULL);
	const winch_value *v = winch_value_member(body, "mr");
	winch_value *secure = content_secure(v);
	int r = winch_pool_answer(d->pool, &id, call, secure ? secure : v, err);
	winch_value_free(secure);
	winch_value_free(body);
	return r;
}

static int feed(struct driver *d, const struct line *l, winch_error *err)
{
	winch_guid id = line_guid(l, 1);
	struct bytes in = line_bytes(l, 2);
	int r = 0;

	(void)err;
	while (in.len && r == 0) {
		size_t len = in.len < d->step ? in.len : d->step;
		r = winch_pool_feed(d->pool, &id, in.data, len);
		in = bytes_skip(in, len);
	}
	return r;
}

static int plain_call(struct driver *d, const struct line *l, winch_error *err)
{
	winch_guid id = line_guid(l, 1);

	(void)err;
	if (strcmp(l->word[0], "open") == 0)
		return winch_pool_open(d->pool);
	if (strcmp(l->word[0], "close") == 0)
		return winch_pool_close(d->pool);
	if (strcmp(l->word[0], "end-input") == 0)
		return winch_pool_end_input(d->pool, &id);
	if (strcmp(l->word[0], "stop") == 0)
		return winch_pool_stop(d->pool, &id);
	if (strcmp(l->word[0], "ended") == 0)
		return winch_pool_ended(d->pool, &id);
	die(l->word[0], NULL);
}

static const struct {
	const char *word;
	int (*call)(struct driver *d, const struct line *l, winch_error *err);
} steps[] = { { "create", create },
	      { "input", input },
	      { "answer", answer },
	      { "feed", feed },
	      { "", plain_call } };

void drive(size_t step, size_t room)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct driver d = { .step = step, .room = room };
	struct line l;

	while (next_line(&l)) {
		if (!d.pool) {
			make_pool(&d, &l);
			continue;
		}
		size_t i = 0;
		while (steps[i].word[0] && strcmp(steps[i].word, l.word[0]) != 0)
			i++;
		int r = steps[i].call(&d, &l, &err);
		if (r != 0 && !winch_pool_error(d.pool))
			die(l.word[0], &err);
		print_chunks(&d);
		print_events(&d);
		printf("done\n");
	}
	printf("pool state %d minor %d\n", winch_pool_state(d.pool),
	       winch_pool_protocol_minor(d.pool));
	winch_pool_free(d.pool);
	buf_done(&d.key);
}
