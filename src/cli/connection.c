/*
 * connection.c - reading and checking connection options.
 */
#include "src/cli/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_MS = 300 * 1000 }; /* a shell that is left behind goes after this */

static int read_auth(struct connection *c)
{
	static const struct {
		const char *name;
		int auth; /* -1: not yet */
	} names[] = { { "negotiate", WINCH_AUTH_NEGOTIATE },
		      { "ntlm", WINCH_AUTH_NTLM },
		      { "basic", WINCH_AUTH_BASIC },
		      { "kerberos", -1 },
		      { "credssp", -1 },
		      { "certificate", -1 } };
	const char *value = options_get(c->options, OPTION_AUTH);

	c->attempt.auth = value ? value : "negotiate";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(c->attempt.auth, names[i].name) != 0)
			continue;
		c->auth = names[i].auth;
		return c->auth < 0 ? refuse("--auth %s: not yet", value) : 0;
	}
	return refuse("--auth %s: not one of negotiate, ntlm, basic", value);
}

/* sha256:HEX, colons and case ignored. */
static int read_pin(struct connection *c)
{
	const char *value = options_get(c->options, OPTION_PIN);
	size_t digits = 0;

	if (!value)
		return 0;
	if (strncasecmp(value, "sha256:", 7) != 0)
		return refuse("--pin %s: not sha256:HEX", value);
	for (const char *at = value + 7; *at; at++) {
		static const char hex[] = "0123456789abcdef";
		if (*at == ':')
			continue;
		const char *digit = strchr(hex, *at | 0x20);
		if (!digit || digits == 64)
			return refuse("--pin %s: not 64 hex digits", value);
		c->pin[digits / 2] = (uint8_t)(c->pin[digits / 2] << 4 | (digit - hex));
		digits++;
	}
	c->has_pin = true;
	return digits == 64 ? 0 : refuse("--pin %s: not 64 hex digits", value);
}

static int check_tls(struct connection *c)
{
	const struct options *o = c->options;
	const char *ca = options_get(o, OPTION_CA_FILE);
	struct target *t = &c->target;

	if (options_has(o, OPTION_TLS) && t->scheme && !t->tls)
		return refuse("--tls contradicts http://");
	t->tls |= options_has(o, OPTION_TLS);
	if (c->has_pin && !t->tls)
		return refuse("--pin needs https:// or --tls");
	if (!t->tls && c->auth == WINCH_AUTH_BASIC && !options_has(o, OPTION_ALLOW_CLEARTEXT))
		return refuse("--auth basic over http shows the password to everybody on the way: "
			      "use --tls, or --allow-cleartext");
	int fd = ca ? open(ca, O_RDONLY | O_CLOEXEC) : -1;
	if (ca && fd < 0)
		return refuse("--ca-file %s: %s", ca, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (t->tls && options_has(o, OPTION_INSECURE))
		complain("--insecure: the certificate of %s is not verified", t->host);
	return 0;
}

static int read_pool(struct connection *c)
{
	const char *value = options_get(c->options, OPTION_POOL);
	char *end;

	if (!value)
		return 0;
	long min = strtol(value, &end, 10), max = *end == ':' ? strtol(end + 1, &end, 10) : 0;
	if (*end || min < 1 || max < min || max > 10000)
		return refuse("--pool %s: not MIN:MAX", value);
	c->min_runspaces = (int)min;
	c->max_runspaces = (int)max;
	return 0;
}

static int read_times(struct connection *c)
{
	int status = options_seconds(c->options, OPTION_CONNECT_TIMEOUT, &c->connect_ms);

	if (status == 0)
		status = options_seconds(c->options, OPTION_OPERATION_TIMEOUT, &c->operation_ms);
	c->idle_ms = IDLE_MS;
	return status ? status : options_seconds(c->options, OPTION_IDLE_TIMEOUT, &c->idle_ms);
}

static int read_user(struct connection *c)
{
	const char *user = options_get(c->options, OPTION_USER);

	if (c->target.user)
		user = c->target.user; /* the nearer word */
	else if (user && target_check_user(user, "--user"))
		return STATUS_USAGE;
	c->user = user ? must_strdup(user) : NULL;
	return 0;
}

int connection_read(struct connection *c, const struct options *o, const char *target)
{
	int port = 0;

	*c = (struct connection){ .options = o };
	int status = target_read(&c->target, target);
	if (status == 0)
		status = options_number(o, OPTION_PORT, 1, 65535, &port);
	if (status == 0)
		status = read_auth(c);
	if (status == 0)
		status = read_pin(c);
	if (status == 0)
		status = check_tls(c);
	if (status == 0)
		status = read_pool(c);
	if (status == 0)
		status = read_times(c);
	if (status == 0)
		status = read_user(c);
	if (status)
		return status;
	if (!c->target.port)
		c->target.port = port;
	c->url = target_url(&c->target);
	c->title = target_title(&c->target);
	c->attempt.host = c->title;
	return 0;
}

static int ask_user(struct connection *c)
{
	AUTO(password_done) struct password line = { 0 };
	AUTO(free_auto) char *prompt = must_printf("User name for %s: ", c->title);

	password_make(&line);
	int status = password_ask(&line, prompt, true);
	if (status == 1)
		return refuse("%s: no user name: use USER@%s or --user", c->title, c->title);
	if (status)
		return status;
	c->user = must_strndup(line.data, strcspn(line.data, "\r\n"));
	return target_check_user(c->user, "user");
}

int connection_ask(struct connection *c, const struct options *o)
{
	int status = c->user ? 0 : ask_user(c);

	if (status)
		return status;
	c->attempt.user = c->user;
	AUTO(free_auto) char *whose = must_printf("%s at %s", c->user, c->title);
	return password_read(&c->password, o, whose);
}

void connection_options(const struct connection *c, winch_session_options *s)
{
	const struct options *o = c->options;

	winch_session_options_init(s);
	s->url = c->url;
	s->user = c->user;
	s->password = c->password.data;
	s->password_len = c->password.len;
	s->auth = c->auth;
	s->allow_cleartext = options_has(o, OPTION_ALLOW_CLEARTEXT);
	s->ca_file = options_get(o, OPTION_CA_FILE);
	s->tls_name = options_get(o, OPTION_TLS_NAME);
	s->insecure = options_has(o, OPTION_INSECURE);
	s->pin_sha256 = c->has_pin ? c->pin : NULL;
	s->connect_timeout_ms = c->connect_ms;
	s->operation_timeout_ms = c->operation_ms;
	s->idle_timeout_ms = c->idle_ms;
	s->configuration = options_get(o, OPTION_CONFIGURATION);
	s->no_profile = options_has(o, OPTION_NO_PROFILE);
	s->pool.min_runspaces = c->min_runspaces;
	s->pool.max_runspaces = c->max_runspaces;
}

void connection_wipe(struct connection *c)
{
	password_done(&c->password);
	password_forget();
}

void connection_done(struct connection *c)
{
	connection_wipe(c);
	target_done(&c->target);
	free(c->url);
	free(c->title);
	free(c->user);
	c->url = c->title = c->user = NULL;
}
