/*
 * options.h - the program's commands and options, and reading a command line.
 *
 * One table (options-table.c) says all that is known of an option; the parser,
 * --help and the man page come from it.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "src/cli/cli.h"

enum command {
	COMMAND_NONE = 0, /* winch's own options, before a command */
	COMMAND_RUN = 1 << 0,
	COMMAND_DECODE = 1 << 1,
	COMMAND_ENCODE = 1 << 2,
	COMMAND_DOCTOR = 1 << 3,
	COMMAND_SESSIONS = 1 << 4,
	COMMAND_ATTACH = 1 << 5,
	COMMAND_KILL = 1 << 6,
	COMMAND_COMMANDS = 1 << 7,
	COMMAND_CMD = 1 << 8,
	COMMAND_COPY = 1 << 9,
	COMMAND_EDIT = 1 << 10,
	COMMAND_ENTER = 1 << 11,
	COMMAND_HELP = 1 << 12,
	COMMAND_REMOTE = COMMAND_RUN | COMMAND_DOCTOR | COMMAND_SESSIONS | COMMAND_ATTACH |
			 COMMAND_KILL | COMMAND_COMMANDS | COMMAND_CMD | COMMAND_COPY |
			 COMMAND_EDIT | COMMAND_ENTER,
	COMMAND_ALL = (1 << 13) - 1
};

struct command_row {
	enum command command;
	const char *name;
	const char *arguments; /* as a synopsis shows them */
	const char *help;
	bool not_yet;
};

enum option_id {
	OPTION_NONE = 0,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_SCRIPT,
	OPTION_FILE,
	OPTION_COMMAND,
	OPTION_PARAMETER,
	OPTION_INPUT,
	OPTION_INPUT_FORMAT,
	OPTION_OUTPUT,
	OPTION_WIDTH,
	OPTION_STREAMS,
	OPTION_BIG_NUMBERS,
	OPTION_THROTTLE,
	OPTION_KEEP_TRYING,
	OPTION_INTERACTIVE,
	OPTION_POOL,
	OPTION_TIMEOUT,
	OPTION_RECONNECT,
	OPTION_DETACH,
	OPTION_HISTORY,
	OPTION_NO_PROFILE,
	OPTION_EXIT_CODE,
	OPTION_SHOW_CONFIG,
	OPTION_FROM,
	OPTION_OBJS,
	OPTION_CWD,
	OPTION_ENV,
	OPTION_CODEPAGE,
	OPTION_RAW,
	OPTION_USER,
	OPTION_AUTH,
	OPTION_SPN,
	OPTION_DELEGATE,
	OPTION_ALLOW_OLD_CREDSSP,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_PASSWORD_FILE,
	OPTION_PASSWORD_FD,
	OPTION_PASSWORD_COMMAND,
	OPTION_TLS,
	OPTION_CA_FILE,
	OPTION_TLS_NAME,
	OPTION_INSECURE,
	OPTION_PIN,
	OPTION_ACCEPT_NEW,
	OPTION_ALLOW_CLEARTEXT,
	OPTION_PORT,
	OPTION_PROXY,
	OPTION_PROXY_PASSWORD_FILE,
	OPTION_PROXY_PASSWORD_FD,
	OPTION_JUMP,
	OPTION_CONFIGURATION,
	OPTION_CONNECT_TIMEOUT,
	OPTION_OPERATION_TIMEOUT,
	OPTION_IDLE_TIMEOUT,
	OPTION_RETRIES,
	OPTION_RETRY_DELAY,
	OPTION_WAIT,
	OPTION_VERBOSE,
	OPTION_LOG,
	OPTION_TRACE
};

enum option_flags {
	OPTION_REPEATS = 1, /* may be given more than once */
	OPTION_NOT_YET = 2  /* known, and answered with "not yet" */
};

struct option_row {
	enum option_id id;
	const char *group;    /* the heading above it */
	char letter;          /* -c; 0: none */
	const char *name;     /* --name, without the dashes; NULL: none */
	const char *argument; /* NULL: takes none */
	unsigned commands;    /* bits of enum command; 0: winch's own */
	unsigned flags;
	const char *help;
};

extern const struct command_row command_table[]; /* ends with a row without name */
extern const struct option_row option_table[];   /* the same, with id OPTION_NONE */

const struct command_row *command_find(const char *name);

/* The known command nearest to a mistyped one.  Never NULL. */
const struct command_row *command_nearest(const char *name);

struct option_value {
	const struct option_row *row;
	const char *value; /* NULL where it takes none */
	const char *title; /* where it stands in a configuration file; NULL: the command line */
};

struct options {
	enum command command;
	struct option_value *values; /* in the order of the command line */
	size_t value_count;
	char **operands; /* before "--" */
	size_t operand_count;
	char **arguments; /* after "--" */
	size_t argument_count;
};

/* Read what stands behind the command's name.  0, or STATUS_USAGE, said. */
int options_read(struct options *o, enum command command, int argc, char **argv);
void options_done(struct options *o);

bool options_has(const struct options *o, enum option_id id);
size_t options_count(const struct options *o, enum option_id id);

/* The value of the last one given; NULL: not given. */
const char *options_get(const struct options *o, enum option_id id);

/* What a message calls an option: as it is typed, or where the file has it. */
const char *options_said(const struct options *o, enum option_id id, char buffer[64]);

/* Seconds, perhaps with a fraction, as milliseconds; absent: ret_ms is untouched. */
int options_seconds(const struct options *o, enum option_id id, int *ret_ms);

/* A whole number between min and max; absent: ret is untouched. */
int options_number(const struct options *o, enum option_id id, long min, long max, int *ret);

#endif
