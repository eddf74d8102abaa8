/*
 * stray.c - requests that no session makes, over the rooms below it.
 */
#include "tests/replay/stray.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/fail.h"
#include "src/base/random.h"
#include "tests/live/blocking.h"
#include "wsman/names.h"
#include "wsman/wsman.h"

#define POWERSHELL_URI "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"

/* What one request needs. */
struct stray {
	struct wsman_shell shell;
	struct wsman_command command;
	struct wsman_request request;
	struct wsman_reply reply;
	winch_guid id;
};

static void stop(const char *what, const winch_error *err)
{
	fprintf(stderr, "%s: %s\n", what, winch_error_text(err));
	exit(1);
}

/* Post the request on a lane of its own and read the answer. */
static int exchange(const char *url, struct stray *s, struct wsman_command *command,
		    winch_error *err)
{
	struct http_options opts = { .url = url, .auth = HTTP_AUTH_NONE, .allow_cleartext = true };
	struct blocking b;
	struct bytes body;

	blocking_open(&b, &opts);
	int status = blocking_exchange(&b, buf_bytes(&s->request.body), false, &body);
	int r = wsman_read(&s->shell, command, &s->request, status, body, &s->reply, err);
	blocking_close(&b);
	return r;
}

/* max_envelope 0: as before a server has said anything. */
static void stray_init(struct stray *s, const char *url, size_t max_envelope)
{
	winch_error err = WINCH_ERROR_INIT;
	struct wsman_shell_options opts = { .to = url,
					    .resource_uri = POWERSHELL_URI,
					    .max_envelope = max_envelope };

	*s = (struct stray){ .request = WSMAN_REQUEST_INIT };
	random_guid(NULL, &opts.session_id);
	random_guid(NULL, &s->id);
	wsman_command_init(&s->command);
	wsman_reply_init(&s->reply, 1 << 20);
	if (wsman_shell_init(&s->shell, &opts, &err) < 0)
		stop("shell", &err);
}

static void stray_done(struct stray *s)
{
	wsman_request_done(&s->request);
	wsman_reply_done(&s->reply);
	wsman_command_done(&s->command);
	wsman_shell_done(&s->shell);
}

size_t stray_config(const char *url)
{
	winch_error err = WINCH_ERROR_INIT;
	struct stray s;

	stray_init(&s, url, 0);
	if (wsman_get_config(&s.shell, &s.id, &s.request, &err) < 0 ||
	    exchange(url, &s, NULL, &err) < 0)
		stop("config", &err);
	size_t max = (size_t)s.reply.max_envelope;
	printf("{\"event\":\"config\",\"max_envelope\":%zu}\n", max);
	stray_done(&s);
	return max;
}

void stray_receive(const char *url, const char *shell_id)
{
	winch_error err = WINCH_ERROR_INIT;
	struct stray s;

	stray_init(&s, url, WSMAN_ENVELOPE_NEW);
	s.shell.state = WSMAN_SHELL_OPEN;
	s.command.state = WSMAN_COMMAND_RUNNING;
	if (wsman_shell_set_id(&s.shell, bytes_str(shell_id), &err) < 0 ||
	    wsman_command_set_id(&s.command, BYTES_LIT("11111111-2222-3333-4444-555555555555"),
				 &err) < 0 ||
	    wsman_receive(&s.shell, &s.command, "stdout", true, &s.id, &s.request, &err) < 0)
		stop("receive", &err);
	int r = exchange(url, &s, &s.command, &err);
	printf("{\"event\":\"stray\",\"status\":%d,\"fault\":%u}\n", r, err.fault);
	fprintf(stderr, "%s\n", winch_error_text(&err));
	winch_error_done(&err);
	stray_done(&s);
}

void stray_get_shell(const char *url, const char *shell_id)
{
	winch_error err = WINCH_ERROR_INIT;
	struct stray s;

	stray_init(&s, url, WSMAN_ENVELOPE_NEW);
	s.shell.state = WSMAN_SHELL_OPEN;
	if (wsman_shell_set_id(&s.shell, bytes_str(shell_id), &err) < 0 ||
	    wsman_get_shell(&s.shell, &s.id, &s.request, &err) < 0 ||
	    exchange(url, &s, NULL, &err) < 0 || s.reply.shell_count != 1)
		stop("get shell", &err);
	printf("{\"event\":\"shell\",\"state\":\"%.*s\"}\n", (int)s.reply.shells[0].state.len,
	       (const char *)s.reply.shells[0].state.data);
	fflush(stdout);
	stray_done(&s);
}
