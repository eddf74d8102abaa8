/*
 * completions-fish.c - the script for fish.
 */
#include "src/cli/completions.h"

static const char head[] =
	"# fish completion for winch; written from its option table.\n"
	"\n"
	"# Host blocks of the config file, but for patterns; @FILE.\n"
	"function __winch_targets\n"
	"    set -l config $HOME/.config\n"
	"    set -q XDG_CONFIG_HOME; and set config $XDG_CONFIG_HOME\n"
	"    test -r $config/winch/config\n"
	"    and awk 'tolower($1) == \"host\" { for (i = 2; i <= NF; i++) if ($i !~ /[*?!]/) print "
	"$i }' \\\n"
	"        $config/winch/config\n"
	"    set -l token (commandline -ct)\n"
	"    string match -q '@*' -- $token\n"
	"    and __fish_complete_path (string sub -s 2 -- $token) | string replace -r '^' '@'\n"
	"end\n"
	"\n"
	"complete -c winch -f\n";

/* In fish's '' only ' and \ are special. */
static void put_quoted(struct text *out, const char *s)
{
	text_char(out, '\'');
	completion_quote(out, s, "'\\", false);
	text_char(out, '\'');
}

static void put_option(struct text *out, const struct option_row *row, const char *when,
		       enum command command)
{
	text_printf(out, "complete -c winch -n '%s'", when);
	if (row->letter)
		text_printf(out, " -s %c", row->letter);
	if (row->name)
		text_printf(out, " -l %s", row->name);
	if (row->argument) {
		struct completion c = completion_of(row, command);
		text_str(out, c.kind == COMPLETION_FILES ? " -r -F" : " -x");
		if (c.kind == COMPLETION_WORDS)
			text_printf(out, " -a '%s'", c.words);
	}
	text_str(out, " -d ");
	put_quoted(out, row->help);
	text_char(out, '\n');
}

static void put_command_words(struct text *out, const char *when)
{
	for (const struct command_row *row = command_table; row->name; row++) {
		if (row->not_yet)
			continue;
		text_printf(out, "complete -c winch -n '%s' -a %s -d ", when, row->name);
		put_quoted(out, row->help);
		text_char(out, '\n');
	}
}

static void put_command(struct text *out, const struct command_row *command)
{
	AUTO(free_auto)
	char *when = must_printf("__fish_seen_subcommand_from %s", command->name);

	for (const struct option_row *row = option_table; row->id; row++)
		if (completion_offers(row, command->command))
			put_option(out, row, when, command->command);
	switch (completion_operand(command->command)) {
	case OPERAND_NONE:
		break;
	case OPERAND_TARGET:
		text_printf(out, "complete -c winch -n '%s' -a '(__winch_targets)'\n", when);
		break;
	case OPERAND_FILE:
		text_printf(out, "complete -c winch -n '%s' -F\n", when);
		break;
	case OPERAND_COMMAND:
		put_command_words(out, when);
		break;
	}
}

void completions_fish(struct text *out)
{
	text_str(out, head);
	put_command_words(out, "__fish_use_subcommand");
	for (const struct option_row *row = option_table; row->id; row++)
		if (completion_offers(row, COMMAND_NONE))
			put_option(out, row, "__fish_use_subcommand", COMMAND_NONE);
	for (const struct command_row *row = command_table; row->name; row++)
		if (!row->not_yet)
			put_command(out, row);
}
