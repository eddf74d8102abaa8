/*
 * shell.c - shells and commands, and the table of what may be asked in which state.
 *
 * The machines of MS-WSMV 3.1.1 are the server's; these are what a client knows of them.
 */
#include "wsman/shell.h"

#include <stdio.h>

#include "src/base/fail.h"
#include "src/base/guid.h"
#include "wsman/states.h"

enum { MAX_ID = 256, MAX_URL = 8192, DEFAULT_TIMEOUT_MS = 20000 };

void wsman_shell_done(struct wsman_shell *s)
{
	if (!s)
		return;
	buf_done(&s->to);
	buf_done(&s->resource_uri);
	buf_done(&s->locale);
	buf_done(&s->id);
}

int wsman_shell_init(struct wsman_shell *s, const struct wsman_shell_options *opts,
		     winch_error *err)
{
	const char *locale = opts->locale ? opts->locale : "en-US";

	*s = (struct wsman_shell){
		.state = WSMAN_SHELL_BEFORE,
		.to.max = MAX_URL,
		.resource_uri.max = MAX_URL,
		.locale.max = MAX_ID,
		.id.max = MAX_ID,
		.max_envelope = opts->max_envelope ? opts->max_envelope : WSMAN_ENVELOPE_OLD,
		.operation_timeout_ms = opts->operation_timeout_ms ? opts->operation_timeout_ms
								   : DEFAULT_TIMEOUT_MS,
	};
	snprintf(s->session_id, sizeof(s->session_id), "uuid:");
	winch_guid_text(&opts->session_id, s->session_id + 5);

	int r = buf_put_str(&s->to, opts->to, err);
	if (r == 0)
		r = buf_put_str(&s->resource_uri, opts->resource_uri, err);
	if (r == 0)
		r = buf_put_str(&s->locale, locale, err);
	if (r < 0)
		wsman_shell_done(s);
	return r;
}

void wsman_command_init(struct wsman_command *c)
{
	*c = (struct wsman_command){ .state = WSMAN_COMMAND_BEFORE, .id.max = MAX_ID };
}

void wsman_command_done(struct wsman_command *c)
{
	if (c)
		buf_done(&c->id);
}

static int set_id(struct buf *to, struct bytes id, const char *what, winch_error *err)
{
	if (id.len == 0 || id.len > MAX_ID)
		return fail(err, WINCH_E_ARG, "%s id of %zu bytes", what, id.len);
	buf_clear(to);
	return buf_put(to, id, err);
}

int wsman_shell_set_id(struct wsman_shell *s, struct bytes id, winch_error *err)
{
	return set_id(&s->id, id, "shell", err);
}

int wsman_command_set_id(struct wsman_command *c, struct bytes id, winch_error *err)
{
	return set_id(&c->id, id, "command", err);
}

bool wsman_shell_is_open(const struct wsman_shell *s)
{
	return s->id.len && s->state != WSMAN_SHELL_BEFORE && s->state != WSMAN_SHELL_GONE;
}
