/*
 * reply-table.c - what each element of a reply is, by the element that it stands in.
 *
 * MS-WSMV 2.2.4 and DSP0226; everything that has no row is skipped with all that it holds.
 */
#include "wsman/names.h"
#include "wsman/reply.h"

#define HEAD(member)  offsetof(struct reply_head, member)
#define REPLY(member) offsetof(struct wsman_reply, member)
#define SHELL(member) offsetof(struct wsman_shell_info, member)
#define S             WSMAN_NS_S
#define A             WSMAN_NS_A
#define W             WSMAN_NS_W
#define N             WSMAN_NS_N
#define X             WSMAN_NS_X
#define F             WSMAN_NS_F
#define RSP           WSMAN_NS_RSP
#define ID            WSMAN_NS_ID

/* clang-format off */
static const struct reply_row rows[] = {
	{ E_DOCUMENT, S, "Envelope", E_ENVELOPE },
	{ E_ENVELOPE, S, "Header", E_HEADER },
	{ E_ENVELOPE, S, "Body", E_BODY },
	{ E_HEADER, A, "Action", E_TEXT, HEAD(action) },
	{ E_HEADER, A, "RelatesTo", E_TEXT, HEAD(relates_to) },

	{ E_BODY, S, "Fault", E_FAULT },
	{ E_FAULT, S, "Code", E_CODE },
	{ E_CODE, S, "Value", E_TEXT, REPLY(fault.soap_code) },
	{ E_CODE, S, "Subcode", E_SUBCODE },
	{ E_SUBCODE, S, "Value", E_TEXT, REPLY(fault.soap_subcode) },
	{ E_SUBCODE, S, "Subcode", E_SUBCODE },
	{ E_FAULT, S, "Reason", E_REASON },
	{ E_REASON, S, "Text", E_TEXT, REPLY(fault.reason) },
	{ E_FAULT, S, "Detail", E_DETAIL },
	{ E_DETAIL, W, "FaultDetail", E_TEXT, REPLY(fault.detail) },
	{ E_DETAIL, F, "WSManFault", E_WSMAN_FAULT },
	{ E_WSMAN_FAULT, F, "Message", E_MESSAGE, REPLY(fault.message) },
	{ E_MESSAGE, F, "ProviderFault", E_PROVIDER_FAULT, REPLY(fault.provider_message) },
	{ E_PROVIDER_FAULT, F, "WSManFault", E_INNER_FAULT },
	{ E_INNER_FAULT, F, "Message", E_INNER_MESSAGE, REPLY(fault.provider_message) },
	{ E_INNER_MESSAGE, F, "ProviderFault", E_PROVIDER_FAULT, REPLY(fault.provider_message) },

	{ E_BODY, RSP, "ReceiveResponse", E_RECEIVE },
	{ E_RECEIVE, RSP, "Stream", E_STREAM },
	{ E_RECEIVE, RSP, "CommandState", E_COMMAND_STATE },
	{ E_COMMAND_STATE, RSP, "ExitCode", E_EXIT_CODE },

	{ E_BODY, RSP, "CommandResponse", E_COMMAND },
	{ E_COMMAND, RSP, "CommandId", E_TEXT, REPLY(command_id) },
	{ E_BODY, RSP, "SendResponse", E_EMPTY },
	{ E_BODY, RSP, "SignalResponse", E_EMPTY },
	{ E_BODY, RSP, "DisconnectResponse", E_EMPTY },
	{ E_BODY, RSP, "ReconnectResponse", E_EMPTY },

	{ E_BODY, X, "ResourceCreated", E_CREATED },
	{ E_CREATED, A, "ReferenceParameters", E_PARAMETERS },
	{ E_PARAMETERS, W, "SelectorSet", E_SELECTORS },
	{ E_SELECTORS, W, "Selector", E_SELECTOR, REPLY(shell_id) },

	{ E_BODY, RSP, "ConnectResponse", E_CONNECT },
	{ E_CONNECT, NULL, NULL, E_CONTENT },

	{ E_BODY, WSMAN_NS_CFG, "Config", E_CONFIG },
	{ E_CONFIG, WSMAN_NS_CFG, "MaxEnvelopeSizekb", E_MAX_ENVELOPE },
	{ E_CONFIG, WSMAN_NS_CFG, "Client", E_SKIPPED },
	{ E_CONFIG, WSMAN_NS_CFG, NULL, E_SETTING },
	{ E_SETTING, WSMAN_NS_CFG, NULL, E_SETTING },

	{ E_BODY, ID, "IdentifyResponse", E_IDENTIFY },
	{ E_IDENTIFY, ID, "ProtocolVersion", E_TEXT, REPLY(protocol_version) },
	{ E_IDENTIFY, ID, "ProductVendor", E_TEXT, REPLY(product_vendor) },
	{ E_IDENTIFY, ID, "ProductVersion", E_TEXT, REPLY(product_version) },

	{ E_BODY, N, "EnumerateResponse", E_ENUMERATION },
	{ E_BODY, N, "PullResponse", E_ENUMERATION },
	{ E_ENUMERATION, N, "EnumerationContext", E_TEXT, REPLY(context) },
	{ E_ENUMERATION, W, "Items", E_ITEMS },
	{ E_ENUMERATION, N, "Items", E_ITEMS },
	{ E_ITEMS, RSP, "Shell", E_SHELL },
	{ E_ITEMS, RSP, "Command", E_SHELL },

	{ E_BODY, RSP, "Shell", E_SHELL },
	{ E_SHELL, RSP, "ShellId", E_SHELL_TEXT, SHELL(shell_id) },
	{ E_SHELL, RSP, "Name", E_SHELL_TEXT, SHELL(name) },
	{ E_SHELL, RSP, "ResourceUri", E_SHELL_TEXT, SHELL(resource_uri) },
	{ E_SHELL, RSP, "Owner", E_SHELL_TEXT, SHELL(owner) },
	{ E_SHELL, RSP, "ClientIP", E_SHELL_TEXT, SHELL(client_ip) },
	{ E_SHELL, RSP, "ProcessId", E_SHELL_TEXT, SHELL(process_id) },
	{ E_SHELL, RSP, "InputStreams", E_SHELL_TEXT, SHELL(input_streams) },
	{ E_SHELL, RSP, "OutputStreams", E_SHELL_TEXT, SHELL(output_streams) },
	{ E_SHELL, RSP, "Locale", E_SHELL_TEXT, SHELL(locale) },
	{ E_SHELL, RSP, "DataLocale", E_SHELL_TEXT, SHELL(data_locale) },
	{ E_SHELL, RSP, "Encoding", E_SHELL_TEXT, SHELL(encoding) },
	{ E_SHELL, RSP, "ProfileLoaded", E_SHELL_TEXT, SHELL(profile_loaded) },
	{ E_SHELL, RSP, "BufferMode", E_SHELL_TEXT, SHELL(buffer_mode) },
	{ E_SHELL, RSP, "CompressionMode", E_SHELL_TEXT, SHELL(compression_mode) },
	{ E_SHELL, RSP, "MemoryUsed", E_SHELL_TEXT, SHELL(memory_used) },
	{ E_SHELL, RSP, "ChildProcesses", E_SHELL_TEXT, SHELL(child_processes) },
	{ E_SHELL, RSP, "ShellRunTime", E_SHELL_TEXT, SHELL(shell_run_time) },
	{ E_SHELL, RSP, "ShellInactivity", E_SHELL_TEXT, SHELL(shell_inactivity) },
	{ E_SHELL, RSP, "IdleTimeOut", E_SHELL_TIME, SHELL(idle_timeout_ms) },
	{ E_SHELL, RSP, "MaxIdleTimeOut", E_SHELL_TIME, SHELL(max_idle_timeout_ms) },
	{ E_SHELL, RSP, "State", E_SHELL_STATE, SHELL(state) },
	{ E_SHELL, RSP, "CommandId", E_SHELL_TEXT, SHELL(command_id) },
	{ E_SHELL, RSP, "CommandLine", E_SHELL_TEXT, SHELL(command_line) },
	{ E_SHELL, RSP, "CommandState", E_SHELL_TEXT, SHELL(state) },
};
/* clang-format on */

static bool matches(const struct reply_row *row, const char *ns, const char *name)
{
	if (!row->ns)
		return !ns || strcmp(ns, RSP) != 0;
	return ns && (!row->name || strcmp(row->name, name) == 0) && strcmp(row->ns, ns) == 0;
}

const struct reply_row *reply_lookup(enum element parent, const char *ns, const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].parent == parent && matches(&rows[i], ns, name))
			return &rows[i];
	return NULL;
}
