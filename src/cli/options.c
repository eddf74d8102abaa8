/*
 * options.c - reading a command line by the table.
 */
#include "src/cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct command_row *command_find(const char *name)
{
	for (const struct command_row *row = command_table; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* How many edits (insert, delete, replace, exchange of neighbours) lie between two words. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > 64 || b_len > 64)
		return 64;
	size_t d[66][66];
	for (size_t i = 0; i <= a_len; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			size_t differ = a[i - 1] != b[j - 1];
			d[i][j] = smallest(d[i - 1][j] + 1, d[i][j - 1] + 1,
					   d[i - 1][j - 1] + differ);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[a_len][b_len];
}

const struct command_row *command_nearest(const char *name)
{
	const struct command_row *best = command_table;

	for (const struct command_row *row = command_table; row->name; row++)
		if (edit_distance(name, row->name) < edit_distance(name, best->name))
			best = row;
	return best;
}

/* "--name", or "-c" where there is no name. */
static const char *option_title(const struct option_row *row, char buffer[64])
{
	if (row->name)
		snprintf(buffer, 64, "--%s", row->name);
	else
		snprintf(buffer, 64, "-%c", row->letter);
	return buffer;
}

static const struct option_row *option_of(enum option_id id)
{
	const struct option_row *row = option_table;

	while (row->id != id && row->id != OPTION_NONE)
		row++;
	return row;
}

static bool belongs(const struct option_row *row, enum command command)
{
	return command == COMMAND_NONE ? row->commands == 0 || row->id == OPTION_HELP
				       : (row->commands & command) != 0;
}

static const char *command_name(enum command command)
{
	for (const struct command_row *row = command_table; row->name; row++)
		if (row->command == command)
			return row->name;
	return "";
}

/* A letter in the other case: -p for -P. */
static const struct option_row *nearest_letter(enum command command, char letter)
{
	for (const struct option_row *row = option_table; row->id; row++)
		if (belongs(row, command) && row->letter &&
		    tolower((unsigned char)row->letter) == tolower((unsigned char)letter))
			return row;
	return NULL;
}

/* The option of this command whose name is nearest; what it begins with is meant
 * (--pass, --time). */
static const struct option_row *nearest(enum command command, const char *name)
{
	const struct option_row *best = NULL;
	size_t best_distance = SIZE_MAX;

	for (const struct option_row *row = option_table; row->id; row++) {
		if (!belongs(row, command) || !row->name)
			continue;
		size_t distance = edit_distance(name, row->name);
		if (distance > 1 && strncmp(name, row->name, strlen(name)) == 0)
			distance = 1;
		if (distance < best_distance) {
			best = row;
			best_distance = distance;
		}
	}
	return best;
}

static int unknown(enum command command, const char *typed, const char *name)
{
	const char *winch = command ? " " : "", *of = command_name(command);
	char buffer[64];

	for (const struct option_row *row = option_table; row->id; row++)
		if (row->name && strcmp(row->name, name) == 0)
			return refuse("%s: not an option of 'winch%s%s'; see 'winch help%s%s'",
				      typed, winch, of, winch, of);
	const struct option_row *near = NULL;
	if (typed[1] != '-')
		near = nearest_letter(command, typed[1]);
	if (!near)
		near = nearest(command, name);
	return refuse("%s: unknown option; the nearest is %s; see 'winch help%s%s'", typed,
		      near ? option_title(near, buffer) : "-h", winch, of);
}

static int add_value(struct options *o, const struct option_row *row, const char *value)
{
	char title[64];

	option_title(row, title);
	if (row->flags & OPTION_NOT_YET)
		return refuse("%s: not yet", title);
	if (!(row->flags & OPTION_REPEATS) && row->argument && options_has(o, row->id))
		return refuse("%s is given twice", title);
	o->values[o->value_count++] = (struct option_value){ .row = row, .value = value };
	return 0;
}

static int read_long(struct options *o, const char *arg, char **next)
{
	const char *name = arg + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option_row *row = option_table;

	while (row->id && !(row->name && strlen(row->name) == len &&
			    strncmp(row->name, name, len) == 0 && belongs(row, o->command)))
		row++;
	/* A value may be a secret that was typed where it does not belong. */
	if (!row->id) {
		AUTO(free_auto) char *typed = must_strndup(arg, len + 2);
		return unknown(o->command, typed, typed + 2);
	}
	if (!row->argument && equals)
		return refuse("--%s takes no value", row->name);
	if (!row->argument || equals)
		return add_value(o, row, equals ? equals + 1 : NULL);
	if (!*next && !(row->flags & OPTION_NOT_YET))
		return refuse("--%s needs a value: --%s %s", row->name, row->name, row->argument);
	int status = add_value(o, row, *next);
	*next = NULL;
	return status;
}

/* -v, -vv, -c SCRIPT, -cSCRIPT. */
static int read_short(struct options *o, const char *arg, char **next)
{
	for (const char *at = arg + 1; *at; at++) {
		const struct option_row *row = option_table;
		while (row->id && !(row->letter == *at && belongs(row, o->command)))
			row++;
		/* No more than the letter: mysql's users type -pSECRET. */
		if (!row->id)
			return unknown(o->command, (char[]){ '-', *at, '\0' }, at);
		if (!row->argument) {
			int status = add_value(o, row, NULL);
			if (status)
				return status;
			continue;
		}
		if (at[1])
			return add_value(o, row, at + 1);
		if (!*next && !(row->flags & OPTION_NOT_YET))
			return refuse("-%c needs a value: -%c %s", *at, *at, row->argument);
		int status = add_value(o, row, *next);
		*next = NULL;
		return status;
	}
	return 0;
}

int options_read(struct options *o, enum command command, int argc, char **argv)
{
	size_t most = (size_t)argc + 1, letters = 0;

	/* A bundle like -vv gives several values. */
	for (int i = 0; i < argc; i++)
		letters += strlen(argv[i]);
	*o = (struct options){ .command = command };
	o->values = must_alloc((most + letters) * sizeof(*o->values));
	o->operands = must_alloc(most * sizeof(*o->operands));
	for (int i = 0; i < argc; i++) {
		char *arg = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL, *left = next;
		int status = 0;
		if (strcmp(arg, "--") == 0) {
			o->arguments = argv + i + 1;
			o->argument_count = (size_t)(argc - i - 1);
			return 0;
		}
		if (arg[0] != '-' || arg[1] == '\0')
			o->operands[o->operand_count++] = arg;
		else if (arg[1] == '-')
			status = read_long(o, arg, &left);
		else
			status = read_short(o, arg, &left);
		if (status)
			return status;
		if (next && !left)
			i++;
	}
	return 0;
}

void options_done(struct options *o)
{
	free(o->values);
	free(o->operands);
	*o = (struct options){ 0 };
}

size_t options_count(const struct options *o, enum option_id id)
{
	size_t count = 0;

	for (size_t i = 0; i < o->value_count; i++)
		count += o->values[i].row->id == id;
	return count;
}

bool options_has(const struct options *o, enum option_id id)
{
	return options_count(o, id) > 0;
}

const char *options_get(const struct options *o, enum option_id id)
{
	const char *value = NULL;

	for (size_t i = 0; i < o->value_count; i++)
		if (o->values[i].row->id == id)
			value = o->values[i].value;
	return value;
}

const char *options_said(const struct options *o, enum option_id id, char buffer[64])
{
	const char *title = NULL;

	for (size_t i = 0; i < o->value_count; i++)
		if (o->values[i].row->id == id)
			title = o->values[i].title;
	return title ? title : option_title(option_of(id), buffer);
}

int options_seconds(const struct options *o, enum option_id id, int *ret_ms)
{
	const char *value = options_get(o, id);
	char title[64], *end;

	if (!value)
		return 0;
	double seconds = strtod(value, &end);
	if (end == value || *end || strspn(value, "0123456789.") != strlen(value) ||
	    seconds < 0.001 || seconds > 2000000)
		return refuse("%s %s: not a number of seconds", options_said(o, id, title), value);
	*ret_ms = (int)lround(seconds * 1000);
	return 0;
}

int options_number(const struct options *o, enum option_id id, long min, long max, int *ret)
{
	const char *value = options_get(o, id);
	char title[64], *end;

	if (!value)
		return 0;
	errno = 0;
	long n = strtol(value, &end, 10);
	if (errno || end == value || *end || value[0] < '0' || value[0] > '9' || n < min || n > max)
		return refuse("%s %s: not a number from %ld to %ld", options_said(o, id, title),
			      value, min, max);
	*ret = (int)n;
	return 0;
}
