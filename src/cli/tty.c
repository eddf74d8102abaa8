/*
 * tty.c - the terminal's own line editing is used: it knows erase, kill and what is UTF-8.
 */
#include "src/cli/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "src/cli/filter.h"
#include "src/cli/password-input.h"

static int tty = -1;
static struct termios was;
static volatile sig_atomic_t awaited; /* a line is, and the terminal not as it was */
static bool echoes;

int tty_open(void)
{
	/* Its own descriptor: that it does not wait concerns nobody else. */
	if (tty < 0)
		tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return tty < 0;
}

void tty_close(void)
{
	tty_take_back();
	if (tty >= 0)
		close(tty);
	tty = -1;
}

void tty_show(const char *text, size_t len)
{
	AUTO(text_done) struct text shown = { 0 };

	filter_text(&shown, text, len, FILTER_PLAIN);
	write_all(tty, shown.data, shown.len);
}

void tty_ask(bool echo)
{
	struct termios now;

	echoes = echo;
	if (awaited || tcgetattr(tty, &was) < 0)
		return;
	now = was;
	now.c_iflag |= ICRNL | IUTF8;
	now.c_lflag |= ICANON | ISIG | ECHO;
	if (!echo) {
		now.c_lflag &= ~(tcflag_t)ECHO;
		now.c_cc[VSUSP] = _POSIX_VDISABLE; /* no shell gets a terminal without echo */
	}
	awaited = 1;
	/* What was typed before a secret was asked for has been seen. */
	tcsetattr(tty, echo ? TCSADRAIN : TCSAFLUSH, &now);
}

int tty_fd(void)
{
	return awaited ? tty : -1;
}

void tty_take_back(void)
{
	if (!awaited)
		return;
	awaited = 0;
	tcsetattr(tty, TCSADRAIN, &was);
}

static enum tty_line end(struct password *line, enum tty_line result)
{
	tty_take_back();
	/* Where it is not shown, nor is its end. */
	if (!echoes || result == TTY_END)
		write_all(tty, "\n", 1);
	while (line->len > 0 &&
	       (line->data[line->len - 1] == '\n' || line->data[line->len - 1] == '\r'))
		line->data[--line->len] = '\0';
	return result;
}

enum tty_line tty_read(struct password *line)
{
	while (line->len < SECRET_ROOM - 1) {
		ssize_t n = read(tty, line->data + line->len, SECRET_ROOM - 1 - line->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return TTY_MORE;
		if (n <= 0) /* the end behind a text ends the text */
			return end(line, n == 0 && line->len > 0 ? TTY_LINE : TTY_END);
		line->len += (size_t)n;
		if (line->data[line->len - 1] == '\n')
			return end(line, TTY_LINE);
	}
	return end(line, TTY_LINE);
}
