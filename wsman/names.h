/*
 * names.h - the names of WS-Management and of Windows' shells: namespaces, actions, resource
 * URIs, options, signal codes.  specs/names.tsv says where each comes from; a test compares.
 */
#ifndef WSMAN_NAMES_H
#define WSMAN_NAMES_H

#include <stddef.h>

/* Namespaces; the prefixes are those that our envelopes use. */
#define WSMAN_NS_S   "http://www.w3.org/2003/05/soap-envelope"
#define WSMAN_NS_A   "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WSMAN_NS_X   "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define WSMAN_NS_N   "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define WSMAN_NS_W   "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define WSMAN_NS_P   "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
#define WSMAN_NS_RSP "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define WSMAN_NS_F   "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
#define WSMAN_NS_CFG "http://schemas.microsoft.com/wbem/wsman/1/config"
#define WSMAN_NS_ID  "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
#define WSMAN_NS_XML "http://www.w3.org/XML/1998/namespace"

#define WSMAN_ANONYMOUS WSMAN_NS_A "/role/anonymous"

/* Actions; an answer's is the request's with "Response" behind it. */
#define WSMAN_ACTION_CREATE           WSMAN_NS_X "/Create"
#define WSMAN_ACTION_DELETE           WSMAN_NS_X "/Delete"
#define WSMAN_ACTION_GET              WSMAN_NS_X "/Get"
#define WSMAN_ACTION_ENUMERATE        WSMAN_NS_N "/Enumerate"
#define WSMAN_ACTION_PULL             WSMAN_NS_N "/Pull"
#define WSMAN_ACTION_COMMAND          WSMAN_NS_RSP "/Command"
#define WSMAN_ACTION_SEND             WSMAN_NS_RSP "/Send"
#define WSMAN_ACTION_RECEIVE          WSMAN_NS_RSP "/Receive"
#define WSMAN_ACTION_SIGNAL           WSMAN_NS_RSP "/Signal"
#define WSMAN_ACTION_DISCONNECT       WSMAN_NS_RSP "/Disconnect"
#define WSMAN_ACTION_RECONNECT        WSMAN_NS_RSP "/Reconnect"
#define WSMAN_ACTION_CONNECT          WSMAN_NS_RSP "/Connect"
#define WSMAN_ACTION_FAULT            "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
#define WSMAN_ACTION_FAULT_ADDRESSING WSMAN_NS_A "/fault"

/* Resources. */
#define WSMAN_RESOURCE_SHELL   WSMAN_NS_RSP
#define WSMAN_RESOURCE_CMD     WSMAN_NS_RSP "/cmd"
#define WSMAN_RESOURCE_COMMAND WSMAN_NS_RSP "/Command"
#define WSMAN_RESOURCE_CONFIG  WSMAN_NS_CFG

#define WSMAN_DIALECT_SELECTOR "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"

#define WSMAN_SELECTOR_SHELL_ID "ShellId"

/* Options (MS-WSMV 2.2.4 and 3.1.4). */
#define WSMAN_OPTION_NOPROFILE         "WINRS_NOPROFILE"
#define WSMAN_OPTION_CODEPAGE          "WINRS_CODEPAGE"
#define WSMAN_OPTION_SKIP_CMD_SHELL    "WINRS_SKIP_CMD_SHELL"
#define WSMAN_OPTION_CONSOLEMODE_STDIN "WINRS_CONSOLEMODE_STDIN"
#define WSMAN_OPTION_KEEPALIVE         "WSMAN_CMDSHELL_OPTION_KEEPALIVE"

#define WSMAN_STATE_DONE    WSMAN_NS_RSP "/CommandState/Done"
#define WSMAN_STATE_RUNNING WSMAN_NS_RSP "/CommandState/Running"
#define WSMAN_STATE_PENDING WSMAN_NS_RSP "/CommandState/Pending"

/* In this case: deviations.md terminate-case. */
#define WSMAN_SIGNAL_TERMINATE  WSMAN_NS_RSP "/signal/Terminate"
#define WSMAN_SIGNAL_CTRL_C     WSMAN_NS_RSP "/signal/ctrl_c"
#define WSMAN_SIGNAL_CTRL_BREAK WSMAN_NS_RSP "/signal/ctrl_break"
/* Stops a pipeline; misspelt on the wire, compared exactly: deviations.md crtl-c. */
#define WSMAN_SIGNAL_STOP "powershell/signal/crtl_c"

struct wsman_name {
	const char *symbol; /* without WSMAN_ */
	const char *value;
};

/* All of the above: for the test that compares. */
extern const struct wsman_name wsman_names[];
extern const size_t wsman_name_count;

#endif
