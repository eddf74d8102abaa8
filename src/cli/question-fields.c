/*
 * question-fields.c - Prompt: a value for each field, by its type text, a secret, a credential,
 * or a list of these.
 *
 * Texts stay texts, as with PowerShell's own client: the server makes the type of them.
 */
#include <string.h>

#include "src/cli/question.h"

enum { FIELDS = 2 }; /* which parameter */

enum field_type { FIELD_TEXT, FIELD_SECRET, FIELD_CREDENTIAL };

struct field {
	const char *name, *help;
	size_t name_len, help_len;
	enum field_type type; /* of an element, where it is a list */
	bool list;
};

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(text + len - n, end, n) == 0;
}

/* What PowerShell fills element by element: arrays, and the lists that there are. */
static bool is_list(const char *type, size_t len)
{
	static const char *const lists[] = { "System.Collections.ArrayList",
					     "System.Collections.IList",
					     "System.Collections.Generic.List`1",
					     "System.Collections.ObjectModel.Collection`1" };

	if (ends_with(type, len, "[]"))
		return true;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strncmp(type, lists[i], strlen(lists[i])) == 0)
			return true;
	return false;
}

static void read_field(const winch_value *v, struct field *ret)
{
	size_t len;
	const char *type = question_text(winch_value_member(v, "parameterTypeFullName"), &len);
	size_t of = ends_with(type, len, "[]") ? len - 2 : len;
	static const char secret[] = "System.Security.SecureString";
	static const char credential[] = "System.Management.Automation.PSCredential";

	*ret = (struct field){ .list = is_list(type, len) };
	if (of == sizeof(secret) - 1 && memcmp(type, secret, of) == 0)
		ret->type = FIELD_SECRET;
	else if (of == sizeof(credential) - 1 && memcmp(type, credential, of) == 0)
		ret->type = FIELD_CREDENTIAL;
	ret->name = question_text(winch_value_member(v, "name"), &ret->name_len);
	ret->help = question_text(winch_value_member(v, "helpMessage"), &ret->help_len);
}

static void field_of(const struct question *q, struct field *ret)
{
	read_field(winch_value_item(winch_value_item(q->list, FIELDS), q->item), ret);
}

bool fields_have_secret(const winch_value *fields)
{
	for (size_t i = 0; i < winch_value_count(fields); i++) {
		struct field f;
		read_field(winch_value_item(fields, i), &f);
		if (f.type != FIELD_TEXT)
			return true;
	}
	return false;
}

static int head(struct question *q, struct text *out, winch_error *err)
{
	const winch_value *fields = winch_value_item(q->list, FIELDS);
	bool help = false;

	question_put_head(q, out);
	for (size_t i = 0; i < winch_value_count(fields) && !help; i++) {
		struct field f;
		read_field(winch_value_item(fields, i), &f);
		help = f.help_len > 0 && f.type == FIELD_TEXT;
	}
	if (help)
		text_str(out, "(Type !? for help.)\n");
	if (winch_value_count(fields) == 0)
		return WINCH_E_PROTOCOL;
	q->made = winch_value_new_hashtable(err);
	return q->made ? 0 : WINCH_E_NOMEM;
}

static void prompt(struct question *q, struct text *out)
{
	struct field f;

	field_of(q, &f);
	if (f.type != FIELD_CREDENTIAL || !q->user) {
		text_put(out, f.name, f.name_len);
		if (f.list)
			text_printf(out, "[%zu]", q->element);
		text_str(out, f.type == FIELD_CREDENTIAL ? "\n" : ": ");
	}
	q->secret = f.type == FIELD_SECRET;
	if (f.type == FIELD_CREDENTIAL)
		credential_prompt(q, out);
}

/* A line that begins with ! is a command.  0: it was one, and was done. */
static int take_text(const struct field *f, const char *line, size_t len, struct text *out,
		     winch_value **ret_value, winch_error *err)
{
	bool command = len > 0 && line[0] == '!';

	if (command && len == 2 && line[1] == '?') {
		if (f->help_len > 0)
			text_put(out, f->help, f->help_len);
		else
			text_printf(out, "There is no help for %.*s.", (int)f->name_len, f->name);
		text_char(out, '\n');
		return 0;
	}
	if (command && len == 6 && memcmp(line, "!$null", 6) == 0) {
		*ret_value = winch_value_new_null(err);
	} else if (command && len == 3 && memcmp(line, "!\"\"", 3) == 0) {
		*ret_value = winch_value_new_string("", 0, err);
	} else if (command && (len < 2 || line[1] != '!')) {
		text_str(out, "Commands are !? for help, !\"\" for an empty text, !$null, and !! "
			      "for a text that begins with !\n");
		return 0;
	} else {
		*ret_value = winch_value_new_string(line + command, len - command, err);
	}
	return *ret_value ? 1 : WINCH_E_NOMEM;
}

/* 1: *ret_value is the field's, or an element; NULL: an empty line, which ends a list. */
static int take_value(struct question *q, const struct field *f, const char *line, size_t len,
		      struct text *out, winch_value **ret_value, winch_error *err)
{
	bool password = f->type == FIELD_CREDENTIAL && q->user;

	if (f->type == FIELD_TEXT && (len > 0 || !f->list))
		return take_text(f, line, len, out, ret_value, err);
	if (f->list && len == 0 && (f->type != FIELD_CREDENTIAL || password)) {
		if (password) {
			free_auto(&q->user);
			q->user = NULL;
		}
		return 1;
	}
	if (f->type == FIELD_CREDENTIAL)
		return credential_take(q, line, len, NULL, ret_value, err);
	*ret_value = winch_value_new_secure(line, len, err);
	return *ret_value ? 1 : WINCH_E_NOMEM;
}

/* The field has its value: the next, or the end. */
static int end_field(struct question *q, const struct field *f, const winch_value *value,
		     winch_error *err)
{
	AUTO(free_auto) char *key = must_strndup(f->name, f->name_len);
	int r = winch_value_add(q->made, key, value, err);

	if (r < 0)
		return r;
	q->item++;
	q->element = 0;
	if (q->item < winch_value_count(winch_value_item(q->list, FIELDS)))
		return 0;
	q->answer = q->made;
	q->made = NULL;
	return 1;
}

static int take_element(struct question *q, const struct field *f, const winch_value *value,
			winch_error *err)
{
	if (!q->array)
		q->array = winch_value_new_list(err);
	if (!q->array)
		return WINCH_E_NOMEM;
	if (value) {
		q->element++;
		return winch_value_add(q->array, NULL, value, err);
	}
	int r = end_field(q, f, q->array, err);
	winch_value_free(q->array);
	q->array = NULL;
	return r;
}

static int take(struct question *q, const char *line, size_t len, struct text *out,
		winch_error *err)
{
	struct field f;
	winch_value *value = NULL;

	field_of(q, &f);
	int r = take_value(q, &f, line, len, out, &value, err);
	if (r <= 0)
		return r;
	r = f.list ? take_element(q, &f, value, err) : end_field(q, &f, value, err);
	winch_value_free(value);
	return r;
}

const struct question_kind fields_kind = { 23, head, prompt, take };
