/*
 * completions.c - what can be completed, and the program that writes a shell's script:
 * make-completions bash|zsh|fish; run when winch is built.
 */
#include "src/cli/completions.h"

#include <string.h>

static const struct {
	enum option_id id;
	unsigned commands;
	const char *words;
} words_table[] = {
	{ OPTION_OUTPUT, COMMAND_RUN, "ndjson json typed text tostring clixml" },
	{ OPTION_OUTPUT, COMMAND_DECODE, "ndjson json typed" },
	{ OPTION_OUTPUT, COMMAND_DOCTOR, "ndjson" },
	{ OPTION_INPUT_FORMAT, COMMAND_RUN, "ndjson typed lines bytes clixml" },
	{ OPTION_FROM, COMMAND_DECODE, "clixml fragments trace" },
	{ OPTION_FROM, COMMAND_ENCODE, "ndjson typed" },
	{ OPTION_BIG_NUMBERS, COMMAND_ALL, "string" },
	{ OPTION_AUTH, COMMAND_ALL, "negotiate kerberos ntlm credssp basic certificate" },
	{ OPTION_CONFIGURATION, COMMAND_ALL, "Microsoft.PowerShell PowerShell.7" },
	{ OPTION_NONE, 0, NULL },
};

struct completion completion_of(const struct option_row *row, enum command command)
{
	for (size_t i = 0; words_table[i].id; i++)
		if (words_table[i].id == row->id && (words_table[i].commands & command))
			return (struct completion){ COMPLETION_WORDS, words_table[i].words };
	if (row->argument && strncmp(row->argument, "FILE", 4) == 0)
		return (struct completion){ COMPLETION_FILES, NULL };
	return (struct completion){ COMPLETION_NONE, NULL };
}

enum completion_operand completion_operand(enum command command)
{
	if (command & (COMMAND_DECODE | COMMAND_ENCODE))
		return OPERAND_FILE;
	if (command & COMMAND_REMOTE)
		return OPERAND_TARGET;
	return command == COMMAND_HELP ? OPERAND_COMMAND : OPERAND_NONE;
}

bool completion_offers(const struct option_row *row, enum command command)
{
	if (row->flags & OPTION_NOT_YET)
		return false;
	return command == COMMAND_NONE ? row->commands == 0 || row->id == OPTION_HELP
				       : (row->commands & command) != 0;
}

void completion_quote(struct text *out, const char *s, const char *special, bool quoted)
{
	for (; *s; s++) {
		if (quoted && *s == '\'') {
			text_str(out, "'\\''");
			continue;
		}
		if (strchr(special, *s))
			text_char(out, '\\');
		text_char(out, *s);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *shell;
		void (*write)(struct text *out);
	} shells[] = {
		{ "bash", completions_bash },
		{ "zsh", completions_zsh },
		{ "fish", completions_fish },
	};
	AUTO(text_done) struct text script = { 0 };

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (argc == 2 && strcmp(argv[1], shells[i].shell) == 0)
			shells[i].write(&script);
	if (!script.len)
		return refuse("make-completions bash|zsh|fish");
	return write_all(1, script.data, script.len) < 0 ? STATUS_USAGE : 0;
}
