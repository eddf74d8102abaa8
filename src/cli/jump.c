/*
 * jump.c - starting ssh, without a shell.
 */
#include "src/cli/jump.h"

#include <signal.h>
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
	free(j->to);
	j->to = NULL;
}

/* Ctrl-C is for us: the session ends in good order first, through this ssh. */
static void leave_signals_to_us(void)
{
	static const int numbers[] = { SIGINT, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
}

static void become_ssh(int fd, char *const args[])
{
	leave_signals_to_us();
	if (dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
		execvp(args[0], args);
	complain("--jump: ssh can't be started");
	_exit(STATUS_USAGE);
}

/* A child's child: nobody has to wait for it. */
static bool start(int fd, char *const args[])
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (pid == 0) {
		pid_t ssh = fork();
		if (ssh == 0)
			become_ssh(fd, args);
		_exit(ssh < 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int jump_connect(void *user, const char *host, int port, int fd)
{
	const struct jump *j = user;
	bool v6 = strchr(host, ':') != NULL;
	int seconds = j->timeout_ms > 1000 ? j->timeout_ms / 1000 : 10;
	AUTO(free_auto)
	char *way = must_printf("%s%s%s:%d", v6 ? "[" : "", host, v6 ? "]" : "", port);
	AUTO(free_auto) char *limit = must_printf("ConnectTimeout=%d", seconds);
	char ssh[] = "ssh", option[] = "-o", forward[] = "-W", end[] = "--";
	char *const args[] = { ssh, option, limit, forward, way, end, j->to, NULL };

	bool started = start(fd, args);
	close(fd);
	return started ? 0 : -1;
}
