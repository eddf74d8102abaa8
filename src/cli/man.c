/*
 * man.c - writes winch(1) from the option table; run when the program is built.
 */
#include <stdio.h>
#include <string.h>

#include <winch/version.h>

#include "src/cli/help.h"

static const char head[] =
	".\\\" Written by src/cli/man.c from the option table.\n"
	".TH WINCH 1 \"\" \"winch " WINCH_VERSION "\" \"User Commands\"\n"
	".SH NAME\nwinch \\- PowerShell remoting: pipelines on Windows hosts, objects as JSON\n";

static const char description[] =
	".SH DESCRIPTION\n"
	"winch speaks PowerShell remoting (PSRP over WS-Management, which Windows calls WinRM).\n"
	".B winch run\nruns a pipeline on a host and writes each output object as a line of JSON "
	"to stdout;\nerrors, warnings and the other streams go to stderr as PowerShell shows "
	"them.\n";

static const char target[] =
	".SH TARGET\n"
	".IR HOST ,\n.IR USER @ HOST ,\n.IR HOST : PORT ,\n.RI [ IPv6 ]: PORT ,\n"
	".IR DOMAIN \\e USER @ HOST ,\n.IR USER @ REALM @ HOST\n(the last @ separates),\n"
	".B http://...\nor\n.BR https://... .\n"
	"A bare\n.I HOST\nmeans http, port 5985, with sealed (encrypted) messages;\n"
	".B https://\nor\n.B \\-\\-tls\nmeans port 5986.\n"
	"No message body leaves unsealed over http, and Basic is refused there, unless\n"
	".B \\-\\-allow\\-cleartext\nis given.\n"
	".PP\n"
	".BI @ FILE\nstands for the targets in a file, one a line; blank lines, and what follows "
	"a #, say nothing.\n"
	"A name that a\n.B Host\nblock of the configuration file has is that block's host.\n";

static const char tail[] =
	".SH \"EXIT STATUS\"\n"
	".TP 6\n.B 0\ndone, no error record\n"
	".TP\n.B 1\nan error record was written, the script ended in an error, or it asked\n"
	".TP\n.B 2\nusage, or a local file\n"
	".TP\n.B 3\nhost not reached, or TLS failed\n"
	".TP\n.B 4\nauthentication refused\n"
	".TP\n.B 5\nthe server broke or refused the protocol\n"
	".TP\n.B 6\ntime-out\n"
	".TP\n.B 130\ninterrupted\n"
	".TP\n.B 141\nstdout was closed by its reader\n"
	".PP\n"
	"Several targets: the highest below 100. With\n.B \\-\\-exit\\-code\n"
	"the remote code, where it is 0 to 254; any other is 255, with the true one on stderr, and "
	"so\nare winch's own failures: the line on stderr says which.\n"
	".SH ENVIRONMENT\n"
	".TP\n.B WINCH_PASSWORD\nthe password; wiped from the environment once it is read\n"
	".TP\n.B NO_COLOR\nno colours on a terminal\n"
	".SH FILES\n"
	".TP\n.I ~/.config/winch/config\noptions by their names, a line each, and\n.B Host\n"
	"blocks, as in ssh_config(5): the first value wins\n"
	".TP\n.I ~/.config/winch/known_hosts\nthe certificates that\n.B \\-\\-accept\\-new\n"
	"trusts\n"
	".PP\nXDG_CONFIG_HOME stands in place of ~/.config, where it is set.\n"
	".SH SIGNALS\n"
	"Ctrl-C, SIGTERM and SIGHUP stop the pipeline on the host: its\n.B finally\n"
	"blocks run and their output arrives, for at most five seconds. A second one leaves at "
	"once\nand names the shell that stays behind.\n"
	".SH EXAMPLES\n.nf\n"
	"winch run administrator@server -c 'Get-Service | Where-Object Status -eq Running' | jq "
	".Name\n"
	"winch run https://server --ca-file ca.pem --user 'EXAMPLE\\eann' -f report.ps1 -- 2026\n"
	"winch run server -P 'Name=W32Time' -c 'param($Name) Restart-Service $Name'\n"
	"winch doctor 'EXAMPLE\\eann@server'\n"
	"winch decode export.xml | jq .\n.fi\n";

/* roff takes - as a hyphen, \ as an escape, and . or ' at a line's start as a macro. */
static void put_roff(struct text *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '-')
			text_str(out, "\\-");
		else if (*s == '\\')
			text_str(out, "\\e");
		else if (*s == '\'')
			text_str(out, "\\(aq");
		else if (*s == '.' && s[1] == '.' && s[2] == '.')
			text_str(out, "\\&.");
		else
			text_char(out, *s);
	}
}

static void put_option(struct text *out, const struct option_row *row)
{
	text_str(out, ".TP\n\\fB");
	if (row->letter) {
		char letter[3] = { '-', row->letter, '\0' };
		put_roff(out, letter);
	}
	if (row->letter && row->name)
		text_str(out, "\\fR, \\fB");
	if (row->name) {
		text_str(out, "\\-\\-");
		put_roff(out, row->name);
	}
	text_str(out, "\\fR");
	if (row->argument) {
		text_str(out, " \\fI");
		put_roff(out, row->argument);
		text_str(out, "\\fR");
	}
	text_char(out, '\n');
	put_roff(out, row->help);
	text_str(out, row->flags & OPTION_NOT_YET ? " (not yet)\n" : "\n");
}

static void put_commands(struct text *out)
{
	text_str(out, ".SH SYNOPSIS\n");
	for (const struct command_row *row = command_table; row->name; row++) {
		if (row->not_yet)
			continue;
		text_printf(out, ".B winch %s\n", row->name);
		put_roff(out, row->command == COMMAND_HELP ? "" : "[OPTION...] ");
		put_roff(out, row->arguments);
		text_str(out, "\n.br\n");
	}
	text_str(out, ".B winch \\-\\-version\n");
}

static void put_command_list(struct text *out)
{
	text_str(out, ".SH COMMANDS\n");
	for (const struct command_row *row = command_table; row->name; row++) {
		text_printf(out, ".TP 12\n.B %s\n", row->name);
		put_roff(out, row->help);
		text_str(out, row->not_yet ? " (not yet)\n" : "\n");
	}
}

/* Which commands take an option is said where it is not run's. */
static void put_options(struct text *out)
{
	const char *group = "";

	text_str(out, ".SH OPTIONS\n");
	for (const struct option_row *row = option_table; row->id; row++) {
		if (strcmp(group, row->group) != 0) {
			text_str(out, ".SS \"");
			put_roff(out, row->group);
			text_str(out, "\"\n");
		}
		group = row->group;
		put_option(out, row);
		if (row->commands == 0 || (row->commands & COMMAND_RUN))
			continue;
		text_str(out, "Of");
		for (const struct command_row *c = command_table; c->name; c++)
			if (row->commands & c->command)
				text_printf(out, " \\fB%s\\fR", c->name);
		text_str(out, ".\n");
	}
}

/* winch(1) in man's macros. */
static void man_page(struct text *out)
{
	text_str(out, head);
	put_commands(out);
	text_str(out, description);
	put_command_list(out);
	text_str(out, target);
	put_options(out);
	text_str(out, tail);
}

int main(void)
{
	AUTO(text_done) struct text page = { 0 };

	man_page(&page);
	return write_all(1, page.data, page.len) < 0 ? STATUS_USAGE : 0;
}
