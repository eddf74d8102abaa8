/*
 * target.c - reading a TARGET, strictly: what looks like an option or holds
 * control characters is refused, and no part is ever given to a shell.
 */
#include "src/cli/target.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/utf8.h"

enum { PORT_HTTP = 5985, PORT_HTTPS = 5986, HOST_MAX = 255, USER_MAX = 512 };

static bool has_control(const char *s, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t c;
		size_t n = utf8_read(s + at, len - at, &c);
		if (n == 0 || c < 0x20 || (c >= 0x7F && c <= 0x9F))
			return true;
		at += n;
	}
	return false;
}

int target_check_user(const char *user, const char *title)
{
	if (!*user)
		return refuse("%s: the user name is empty", title);
	if (user[0] == '-')
		return refuse("%s: the user name begins with -", title);
	if (strlen(user) > USER_MAX)
		return refuse("%s: the user name is longer than %d bytes", title, USER_MAX);
	if (has_control(user, strlen(user)))
		return refuse("%s: a control character, or not UTF-8", title);
	/* Not shown: what stands behind the colon may be a password. */
	if (strchr(user, ':'))
		return refuse("%s: a user name has no colon; a password is not taken from the "
			      "command line: see --password-file",
			      title);
	return 0;
}

static int check_ipv6(const struct target *t, const char *text)
{
	struct in6_addr address;
	size_t len = strcspn(t->host, "%");
	AUTO(free_auto) char *bare = must_strndup(t->host, len);

	if (inet_pton(AF_INET6, bare, &address) != 1)
		return refuse("%s: not an IPv6 address", text);
	for (const char *zone = t->host + len; *zone; zone++)
		if (strchr("/?#[]@", *zone))
			return refuse("%s: not an IPv6 address", text);
	return 0;
}

static int check_host(const struct target *t, const char *text)
{
	if (!*t->host)
		return refuse("%s: no host", text);
	if (t->host[0] == '-')
		return refuse("%s: the host begins with -", text);
	if (strlen(t->host) > HOST_MAX)
		return refuse("%s: the host is longer than %d bytes", text, HOST_MAX);
	if (strchr(t->host, ':'))
		return check_ipv6(t, text);
	size_t len = strcspn(t->host, " \"#%&'()*+,/;<=>?@[\\]^`{|}$!~");
	if (t->host[len])
		return refuse("%s: '%c' can't be part of a host's name", text, t->host[len]);
	return 0;
}

static int read_port(struct target *t, const char *digits, const char *text)
{
	char *end;
	long port = strtol(digits, &end, 10);

	if (digits[0] < '0' || digits[0] > '9' || *end || port < 1 || port > 65535)
		return refuse("%s: the port is not a number from 1 to 65535", text);
	t->port = (int)port;
	return 0;
}

/* HOST, HOST:PORT, IPv6, [IPv6], [IPv6]:PORT. */
static int read_host(struct target *t, const char *at, const char *text)
{
	const char *colon = strchr(at, ':');

	if (at[0] == '[') {
		const char *end = strchr(at, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return refuse("%s: [ without a ] that ends the address", text);
		t->host = must_strndup(at + 1, (size_t)(end - at - 1));
		int status = check_ipv6(t, text);
		return status || !end[1] ? status : read_port(t, end + 2, text);
	}
	if (colon && strchr(colon + 1, ':'))
		colon = NULL; /* an address without brackets has no port */
	t->host = must_strndup(at, colon ? (size_t)(colon - at) : strlen(at));
	int status = check_host(t, text);
	return status || !colon ? status : read_port(t, colon + 1, text);
}

/* The part behind http:// or https://: its path, and a copy of what stands before. */
static int read_path(struct target *t, const char *at, const char *title, char **ret_authority)
{
	size_t len = strcspn(at, "/");

	if (strpbrk(at, "?#"))
		return refuse("%s: no ? and # in a TARGET", title);
	*ret_authority = must_strndup(at, len);
	if (at[len] && at[len + 1])
		t->path = must_strdup(at + len);
	return 0;
}

/* Ways in that are no host. */
static int check_form(const char *text, const char *title, const char *where)
{
	bool exec = strncmp(text, "exec:", 5) == 0;

	if (text[0] == '-')
		return refuse("%s: a TARGET can't begin with -", title);
	if (has_control(text, strlen(text)))
		return refuse("%s: a control character, or not UTF-8, in a TARGET", title);
	if (where && text[0] == '@')
		return refuse("%s: a file of targets in a file of targets", title);
	if (where && exec)
		return refuse("%s: exec: only on the command line and in one's own configuration "
			      "file",
			      title);
	if (exec || strncmp(text, "ssh://", 6) == 0)
		return refuse("%.*s: not yet", exec ? 5 : 6, text);
	return 0;
}

static int read_scheme(struct target *t, const char *text, const char *title, char **ret_authority)
{
	const char *separator = strstr(text, "://");

	if (!separator) {
		*ret_authority = must_strdup(text);
		return 0;
	}
	size_t len = (size_t)(separator - text);
	t->tls = len == 5 && strncasecmp(text, "https", 5) == 0;
	t->scheme = true;
	if (!t->tls && !(len == 4 && strncasecmp(text, "http", 4) == 0))
		return refuse("%s: neither http:// nor https://", title);
	return read_path(t, separator + 3, title, ret_authority);
}

/* The text without what could be a password, for messages. */
static char *presentable(const char *text)
{
	const char *at = strrchr(text, '@'), *colon = strstr(text, "://");

	colon = strchr(colon ? colon + 3 : text, ':');
	if (!at || !colon || colon > at)
		return must_strdup(text);
	return must_printf("%.*s:...%s", (int)(colon - text), text, at);
}

int target_read(struct target *t, const char *text, const char *where)
{
	AUTO(free_auto) char *authority = NULL, *shown = presentable(text);
	AUTO(free_auto)
	char *title = must_printf("%s%s%s", where ? where : "", where ? ": " : "", shown);

	*t = (struct target){ 0 };
	int status = check_form(text, title, where);
	if (status == 0)
		status = read_scheme(t, text, title, &authority);
	if (status)
		return status;
	char *host = strrchr(authority, '@');
	if (host) {
		t->user = must_strndup(authority, (size_t)(host - authority));
		status = target_check_user(t->user, title);
		if (status)
			return status;
	}
	if (!t->path)
		t->path = must_strdup("/wsman");
	return read_host(t, host ? host + 1 : authority, title);
}

int target_rename(struct target *t, const char *host, const char *title)
{
	struct target renamed = { 0 };
	int status = check_form(host, title, NULL);

	if (status == 0)
		status = read_host(&renamed, host, title);
	if (status == 0 && renamed.port)
		status = refuse("%s: no port here: see the key Port", title);
	if (status) {
		free(renamed.host);
		return status;
	}
	t->name = t->host;
	t->host = renamed.host;
	return 0;
}

void target_done(struct target *t)
{
	free(t->user);
	free(t->host);
	free(t->name);
	free(t->path);
	*t = (struct target){ 0 };
}

int target_port(const struct target *t)
{
	return t->port ? t->port : t->tls ? PORT_HTTPS : PORT_HTTP;
}

char *target_url(const struct target *t)
{
	const char *scheme = t->tls ? "https" : "http", *zone = strchr(t->host, '%');

	if (!strchr(t->host, ':'))
		return must_printf("%s://%s:%d%s", scheme, t->host, target_port(t), t->path);
	if (!zone)
		return must_printf("%s://[%s]:%d%s", scheme, t->host, target_port(t), t->path);
	/* RFC 6874: the % of a zone is itself escaped. */
	return must_printf("%s://[%.*s%%25%s]:%d%s", scheme, (int)(zone - t->host), t->host,
			   zone + 1, target_port(t), t->path);
}

char *target_title(const struct target *t)
{
	const char *name = t->name ? t->name : t->host;
	const char *open = strchr(name, ':') ? "[" : "", *close = *open ? "]" : "";

	if (target_port(t) == (t->tls ? PORT_HTTPS : PORT_HTTP))
		return must_strdup(name);
	return must_printf("%s%s%s:%d", open, name, close, target_port(t));
}
