/*
 * signals.c - what the handlers do: nothing but async-signal-safe calls.
 */
#include "src/cli/signals.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static winch_session *volatile session;
static volatile sig_atomic_t came, leave_with = STATUS_INTERRUPTED;
static char host[300], shell[80], farewell[480];
static volatile sig_atomic_t farewell_len;

/* Made before it is needed: a handler can't format. */
static void make_farewell(void)
{
	farewell_len = 0;
	if (!session)
		return;
	int len = snprintf(farewell, sizeof(farewell),
			   shell[0] ? "winch: %s: left at once; shell %s stays until its idle "
				      "time-out\n"
				    : "winch: %s: left at once; a shell may stay until its idle "
				      "time-out%s\n",
			   host, shell);
	farewell_len = len < (int)sizeof(farewell) ? len : (int)sizeof(farewell) - 1;
}

static void leave(void)
{
	size_t len = (size_t)farewell_len;

	if (len > 0)
		(void)!write(STDERR_FILENO, farewell, len);
	_exit(leave_with);
}

static void limit(int ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_signal(int number)
{
	if (came || number == SIGALRM)
		leave();
	came = number;
	leave_with = STATUS_INTERRUPTED;
	limit(STOP_MS + 500);
	if (session)
		winch_session_wake(session);
}

void signals_watch(winch_session *s, const char *title)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction on = { .sa_handler = on_signal }, was;

	session = s;
	snprintf(host, sizeof(host), "%s", title);
	make_farewell();
	sigemptyset(&on.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		/* nohup's choice stays. */
		if (sigaction(numbers[i], NULL, &was) == 0 && was.sa_handler == SIG_IGN)
			continue;
		sigaction(numbers[i], &on, NULL);
	}
}

int signals_came(void)
{
	return came;
}

void signals_name_shell(const char *shell_id)
{
	/* The server chose it: keep what an id is made of. */
	size_t len = strspn(shell_id, "0123456789abcdefABCDEF-");

	if (len == 0 || strncmp(shell, shell_id, len) == 0)
		return;
	snprintf(shell, sizeof(shell), "%.*s", (int)len, shell_id);
	make_farewell();
}

void signals_limit(int ms, int status)
{
	if (came)
		return;
	leave_with = status;
	limit(ms);
}
