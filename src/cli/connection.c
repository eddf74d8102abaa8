/*
 * connection.c - reading and checking connection options.
 */
#include "src/cli/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	IDLE_MS = 300 * 1000, /* a shell that is left behind goes after this */
	RETRIES = 2,
	RETRY_MS = 10 * 1000,
};

static int read_auth(struct connection *c)
{
	static const struct {
		const char *name;
		int auth;
	} names[] = {
		{ "negotiate", WINCH_AUTH_NEGOTIATE }, { "ntlm", WINCH_AUTH_NTLM },
		{ "basic", WINCH_AUTH_BASIC },         { "kerberos", WINCH_AUTH_KERBEROS },
		{ "credssp", WINCH_AUTH_CREDSSP },     { "certificate", WINCH_AUTH_CERTIFICATE }
	};
	const char *value = options_get(&c->options, OPTION_AUTH);
	char said[64];

	if (!value && options_has(&c->options, OPTION_CERT))
		value = "certificate";
	c->attempt.auth = value ? value : "negotiate";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(c->attempt.auth, names[i].name) != 0)
			continue;
		c->auth = names[i].auth;
		return 0;
	}
	return refuse("%s %s: not one of negotiate, kerberos, ntlm, credssp, basic, certificate",
		      options_said(&c->options, OPTION_AUTH, said), value);
}

static int read_pin(struct connection *c)
{
	const char *value = options_get(&c->options, OPTION_PIN);
	char said[64];

	if (!value)
		return 0;
	c->has_pin = true;
	if (pin_parse(value, c->pin))
		return 0;
	return refuse("%s %s: not sha256: and 64 hex digits",
		      options_said(&c->options, OPTION_PIN, said), value);
}

/* The nearer word counts: a TARGET's scheme, the command line, the configuration file. */
static int read_tls(struct connection *c)
{
	const struct options *o = &c->options;
	struct target *t = &c->target;
	const char *title = NULL;

	for (size_t i = 0; i < o->value_count; i++)
		if (o->values[i].row->id == OPTION_TLS)
			title = o->values[i].title;
	if (!options_has(o, OPTION_TLS) || t->tls)
		return 0;
	if (t->scheme && !title)
		return refuse("--tls contradicts http://");
	t->tls = !t->scheme;
	return 0;
}

static int check_certificate(const struct connection *c)
{
	const struct options *o = &c->options;
	bool is_it = c->auth == WINCH_AUTH_CERTIFICATE;
	char said[64];

	if (is_it && !options_has(o, OPTION_CERT))
		return refuse("%s certificate needs --cert FILE",
			      options_said(o, OPTION_AUTH, said));
	if (!is_it && options_has(o, OPTION_CERT))
		return refuse("%s goes with --auth certificate only",
			      options_said(o, OPTION_CERT, said));
	if (options_has(o, OPTION_KEY) && !options_has(o, OPTION_CERT))
		return refuse("%s needs --cert FILE", options_said(o, OPTION_KEY, said));
	return is_it && !c->target.tls ? refuse("a certificate needs https:// or --tls") : 0;
}

/* What name asks for must be in this build. */
static int need_kerberos(const struct connection *c, enum option_id name, const char *value)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	char principal[1024], said[64];

	if (winch_ticket_user(NULL, principal, sizeof(principal), &err) != WINCH_E_UNSUPPORTED)
		return 0;
	return refuse("%s%s: %s", options_said(&c->options, name, said), value,
		      winch_error_text(&err));
}

/* Options that only some mechanisms have. */
static int check_mechanism(const struct connection *c)
{
	enum {
		NEGOTIATE = 1 << WINCH_AUTH_NEGOTIATE,
		KERBEROS = 1 << WINCH_AUTH_KERBEROS,
		CREDSSP = 1 << WINCH_AUTH_CREDSSP
	};
	static const struct {
		enum option_id id;
		int with;
		const char *names;
		bool is_kerberos;
	} only[] = {
		{ OPTION_SPN, NEGOTIATE | KERBEROS | CREDSSP, "kerberos, negotiate or credssp",
		  true },
		{ OPTION_DELEGATE, NEGOTIATE | KERBEROS, "kerberos or negotiate", true },
		{ OPTION_ALLOW_OLD_CREDSSP, CREDSSP, "credssp", false },
	};
	const struct options *o = &c->options;
	char said[64];

	for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++)
		if (options_has(o, only[i].id) && !(only[i].with & 1 << c->auth))
			return refuse("%s goes with --auth %s only",
				      options_said(o, only[i].id, said), only[i].names);
	if (c->auth == WINCH_AUTH_KERBEROS && need_kerberos(c, OPTION_AUTH, " kerberos"))
		return STATUS_USAGE;
	for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++)
		if (only[i].is_kerberos && options_has(o, only[i].id) &&
		    need_kerberos(c, only[i].id, ""))
			return STATUS_USAGE;
	const char *spn = options_get(o, OPTION_SPN), *slash = spn ? strchr(spn, '/') : NULL;
	if (spn && (!slash || slash == spn || !slash[1]))
		return refuse("%s %s: not SERVICE/HOST", options_said(o, OPTION_SPN, said), spn);
	return 0;
}

static int check_tls(struct connection *c)
{
	const struct options *o = &c->options;
	const char *ca = options_get(o, OPTION_CA_FILE);
	const struct target *t = &c->target;
	char said[64];

	/* Over http CredSSP has a certificate of its own. */
	if (c->has_pin && !t->tls && c->auth != WINCH_AUTH_CREDSSP)
		return refuse("%s needs https:// or --tls", options_said(o, OPTION_PIN, said));
	if (options_has(o, OPTION_ACCEPT_NEW) && (c->has_pin || options_has(o, OPTION_INSECURE)))
		return refuse("%s contradicts %s", options_said(o, OPTION_ACCEPT_NEW, said),
			      c->has_pin ? "--pin" : "--insecure");
	if (!t->tls && c->auth == WINCH_AUTH_BASIC && !options_has(o, OPTION_ALLOW_CLEARTEXT))
		return refuse("%s basic over http shows the password to everybody on the way: "
			      "use --tls, or --allow-cleartext",
			      options_said(o, OPTION_AUTH, said));
	int fd = ca ? open(ca, O_RDONLY | O_CLOEXEC) : -1;
	if (ca && fd < 0)
		return refuse("%s %s: %s", options_said(o, OPTION_CA_FILE, said), ca,
			      strerror(errno));
	if (fd >= 0)
		close(fd);
	return 0;
}

bool connection_is_insecure(const struct connection *c)
{
	return c->target.tls && options_has(&c->options, OPTION_INSECURE);
}

bool connection_asks_known_hosts(const struct connection *c)
{
	return c->target.tls && !c->has_pin && !options_has(&c->options, OPTION_INSECURE);
}

void connection_trust(struct connection *c, struct known_hosts *known)
{
	c->trust = (struct trust){
		.known = known,
		.host = c->target.host,
		.port = target_port(&c->target),
		.accept_new = options_has(&c->options, OPTION_ACCEPT_NEW),
	};
}

static int read_pool(struct connection *c)
{
	const char *value = options_get(&c->options, OPTION_POOL);
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
	struct {
		enum option_id id;
		int *ms;
		int otherwise; /* 0: the library's own */
	} times[] = {
		{ OPTION_CONNECT_TIMEOUT, &c->connect_ms, 0 },
		{ OPTION_OPERATION_TIMEOUT, &c->operation_ms, 0 },
		{ OPTION_IDLE_TIMEOUT, &c->idle_ms, IDLE_MS },
		{ OPTION_RETRY_DELAY, &c->retry_ms, RETRY_MS },
		{ OPTION_WAIT, &c->wait_ms, 0 },
	};
	int status = 0;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]) && status == 0; i++) {
		*times[i].ms = times[i].otherwise;
		status = options_seconds(&c->options, times[i].id, times[i].ms);
	}
	c->retries = RETRIES;
	return status ? status
		      : options_number(&c->options, OPTION_RETRIES, 0, 1000000, &c->retries);
}

static int read_user(struct connection *c)
{
	const char *user = options_get(&c->options, OPTION_USER);
	char said[64];

	if (c->target.user)
		user = c->target.user; /* the nearer word */
	else if (user && target_check_user(user, options_said(&c->options, OPTION_USER, said)))
		return STATUS_USAGE;
	c->user = user ? must_strdup(user) : NULL;
	return 0;
}

/* What the configuration file has for this host, and where it says to connect to. */
static int read_config(struct connection *c, const struct options *line,
		       const struct config *config)
{
	AUTO(free_auto) char *name = NULL;
	int status = config_apply(config, line, c->target.host, &c->options, &name);

	if (status || !name)
		return status;
	AUTO(free_auto)
	char *title = must_printf("%s: HostName %s for %s", config->path, name, c->target.host);
	return target_rename(&c->target, name, title);
}

int connection_read(struct connection *c, const struct options *line, const struct config *config,
		    const struct target_line *target)
{
	int port = 0;

	*c = (struct connection){ 0 };
	int status = target_read(&c->target, target->text, target->where);
	if (status == 0)
		status = read_config(c, line, config);
	if (status == 0)
		status = options_number(&c->options, OPTION_PORT, 1, 65535, &port);
	if (status == 0)
		status = read_auth(c);
	if (status == 0)
		status = read_pin(c);
	if (status == 0)
		status = read_tls(c);
	if (status == 0)
		status = check_tls(c);
	if (status == 0)
		status = check_certificate(c);
	if (status == 0)
		status = check_mechanism(c);
	if (status == 0)
		status = read_pool(c);
	if (status == 0)
		status = read_times(c);
	if (status == 0)
		status = jump_read(&c->jump, &c->options, c->connect_ms);
	if (status == 0 && !c->jump.to)
		status = proxy_read(&c->proxy, &c->options, &c->target);
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

/* An address has no ticket. */
bool connection_kerberos_can_name(const struct connection *c)
{
	const char *host = c->target.host;

	return options_has(&c->options, OPTION_SPN) ||
	       !(strchr(host, ':') || strspn(host, "0123456789.") == strlen(host));
}

/* The named user's, or anybody's where nobody is named.  "anna" is any realm's anna. */
static bool is_ticket_of(const char *principal, const char *user)
{
	size_t len = user ? strlen(user) : 0;

	return !user ||
	       (strncasecmp(principal, user, len) == 0 &&
		(principal[len] == '\0' || (principal[len] == '@' && !strpbrk(user, "@\\"))));
}

/* Is there a keytab or a ticket, and so no password to ask for? */
static bool has_ticket(struct connection *c)
{
	char principal[1024];

	if (c->auth != WINCH_AUTH_KERBEROS && c->auth != WINCH_AUTH_NEGOTIATE)
		return false;
	/* Where nobody is named the ticket says who: a password has no user then. */
	if (!connection_kerberos_can_name(c) || (c->user && password_is_given(&c->options)))
		return false;
	if (winch_ticket_user(NULL, principal, sizeof(principal), NULL) != 1 ||
	    !is_ticket_of(principal, c->user)) {
		c->keytab = getenv("KRB5_CLIENT_KTNAME");
		return c->keytab != NULL;
	}
	if (!c->user)
		c->user = must_strdup(principal);
	return true;
}

int connection_ask(struct connection *c, struct answers *answers, size_t others)
{
	int status = proxy_ask(&c->proxy, &c->options, &answers->proxies);

	if (status == 0 && c->auth == WINCH_AUTH_CERTIFICATE)
		return certificate_get(&answers->certificates, &c->options, &c->certificate);
	if (status == 0 && has_ticket(c)) {
		c->attempt.user = c->user;
		return 0;
	}
	if (status == 0)
		status = credential_get(&answers->credentials, &c->options, c->user, c->title,
					others, &c->credential);
	if (status)
		return status;
	c->attempt.user = c->credential->user;
	return 0;
}

/* May a KDC be shown a password, or a key? */
static bool asks_kdc(const struct connection *c)
{
	bool may = c->auth == WINCH_AUTH_NEGOTIATE || c->auth == WINCH_AUTH_CREDSSP;

	return (c->credential || c->keytab) &&
	       (c->auth == WINCH_AUTH_KERBEROS || (may && connection_kerberos_can_name(c)));
}

static void share_way(struct connection *c, struct logins *all)
{
	const struct proxy *p = &c->proxy;
	bool by_ssh = c->jump.to != NULL;

	if (!by_ssh && !p->user)
		return;
	AUTO(free_auto)
	char *name = by_ssh ? must_strdup("ssh's login") : must_printf("user %s", p->user);
	AUTO(free_auto)
	char *at = by_ssh ? must_printf("the jump host %s", c->jump.to)
			  : must_printf("the proxy %s", p->url);
	c->logins[LOGIN_WAY] = login_get(all, name, at, p->asked);
}

void connection_share(struct connection *c, struct logins *all)
{
	const char *user = c->attempt.user ? c->attempt.user : "of the keytab";
	AUTO(free_auto) char *name = must_printf("user %s", user);

	share_way(c, all);
	if (asks_kdc(c))
		c->logins[LOGIN_KDC] = login_get(all, name, "the KDC", c->credential);
	if (c->credential && credential_of_domain(user, c->target.host))
		c->logins[LOGIN_HOST] = login_get(all, name, NULL, c->credential);
}

void answers_done(struct answers *a)
{
	credentials_done(&a->credentials);
	certificates_done(&a->certificates);
	proxy_logins_done(&a->proxies);
	logins_done(&a->logins);
}

static void proxy_options(const struct proxy *p, winch_session_options *s)
{
	const struct password *password = p->own.data ? &p->own : p->asked;

	s->proxy = p->url;
	s->proxy_user = p->user;
	if (!password)
		return;
	s->proxy_password = password->data;
	s->proxy_password_len = password->len;
}

void connection_options(struct connection *c, winch_session_options *s)
{
	const struct options *o = &c->options;

	*s = (winch_session_options)WINCH_SESSION_OPTIONS_INIT;
	s->url = c->url;
	if (c->credential) {
		s->user = c->credential->user;
		s->password = c->credential->secret->password.data;
		s->password_len = c->credential->secret->password.len;
	} else if (c->auth == WINCH_AUTH_KERBEROS || c->auth == WINCH_AUTH_NEGOTIATE) {
		s->user = c->user;
	}
	s->spn = options_get(o, OPTION_SPN);
	s->keytab = c->keytab;
	s->delegate = options_has(o, OPTION_DELEGATE);
	s->allow_old_credssp = options_has(o, OPTION_ALLOW_OLD_CREDSSP);
	s->certificate = c->certificate;
	s->auth = c->auth;
	s->allow_cleartext = options_has(o, OPTION_ALLOW_CLEARTEXT);
	s->ca_file = options_get(o, OPTION_CA_FILE);
	s->tls_name = options_get(o, OPTION_TLS_NAME);
	s->insecure = options_has(o, OPTION_INSECURE);
	proxy_options(&c->proxy, s);
	if (c->jump.to) {
		s->connect = jump_connect;
		s->connect_user = &c->jump;
	}
	s->pin_sha256 = c->has_pin ? c->pin : NULL;
	if (c->trust.known) {
		s->trust = trust_certificate;
		s->trust_user = &c->trust;
	}
	s->connect_timeout_ms = c->connect_ms;
	s->operation_timeout_ms = c->operation_ms;
	s->idle_timeout_ms = c->idle_ms;
	s->configuration = options_get(o, OPTION_CONFIGURATION);
	s->no_profile = options_has(o, OPTION_NO_PROFILE);
}

void connection_wipe(struct connection *c)
{
	if (c->credential && !c->wiped)
		credential_release(c->credential);
	c->wiped = true;
}

void connection_done(struct connection *c)
{
	connection_wipe(c);
	trust_done(&c->trust);
	proxy_done(&c->proxy);
	jump_done(&c->jump);
	target_done(&c->target);
	options_done(&c->options);
	free(c->url);
	free(c->title);
	free(c->user);
	*c = (struct connection){ 0 };
}
