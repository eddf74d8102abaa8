/*
 * completions.h - scripts with which bash, zsh and fish complete winch's command line.
 *
 * What there is to complete comes from the option table; what an argument can be, from
 * completion_find().  What is "not yet" is not offered.
 */
#ifndef CLI_COMPLETIONS_H
#define CLI_COMPLETIONS_H

#include "src/cli/options.h"

enum completion_kind {
	COMPLETION_NONE, /* nothing is known of it: a number, a name */
	COMPLETION_WORDS,
	COMPLETION_FILES
};

struct completion {
	enum completion_kind kind;
	const char *words; /* COMPLETION_WORDS: separated by blanks */
};

/* What may stand as the argument of this option of this command. */
struct completion completion_of(const struct option_row *row, enum command command);

/* What may stand as operands. */
enum completion_operand {
	OPERAND_NONE,
	OPERAND_TARGET, /* Host blocks of the config file, @FILE */
	OPERAND_FILE,
	OPERAND_COMMAND
};
enum completion_operand completion_operand(enum command command);

/* Is this option offered behind this command (COMMAND_NONE: before one)? */
bool completion_offers(const struct option_row *row, enum command command);

/* s with each char of special behind a backslash; "'" as '\'' with quoted, for a shell's ''. */
void completion_quote(struct text *out, const char *s, const char *special, bool quoted);

void completions_bash(struct text *out);
void completions_zsh(struct text *out);
void completions_fish(struct text *out);

#endif
