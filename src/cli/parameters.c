/*
 * parameters.c - values for the script's parameters.
 */
#include "src/cli/parameters.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/password.h"
#include "src/cli/script.h"
#include "src/cli/utf8.h"

enum parameter_form { PARAMETER_TEXT, PARAMETER_JSON, PARAMETER_FILE, PARAMETER_ASK };

/* NAME=TEXT taken apart.  The first = or ? ends the name; a : or @ right before the = is part of
 * the form.  false: it is none of the forms. */
static bool parameter_split(const char *text, enum parameter_form *ret_form, size_t *ret_name_len,
			    const char **ret_value)
{
	size_t at = strcspn(text, "=?");
	char before = at > 0 ? text[at - 1] : '\0';

	if (!text[at])
		return false;
	*ret_form = text[at] == '?' ? PARAMETER_ASK
		    : before == ':' ? PARAMETER_JSON
		    : before == '@' ? PARAMETER_FILE
				    : PARAMETER_TEXT;
	*ret_name_len = *ret_form == PARAMETER_JSON || *ret_form == PARAMETER_FILE ? at - 1 : at;
	*ret_value = text + at + 1;
	return *ret_name_len > 0;
}

static int text_value(const char *title, const char *text, size_t len, winch_value **ret_value)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	size_t valid = utf8_valid(text, len);

	if (valid < len)
		return refuse("%s: not UTF-8, at byte offset %zu", title, valid);
	*ret_value = winch_value_new_string(text, len, &err);
	return *ret_value ? 0 : refuse("%s: %s", title, winch_error_text(&err));
}

static int json_value(const char *title, const char *text, winch_value **ret_value)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	*ret_value = winch_value_from_json(WINCH_FROM_PARAMETER, text, strlen(text), &err);
	if (*ret_value)
		return 0;
	return refuse("%s: %s", title, winch_error_text(&err)); /* it begins with the byte */
}

static int file_value(const char *title, const char *path, winch_value **ret_value)
{
	AUTO(text_done) struct text text = { 0 };
	int status = text_file_read(&text, path, title);

	return status ? status : text_value(title, text.data, text.len, ret_value);
}

/* The descriptor of "fd:N".  false: it is none. */
static bool read_fd(const char *source, int *ret_fd)
{
	char *end;

	if (strncmp(source, "fd:", 3) != 0 || source[3] < '0' || source[3] > '9')
		return false;
	errno = 0;
	long fd = strtol(source + 3, &end, 10);
	*ret_fd = (int)fd;
	return !*end && !errno && fd <= INT_MAX;
}

/* Into p: NAME?, NAME?fd:N, NAME?file:F. */
static int read_secret(struct password *p, const char *title, const char *name, const char *source)
{
	int fd;

	if (!*source) {
		AUTO(free_auto) char *prompt = must_printf("%s: ", name);
		return password_typed(p, title, prompt);
	}
	if (read_fd(source, &fd))
		return password_from_fd(p, title, fd);
	if (strncmp(source, "file:", 5) == 0 && source[5])
		return password_from_file(p, title, source + 5);
	return refuse("%s: not NAME?, NAME?fd:N or NAME?file:F", title);
}

static int secret_value(const char *name, const char *source, winch_value **ret_value)
{
	AUTO(password_done) struct password p = { 0 };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(free_auto) char *title = must_printf("-P %s?%s", name, source);

	password_make(&p);
	int status = read_secret(&p, title, name, source);
	if (status)
		return status;
	*ret_value = winch_value_new_secure(p.data, p.len, &err);
	return *ret_value ? 0 : refuse("%s: %s", title, winch_error_text(&err));
}

bool parameters_use_stdin(const struct options *o)
{
	enum parameter_form form;
	size_t len;
	const char *source;
	int fd;

	for (size_t i = 0; i < o->value_count; i++)
		if (o->values[i].row->id == OPTION_PARAMETER &&
		    parameter_split(o->values[i].value, &form, &len, &source) &&
		    form == PARAMETER_ASK && read_fd(source, &fd) && fd == 0)
			return true;
	return false;
}

int parameter_add(winch_pipeline *p, const char *name, winch_value *value)
{
	int r = value ? winch_pipeline_add_parameter(p, name, value) : WINCH_E_NOMEM;

	winch_value_free(value);
	return r;
}

static int add(winch_pipeline *p, const char *name, winch_value *value, const char *title)
{
	int r = parameter_add(p, name, value);

	return r < 0 ? refuse("%s: %s", title, winch_status_text(r)) : 0;
}

static int add_named(winch_pipeline *p, const char *text)
{
	enum parameter_form form;
	size_t len;
	const char *at;
	winch_value *value = NULL;
	int status = 0;

	if (!parameter_split(text, &form, &len, &at))
		return refuse("-P %s: not NAME=TEXT, NAME:=JSON, NAME@=FILE or NAME?", text);
	AUTO(free_auto) char *name = must_strndup(text, len);
	AUTO(free_auto) char *title = must_printf("-P %s", name);
	if (utf8_valid(name, len) < len)
		return refuse("-P: the name is not UTF-8, at byte offset %zu",
			      utf8_valid(name, len));
	switch (form) {
	case PARAMETER_TEXT:
		status = text_value(title, at, strlen(at), &value);
		break;
	case PARAMETER_JSON:
		status = json_value(title, at, &value);
		break;
	case PARAMETER_FILE:
		status = file_value(title, at, &value);
		break;
	case PARAMETER_ASK:
		status = secret_value(name, at, &value);
		break;
	}
	return status ? status : add(p, name, value, title);
}

static int add_command(winch_pipeline *p, const char *name)
{
	size_t valid = utf8_valid(name, strlen(name));

	if (!*name)
		return refuse("--command: no name");
	if (name[valid])
		return refuse("--command: not UTF-8, at byte offset %zu", valid);
	int r = winch_pipeline_add_command(p, name);
	return r < 0 ? refuse("--command %s: %s", name, winch_status_text(r)) : 0;
}

/* In the order of the command line: a parameter belongs to the command before it. */
static int add_options(winch_pipeline *p, const struct options *o)
{
	bool commands = options_has(o, OPTION_COMMAND), began = false;
	int status = 0;

	for (size_t i = 0; i < o->value_count && status == 0; i++) {
		const struct option_value *v = &o->values[i];
		if (v->row->id == OPTION_COMMAND) {
			status = add_command(p, v->value);
			began = true;
		} else if (v->row->id == OPTION_PARAMETER && commands && !began) {
			status = refuse("-P %.*s: stands before the first --command",
					(int)strcspn(v->value, "=?"), v->value);
		} else if (v->row->id == OPTION_PARAMETER) {
			status = add_named(p, v->value);
		}
	}
	return status;
}

int parameters_add(winch_pipeline *p, const struct options *o)
{
	int r = add_options(p, o);

	if (r)
		return r;
	for (size_t i = 0; i < o->argument_count; i++) {
		AUTO(free_auto) char *title = must_printf("argument %zu", i + 1);
		const char *text = o->arguments[i];
		winch_value *value = NULL;
		int status = text_value(title, text, strlen(text), &value);
		if (status == 0)
			status = add(p, NULL, value, title);
		if (status)
			return status;
	}
	return 0;
}
