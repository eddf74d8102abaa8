/*
 * question.h - what a script asks (MS-PSRP 2.2.3.17, the methods of PSHostUserInterface that
 * return something), as a conversation: a heading, then prompts, each answered by a line, until
 * there is a value.  It looks as PowerShell's console host has it.
 *
 *     question.c             Read-Host's lines, and the table of kinds
 *     question-choice.c      PromptForChoice, one or several
 *     question-credential.c  PromptForCredential
 *     question-fields.c      Prompt: mandatory parameters and the like
 *
 * There is no terminal here: texts go out as a server sent them, for a filter.
 */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include <winch/event.h>

#include "src/cli/cli.h"

struct question;

struct question_kind {
	int method;
	/* Its first lines.  < 0: it can't be asked, *err says why. */
	int (*head)(struct question *q, struct text *out, winch_error *err);
	/* The next prompt; says whether the answer is a .secret. */
	void (*prompt)(struct question *q, struct text *out);
	/* Its answer: 1: .answer is made.  0: there is a next prompt, perhaps with help in *out
	 * before it.  < 0: *err. */
	int (*take)(struct question *q, const char *line, size_t len, struct text *out,
		    winch_error *err);
};

struct question {
	struct question *next; /* waits behind it */
	const struct question_kind *kind;
	winch_event *event;      /* kept */
	const winch_value *list; /* its parameters */
	bool secret;             /* the line that is asked for now is */
	winch_value *answer;

	/* Where it has got to. */
	size_t item, element;      /* which field, which of its elements */
	char *user;                /* of a credential, once it is known */
	winch_value *made, *array; /* the answer, and a field's array, so far */
};

/* NULL: nobody can be asked this; ev is then untouched.  Else *ev is moved into it. */
struct question *question_new(winch_event *ev, winch_error *err);
void question_free(struct question *q);

/* Does it ask for a password or the like at some time? */
bool question_is_secret(const struct question *q);

/* A parameter's or member's text; "" for none. */
const char *question_text(const winch_value *v, size_t *ret_len);

/* The caption and the message, a line each where there is one. */
void question_put_head(const struct question *q, struct text *out);

extern const struct question_kind choice_kind, choices_kind, fields_kind, credential_kind,
	credential_typed_kind;

/* ---- question-credential.c, for fields ---- */

/* User and password, in two lines.  user_given and target: NULL or empty: none. */
void credential_prompt(struct question *q, struct text *out);
int credential_take(struct question *q, const char *line, size_t len, const winch_value *target,
		    winch_value **ret_credential, winch_error *err);

/* ---- question-fields.c ---- */

bool fields_have_secret(const winch_value *fields);

#endif
