/*
 * session-http.c - a session's options, as wsman/http takes them; and whose ticket there is.
 */
#include "src/session/session-http.h"

#include <string.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/sized.h"

static const enum http_auth auths[] = {
	[WINCH_AUTH_NEGOTIATE] = HTTP_AUTH_NEGOTIATE,
	[WINCH_AUTH_NTLM] = HTTP_AUTH_NTLM,
	[WINCH_AUTH_BASIC] = HTTP_AUTH_BASIC,
	[WINCH_AUTH_NONE] = HTTP_AUTH_NONE,
	[WINCH_AUTH_CERTIFICATE] = HTTP_AUTH_CERTIFICATE,
	[WINCH_AUTH_KERBEROS] = HTTP_AUTH_KERBEROS,
	[WINCH_AUTH_CREDSSP] = HTTP_AUTH_CREDSSP,
};

/* The user may be the ticket's. */
static bool takes_tickets(int auth)
{
	return auth_has_kerberos() && (auth == WINCH_AUTH_NEGOTIATE || auth == WINCH_AUTH_KERBEROS);
}

/* Kerberos needs the password itself, for NTLM its hash will do. */
static int set_credential(const winch_session_options *opts, struct credential *c, winch_error *err)
{
	bool hash_will_do = opts->auth == WINCH_AUTH_NTLM ||
			    (opts->auth == WINCH_AUTH_NEGOTIATE && !auth_has_kerberos());

	int r = credential_set(c, bytes_str(opts->user),
			       bytes_of(opts->password, opts->password_len), err);
	return r == 0 && hash_will_do ? credential_keep_nt_hash(c, err) : r;
}

/* What there has to be, beside what a ticket tells. */
static bool needs_user(int auth)
{
	return auth != WINCH_AUTH_NONE && auth != WINCH_AUTH_CERTIFICATE && !takes_tickets(auth);
}

static bool needs_password(int auth)
{
	return needs_user(auth) && auth != WINCH_AUTH_BASIC && auth != WINCH_AUTH_KERBEROS;
}

static int check(const winch_session_options *opts, winch_error *err)
{
	if (opts->auth < 0 || opts->auth >= (int)(sizeof(auths) / sizeof(auths[0])))
		return fail(err, WINCH_E_ARG, "no such authentication: %d", opts->auth);
	if (needs_user(opts->auth) && !opts->user)
		return fail(err, WINCH_E_ARG, "no user was named");
	if (needs_password(opts->auth) && !opts->password)
		return fail(err, WINCH_E_ARG, "no password was given");
	return 0;
}

/* How the host is reached, whoever asks. */
static struct http_options way_of(const winch_session_options *opts, const char *url,
				  const struct log *log)
{
	return (struct http_options){
		.url = url,
		.auth = HTTP_AUTH_NONE,
		.connect_timeout_ms = opts->connect_timeout_ms,
		.ca_file = opts->ca_file,
		.tls_name = opts->tls_name,
		.connect = opts->connect,
		.connect_user = opts->connect_user,
		.proxy = opts->proxy,
		.proxy_user = opts->proxy_user,
		.proxy_password = bytes_of(opts->proxy_password, opts->proxy_password_len),
		.log = log,
	};
}

int session_url(const char *url, struct buf *out, winch_error *err)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	int r = buf_put_str(out, url, err);
	if (r == 0 && !strchr(host, '/'))
		r = buf_put_str(out, "/wsman", err);
	return r;
}

static struct auth_kerberos kerberos_of(const winch_session_options *opts)
{
	return (struct auth_kerberos){ opts->spn, opts->keytab, opts->ccache, opts->delegate };
}

struct http *session_http_new(const winch_session_options *opts, const char *url,
			      struct credential *credential, const struct log *log,
			      const struct http_watch *watch, winch_error *err)
{
	const struct auth_kerberos kerberos = kerberos_of(opts);
	struct http_options http = way_of(opts, url, log);

	http.kerberos = &kerberos;
	http.credential = opts->user ? credential : NULL;
	http.allow_cleartext = opts->allow_cleartext;
	http.allow_old_credssp = opts->allow_old_credssp;
	http.insecure = opts->insecure;
	http.pin = opts->pin_sha256;
	http.certificate = opts->certificate;
	http.trust = opts->trust;
	http.trust_user = opts->trust_user;
	if (check(opts, err) < 0)
		return NULL;
	http.auth = auths[opts->auth];
	if (opts->user && set_credential(opts, credential, err) < 0)
		return NULL;
	return http_new(&http, watch, err);
}

int session_names(const winch_session_options *opts, struct credential *credential,
		  struct auth_kerberos *ret_kerberos, winch_error *err)
{
	*ret_kerberos = kerberos_of(opts);
	return opts->user
		       ? credential_set(credential, bytes_str(opts->user), (struct bytes){ 0 }, err)
		       : 0;
}

int session_look_options(winch_session_options *ret_opts, const winch_session_options *opts,
			 winch_error *err)
{
	int r = opts ? SIZED_COPY(ret_opts, log_user, opts, err) : WINCH_E_ARG;

	if (!opts || (r == 0 && !ret_opts->url))
		return fail(err, WINCH_E_ARG, "a look needs options with a URL");
	return r;
}

struct http *session_look_new(const winch_session_options *opts, const char *url,
			      const struct log *log, const struct http_watch *watch,
			      winch_error *err)
{
	struct http_options http = way_of(opts, url, log);

	/* What it says is for everybody. */
	http.allow_cleartext = true;
	http.look_only = true;
	return http_new(&http, watch, err);
}

int winch_ticket_user(const char *ccache, char *ret_name, size_t size, winch_error *err)
{
	AUTO(buf_done) struct buf name = { .max = 4096 };

	int r = auth_ticket_user(ccache, &name, err);
	if (r <= 0)
		return r;
	if (name.len >= size)
		return fail(err, WINCH_E_LIMIT, "the ticket's user has a name of %zu bytes",
			    name.len);
	memcpy(ret_name, buf_bytes(&name).data, name.len);
	ret_name[name.len] = '\0';
	return 1;
}
