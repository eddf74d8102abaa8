/*
 * wsman-connect.c - an application's options as the endpoint and the shell of a carrier.
 */
#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/random.h"
#include "src/session/session-http.h"
#include "src/session/wsman-carrier.h"

static void watch_socket(void *user, int fd, int want)
{
	struct wsman_carrier *c = user;

	poller_watch(c->world.poller, fd,
		     (want & HTTP_READ ? POLLER_READ : 0) | (want & HTTP_WRITE ? POLLER_WRITE : 0));
}

static void watch_timer(void *user, long ms)
{
	struct wsman_carrier *c = user;

	c->http_due = ms < 0 ? -1 : clock_ms() + ms;
}

static int make_http(struct wsman_carrier *c, const winch_session_options *opts, const char *url,
		     winch_error *err)
{
	const struct http_watch watch = { watch_socket, watch_timer, c };

	c->http = session_http_new(opts, url, &c->credential, c->world.log, &watch, err);
	return c->http ? 0 : err && err->status ? err->status : WINCH_E_NOMEM;
}

/* A name means one of PowerShell's session configurations; a whole URI stands as it is. */
static int resource_uri(const char *configuration, struct buf *out, winch_error *err)
{
	if (!configuration)
		configuration = "Microsoft.PowerShell";
	if (strstr(configuration, "://"))
		return buf_put_str(out, configuration, err);
	return buf_put_fmt(out, err, "http://schemas.microsoft.com/powershell/%s", configuration);
}

static int make_shell(struct wsman_carrier *c, const winch_session_options *opts, const char *url,
		      winch_error *err)
{
	AUTO(buf_done) struct buf uri = { .max = 4096 };
	struct wsman_shell_options shell = {
		.to = url,
		.locale = opts->locale,
		.max_envelope = opts->max_envelope,
		.operation_timeout_ms = (unsigned)opts->operation_timeout_ms,
	};

	int r = resource_uri(opts->configuration, &uri, err);
	if (r < 0)
		return r;
	shell.resource_uri = buf_cstr(&uri, err);
	if (!shell.resource_uri)
		return WINCH_E_NOMEM;
	if (random_guid(NULL, &shell.session_id) < 0)
		return fail(err, WINCH_E_SYSTEM, "no random bytes");
	return wsman_shell_init(&c->shell, &shell, err);
}

int carrier_connect(struct wsman_carrier *c, const winch_session_options *opts, winch_error *err)
{
	AUTO(buf_done) struct buf url = { .max = 65536 };

	int r = session_url(opts->url, &url, err);
	if (r < 0)
		return r;
	const char *text = buf_cstr(&url, err);
	if (!text)
		return WINCH_E_NOMEM;
	r = make_shell(c, opts, text, err);
	return r < 0 ? r : make_http(c, opts, text, err);
}
