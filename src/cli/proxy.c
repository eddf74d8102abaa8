/*
 * proxy.c - which proxy, and who we are there.
 */
#include "src/cli/proxy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/password-input.h"

static const char *const schemes[] = { "http", "https", "socks5", "socks5h" };

/* ---- no_proxy ---- */

static bool read_address(const char *text, uint8_t out[16], unsigned *ret_bits)
{
	if (inet_pton(AF_INET, text, out) == 1) {
		*ret_bits = 32;
		return true;
	}
	*ret_bits = 128;
	return inet_pton(AF_INET6, text, out) == 1;
}

/* ADDRESS or ADDRESS/BITS. */
static bool in_network(const char *network, const char *host)
{
	uint8_t a[16], b[16];
	unsigned bits_a, bits_b;
	size_t len = strcspn(network, "/");
	AUTO(free_auto) char *address = must_strndup(network, len);

	if (!read_address(address, a, &bits_a) || !read_address(host, b, &bits_b) ||
	    bits_a != bits_b)
		return false;
	unsigned long bits = network[len] ? strtoul(network + len + 1, NULL, 10) : bits_a;
	if (bits > bits_a)
		return false;
	size_t whole = bits / 8, rest = bits % 8;
	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool is_named(const char *entry, size_t len, const char *host)
{
	size_t host_len = strlen(host);

	if (len > 0 && entry[0] == '.') {
		entry++;
		len--;
	}
	if (len == 0 || len > host_len || strncasecmp(host + host_len - len, entry, len) != 0)
		return false;
	return len == host_len || host[host_len - len - 1] == '.';
}

bool proxy_is_excepted(const char *list, const char *host)
{
	static const char blanks[] = ", \t";

	for (const char *at = list; *(at += strspn(at, blanks));) {
		size_t len = strcspn(at, blanks);
		AUTO(free_auto) char *entry = must_strndup(at, len);
		if (strcmp(entry, "*") == 0 || in_network(entry, host) ||
		    is_named(entry, len, host))
			return true;
		at += len;
	}
	return false;
}

/* ---- which ---- */

static bool is_loopback(const char *host)
{
	return is_named("localhost", 9, host) || in_network("127.0.0.0/8", host) ||
	       in_network("::1", host);
}

static const char *variable(const char *lower, const char *upper)
{
	const char *value = getenv(lower);

	return value || !upper ? value : getenv(upper);
}

/* As curl has it: HTTP_PROXY is no name for it, since CGI sets that from a request's header. */
static const char *in_environment(const struct target *t, const char **ret_title)
{
	const char *value =
		t->tls ? variable("https_proxy", "HTTPS_PROXY") : variable("http_proxy", NULL);
	const char *except = variable("no_proxy", "NO_PROXY");

	*ret_title = t->tls ? "https_proxy" : "http_proxy";
	if (!value || !*value || is_loopback(t->host))
		return NULL;
	return except && proxy_is_excepted(except, t->host) ? NULL : value;
}

static bool is_known(const char *scheme, size_t len)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strlen(schemes[i]) == len && strncasecmp(schemes[i], scheme, len) == 0)
			return true;
	return false;
}

static unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* %40 is @, as in any URL.  In place: it only gets shorter. */
static size_t unescape(char *text, size_t len)
{
	size_t to = 0;

	for (size_t at = 0; at < len; at++) {
		bool escaped = text[at] == '%' && len - at > 2 &&
			       isxdigit((unsigned char)text[at + 1]) &&
			       isxdigit((unsigned char)text[at + 2]);
		if (escaped) {
			text[to++] = (char)(hex_digit(text[at + 1]) << 4 | hex_digit(text[at + 2]));
			at += 2;
		} else {
			text[to++] = text[at];
		}
	}
	text[to] = '\0';
	return to;
}

/* USER[:PASSWORD] of a URL.  A password is taken from the environment only: there it is the custom.
 */
static int take_login(struct proxy *p, const char *login, size_t len, const char *title,
		      bool may_have_password)
{
	const char *colon = memchr(login, ':', len);

	if (colon && !may_have_password)
		return refuse(
			"%s: a password is not taken from the command line or a file that others "
			"can read: see --proxy-password-file",
			title);
	p->user = must_strndup(login, colon ? (size_t)(colon - login) : len);
	unescape(p->user, strlen(p->user));
	if (!colon)
		return target_check_user(p->user, title);
	password_make(&p->own);
	size_t n = len - (size_t)(colon + 1 - login);
	if (n >= SECRET_ROOM)
		return refuse("%s: the password is too long", title);
	memcpy(p->own.data, colon + 1, n);
	p->own.len = unescape(p->own.data, n);
	return target_check_user(p->user, title);
}

/* [SCHEME://][LOGIN@]HOST[:PORT][/] */
static int parse(struct proxy *p, const char *value, const char *title, bool from_environment)
{
	const char *rest = strstr(value, "://");
	size_t scheme_len = rest ? (size_t)(rest - value) : 4;
	const char *scheme = rest ? value : "http";

	if (!is_known(scheme, scheme_len))
		return refuse("%s: not http://, https://, socks5:// or socks5h://", title);
	rest = rest ? rest + 3 : value;
	size_t len = strcspn(rest, "/");
	if (rest[len] && rest[len + 1])
		return refuse("%s: a proxy has no path", title);
	const char *at = memrchr(rest, '@', len);
	int status = at ? take_login(p, rest, (size_t)(at - rest), title, from_environment) : 0;
	if (status)
		return status;
	if (at) {
		len -= (size_t)(at + 1 - rest);
		rest = at + 1;
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)rest[i] <= ' ' || rest[i] == 0x7F)
			return refuse("%s: a blank or a control character", title);
	if (len == 0 || rest[0] == '-' || rest[0] == ':')
		return refuse("%s: no host", title);
	p->url = must_printf("%.*s://%.*s", (int)scheme_len, scheme, (int)len, rest);
	return 0;
}

int proxy_read(struct proxy *p, const struct options *o, const struct target *t)
{
	const char *value = options_get(o, OPTION_PROXY), *title;
	char said[64];

	*p = (struct proxy){ 0 };
	if (value && (!*value || strcmp(value, "none") == 0))
		return 0;
	if (value)
		return parse(p, value, options_said(o, OPTION_PROXY, said), false);
	value = in_environment(t, &title);
	return value ? parse(p, value, title, true) : 0;
}

/* ---- its password ---- */

static int read_password(struct password *to, const struct proxy *p, const struct options *o)
{
	const char *file = options_get(o, OPTION_PROXY_PASSWORD_FILE);
	int fd = -1;

	password_make(to);
	if (file) {
		AUTO(free_auto) char *title = must_printf("--proxy-password-file %s", file);
		return password_from_file(to, title, file);
	}
	int status = options_number(o, OPTION_PROXY_PASSWORD_FD, 0, 1 << 20, &fd);
	if (status)
		return status;
	if (fd >= 0) {
		AUTO(free_auto) char *title = must_printf("--proxy-password-fd %d", fd);
		return password_from_fd(to, title, fd);
	}
	AUTO(free_auto) char *title = must_printf("--proxy %s", p->url);
	AUTO(free_auto) char *prompt = must_printf("Password for %s at %s: ", p->user, p->url);
	return password_typed(to, title, prompt);
}

int proxy_ask(struct proxy *p, const struct options *o, struct proxy_logins *all)
{
	if (!p->user || p->own.data)
		return 0;
	AUTO(free_auto) char *key = must_printf("%s@%s", p->user, p->url);
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i]->key, key) == 0) {
			p->asked = &all->list[i]->password;
			return 0;
		}
	struct proxy_login *login = must_alloc(sizeof(*login));
	login->key = must_strdup(key);
	all->list = must_realloc(all->list, (all->count + 1) * sizeof(struct proxy_login *));
	all->list[all->count++] = login;
	p->asked = &login->password;
	return read_password(&login->password, p, o);
}

void proxy_logins_done(struct proxy_logins *all)
{
	for (size_t i = 0; i < all->count; i++) {
		password_done(&all->list[i]->password);
		free(all->list[i]->key);
		free(all->list[i]);
	}
	free(all->list);
	*all = (struct proxy_logins){ 0 };
}

void proxy_done(struct proxy *p)
{
	free(p->url);
	free(p->user);
	password_done(&p->own);
	*p = (struct proxy){ 0 };
}
