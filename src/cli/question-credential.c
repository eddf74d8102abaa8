/*
 * question-credential.c - PromptForCredential: who, unless the script says, and the password.
 */
#include <string.h>

#include "src/cli/question.h"

enum { USER_NAME = 2, TARGET_NAME = 3 }; /* which parameters */

void credential_prompt(struct question *q, struct text *out)
{
	q->secret = q->user != NULL;
	if (q->user)
		text_printf(out, "Password for user %s: ", q->user);
	else
		text_str(out, "User: ");
}

/* As PowerShell's console: a target goes before the name. */
static char *full_name(const struct question *q, const winch_value *target)
{
	size_t len;
	const char *name = question_text(target, &len);

	return len ? must_printf("%.*s\\%s", (int)len, name, q->user) : must_strdup(q->user);
}

int credential_take(struct question *q, const char *line, size_t len, const winch_value *target,
		    winch_value **ret_credential, winch_error *err)
{
	if (!q->user) {
		if (len > 0)
			q->user = must_strndup(line, len);
		return 0;
	}
	AUTO(free_auto) char *name = full_name(q, target);
	winch_value *secure = winch_value_new_secure(line, len, err);
	if (!secure)
		return WINCH_E_NOMEM;
	*ret_credential = winch_value_new_credential(name, strlen(name), secure, err);
	winch_value_free(secure);
	free_auto(&q->user);
	q->user = NULL;
	return *ret_credential ? 1 : WINCH_E_NOMEM;
}

static int head(struct question *q, struct text *out, winch_error *err)
{
	size_t len;
	const char *name = question_text(winch_value_item(q->list, USER_NAME), &len);

	(void)err;
	question_put_head(q, out);
	if (len > 0)
		q->user = must_strndup(name, len);
	return 0;
}

static int take(struct question *q, const char *line, size_t len, struct text *out,
		winch_error *err)
{
	(void)out;
	return credential_take(q, line, len, winch_value_item(q->list, TARGET_NAME), &q->answer,
			       err);
}

const struct question_kind credential_kind = { 24, head, credential_prompt, take };
const struct question_kind credential_typed_kind = { 25, head, credential_prompt, take };
