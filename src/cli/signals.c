/*
 * signals.c - what the handlers do: nothing but async-signal-safe calls.
 */
#include "src/cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* Made before it is needed: a handler can't format. */
struct farewell {
	volatile sig_atomic_t len; /* 0: there is nothing to say */
	char line[480];
};

static struct farewell *volatile farewells;
static volatile sig_atomic_t place_count;
static volatile sig_atomic_t came, leave_with = STATUS_INTERRUPTED;
static int ends[2] = { -1, -1 };

static void (*volatile tidy_up)(void);

void signals_on_leave(void (*tidy)(void))
{
	tidy_up = tidy;
}

static void leave(void)
{
	if (tidy_up)
		tidy_up();
	for (int i = 0; i < place_count; i++)
		if (farewells[i].len > 0)
			(void)!write(STDERR_FILENO, farewells[i].line, (size_t)farewells[i].len);
	_exit(leave_with);
}

static void limit(int ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_signal(int number)
{
	int saved = errno;

	if (came || number == SIGALRM)
		leave();
	came = number;
	leave_with = STATUS_INTERRUPTED;
	limit(STOP_MS + 500);
	(void)!write(ends[1], "", 1);
	errno = saved;
}

void signals_watch(size_t places)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction on = { .sa_handler = on_signal }, was;

	farewells = must_alloc(places * sizeof(*farewells));
	place_count = (sig_atomic_t)places;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		ends[0] = ends[1] = -1; /* poll() is interrupted in any case, but for a race */
	sigfillset(&on.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		/* nohup's choice stays. */
		if (sigaction(numbers[i], NULL, &was) == 0 && was.sa_handler == SIG_IGN)
			continue;
		sigaction(numbers[i], &on, NULL);
	}
}

void signals_done(void)
{
	place_count = 0;
	free(farewells);
	farewells = NULL;
}

int signals_fd(void)
{
	return came ? -1 : ends[0];
}

int signals_came(void)
{
	return came;
}

void signals_name(size_t place, const char *host, const char *shell)
{
	if (place >= (size_t)place_count)
		return;
	struct farewell *f = &farewells[place];
	f->len = 0;
	if (!host)
		return;
	/* The server chose it: keep what an id is made of. */
	size_t id_len = strspn(shell, "0123456789abcdefABCDEF-");
	int len = snprintf(f->line, sizeof(f->line),
			   id_len ? "winch: %.300s: left at once; shell %.*s stays until its idle "
				    "time-out\n"
				  : "winch: %.300s: left at once; a shell may stay until its idle "
				    "time-out%.*s\n",
			   host, (int)(id_len < 80 ? id_len : 80), shell);
	f->len = len < (int)sizeof(f->line) ? len : (int)sizeof(f->line) - 1;
}

void signals_limit(int ms, int status)
{
	if (came)
		return;
	leave_with = status;
	limit(ms);
}
