/*
 * main.c - the program: which command, and what holds for all of them.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <winch/version.h>

#include "src/cli/decode.h"
#include "src/cli/doctor.h"
#include "src/cli/encode.h"
#include "src/cli/help.h"
#include "src/cli/password.h"
#include "src/cli/run.h"

#ifdef __linux__
static void forbid_dumps(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
#else
static void forbid_dumps(void)
{
}
#endif

/* No core file may hold a password: a piped core_pattern ignores the limit, so the
 * process is made undumpable, too; others of the same user can't trace it then. */
static void forbid_cores(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	forbid_dumps();
}

/* 0 to 2 must be open, else a socket or a file would become stdout. */
static void open_standard(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	if (fd > STDERR_FILENO)
		close(fd);
}

static int print(struct text *page)
{
	int r = write_all(STDOUT_FILENO, page->data, page->len);

	text_done(page);
	return r < 0 ? STATUS_CLOSED : 0;
}

static int help(const char *name)
{
	struct text page = { 0 };

	if (!name) {
		help_program(&page);
		return print(&page);
	}
	const struct command_row *row = command_find(name);
	if (!row)
		return refuse("%s: unknown command; the nearest is '%s'", name,
			      command_nearest(name)->name);
	help_command(&page, row);
	return print(&page);
}

/* winch -V, winch -h: options without a command. */
static int run_own(int argc, char **argv)
{
	struct options o;
	int status = options_read(&o, COMMAND_NONE, argc, argv);

	if (status == 0 && options_has(&o, OPTION_HELP)) {
		status = help(NULL);
	} else if (status == 0 && options_has(&o, OPTION_VERSION)) {
		struct text line = { 0 };
		text_str(&line, "winch " WINCH_VERSION "\n");
		status = print(&line);
	} else if (status == 0) {
		status = refuse("no command; see 'winch help'");
	}
	options_done(&o);
	return status;
}

static int run_row(const struct command_row *row, const struct options *o)
{
	if (options_has(o, OPTION_HELP))
		return help(row->name);
	switch (row->command) {
	case COMMAND_RUN:
		return run_command(o);
	case COMMAND_DECODE:
		return decode_command(o);
	case COMMAND_ENCODE:
		return encode_command(o);
	case COMMAND_DOCTOR:
		return doctor_command(o);
	case COMMAND_HELP:
		return help(o->operand_count ? o->operands[0] : NULL);
	default:
		return refuse("%s: not yet", row->name);
	}
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2) {
		struct text page = { 0 };
		help_program(&page);
		write_all(STDERR_FILENO, page.data, page.len);
		text_done(&page);
		return STATUS_USAGE;
	}
	if (argv[1][0] == '-')
		return run_own(argc - 1, argv + 1);
	const struct command_row *row = command_find(argv[1]);
	if (!row)
		return refuse("%s: unknown command; the nearest is '%s'; see 'winch help'", argv[1],
			      command_nearest(argv[1])->name);
	struct options o;
	int status = options_read(&o, row->command, argc - 2, argv + 2);
	if (status == 0)
		status = run_row(row, &o);
	else if (options_has(&o, OPTION_EXIT_CODE))
		status = STATUS_OURS;
	options_done(&o);
	return status;
}

int main(int argc, char **argv)
{
	forbid_cores();
	password_take_environment();
	open_standard();
	signal(SIGPIPE, SIG_IGN);
	int status = dispatch(argc, argv);
	password_forget();
	return status;
}
