/*
 * password.c - the sources of a password, but the command and the terminal.
 */
#include "src/cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cli/password-input.h"
#include "src/cli/utf8.h"

#ifndef MADV_DONTDUMP /* it is Linux's */
#define MADV_DONTDUMP MADV_NORMAL
#endif

extern char **environ;

static struct password kept; /* from the environment, until it is read */
static bool in_environment;  /* there was one */

void password_make(struct password *p)
{
	p->data =
		mmap(NULL, SECRET_ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->data == MAP_FAILED) {
		complain("out of memory");
		_exit(STATUS_USAGE);
	}
	p->len = 0;
	/* Neither is a condition: the limit may be small, the kernel old. */
	(void)mlock(p->data, SECRET_ROOM);
	(void)madvise(p->data, SECRET_ROOM, MADV_DONTDUMP);
}

void password_done(struct password *p)
{
	if (!p->data)
		return;
	explicit_bzero(p->data, SECRET_ROOM);
	munmap(p->data, SECRET_ROOM);
	*p = (struct password){ 0 };
}

void password_forget(void)
{
	password_done(&kept);
}

void password_take_environment(void)
{
	static const char name[] = "WINCH_PASSWORD=";

	for (char **at = environ; *at;) {
		if (strncmp(*at, name, sizeof(name) - 1) != 0) {
			at++;
			continue;
		}
		char *value = *at + sizeof(name) - 1;
		size_t len = strlen(value);
		if (!kept.data && len > 0 && len < SECRET_ROOM) {
			password_make(&kept);
			memcpy(kept.data, value, len);
			kept.len = len;
			in_environment = true;
		}
		explicit_bzero(value, len);
		for (char **move = at; *move; move++)
			move[0] = move[1];
	}
}

int secret_read_line(struct password *p, int fd, const char *title)
{
	while (p->len < SECRET_ROOM - 1) {
		ssize_t n = read(fd, p->data + p->len, SECRET_ROOM - 1 - p->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse("%s: %s", title, strerror(errno));
		if (n == 0)
			break;
		p->len += (size_t)n;
		if (memchr(p->data, '\n', p->len))
			break;
	}
	return 0;
}

/* Keep the first line only, and see whether it can be a password. */
static int check_line(struct password *p, const char *title)
{
	char *end = memchr(p->data, '\n', p->len);

	if (!end && p->len == SECRET_ROOM - 1)
		return refuse("%s: the first line is longer than %d bytes", title, SECRET_ROOM - 2);
	size_t len = end ? (size_t)(end - p->data) : p->len;
	if (len > 0 && p->data[len - 1] == '\r')
		len--;
	explicit_bzero(p->data + len, SECRET_ROOM - len);
	p->len = len;
	if (len == 0)
		return refuse("%s: the first line is empty", title);
	if (memchr(p->data, '\0', len) || utf8_valid(p->data, len) < len)
		return refuse("%s: the first line is not UTF-8 text", title);
	return 0;
}

/* A file that others can read is no place for a password: as ssh says of its keys. */
int password_from_file(struct password *p, const char *title, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return refuse("%s: %s", title, strerror(errno));
	int status = 0;
	if (fstat(fd, &st) < 0)
		status = refuse("%s: %s", title, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		status = refuse("%s: a directory", title);
	else if (S_ISREG(st.st_mode) && (st.st_mode & 077))
		status = refuse("%s: others can read it (mode %04o); type: chmod 600 '%s'", title,
				(unsigned)(st.st_mode & 07777), path);
	else
		status = secret_read_line(p, fd, title);
	close(fd);
	return status ? status : check_line(p, title);
}

/* No byte behind the line: it may be somebody else's. */
int password_from_fd(struct password *p, const char *title, int fd)
{
	while (p->len < SECRET_ROOM - 1) {
		ssize_t n = read(fd, p->data + p->len, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse("%s: %s", title, strerror(errno));
		if (n == 0 || p->data[p->len++] == '\n')
			break;
	}
	return check_line(p, title);
}

static int from_fd(struct password *p, const struct options *o)
{
	int fd = -1, status = options_number(o, OPTION_PASSWORD_FD, 0, 1 << 20, &fd);

	if (status)
		return status;
	AUTO(free_auto) char *title = must_printf("--password-fd %d", fd);
	return password_from_fd(p, title, fd);
}

static int from_environment(struct password *p)
{
	*p = kept;
	kept = (struct password){ 0 };
	if (utf8_valid(p->data, p->len) < p->len)
		return refuse("WINCH_PASSWORD: not UTF-8 text");
	return 0;
}

int password_typed(struct password *p, const char *title, const char *prompt)
{
	int status = password_ask(p, prompt, false);

	if (status == 1)
		return refuse("%s: no terminal to ask on", title);
	return status ? status : check_line(p, title);
}

static int from_terminal(struct password *p, const char *title)
{
	AUTO(free_auto) char *prompt = must_printf("Password for %s: ", title);
	int status = password_ask(p, prompt, false);

	if (status == 1)
		return refuse("no password for %s: no terminal to ask on; see --password-file, "
			      "--password-command or WINCH_PASSWORD",
			      title);
	return status ? status : check_line(p, "terminal");
}

static int from_source(struct password *p, const struct options *o, const char *title)
{
	const char *file = options_get(o, OPTION_PASSWORD_FILE);
	const char *command = options_get(o, OPTION_PASSWORD_COMMAND);

	if (file) {
		AUTO(free_auto) char *named = must_printf("--password-file %s", file);
		return password_from_file(p, named, file);
	}
	if (command) {
		int status = password_from_command(p, command);
		return status ? status : check_line(p, "--password-command");
	}
	if (options_has(o, OPTION_PASSWORD_FD))
		return from_fd(p, o);
	return from_terminal(p, title);
}

char *password_source(const struct options *o, const char *user)
{
	static const struct {
		enum option_id id;
		const char *kind;
	} sources[] = { { OPTION_PASSWORD_FILE, "file" },
			{ OPTION_PASSWORD_COMMAND, "command" },
			{ OPTION_PASSWORD_FD, "fd" } };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (options_has(o, sources[i].id))
			return must_printf("%s:%s", sources[i].kind, options_get(o, sources[i].id));
	return in_environment ? must_strdup("environment") : must_printf("terminal:%s", user);
}

bool password_is_given(const struct options *o)
{
	return in_environment || options_has(o, OPTION_PASSWORD_FILE) ||
	       options_has(o, OPTION_PASSWORD_COMMAND) || options_has(o, OPTION_PASSWORD_FD);
}

int password_read(struct password *p, const struct options *o, const char *title)
{
	size_t given = options_count(o, OPTION_PASSWORD_FILE) +
		       options_count(o, OPTION_PASSWORD_COMMAND) +
		       options_count(o, OPTION_PASSWORD_FD);

	*p = (struct password){ 0 };
	if (given > 1)
		return refuse("only one of --password-file, --password-fd and "
			      "--password-command");
	if (given == 0 && kept.data)
		return from_environment(p);
	password_make(p);
	int status = from_source(p, o, title);
	if (status)
		password_done(p);
	return status;
}
