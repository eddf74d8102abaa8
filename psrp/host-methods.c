/*
 * host-methods.c - the table of host methods; specs/host-methods.tsv says the same, and a
 * test compares the two.
 */
#include "psrp/host-methods.h"

#include <string.h>

const struct host_method host_methods[] = {
	/* clang-format off */
	{ 1, "GetName", "PSHost", "get_Name", "", "String" },
	{ 2, "GetVersion", "PSHost", "get_Version", "", "Version" },
	{ 3, "GetInstanceId", "PSHost", "get_InstanceId", "", "Guid" },
	{ 4, "GetCurrentCulture", "PSHost", "get_CurrentCulture", "", "CultureInfo" },
	{ 5, "GetCurrentUICulture", "PSHost", "get_CurrentUICulture", "", "CultureInfo" },
	{ 6, "SetShouldExit", "PSHost", "SetShouldExit", "Int32", "void" },
	{ 7, "EnterNestedPrompt", "PSHost", "EnterNestedPrompt", "", "void" },
	{ 8, "ExitNestedPrompt", "PSHost", "ExitNestedPrompt", "", "void" },
	{ 9, "NotifyBeginApplication", "PSHost", "NotifyBeginApplication", "", "void" },
	{ 10, "NotifyEndApplication", "PSHost", "NotifyEndApplication", "", "void" },
	{ 11, "ReadLine", "PSHostUserInterface", "ReadLine", "", "String" },
	{ 12, "ReadLineAsSecureString", "PSHostUserInterface", "ReadLineAsSecureString", "", "SecureString" },
	{ 13, "Write1", "PSHostUserInterface", "Write", "String", "void" },
	{ 14, "Write2", "PSHostUserInterface", "Write", "ConsoleColor, ConsoleColor, String", "void" },
	{ 15, "WriteLine1", "PSHostUserInterface", "WriteLine", "", "void" },
	{ 16, "WriteLine2", "PSHostUserInterface", "WriteLine", "String", "void" },
	{ 17, "WriteLine3", "PSHostUserInterface", "WriteLine", "ConsoleColor, ConsoleColor, String", "void" },
	{ 18, "WriteErrorLine", "PSHostUserInterface", "WriteErrorLine", "String", "void" },
	{ 19, "WriteDebugLine", "PSHostUserInterface", "WriteDebugLine", "String", "void" },
	{ 20, "WriteProgress", "PSHostUserInterface", "WriteProgress", "Int64, ProgressRecord", "void" },
	{ 21, "WriteVerboseLine", "PSHostUserInterface", "WriteVerboseLine", "String", "void" },
	{ 22, "WriteWarningLine", "PSHostUserInterface", "WriteWarningLine", "String", "void" },
	{ 23, "Prompt", "PSHostUserInterface", "Prompt", "String, String, Collection<FieldDescription>", "Dictionary<String,PSObject>" },
	{ 24, "PromptForCredential1", "PSHostUserInterface", "PromptForCredential", "String, String, String, String", "PSCredential" },
	{ 25, "PromptForCredential2", "PSHostUserInterface", "PromptForCredential", "String, String, String, String, PSCredentialTypes, PSCredentialUIOptions", "PSCredential" },
	{ 26, "PromptForChoice", "PSHostUserInterface", "PromptForChoice", "String, String, Collection<ChoiceDescription>, Int32", "Int32" },
	{ 27, "GetForegroundColor", "PSHostRawUserInterface", "get_ForegroundColor", "", "ConsoleColor" },
	{ 28, "SetForegroundColor", "PSHostRawUserInterface", "set_ForegroundColor", "ConsoleColor", "void" },
	{ 29, "GetBackgroundColor", "PSHostRawUserInterface", "get_BackgroundColor", "", "ConsoleColor" },
	{ 30, "SetBackgroundColor", "PSHostRawUserInterface", "set_BackgroundColor", "ConsoleColor", "void" },
	{ 31, "GetCursorPosition", "PSHostRawUserInterface", "get_CursorPosition", "", "Coordinates" },
	{ 32, "SetCursorPosition", "PSHostRawUserInterface", "set_CursorPosition", "Coordinates", "void" },
	{ 33, "GetWindowPosition", "PSHostRawUserInterface", "get_WindowPosition", "", "Coordinates" },
	{ 34, "SetWindowPosition", "PSHostRawUserInterface", "set_WindowPosition", "Coordinates", "void" },
	{ 35, "GetCursorSize", "PSHostRawUserInterface", "get_CursorSize", "", "Int32" },
	{ 36, "SetCursorSize", "PSHostRawUserInterface", "set_CursorSize", "Int32", "void" },
	{ 37, "GetBufferSize", "PSHostRawUserInterface", "get_BufferSize", "", "Size" },
	{ 38, "SetBufferSize", "PSHostRawUserInterface", "set_BufferSize", "Size", "void" },
	{ 39, "GetWindowSize", "PSHostRawUserInterface", "get_WindowSize", "", "Size" },
	{ 40, "SetWindowSize", "PSHostRawUserInterface", "set_WindowSize", "Size", "void" },
	{ 41, "GetWindowTitle", "PSHostRawUserInterface", "get_WindowTitle", "", "String" },
	{ 42, "SetWindowTitle", "PSHostRawUserInterface", "set_WindowTitle", "String", "void" },
	{ 43, "GetMaxWindowSize", "PSHostRawUserInterface", "get_MaxWindowSize", "", "Size" },
	{ 44, "GetMaxPhysicalWindowSize", "PSHostRawUserInterface", "get_MaxPhysicalWindowSize", "", "Size" },
	{ 45, "GetKeyAvailable", "PSHostRawUserInterface", "get_KeyAvailable", "", "Boolean" },
	{ 46, "ReadKey", "PSHostRawUserInterface", "ReadKey", "ReadKeyOptions", "KeyInfo" },
	{ 47, "FlushInputBuffer", "PSHostRawUserInterface", "FlushInputBuffer", "", "void" },
	{ 48, "SetBufferContents1", "PSHostRawUserInterface", "SetBufferContents", "Rectangle, BufferCell", "void" },
	{ 49, "SetBufferContents2", "PSHostRawUserInterface", "SetBufferContents", "Coordinates, BufferCell[,]", "void" },
	{ 50, "GetBufferContents", "PSHostRawUserInterface", "GetBufferContents", "Rectangle", "BufferCell[,]" },
	{ 51, "ScrollBufferContents", "PSHostRawUserInterface", "ScrollBufferContents", "Rectangle, Coordinates, Rectangle, BufferCell", "void" },
	{ 52, "PushRunspace", "IHostSupportsInteractiveSession", "PushRunspace", "Runspace", "void" },
	{ 53, "PopRunspace", "IHostSupportsInteractiveSession", "PopRunspace", "", "void" },
	{ 54, "GetIsRunspacePushed", "IHostSupportsInteractiveSession", "get_IsRunspacePushed", "", "Boolean" },
	{ 55, "GetRunspace", "IHostSupportsInteractiveSession", "get_Runspace", "", "Runspace" },
	{ 56, "PromptForChoiceMultipleSelection", "IHostUISupportsMultipleChoiceSelection", "PromptForChoice", "String, String, Collection<ChoiceDescription>, IEnumerable<Int32>", "Collection<Int32>" },
	/* clang-format on */
};
const size_t host_method_count = sizeof(host_methods) / sizeof(host_methods[0]);

const struct host_method *host_method(int id)
{
	/* The ids count from 1 without a gap. */
	if (id < 1 || (size_t)id > host_method_count)
		return NULL;
	return &host_methods[id - 1];
}

bool host_method_is_void(int id)
{
	const struct host_method *m = host_method(id);

	return m && strcmp(m->returns, "void") == 0;
}
