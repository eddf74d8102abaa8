/*
 * wsman-connect.c - an application's options as the endpoint and the shell of a carrier.
 */
#include "src/base/clock.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/random.h"
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
	static const enum http_auth auths[] = {
		[WINCH_AUTH_NEGOTIATE] = HTTP_AUTH_NEGOTIATE,
		[WINCH_AUTH_NTLM] = HTTP_AUTH_NTLM,
		[WINCH_AUTH_BASIC] = HTTP_AUTH_BASIC,
		[WINCH_AUTH_NONE] = HTTP_AUTH_NONE,
		[WINCH_AUTH_CERTIFICATE] = HTTP_AUTH_CERTIFICATE,
	};
	const struct http_watch watch = { watch_socket, watch_timer, c };

	if (opts->auth < 0 || opts->auth > WINCH_AUTH_CERTIFICATE)
		return fail(err, WINCH_E_ARG, "no such authentication: %d", opts->auth);
	if (opts->auth <= WINCH_AUTH_BASIC && !opts->user)
		return fail(err, WINCH_E_ARG, "no user was named");
	if (opts->user) {
		int r = credential_set(&c->credential, bytes_str(opts->user),
				       bytes_of(opts->password, opts->password_len), err);
		if (r == 0 && opts->auth <= WINCH_AUTH_NTLM)
			r = credential_keep_nt_hash(&c->credential, err);
		if (r < 0)
			return r;
	}
	struct http_options http = {
		.url = url,
		.auth = auths[opts->auth],
		.credential = opts->user ? &c->credential : NULL,
		.allow_cleartext = opts->allow_cleartext,
		.connect_timeout_ms = opts->connect_timeout_ms,
		.ca_file = opts->ca_file,
		.tls_name = opts->tls_name,
		.insecure = opts->insecure,
		.pin = opts->pin_sha256,
		.certificate = opts->certificate,
		.trust = opts->trust,
		.trust_user = opts->trust_user,
		.connect = opts->connect,
		.connect_user = opts->connect_user,
		.proxy = opts->proxy,
		.proxy_user = opts->proxy_user,
		.proxy_password = bytes_of(opts->proxy_password, opts->proxy_password_len),
		.log = c->world.log,
	};
	c->http = http_new(&http, &watch, err);
	return c->http ? 0 : err ? err->status : WINCH_E_NOMEM;
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

/* The URL with WinRM's path where it has none. */
static int whole_url(const char *url, struct buf *out, winch_error *err)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	int r = buf_put_str(out, url, err);
	if (r == 0 && !strchr(host, '/'))
		r = buf_put_str(out, "/wsman", err);
	return r;
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

	int r = whole_url(opts->url, &url, err);
	if (r < 0)
		return r;
	const char *text = buf_cstr(&url, err);
	if (!text)
		return WINCH_E_NOMEM;
	r = make_shell(c, opts, text, err);
	return r < 0 ? r : make_http(c, opts, text, err);
}
