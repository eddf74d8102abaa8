/*
 * known-hosts.c - reading, looking up and adding known hosts.
 */
#include "src/cli/known-hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cli/config.h"
#include "src/cli/utf8.h"

enum { FILE_MAX = 16 << 20 };

static const char pin_prefix[] = "sha256:";

bool pin_parse(const char *text, uint8_t pin[PIN_BYTES])
{
	static const char hex[] = "0123456789abcdef";
	size_t digits = 0;

	if (strncasecmp(text, pin_prefix, sizeof(pin_prefix) - 1) != 0)
		return false;
	for (const char *at = text + sizeof(pin_prefix) - 1; *at; at++) {
		if (*at == ':')
			continue;
		const char *digit = strchr(hex, *at | 0x20);
		if (!digit || digits == 2 * PIN_BYTES)
			return false;
		pin[digits / 2] = (uint8_t)(pin[digits / 2] << 4 | (digit - hex));
		digits++;
	}
	return digits == 2 * PIN_BYTES;
}

char *pin_text(const uint8_t pin[PIN_BYTES])
{
	struct text t = { 0 };

	text_str(&t, pin_prefix);
	for (size_t i = 0; i < PIN_BYTES; i++)
		text_printf(&t, "%02x", pin[i]);
	return t.data;
}

static void add(struct known_hosts *k, const char *host, int port, const uint8_t pin[PIN_BYTES],
		size_t line)
{
	k->list = must_realloc(k->list, (k->count + 1) * sizeof(*k->list));
	struct known_host *h = &k->list[k->count++];
	*h = (struct known_host){ must_strdup(host), port, { 0 }, line };
	memcpy(h->pin, pin, PIN_BYTES);
}

/* HOST PORT sha256:HEX.  false: it is not that. */
static bool read_line(struct known_hosts *k, char *line, size_t number)
{
	static const char blanks[] = " \t\r";
	uint8_t pin[PIN_BYTES];
	char *rest, *end;
	char *host = strtok_r(line, blanks, &rest);

	if (!host || *host == '#')
		return true;
	char *port = strtok_r(NULL, blanks, &rest), *text = strtok_r(NULL, blanks, &rest);
	if (!port || !text || strtok_r(NULL, blanks, &rest))
		return false;
	long value = strtol(port, &end, 10);
	if (*end || value < 1 || value > 65535 || !pin_parse(text, pin))
		return false;
	add(k, host, (int)value, pin, number);
	return true;
}

int known_hosts_parse(struct known_hosts *k, const char *path, const char *text, size_t len)
{
	size_t at = 0;

	*k = (struct known_hosts){ .path = must_strdup(path) };
	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - text) - at : len - at;
		AUTO(free_auto) char *line = must_strndup(text + at, line_len);
		k->lines++;
		if (memchr(text + at, '\0', line_len) || !read_line(k, line, k->lines))
			return refuse("%s: line %zu: not HOST PORT sha256:HEX", path, k->lines);
		at += line_len + 1;
	}
	return 0;
}

int known_hosts_read(struct known_hosts *k)
{
	AUTO(free_auto) char *path = config_file("known_hosts");
	AUTO(text_done) struct text text = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	*k = (struct known_hosts){ 0 };
	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return refuse("%s: %s", path, strerror(errno));
	if (fd < 0)
		return known_hosts_parse(k, path, "", 0);
	int status = config_check_owner(path, fd);
	if (status == 0 && text_read(&text, fd, FILE_MAX) < 0)
		status = refuse("%s: %s", path, strerror(errno));
	close(fd);
	return status ? status : known_hosts_parse(k, path, text.len ? text.data : "", text.len);
}

void known_hosts_done(struct known_hosts *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->list[i].host);
	free(k->list);
	free(k->path);
	*k = (struct known_hosts){ 0 };
}

/* The folders above path, where they are missing. */
static void make_folders(const char *path)
{
	AUTO(free_auto) char *part = must_strdup(path);

	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(part, 0700); /* open() says what is wrong */
		*slash = '/';
	}
}

static int write_line(const char *path, const char *line, size_t len)
{
	make_folders(path);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return -1;
	int r = write_all(fd, line, len), error = errno;
	close(fd);
	errno = error;
	return r;
}

/* It is trusted for this run in any case: whoever can't write would be asked for more each time. */
static void accept_host(struct trust *t, const winch_host_certificate *c)
{
	struct known_hosts *k = t->known;
	AUTO(free_auto) char *pin = pin_text(c->sha256);
	AUTO(free_auto) char *line = must_printf("%s %d %s\n", t->host, t->port, pin);

	add(k, t->host, t->port, c->sha256, ++k->lines);
	if (write_line(k->path, line, strlen(line)) < 0)
		complain("%s: %s: %s is trusted for this time only", k->path, strerror(errno),
			 t->host);
	else
		complain("%s port %d is known from now on by its certificate %s (%s)", t->host,
			 t->port, pin, k->path);
}

static void refuse_changed(struct trust *t, const struct known_host *h,
			   const winch_host_certificate *c)
{
	AUTO(free_auto) char *old = pin_text(h->pin);
	AUTO(free_auto) char *new = pin_text(c->sha256);

	free(t->refusal);
	t->refusal =
		must_printf("the certificate of %s port %d has changed: it was %s, it is %s; if "
			    "that is right, remove line %zu of %s",
			    t->host, t->port, old, new, h->line, t->known->path);
}

int trust_certificate(void *user, const winch_host_certificate *c)
{
	struct trust *t = user;
	const struct known_host *other = NULL;

	for (size_t i = 0; i < t->known->count; i++) {
		const struct known_host *h = &t->known->list[i];
		if (h->port != t->port || strcasecmp(h->host, t->host) != 0)
			continue;
		if (memcmp(h->pin, c->sha256, PIN_BYTES) == 0)
			return 1;
		other = other ? other : h;
	}
	if (other)
		refuse_changed(t, other, c);
	if (other || !t->accept_new)
		return 0;
	accept_host(t, c);
	return 1;
}

void trust_done(struct trust *t)
{
	free(t->refusal);
	t->refusal = NULL;
}
