/*
 * states.c - the table of operations and states.
 *
 * MS-WSMV 3.1.4 says what a server takes.  A request that was lost leaves the state as it is:
 * the server may have acted or not, so Delete and Reconnect are allowed from there too.
 */
#include "wsman/states.h"

#include "src/base/fail.h"
#include "wsman/names.h"

#define S(state) (1u << WSMAN_SHELL_##state)
#define C(state) (1u << WSMAN_COMMAND_##state)

/* clang-format off */
const struct wsman_op_row wsman_ops[WSMAN_OP_COUNT] = {
	[WSMAN_CREATE] = { "Create", WSMAN_ACTION_CREATE, false, true,
		.shell = { S(BEFORE), WSMAN_SHELL_OPENING, WSMAN_SHELL_OPEN, WSMAN_SHELL_GONE } },
	[WSMAN_COMMAND] = { "Command", WSMAN_ACTION_COMMAND, false, true,
		.command = { C(BEFORE), WSMAN_COMMAND_STARTING, WSMAN_COMMAND_RUNNING, WSMAN_COMMAND_GONE },
		.shell_with_command = S(OPEN) },
	[WSMAN_SEND] = { "Send", WSMAN_ACTION_SEND, false, true,
		.shell = { S(OPEN), 0, 0, 0 },
		.command = { C(RUNNING) | C(ENDED), 0, 0, 0 },
		.shell_with_command = S(OPEN) },
	[WSMAN_RECEIVE] = { "Receive", WSMAN_ACTION_RECEIVE, true, false,
		.shell = { S(OPEN), 0, 0, 0 },
		.command = { C(RUNNING) | C(ENDED), 0, 0, 0 },
		.shell_with_command = S(OPEN) },
	[WSMAN_SIGNAL] = { "Signal", WSMAN_ACTION_SIGNAL, false, false,
		.shell = { S(OPEN), 0, 0, 0 },
		.command = { C(RUNNING) | C(ENDED), 0, 0, 0 },
		.shell_with_command = S(OPEN) },
	[WSMAN_DELETE] = { "Delete", WSMAN_ACTION_DELETE, false, false,
		.shell = { ~S(GONE), WSMAN_SHELL_DELETING, WSMAN_SHELL_GONE, WSMAN_SHELL_GONE } },
	[WSMAN_GET_SHELL] = { "Get", WSMAN_ACTION_GET, true, false },
	[WSMAN_GET_CONFIG] = { "Get", WSMAN_ACTION_GET, true, false },
	[WSMAN_IDENTIFY] = { "Identify", NULL, true, false },
	[WSMAN_DISCONNECT] = { "Disconnect", WSMAN_ACTION_DISCONNECT, false, false,
		.shell = { S(OPEN), WSMAN_SHELL_LEAVING, WSMAN_SHELL_DISCONNECTED, WSMAN_SHELL_OPEN } },
	[WSMAN_RECONNECT] = { "Reconnect", WSMAN_ACTION_RECONNECT, false, false,
		.shell = { S(LEAVING) | S(DISCONNECTED) | S(RETURNING), WSMAN_SHELL_RETURNING, WSMAN_SHELL_OPEN, WSMAN_SHELL_DISCONNECTED },
		.command = { C(RUNNING) | C(ENDED), 0, 0, 0 },
		.shell_with_command = S(OPEN) },
	[WSMAN_CONNECT] = { "Connect", WSMAN_ACTION_CONNECT, false, true,
		.shell = { S(BEFORE), WSMAN_SHELL_OPENING, WSMAN_SHELL_OPEN, WSMAN_SHELL_BEFORE },
		.command = { C(BEFORE), WSMAN_COMMAND_STARTING, WSMAN_COMMAND_RUNNING, WSMAN_COMMAND_GONE },
		.shell_with_command = S(OPEN) },
	[WSMAN_ENUMERATE] = { "Enumerate", WSMAN_ACTION_ENUMERATE, true, false },
	[WSMAN_PULL] = { "Pull", WSMAN_ACTION_PULL, false, false },
};
/* clang-format on */

static const char *const shell_states[] = {
	[WSMAN_SHELL_BEFORE] = "not open",
	[WSMAN_SHELL_OPENING] = "opening",
	[WSMAN_SHELL_OPEN] = "open",
	[WSMAN_SHELL_LEAVING] = "disconnecting",
	[WSMAN_SHELL_DISCONNECTED] = "disconnected",
	[WSMAN_SHELL_RETURNING] = "reconnecting",
	[WSMAN_SHELL_DELETING] = "being deleted",
	[WSMAN_SHELL_GONE] = "gone",
};

static const char *const command_states[] = {
	[WSMAN_COMMAND_BEFORE] = "not started",   [WSMAN_COMMAND_STARTING] = "starting",
	[WSMAN_COMMAND_RUNNING] = "running",      [WSMAN_COMMAND_ENDED] = "at its end",
	[WSMAN_COMMAND_CLOSING] = "being closed", [WSMAN_COMMAND_GONE] = "gone",
};

static bool allowed(unsigned from, int state)
{
	return from == 0 || (from & 1u << state);
}

int wsman_op_allowed(const struct wsman_shell *s, const struct wsman_command *c, enum wsman_op op,
		     winch_error *err)
{
	const struct wsman_op_row *row = &wsman_ops[op];

	if (!allowed(c ? row->shell_with_command : row->shell.from, (int)s->state))
		return fail(err, WINCH_E_STATE, "%s: the shell is %s", row->name,
			    shell_states[s->state]);
	if (c && !allowed(row->command.from, (int)c->state))
		return fail(err, WINCH_E_STATE, "%s: the command is %s", row->name,
			    command_states[c->state]);
	return 0;
}

static int target(const struct wsman_move *move, enum wsman_step step)
{
	switch (step) {
	case WSMAN_STEP_ASKED:
		return move->asked;
	case WSMAN_STEP_ANSWERED:
		return move->answered;
	case WSMAN_STEP_REFUSED:
		return move->refused;
	}
	return 0;
}

void wsman_op_step(struct wsman_shell *s, struct wsman_command *c, enum wsman_op op,
		   enum wsman_step step)
{
	const struct wsman_op_row *row = &wsman_ops[op];
	int to = target(c ? &row->command : &row->shell, step);

	if (!to)
		return;
	/* Delete may overtake: nothing that is answered after it brings the shell back. */
	if (!c && op != WSMAN_DELETE && s->state >= WSMAN_SHELL_DELETING)
		return;
	if (c)
		c->state = (enum wsman_command_state)to;
	else
		s->state = (enum wsman_shell_state)to;
}
