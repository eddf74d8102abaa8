/*
 * help.c - winch help, winch help COMMAND.
 */
#include "src/cli/help.h"

#include <ctype.h>
#include <string.h>

enum { COLUMNS = 80, INDENT = 28 };

/* Words of s from column at on, wrapped, each line indented. */
static void put_wrapped(struct text *out, size_t at, const char *s)
{
	while (*s) {
		size_t len = strcspn(s, " ");
		if (at > INDENT && at + 1 + len > COLUMNS) {
			text_printf(out, "\n%*s", INDENT, "");
			at = INDENT;
		} else if (at > INDENT) {
			text_char(out, ' ');
			at++;
		}
		text_put(out, s, len);
		at += len;
		s += len;
		s += strspn(s, " ");
	}
	text_char(out, '\n');
}

static void put_option(struct text *out, const struct option_row *row)
{
	size_t start = out->len;

	if (row->letter && row->name)
		text_printf(out, "  -%c, --%s", row->letter, row->name);
	else if (row->letter)
		text_printf(out, "  -%c", row->letter);
	else
		text_printf(out, "  --%s", row->name);
	if (row->argument)
		text_printf(out, " %s", row->argument);
	if (out->len - start >= INDENT - 1)
		text_printf(out, "\n%*s", INDENT, "");
	else
		text_printf(out, "%*s", (int)(INDENT - (out->len - start)), "");
	AUTO(free_auto)
	char *help =
		must_printf("%s%s", row->help, row->flags & OPTION_NOT_YET ? " (not yet)" : "");
	put_wrapped(out, INDENT, help);
}

void help_command(struct text *out, const struct command_row *row)
{
	const char *group = "";

	text_printf(out, "Usage: winch %s%s %s\n\n%c%s%s.\n", row->name,
		    row->command == COMMAND_HELP ? "" : " [OPTION...]", row->arguments,
		    toupper((unsigned char)row->help[0]), row->help + 1,
		    row->not_yet ? " (not yet)" : "");
	for (const struct option_row *o = option_table; o->id; o++) {
		if (!(o->commands & row->command))
			continue;
		if (strcmp(group, o->group) != 0)
			text_printf(out, "\n%s:\n", o->group);
		group = o->group;
		put_option(out, o);
	}
}

void help_program(struct text *out)
{
	text_str(out, "Usage: winch COMMAND [OPTION...] [ARGUMENT...]\n\n"
		      "PowerShell remoting: pipelines on Windows hosts, their objects as JSON.\n\n"
		      "Commands:\n");
	for (const struct command_row *row = command_table; row->name; row++) {
		text_printf(out, "  %-12s", row->name);
		text_printf(out, "%s%s\n", row->help, row->not_yet ? " (not yet)" : "");
	}
	text_str(out, "\nOptions:\n");
	for (const struct option_row *o = option_table; o->id; o++)
		if (o->commands == 0 || o->id == OPTION_HELP)
			put_option(out, o);
	text_str(out, "\n'winch help COMMAND' tells all of a command.  Example:\n"
		      "  winch run administrator@server -c 'Get-Service' | jq .Name\n");
}
