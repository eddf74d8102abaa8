/*
 * completions-bash.c - the script for bash: one function, which needs nothing of the
 * bash-completion project but a place to be loaded from.
 */
#include "src/cli/completions.h"

static const char head[] =
	"# bash completion for winch; written from its option table.\n"
	"\n"
	"# Host blocks of the config file, but for patterns.\n"
	"_winch_hosts() {\n"
	"\tawk 'tolower($1) == \"host\" { for (i = 2; i <= NF; i++) if ($i !~ /[*?!]/) print $i }' "
	"\\\n"
	"\t\t\"${XDG_CONFIG_HOME:-$HOME/.config}/winch/config\" 2>/dev/null\n"
	"}\n"
	"\n"
	"_winch_files() {\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"}\n"
	"\n"
	"_winch_words() {\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	"}\n"
	"\n"
	"# readline makes two words of @FILE, three of USER@HOST; the last begins with the @.\n"
	"_winch_targets() {\n"
	"\tif [[ $prev != @ ]]; then\n"
	"\t\t_winch_words \"$(_winch_hosts)\"\n"
	"\telif [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]]@\"$cur\" ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -P @ -- \"$cur\")\n"
	"\telse\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -P @ -W \"$(_winch_hosts)\" -- \"$cur\")\n"
	"\tfi\n"
	"}\n"
	"\n"
	"_winch() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command=${COMP_WORDS[1]} word\n"
	"\tCOMPREPLY=()\n"
	"\t# readline makes three words of --name=value\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=\n"
	"\telif [[ $prev == = && COMP_CWORD -gt 2 ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tif ((COMP_CWORD == 1)); then\n"
	"\t\tcommand=\n"
	"\tfi\n"
	"\tfor word in \"${COMP_WORDS[@]:2:COMP_CWORD-2}\"; do\n"
	"\t\tif [[ $word == -- ]]; then\n"
	"\t\t\t_winch_files\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\tdone\n";

static void put_titles(struct text *out, const struct option_row *row, const char *between)
{
	if (row->letter)
		text_printf(out, "-%c", row->letter);
	if (row->letter && row->name)
		text_str(out, between);
	if (row->name)
		text_printf(out, "--%s", row->name);
}

/* Options of this command whose argument is being typed. */
static void put_arguments(struct text *out, const struct command_row *command)
{
	for (const struct option_row *row = option_table; row->id; row++) {
		if (!row->argument || !completion_offers(row, command->command))
			continue;
		struct completion c = completion_of(row, command->command);
		text_printf(out, "\t%s:", command->name);
		if (row->letter && row->name)
			text_printf(out, "-%c | %s:--%s", row->letter, command->name, row->name);
		else
			put_titles(out, row, "");
		if (c.kind == COMPLETION_WORDS)
			text_printf(out, ") _winch_words '%s'; return ;;\n", c.words);
		else
			text_printf(out, ") %sreturn ;;\n",
				    c.kind == COMPLETION_FILES ? "_winch_files; " : "");
	}
}

static void put_options(struct text *out, enum command command)
{
	const char *blank = "";

	for (const struct option_row *row = option_table; row->id; row++) {
		if (!completion_offers(row, command))
			continue;
		text_str(out, blank);
		put_titles(out, row, " ");
		blank = " ";
	}
}

static void put_commands(struct text *out)
{
	const char *blank = "";

	for (const struct command_row *row = command_table; row->name; row++) {
		if (row->not_yet)
			continue;
		text_printf(out, "%s%s", blank, row->name);
		blank = " ";
	}
}

static void put_operand(struct text *out, enum command command)
{
	switch (completion_operand(command)) {
	case OPERAND_NONE:
		break;
	case OPERAND_TARGET:
		text_str(out, "_winch_targets");
		break;
	case OPERAND_FILE:
		text_str(out, "_winch_files");
		break;
	case OPERAND_COMMAND:
		text_str(out, "_winch_words '");
		put_commands(out);
		text_str(out, "'");
		break;
	}
}

void completions_bash(struct text *out)
{
	text_str(out, head);
	text_str(out, "\tcase $command:$prev in\n");
	for (const struct command_row *row = command_table; row->name; row++)
		if (!row->not_yet)
			put_arguments(out, row);
	text_str(out, "\tesac\n\tcase $command:$cur in\n\t:-*) _winch_words '");
	put_options(out, COMMAND_NONE);
	text_str(out, "' ;;\n\t:*) _winch_words '");
	put_commands(out);
	text_str(out, "' ;;\n");
	for (const struct command_row *row = command_table; row->name; row++) {
		if (row->not_yet)
			continue;
		text_printf(out, "\t%s:-*) _winch_words '", row->name);
		put_options(out, row->command);
		text_printf(out, "' ;;\n\t%s:*) ", row->name);
		put_operand(out, row->command);
		text_str(out, " ;;\n");
	}
	text_str(out, "\tesac\n}\n\ncomplete -F _winch winch\n");
}
