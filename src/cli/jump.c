/*
 * jump.c - starting ssh, without a shell.
 */
#include "src/cli/jump.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int check(const char *to, const char *title)
{
	bool url = strncmp(to, "ssh://", 6) == 0;
	const char *login = url ? to + 6 : to;
	const char *at = strrchr(login, '@'), *host = at ? at + 1 : login;

	for (const char *c = to; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7F)
			return refuse("%s: a blank or a control character", title);
	if (*login == '-' || *host == '-')
		return refuse("%s: a user or host that begins with -", title);
	if (!*host || at == login)
		return refuse("%s: not [USER@]HOST", title);
	return 0;
}

int jump_read(struct jump *j, const struct options *o, int timeout_ms)
{
	const char *to = options_get(o, OPTION_JUMP);
	char said[64];

	*j = (struct jump){ .timeout_ms = timeout_ms };
	if (!to)
		return 0;
	if (options_has(o, OPTION_PROXY))
		return refuse("%s contradicts --proxy", options_said(o, OPTION_JUMP, said));
	j->to = must_strdup(to);
	return check(to, options_said(o, OPTION_JUMP, said));
}

void jump_done(struct jump *j)
{
	jump_hang_up(j);
	free(j->why.text);
	free(j->to);
	*j = (struct jump){ 0 };
}

/* ---- what ssh says ---- */

#define CANT_START "ssh can't be started"

enum { MAX_LINE = 4096 };

/* OpenSSH's words, which are the same in every language. */
static const struct {
	const char *words;
	int status; /* enum winch_status; 0: the jump host has let it in */
} meanings[] = {
	{ "Permission denied (", WINCH_E_AUTH },
	{ "Too many authentication failures", WINCH_E_AUTH },
	{ "Host key verification failed", WINCH_E_CONNECT },
	{ "Could not resolve hostname", WINCH_E_CONNECT },
	{ CANT_START, WINCH_E_CONNECT },
	{ "stdio forwarding failed", 0 },
};

static void keep_why(struct jump *j, int status, const char *line)
{
	if (j->why.status)
		return;
	j->why = (winch_error)WINCH_ERROR_INIT;
	j->why.status = status;
	j->why.reason = WINCH_REASON_PROXY;
	j->why.flags = status == WINCH_E_AUTH ? WINCH_ERROR_REFUSED : 0;
	j->why.text = must_printf("ssh to the jump host %s: %s", j->to, line);
}

/* What ends it is told with the error; all else at once. */
static void take_line(struct jump *j, char *line, size_t len)
{
	while (len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (!strstr(line, meanings[i].words))
			continue;
		if (meanings[i].status) {
			keep_why(j, meanings[i].status, line);
			return;
		}
		j->in = true;
	}
	pass_on(line, len);
}

static void take_lines(struct jump *j)
{
	char *end;

	while (j->line.len > 0 && ((end = memchr(j->line.data, '\n', j->line.len)) != NULL ||
				   j->line.len >= MAX_LINE)) {
		size_t len = end ? (size_t)(end - j->line.data) : j->line.len;
		AUTO(free_auto) char *line = must_strndup(j->line.data, len);
		text_drop(&j->line, end ? len + 1 : len);
		take_line(j, line, len);
	}
}

void jump_listen(struct jump *j)
{
	char buffer[1024];
	ssize_t n;

	while (j->said[0] &&
	       ((n = read(j->said[0], buffer, sizeof(buffer))) > 0 || (n < 0 && errno == EINTR))) {
		text_put(&j->line, buffer, n > 0 ? (size_t)n : 0);
		take_lines(j);
	}
}

int jump_fd(const struct jump *j)
{
	return j->said[0] ? j->said[0] : -1;
}

void jump_hang_up(struct jump *j)
{
	jump_listen(j);
	if (j->line.len > 0)
		take_line(j, j->line.data, j->line.len);
	text_done(&j->line);
	for (size_t i = 0; i < 2; i++)
		if (j->said[i])
			close(j->said[i]);
	j->said[0] = j->said[1] = 0;
}

/* One pipe for all connections: a line is one write. */
static bool can_listen(struct jump *j)
{
	if (j->said[0])
		return true;
	if (pipe2(j->said, O_CLOEXEC) < 0) {
		j->said[0] = j->said[1] = 0;
		return false;
	}
	fcntl(j->said[0], F_SETFL, O_NONBLOCK);
	return true;
}

const winch_error *jump_explain(struct jump *j, const winch_error *err)
{
	jump_listen(j);
	bool of_way = err->status == WINCH_E_CONNECT || err->status == WINCH_E_TLS ||
		      err->status == WINCH_E_TIMEOUT;
	return of_way && j->why.status ? &j->why : err;
}

/* ---- starting it ---- */

/* Ctrl-C is for us: the session ends in good order first, through this ssh. */
static void leave_signals_to_us(void)
{
	static const int numbers[] = { SIGINT, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
}

static void become_ssh(int fd, int said, char *const args[])
{
	leave_signals_to_us();
	if (dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0 &&
	    dup2(said, STDERR_FILENO) >= 0)
		execvp(args[0], args);
	dprintf(said, CANT_START ": %s\n", strerror(errno));
	_exit(STATUS_USAGE);
}

/* A child's child: nobody has to wait for it. */
static bool start(int fd, int said, char *const args[])
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (pid == 0) {
		pid_t ssh = fork();
		if (ssh == 0)
			become_ssh(fd, said, args);
		_exit(ssh < 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int jump_connect(void *user, const char *host, int port, int fd)
{
	struct jump *j = user;
	bool v6 = strchr(host, ':') != NULL;
	int seconds = j->timeout_ms > 1000 ? j->timeout_ms / 1000 : 10;
	AUTO(free_auto)
	char *way = must_printf("%s%s%s:%d", v6 ? "[" : "", host, v6 ? "]" : "", port);
	AUTO(free_auto) char *limit = must_printf("ConnectTimeout=%d", seconds);
	char ssh[] = "ssh", option[] = "-o", forward[] = "-W", end[] = "--";
	char *const args[] = { ssh, option, limit, forward, way, end, j->to, NULL };

	jump_listen(j);
	bool started = !j->why.status && can_listen(j) && start(fd, j->said[1], args);
	close(fd);
	return started ? 0 : -1;
}
