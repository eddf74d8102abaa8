/*
 * pool-peer.c - the other end of a pool, for tests.
 */
#include "tests/unit/pool-peer.h"

#include "psrp/message.h"

static const winch_guid nobody;

static int count_up(void *user, winch_guid *ret)
{
	uint8_t *last = user;

	*ret = peer_guid(++*last);
	return 0;
}

winch_guid peer_guid(uint8_t n)
{
	winch_guid g = { { 0xAB } };

	g.bytes[15] = n;
	return g;
}

void peer_init(struct peer *p, winch_pool_options *opts, int minor)
{
	static uint8_t last;

	*p = (struct peer){ .id = peer_guid(0xFF) };
	last = 0;
	opts->size = sizeof(*opts);
	opts->id = p->id;
	opts->protocol_minor = minor;
	if (!opts->new_guid) {
		opts->new_guid = count_up;
		opts->new_guid_user = &last;
	}
	p->pool = winch_pool_new(opts, NULL);
}

static void forget(struct peer *p)
{
	for (size_t i = 0; i < p->heard_count; i++)
		free(p->heard[i].body);
	p->heard_count = 0;
}

void peer_done(struct peer *p)
{
	forget(p);
	winch_pool_free(p->pool);
	p->pool = NULL;
}

static size_t put_guid(uint8_t *at, const winch_guid *g)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (int i = 0; i < 16; i++)
		at[i] = g->bytes[order[i]];
	return 16;
}

static void put_u32le(uint8_t *at, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> 8 * i);
}

static void put_be(uint8_t *at, uint64_t n, int len)
{
	for (int i = 0; i < len; i++)
		at[i] = (uint8_t)(n >> 8 * (len - 1 - i));
}

int peer_say(struct peer *p, uint32_t type, const winch_guid *pid, const char *body)
{
	size_t blob = 40 + strlen(body);
	uint8_t *raw = calloc(1, 21 + blob), *at = raw + 21;

	put_be(raw, ++p->object_id, 8);
	raw[16] = 3;
	put_be(raw + 17, blob, 4);
	put_u32le(at, 1);
	put_u32le(at + 4, type);
	put_guid(at + 8, type == MSG_ENCRYPTED_SESSION_KEY || type == MSG_PUBLIC_KEY_REQUEST
				 ? &nobody
				 : &p->id);
	put_guid(at + 24, pid ? pid : &nobody);
	memcpy(at + 40, body, strlen(body));
	int r = winch_pool_feed(p->pool, pid, raw, 21 + blob);
	free(raw);
	return r;
}

static uint32_t get_u32le(const uint8_t *at)
{
	return (uint32_t)(at[0] | at[1] << 8 | at[2] << 16) | (uint32_t)at[3] << 24;
}

/* Whole messages, one a fragment: the room that peer_hear() gives is large. */
static void hear_chunk(struct peer *p, const winch_chunk *chunk)
{
	const uint8_t *at = chunk->data, *end = chunk->data + chunk->len;

	while (at < end) {
		assert_int_equal(at[16], 3);
		size_t blob = (size_t)(at[17] << 24 | at[18] << 16 | at[19] << 8 | at[20]);
		assert_true((size_t)(end - at) >= 21 + blob && blob >= 40);
		assert_true(p->heard_count < MAX_HEARD);
		struct heard *h = &p->heard[p->heard_count++];
		winch_guid swapped;
		memcpy(swapped.bytes, at + 21 + 24, 16);
		put_guid(h->pid.bytes, &swapped);
		h->type = get_u32le(at + 21 + 4);
		h->op = chunk->op;
		h->secret = chunk->secret;
		h->body = calloc(1, blob - 40 + 1);
		memcpy(h->body, at + 21 + 40, blob - 40);
		at += 21 + blob;
	}
}

bool peer_hear(struct peer *p)
{
	const winch_chunk *chunk;
	int r;

	forget(p);
	while ((r = winch_pool_take(p->pool, 1 << 20, &chunk)) == 1) {
		p->stops += chunk->op == WINCH_OP_STOP;
		hear_chunk(p, chunk);
	}
	return r == 0;
}

const struct heard *peer_heard(const struct peer *p, uint32_t type)
{
	for (size_t i = p->heard_count; i > 0; i--)
		if (p->heard[i - 1].type == type)
			return &p->heard[i - 1];
	return NULL;
}

int peer_open(struct peer *p, int minor)
{
	char body[300];

	snprintf(body, sizeof(body),
		 "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.%d</Version>"
		 "<Version N=\"PSVersion\">2.0</Version>"
		 "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>",
		 minor);
	int r = winch_pool_open(p->pool);
	if (r == 0 && !peer_hear(p))
		r = WINCH_E_NOMEM;
	if (r == 0)
		r = peer_say(p, MSG_SESSION_CAPABILITY, NULL, body);
	if (r == 0)
		r = peer_say(p, MSG_RUNSPACEPOOL_STATE, NULL,
			     "<Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">2</I32></MS></Obj>");
	return r < 0 ? r : peer_events(p, WINCH_EVENT_POOL_STATE);
}

int peer_events(struct peer *p, int type)
{
	winch_event *ev;
	int r, count = 0;

	while ((r = winch_pool_next(p->pool, &ev)) == 1)
		count += winch_event_type(ev) == type;
	return r < 0 ? r : count;
}
