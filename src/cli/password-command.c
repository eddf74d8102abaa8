/*
 * password-command.c - a password that a program prints.
 *
 * The command line is split here and run without a shell.  The program gets the
 * terminal's stdin but never a pipe's: that may be the pipeline's input.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cli/password-input.h"

/* One word from *at on, quotes and backslashes resolved.  false: a quote stays open. */
static bool read_word(const char **at, struct text *word)
{
	char quote = 0;
	const char *s = *at;

	text_put(word, "", 0);
	for (; *s && (quote || !strchr(" \t\n", *s)); s++) {
		if (quote ? *s == quote : (*s == '\'' || *s == '"')) {
			quote = quote ? 0 : *s;
			continue;
		}
		/* In '...' nothing is special, in "..." a backslash before " and \ only. */
		if (*s == '\\' && s[1] && quote != '\'' && (!quote || s[1] == '"' || s[1] == '\\'))
			s++;
		else if (*s == '\\' && !quote)
			return false;
		text_char(word, *s);
	}
	*at = s;
	return quote == 0;
}

static void free_words(char **words)
{
	for (char **at = words; at && *at; at++)
		free(*at);
	free(words);
}

/* A command line as words: blanks separate, ' and " and \ quote.  NULL: a quote is
 * not closed.  Freed with free_words(). */
static char **split(const char *command)
{
	char **words = must_alloc((strlen(command) / 2 + 2) * sizeof(*words));
	size_t count = 0;

	for (;;) {
		command += strspn(command, " \t\n");
		if (!*command)
			return words;
		struct text word = { 0 };
		bool whole = read_word(&command, &word);
		words[count++] = word.data;
		if (!whole) {
			free_words(words);
			return NULL;
		}
	}
}

static void run_child(char **words, int out)
{
	int in = isatty(STDIN_FILENO) ? STDIN_FILENO : open("/dev/null", O_RDONLY);

	signal(SIGPIPE, SIG_DFL);
	if (in < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	execvp(words[0], words);
	complain("--password-command: %s: %s", words[0], strerror(errno));
	_exit(127);
}

static int wait_for(pid_t pid, const char *name)
{
	int how;

	while (waitpid(pid, &how, 0) < 0)
		if (errno != EINTR)
			return refuse("--password-command: %s", strerror(errno));
	if (WIFSIGNALED(how))
		return refuse("--password-command: %s was ended by signal %d", name, WTERMSIG(how));
	if (WEXITSTATUS(how) != 0)
		return refuse("--password-command: %s ended with status %d", name,
			      WEXITSTATUS(how));
	return 0;
}

/* Read on to the end, so that the program does not die of SIGPIPE. */
static void drain(int fd)
{
	char rest[4096];
	ssize_t n;

	while ((n = read(fd, rest, sizeof(rest))) > 0 || (n < 0 && errno == EINTR))
		;
	explicit_bzero(rest, sizeof(rest));
}

static int run_words(struct password *p, char **words)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return refuse("--password-command: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0)
		run_child(words, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return refuse("--password-command: %s", strerror(errno));
	}
	int status = secret_read_line(p, ends[0], "--password-command");
	drain(ends[0]);
	close(ends[0]);
	int ended = wait_for(pid, words[0]);
	return status ? status : ended;
}

int password_from_command(struct password *p, const char *command)
{
	char **words = split(command);
	int status;

	if (!words)
		status = refuse("--password-command: a quote or backslash is not closed");
	else if (!words[0])
		status = refuse("--password-command: no command");
	else
		status = run_words(p, words);
	free_words(words);
	return status;
}
