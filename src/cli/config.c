/*
 * config.c - reading the file of connection options, and finding what holds for a host.
 */
#include "src/cli/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cli/config-pattern.h"
#include "src/cli/utf8.h"

#define BLANKS " \t"

enum { CONFIG_MAX = 4 << 20 };

void config_done(struct config *c)
{
	for (size_t i = 0; i < c->count; i++) {
		struct config_entry *e = &c->entries[i];
		for (size_t p = 0; p < e->pattern_count; p++)
			free(e->patterns[p]);
		free(e->patterns);
		free(e->value);
		free(e->title);
	}
	free(c->entries);
	free(c->path);
	*c = (struct config){ 0 };
}

/* ---- lines ---- */

/* connect-timeout is also ConnectTimeout and connecttimeout. */
static bool same_key(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, "-");
		b += strspn(b, "-");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

bool config_has(const struct option_row *row)
{
	return row->name && row->id != OPTION_HELP &&
	       (row->commands & COMMAND_REMOTE) == COMMAND_REMOTE;
}

static const struct option_row *row_of_key(const char *key)
{
	for (const struct option_row *row = option_table; row->id; row++)
		if (config_has(row) && same_key(row->name, key))
			return row;
	return NULL;
}

/* The next word of a Host line, without its quotes; NULL: none is left. */
static char *next_word(const char **at)
{
	const char *s = *at + strspn(*at, BLANKS);
	bool quoted = *s == '"';

	if (!*s)
		return NULL;
	s += quoted;
	size_t len = strcspn(s, quoted ? "\"" : BLANKS);
	*at = s + len + (quoted && s[len]);
	return must_strndup(s, len);
}

static int read_patterns(struct config_entry *e, const char *value)
{
	char *word;

	while ((word = next_word(&value))) {
		e->patterns = must_realloc(e->patterns, (e->pattern_count + 1) * sizeof(char *));
		e->patterns[e->pattern_count++] = word;
	}
	return e->pattern_count ? 0 : refuse("%s: no pattern", e->title);
}

/* yes and no of an option that takes no value; nothing means yes. */
static int read_switch(struct config_entry *e)
{
	static const char *const no[] = { "no", "false", "off" };
	static const char *const yes[] = { "yes", "true", "on", "" };
	char *value = NULL;

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (strcasecmp(e->value, yes[i]) == 0)
			value = must_strdup("yes");
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (strcasecmp(e->value, no[i]) == 0)
			value = must_strdup("no");
	if (!value)
		return refuse("%s %s: neither yes nor no", e->title, e->value);
	free(e->value);
	e->value = value;
	return 0;
}

static const char *home(void)
{
	const char *dir = getenv("HOME");
	const struct passwd *who = dir && *dir ? NULL : getpwuid(getuid());

	return who ? who->pw_dir : dir ? dir : "";
}

/* "a value" without its quotes; but a command's quotes are the command's. */
static char *read_value(const struct option_row *row, const char *text, size_t len)
{
	if (row && row->id == OPTION_PASSWORD_COMMAND)
		return must_strndup(text, len);
	if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
		text++;
		len -= 2;
	}
	/* The shell does it on a command line. */
	if (row && row->argument && strcmp(row->argument, "FILE") == 0 && len >= 2 &&
	    memcmp(text, "~/", 2) == 0)
		return must_printf("%s%.*s", home(), (int)len - 1, text + 1);
	return must_strndup(text, len);
}

static int read_entry(struct config *c, const char *key, const char *value, size_t len,
		      size_t number)
{
	const struct option_row *row = row_of_key(key);
	bool is_host = same_key("Host", key);

	if (!row && !is_host && !same_key("HostName", key))
		return refuse("%s: line %zu: %s: unknown key (the connection options are keys: "
			      "winch help run)",
			      c->path, number, key);
	c->entries = must_realloc(c->entries, (c->count + 1) * sizeof(*c->entries));
	struct config_entry *e = &c->entries[c->count++];
	*e = (struct config_entry){ .row = row };
	e->title = must_printf("%s: line %zu: %s", c->path, number, key);
	e->value = read_value(row, value, len);
	if (is_host)
		return read_patterns(e, e->value);
	if (row && !row->argument)
		return read_switch(e);
	return len ? 0 : refuse("%s: no value", e->title);
}

/* KEY VALUE, KEY=VALUE, KEY = VALUE. */
static int read_line(struct config *c, char *line, size_t number)
{
	line += strspn(line, BLANKS);
	size_t len = strlen(line);
	while (len > 0 && strchr(BLANKS, line[len - 1]))
		line[--len] = '\0';
	if (!*line || *line == '#')
		return 0;
	size_t key_len = strcspn(line, BLANKS "=");
	char *value = line + key_len + strspn(line + key_len, BLANKS);
	value += *value == '=';
	value += strspn(value, BLANKS);
	if (key_len == 0)
		return refuse("%s: line %zu: no key", c->path, number);
	AUTO(free_auto) char *key = must_strndup(line, key_len);
	return read_entry(c, key, value, strlen(value), number);
}

static bool is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7F)
			return false;
	return utf8_valid(line, len) == len;
}

/* The text of a file called path. */
static int config_parse(struct config *c, const char *path, const char *text, size_t len)
{
	int status = 0;

	*c = (struct config){ .path = must_strdup(path) };
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		text += 3;
		len -= 3;
	}
	for (size_t at = 0, number = 1; at < len && status == 0; number++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - text) - at : len - at;
		size_t whole = line_len + 1;
		line_len -= line_len > 0 && text[at + line_len - 1] == '\r';
		AUTO(free_auto) char *line = must_strndup(text + at, line_len);
		status = is_text(line, line_len)
				 ? read_line(c, line, number)
				 : refuse("%s: line %zu: a control character, or not UTF-8", path,
					  number);
		at += whole;
	}
	return status;
}

/* ---- the file ---- */

char *config_file(const char *name)
{
	const char *dir = getenv("XDG_CONFIG_HOME");

	if (dir && dir[0] == '/')
		return must_printf("%s/winch/%s", dir, name);
	return must_printf("%s/.config/winch/%s", home(), name);
}

int config_check_owner(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse("%s: %s", path, strerror(errno));
	if (st.st_uid != 0 && st.st_uid != getuid())
		return refuse("%s: it belongs to another user", path);
	if (st.st_mode & 022)
		return refuse("%s: others can write it (mode %04o); type: chmod go-w '%s'", path,
			      (unsigned)(st.st_mode & 07777), path);
	return 0;
}

int config_read(struct config *c)
{
	AUTO(free_auto) char *path = config_file("config");
	AUTO(text_done) struct text text = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	*c = (struct config){ 0 };
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return refuse("%s: %s", path, strerror(errno));
	int status = config_check_owner(path, fd);
	if (status == 0 && text_read(&text, fd, CONFIG_MAX) < 0)
		status = refuse("%s: %s", path, strerror(errno));
	close(fd);
	return status ? status : config_parse(c, path, text.data, text.len);
}

/* ---- what holds for a host ---- */

/* The sources of a password are one setting, of which there can be one value. */
static bool is_secret(const struct option_row *row)
{
	return row->id == OPTION_PASSWORD_FILE || row->id == OPTION_PASSWORD_FD ||
	       row->id == OPTION_PASSWORD_COMMAND;
}

static bool is_set(const struct options *o, const struct option_row *row)
{
	for (size_t i = 0; i < o->value_count; i++)
		if (o->values[i].row == row || (is_secret(row) && is_secret(o->values[i].row)))
			return true;
	return false;
}

/* %h is the name that TARGET has. */
static int read_name(const struct config_entry *e, const char *host, char **ret_name)
{
	AUTO(text_done) struct text name = { 0 };

	for (const char *at = e->value; *at; at++) {
		if (*at != '%')
			text_char(&name, *at);
		else if (*++at == 'h')
			text_str(&name, host);
		else if (*at == '%')
			text_char(&name, '%');
		else
			return refuse("%s %s: only %%h and %%%% are known", e->title, e->value);
	}
	*ret_name = must_strdup(name.data);
	return 0;
}

static int apply_entry(const struct config_entry *e, const char *host, struct options *o,
		       char **ret_name)
{
	if (!e->row)
		return *ret_name ? 0 : read_name(e, host, ret_name);
	if (is_set(o, e->row))
		return 0;
	if (e->row->flags & OPTION_NOT_YET)
		return refuse("%s: not yet", e->title);
	o->values[o->value_count++] =
		(struct option_value){ .row = e->row, .value = e->value, .title = e->title };
	return 0;
}

/* A switch that is off has done its work: it kept a later one from being on. */
static void drop_off(struct options *o)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->value_count; i++) {
		const struct option_value *v = &o->values[i];
		if (v->row->argument || !v->value || strcmp(v->value, "no") != 0)
			o->values[kept++] = *v;
	}
	o->value_count = kept;
}

int config_apply(const struct config *c, const struct options *line, const char *host,
		 struct options *ret_options, char **ret_name)
{
	struct options o = { .command = line->command, .value_count = line->value_count };
	bool holds = true; /* above the first Host line: for all */

	*ret_name = NULL;
	o.values = must_alloc((line->value_count + c->count) * sizeof(*o.values));
	memcpy(o.values, line->values, line->value_count * sizeof(*o.values));
	for (size_t i = 0; i < c->count; i++) {
		const struct config_entry *e = &c->entries[i];
		if (e->patterns) {
			holds = patterns_match(e->patterns, e->pattern_count, host);
			continue;
		}
		int status = holds ? apply_entry(e, host, &o, ret_name) : 0;
		if (status) {
			options_done(&o);
			free(*ret_name);
			*ret_name = NULL;
			return status;
		}
	}
	drop_off(&o);
	*ret_options = o;
	return 0;
}
