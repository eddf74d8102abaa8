/*
 * password-terminal.c - asking on the terminal, without echo.
 *
 * A signal that comes while echo is off is held until the terminal is as it was: noted by a
 * handler, and let in only where the line is waited for, so that none can come just before a wait
 * that it should have ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
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

/* Until there is something to read, with the signals of *outside alone kept out.  < 0: one came. */
static int wait_answer(int tty, const sigset_t *outside)
{
	fd_set set;
	int r;

	do {
		FD_ZERO(&set);
		FD_SET(tty, &set);
		r = pselect(tty + 1, &set, NULL, NULL, NULL, outside);
	} while (r < 0 && errno == EINTR && !came);
	return came ? -1 : r;
}

static int read_answer(struct password *p, int tty, const sigset_t *outside)
{
	while (p->len < SECRET_ROOM - 1) {
		if (wait_answer(tty, outside) < 0)
			return -1;
		ssize_t n = read(tty, p->data + p->len, SECRET_ROOM - 1 - p->len);
		if (n <= 0)
			return n < 0 ? -1 : 0;
		p->len += (size_t)n;
		if (memchr(p->data, '\n', p->len))
			return 0;
	}
	return 0;
}

static void ask(struct password *p, int tty, const char *prompt, bool echo, const sigset_t *outside)
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
	if (read_answer(p, tty, outside) < 0)
		p->len = 0;
	if (terminal)
		tcsetattr(tty, echo ? TCSADRAIN : TCSAFLUSH, &was);
	if (terminal && !echo)
		write_all(tty, "\n", 1);
}

/* Once: what came is raised again when the terminal and the handlers are as they were. */
static void ask_once(struct password *p, int tty, const char *prompt, bool echo)
{
	struct sigaction on = { .sa_handler = on_signal }, was[HELD_COUNT];
	sigset_t kept_out, outside;

	sigemptyset(&kept_out);
	for (int i = 0; i < HELD_COUNT; i++)
		sigaddset(&kept_out, held[i]);
	pthread_sigmask(SIG_BLOCK, &kept_out, &outside);
	came = 0;
	for (int i = 0; i < HELD_COUNT; i++)
		sigaction(held[i], &on, &was[i]);
	ask(p, tty, prompt, echo, &outside);
	for (int i = 0; i < HELD_COUNT; i++)
		sigaction(held[i], &was[i], NULL);
	int number = came;
	pthread_sigmask(SIG_SETMASK, &outside, NULL);
	if (number)
		raise(number);
}

int password_ask(struct password *p, const char *prompt, bool echo)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (tty < 0)
		return 1;
	if (tty >= FD_SETSIZE) {
		close(tty);
		return 1;
	}
	do
		ask_once(p, tty, prompt, echo);
	while (came == SIGTSTP); /* it was taken up again: ask again */
	close(tty);
	return came ? STATUS_INTERRUPTED : 0;
}
