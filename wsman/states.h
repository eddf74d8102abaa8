/*
 * states.h - which operation may come in which state of a shell and of a command, and where
 * its request, its answer and a fault lead.  One table; wsman.c walks it, tests read it.
 */
#ifndef WSMAN_STATES_H
#define WSMAN_STATES_H

#include "wsman/wsman.h"

/* A state of 0 stays. */
struct wsman_move {
	unsigned from; /* bits: 1 << state; 0: any */
	int asked;     /* once the request is written */
	int answered;
	int refused; /* by a fault */
};

struct wsman_op_row {
	const char *name;
	const char *action; /* NULL: Identify has none */
	bool may_repeat;
	bool has_payload;
	struct wsman_move shell;     /* where the operation has no command */
	struct wsman_move command;   /* where it has one */
	unsigned shell_with_command; /* from, of the shell, where it has one */
};

extern const struct wsman_op_row wsman_ops[WSMAN_OP_COUNT];

/* May op come now?  WINCH_E_STATE says why not. */
int wsman_op_allowed(const struct wsman_shell *s, const struct wsman_command *c, enum wsman_op op,
		     winch_error *err);

enum wsman_step { WSMAN_STEP_ASKED, WSMAN_STEP_ANSWERED, WSMAN_STEP_REFUSED };
void wsman_op_step(struct wsman_shell *s, struct wsman_command *c, enum wsman_op op,
		   enum wsman_step step);

#endif
