/*
 * completions-zsh.c - the script for zsh: _arguments does the work.
 */
#include "src/cli/completions.h"

static const char head[] = "#compdef winch\n"
			   "# Written from winch's option table.\n"
			   "\n"
			   "# Host blocks of the config file, but for patterns; @FILE.\n"
			   "_winch_targets() {\n"
			   "\tlocal -a hosts\n"
			   "\tif compset -P @; then\n"
			   "\t\t_files\n"
			   "\t\treturn\n"
			   "\tfi\n"
			   "\tcompset -P '*@'\n"
			   "\thosts=(${(f)\"$(\n"
			   "\t\tawk 'tolower($1) == \"host\" { for (i = 2; i <= NF; i++) if ($i !~ "
			   "/[*?!]/) print $i }' \\\n"
			   "\t\t\t\"${XDG_CONFIG_HOME:-$HOME/.config}/winch/config\" 2>/dev/null\n"
			   "\t)\"})\n"
			   "\t_wanted targets expl target compadd -a hosts\n"
			   "}\n"
			   "\n";

/* Behind "]": what is asked for, and how it is completed. */
static void put_argument(struct text *out, const struct option_row *row, enum command command)
{
	if (!row->argument)
		return;
	struct completion c = completion_of(row, command);
	text_char(out, ':');
	completion_quote(out, row->argument, ":[]\\", true);
	text_char(out, ':');
	if (c.kind == COMPLETION_FILES)
		text_str(out, "_files");
	else if (c.kind == COMPLETION_WORDS)
		text_printf(out, "(%s)", c.words);
}

static void put_option(struct text *out, const struct option_row *row, enum command command)
{
	bool both = row->letter && row->name, repeats = row->flags & OPTION_REPEATS;

	for (int i = 0; i < 2; i++) {
		bool is_name = i == 1;
		if (is_name ? !row->name : !row->letter)
			continue;
		text_str(out, "\t\t'");
		if (repeats)
			text_char(out, '*');
		else if (both)
			text_printf(out, "(-%c --%s)", row->letter, row->name);
		if (is_name)
			text_printf(out, "--%s%s", row->name, row->argument ? "=" : "");
		else
			text_printf(out, "-%c%s", row->letter, row->argument ? "+" : "");
		text_char(out, '[');
		completion_quote(out, row->help, ":[]\\", true);
		text_char(out, ']');
		put_argument(out, row, command);
		text_str(out, "' \\\n");
	}
}

static void put_operand(struct text *out, enum command command)
{
	static const char *const operands[] = {
		[OPERAND_NONE] = "",
		[OPERAND_TARGET] = "\t\t'*:target:_winch_targets'\n",
		[OPERAND_FILE] = "\t\t'*:file:_files'\n",
		[OPERAND_COMMAND] = "\t\t'*:command:_winch_commands'\n",
	};

	text_str(out, operands[completion_operand(command)]);
}

static void put_commands(struct text *out)
{
	text_str(out, "_winch_commands() {\n\tlocal -a commands=(\n");
	for (const struct command_row *row = command_table; row->name; row++) {
		if (row->not_yet)
			continue;
		text_printf(out, "\t\t'%s:", row->name);
		completion_quote(out, row->help, "\\", true);
		text_str(out, "'\n");
	}
	text_str(out, "\t)\n\t_describe -t commands command commands\n}\n\n");
}

static void put_options(struct text *out, enum command command)
{
	text_str(out, "\t\t_arguments -s -S : \\\n");
	for (const struct option_row *row = option_table; row->id; row++)
		if (completion_offers(row, command))
			put_option(out, row, command);
}

void completions_zsh(struct text *out)
{
	text_str(out, head);
	put_commands(out);
	text_str(out, "_winch() {\n"
		      "\tif ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n"
		      "\t\t_winch_commands\n"
		      "\t\treturn\n"
		      "\tfi\n"
		      "\tif [[ $words[2] != -* ]]; then\n"
		      "\t\tshift words\n"
		      "\t\t((CURRENT--))\n"
		      "\tfi\n"
		      "\tcase $words[1] in\n");
	for (const struct command_row *row = command_table; row->name; row++) {
		if (row->not_yet)
			continue;
		text_printf(out, "\t%s)\n", row->name);
		put_options(out, row->command);
		put_operand(out, row->command);
		text_str(out, "\t\t;;\n");
	}
	text_str(out, "\t*)\n");
	put_options(out, COMMAND_NONE);
	text_str(out, "\t\t;;\n\tesac\n}\n\n_winch \"$@\"\n");
}
