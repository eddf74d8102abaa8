/*
 * json-stream.c - what the plain and the typed stream share: frames, RefIds, names.
 */
#include "psrp/json-stream-inside.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

/* Obj, container, member set: at most two frames an object. */
enum { MAX_FRAMES = 1002, LARGE_SCOPE = 1024 };

int json_stream_init(struct json_stream *s, winch_error *err)
{
	s->strings.max = s->hashes.max = s->refs.max = s->scratch.max = SIZE_MAX / 4;
	s->frames = mem_array(MAX_FRAMES, sizeof(s->frames[0]));
	return s->frames ? 0 : fail_nomem(err);
}

void json_stream_done(struct json_stream *s)
{
	mem_free(s->frames);
	mem_free(s->objects);
	id_table_done(&s->ids);
	buf_done(&s->strings);
	buf_done(&s->hashes);
	buf_done(&s->refs);
	buf_done(&s->scratch);
	s->frames = NULL;
	s->objects = NULL;
}

void json_stream_begin(struct json_stream *s)
{
	s->begin = s->out->len;
	s->gave_up = s->odd = false;
	s->muted = s->depth = s->open = s->object_count = 0;
	s->first_id = s->elements = s->repeated = 0;
	if (s->ids.count)
		id_table_clear(&s->ids);
	s->strings.len = s->hashes.len = s->refs.len = 0;
	s->frames[0] = (struct stream_frame){ 0 };
}

void json_stream_give_up(struct json_stream *s)
{
	stream_give_up(s);
}

struct stream_frame *stream_push(struct json_stream *s, enum stream_kind kind)
{
	struct stream_frame *f = &s->frames[++s->depth];

	*f = (struct stream_frame){ .start = s->out->len - s->begin,
				    .hashes = s->hashes.len,
				    .kind = (uint8_t)kind };
	return f;
}

static bool small_number(struct bytes id, uint64_t *ret)
{
	uint64_t n = 0;

	if (id.len == 0 || id.len > 18 || (id.data[0] == '0' && id.len > 1))
		return false;
	for (size_t i = 0; i < id.len; i++) {
		uint8_t digit = (uint8_t)(id.data[i] - '0');
		if (digit > 9)
			return false;
		n = n * 10 + digit;
	}
	*ret = n;
	return true;
}

/* The ids so far did count up: from now on the table has them. */
static int become_odd(struct json_stream *s, winch_error *err)
{
	char id[24];
	int r = 0;

	s->odd = true;
	for (size_t i = 0; r == 0 && i < s->object_count; i++) {
		int len = snprintf(id, sizeof(id), "%" PRIu64, s->first_id + i);
		r = id_table_put(&s->ids, bytes_of(id, (size_t)len), (void *)(uintptr_t)(i + 1),
				 err);
	}
	return r;
}

static int grow_objects(struct json_stream *s, winch_error *err)
{
	size_t room = s->object_room ? s->object_room * 2 : 32;
	struct stream_object *objects = mem_realloc(s->objects, room * sizeof(*objects));

	if (!objects)
		return fail_nomem(err);
	s->objects = objects;
	s->object_room = room;
	return 0;
}

int stream_object_start(struct json_stream *s, struct bytes id, size_t *ret, winch_error *err)
{
	const size_t place = s->object_count;
	uint64_t n = 0;
	int r = 0;

	if (place == s->object_room && (r = grow_objects(s, err)) < 0)
		return r;
	if (!s->odd) {
		bool number = id.data && small_number(id, &n);
		if (number && place == 0)
			s->first_id = n;
		else if (!number || n != s->first_id + place)
			r = become_odd(s, err);
	}
	if (r == 0 && s->odd && id.data)
		r = id_table_put(&s->ids, id, (void *)(uintptr_t)(place + 1), err);
	if (r == 0 && s->log && id.data)
		r = id_log_add(s->log, id, s->start, err);
	s->objects[place] = (struct stream_object){ .open = true };
	s->object_count++;
	*ret = place;
	return r;
}

int stream_find(struct json_stream *s, struct bytes id, size_t *ret_object)
{
	uint64_t n, child;

	if (s->odd) {
		uintptr_t place = (uintptr_t)id_table_get(&s->ids, id);
		if (place) {
			*ret_object = place - 1;
			return 1;
		}
	} else if (small_number(id, &n) && n >= s->first_id && n - s->first_id < s->object_count) {
		*ret_object = (size_t)(n - s->first_id);
		return 1;
	}
	return s->log && id_log_find(s->log, id, s->start, &child) ? 2 : 0;
}

/* Equal for equal names; now and then for others too, which costs only time. */
static uint64_t hash_of(struct bytes name, bool fold)
{
	const uint64_t mask = fold ? 0x2020202020202020u : 0;
	uint64_t h = name.len * 0x9e3779b97f4a7c15u, part;
	const uint8_t *p = name.data;
	size_t len = name.len;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&part, p, 8);
		h = (h ^ (part | mask)) * 0x9fb21c651e98df25u;
		h ^= h >> 32;
	}
	part = 0;
	for (size_t i = 0; i < len; i++)
		part |= (uint64_t)p[i] << (8 * i);
	h = (h ^ (part | mask)) * 0x9fb21c651e98df25u;
	return h ^ h >> 32;
}

int stream_scope(struct json_stream *s, struct stream_frame *f, struct bytes name, bool fold,
		 winch_error *err)
{
	const uint64_t h = hash_of(name, fold);
	const uint32_t small = (uint32_t)h;
	const uint64_t bit = (uint64_t)1 << (h >> 58);

	if (f->bloom & bit) {
		const uint32_t *all = (const uint32_t *)(const void *)s->hashes.data;
		size_t to = s->hashes.len / sizeof(*all);
		for (size_t i = f->hashes / sizeof(*all); i < to; i++)
			if (all[i] == small)
				return 1;
		if (to - f->hashes / sizeof(*all) > LARGE_SCOPE)
			return 1;
	}
	f->bloom |= bit;
	if (s->hashes.cap - s->hashes.len < sizeof(small))
		return buf_put(&s->hashes, bytes_of(&small, sizeof(small)), err);
	memcpy(s->hashes.data + s->hashes.len, &small, sizeof(small));
	s->hashes.len += sizeof(small);
	return 0;
}
