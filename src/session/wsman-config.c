/*
 * wsman-config.c - Get of the host's configuration, beside the shell: what goes wrong with it is
 * told to who asked, and ends nothing else.
 */
#include "src/session/wsman-carrier.h"

#include "src/base/fail.h"
#include "src/base/mem.h"

enum { MOST_SETTINGS = 4096, MOST_TEXT = 256 * 1024 };

static void drop(struct host_config *h)
{
	mem_free(h->list);
	h->list = NULL;
	h->count = 0;
	buf_done(&h->text);
}

void host_config_done(struct host_config *h)
{
	drop(h);
	winch_error_done(&h->why);
	h->state = HOST_CONFIG_NONE;
}

/* Each text with a NUL behind it; one that has a NUL in it ends there. */
static int put(struct host_config *h, struct bytes text, winch_error *err)
{
	int r = buf_put(&h->text, text, err);

	return r < 0 ? r : buf_put_u8(&h->text, 0, err);
}

static int keep(struct host_config *h, const struct wsman_reply *reply, winch_error *err)
{
	size_t count = reply->setting_count < MOST_SETTINGS ? reply->setting_count : MOST_SETTINGS;
	int r = 0;

	h->text.max = MOST_TEXT;
	for (size_t i = 0; i < count && r == 0; i++) {
		r = put(h, reply->settings[i].name, err);
		if (r == 0)
			r = put(h, reply->settings[i].value, err);
	}
	if (r < 0)
		return r;
	h->list = mem_array(count ? count : 1, sizeof(*h->list));
	if (!h->list)
		return fail_nomem(err);
	const char *at = (const char *)buf_bytes(&h->text).data;
	for (size_t i = 0; i < count; i++) {
		h->list[i].name = at;
		at += reply->settings[i].name.len + 1;
		h->list[i].value = at;
		at += reply->settings[i].value.len + 1;
	}
	h->count = count;
	return 0;
}

int host_config_finish(struct wsman_carrier *c, struct slot *slot)
{
	struct host_config *h = &c->config;
	int http_status, r;
	struct bytes body;

	h->state = HOST_CONFIG_HERE;
	if (lane_error(slot->lane)) {
		fail_again(&h->why, lane_error(slot->lane));
		return 0;
	}
	lane_reply(slot->lane, &http_status, &body);
	trace_reply(c, slot, body);
	r = wsman_read(&c->shell, NULL, &slot->now.request, http_status, body, &c->reply, &h->why);
	if (r == 0)
		r = keep(h, &c->reply, &h->why);
	if (r < 0)
		drop(h);
	return 0;
}

int host_config_answer(const struct wsman_carrier *c, const winch_setting **ret, size_t *ret_count,
		       winch_error *err)
{
	const struct host_config *h = &c->config;

	if (h->state != HOST_CONFIG_HERE)
		return 0;
	if (h->why.status)
		return fail_again(err, &h->why);
	*ret = h->list;
	*ret_count = h->count;
	return 1;
}
