/*
 * password-terminal.c - asking on the terminal, without echo.
 *
 * A signal that comes while echo is off is held until the terminal is as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "src/cli/filter.h"
#include "src/cli/password-input.h"

static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
enum { HELD_COUNT = sizeof(held) / sizeof(held[0]) };

static volatile sig_atomic_t came;

static void on_signal(int number)
{
	came = number;
}

static int read_answer(struct password *p, int tty)
{
	while (p->len < SECRET_ROOM - 1) {
		ssize_t n = read(tty, p->data + p->len, SECRET_ROOM - 1 - p->len);
		if (n < 0 && errno == EINTR && !came)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		p->len += (size_t)n;
		if (memchr(p->data, '\n', p->len))
			return 0;
	}
	return 0;
}

static void ask(struct password *p, int tty, const char *prompt, bool echo)
{
	AUTO(text_done) struct text shown = { 0 };
	struct termios was, quiet;
	bool terminal = tcgetattr(tty, &was) == 0;

	filter_text(&shown, prompt, strlen(prompt), FILTER_PLAIN);
	if (terminal) {
		quiet = was;
		quiet.c_iflag |= IUTF8; /* erase takes whole characters */
		if (!echo)
			quiet.c_lflag &= ~(tcflag_t)ECHO;
		/* Before the prompt: whoever sees it may type at once (expect does), unseen, and
		 * nothing of that is dropped. */
		tcsetattr(tty, echo ? TCSADRAIN : TCSAFLUSH, &quiet);
	}
	write_all(tty, shown.data, shown.len);
	if (read_answer(p, tty) < 0)
		p->len = 0;
	if (terminal)
		tcsetattr(tty, echo ? TCSADRAIN : TCSAFLUSH, &was);
	if (terminal && !echo)
		write_all(tty, "\n", 1);
}

int password_ask(struct password *p, const char *prompt, bool echo)
{
	struct sigaction on = { .sa_handler = on_signal }, was[HELD_COUNT];
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (tty < 0)
		return 1;
	do {
		came = 0;
		for (int i = 0; i < HELD_COUNT; i++)
			sigaction(held[i], &on, &was[i]);
		ask(p, tty, prompt, echo);
		for (int i = 0; i < HELD_COUNT; i++)
			sigaction(held[i], &was[i], NULL);
		int number = came;
		if (number)
			raise(number);
	} while (came == SIGTSTP); /* it was taken up again: ask again */
	close(tty);
	return came ? STATUS_INTERRUPTED : 0;
}
