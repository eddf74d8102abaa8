/*
 * names.c - the names as a table, for the test that compares them with specs/names.tsv.
 */
#include "wsman/names.h"

#define ROW(name)                                                                                  \
	{                                                                                          \
#name, WSMAN_##name                                                                \
	}

const struct wsman_name wsman_names[] = {
	ROW(NS_S),
	ROW(NS_A),
	ROW(NS_X),
	ROW(NS_N),
	ROW(NS_W),
	ROW(NS_P),
	ROW(NS_RSP),
	ROW(NS_F),
	ROW(NS_CFG),
	ROW(NS_ID),
	ROW(NS_XML),
	ROW(ANONYMOUS),
	ROW(ACTION_CREATE),
	ROW(ACTION_DELETE),
	ROW(ACTION_GET),
	ROW(ACTION_ENUMERATE),
	ROW(ACTION_PULL),
	ROW(ACTION_COMMAND),
	ROW(ACTION_SEND),
	ROW(ACTION_RECEIVE),
	ROW(ACTION_SIGNAL),
	ROW(ACTION_DISCONNECT),
	ROW(ACTION_RECONNECT),
	ROW(ACTION_CONNECT),
	ROW(ACTION_FAULT),
	ROW(ACTION_FAULT_ADDRESSING),
	ROW(RESOURCE_SHELL),
	ROW(RESOURCE_CMD),
	ROW(RESOURCE_COMMAND),
	ROW(RESOURCE_CONFIG),
	ROW(DIALECT_SELECTOR),
	ROW(SELECTOR_SHELL_ID),
	ROW(OPTION_NOPROFILE),
	ROW(OPTION_CODEPAGE),
	ROW(OPTION_SKIP_CMD_SHELL),
	ROW(OPTION_CONSOLEMODE_STDIN),
	ROW(OPTION_KEEPALIVE),
	ROW(STATE_DONE),
	ROW(STATE_RUNNING),
	ROW(STATE_PENDING),
	ROW(SIGNAL_TERMINATE),
	ROW(SIGNAL_CTRL_C),
	ROW(SIGNAL_CTRL_BREAK),
	ROW(SIGNAL_STOP),
};

const size_t wsman_name_count = sizeof(wsman_names) / sizeof(wsman_names[0]);
