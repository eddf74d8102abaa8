/*
 * error-record.c - reading an ErrorRecord.
 *
 * The parts of InvocationInfo are members of the record where it came with extended
 * information (InvocationInfo_Line), else of its InvocationInfo.
 */
#include "src/cli/error-record.h"

#include <string.h>
#include <strings.h>

enum {
	CATEGORY_PARSER = 17,
	/* CommandTypes, MS-PSRP 2.2.3.19 */
	COMMAND_EXTERNAL_SCRIPT = 16,
	COMMAND_SCRIPT = 64
};

/* ErrorCategory.  psrp/json-error.c has the same words: the program sees the public headers alone,
 * and for this they need no function. */
static const char *const categories[] = {
	"NotSpecified",        "OpenError",           "CloseError",       "DeviceError",
	"DeadlockDetected",    "InvalidArgument",     "InvalidData",      "InvalidOperation",
	"InvalidResult",       "InvalidType",         "MetadataError",    "NotImplemented",
	"NotInstalled",        "ObjectNotFound",      "OperationStopped", "OperationTimeout",
	"SyntaxError",         "ParserError",         "PermissionDenied", "ResourceBusy",
	"ResourceExists",      "ResourceUnavailable", "ReadError",        "WriteError",
	"FromStdErr",          "SecurityError",       "ProtocolError",    "ConnectionError",
	"AuthenticationError", "LimitsExceeded",      "QuotaExceeded",    "NotEnabled",
};

static struct span text_of(const winch_value *v)
{
	struct span s = { 0 };

	s.text = winch_value_text(v, &s.len);
	if (!s.text)
		s.text = winch_value_to_string(v, &s.len);
	return s.text ? s : (struct span){ "", 0 };
}

static struct span member(const winch_value *v, const char *name)
{
	return text_of(winch_value_member(v, name));
}

static bool equals(struct span s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.text, text, s.len) == 0;
}

static void trim_end(struct span *s)
{
	while (s->len > 0 && (s->text[s->len - 1] == '\n' || s->text[s->len - 1] == '\r'))
		s->len--;
}

static void read_message(struct error_record *r, const winch_value *record)
{
	const winch_value *exception = winch_value_member(record, "Exception");
	bool truth = false;

	r->exception = member(exception, "Message");
	if (r->exception.len == 0 && !winch_value_member(exception, "Message"))
		r->exception = text_of(record).len ? text_of(record) : text_of(exception);
	r->message = member(record, "ErrorDetails_Message");
	r->has_details_message = r->message.len > 0;
	if (!r->has_details_message)
		r->message = r->exception;
	/* A program ends what it writes by itself. */
	trim_end(&r->message);
	trim_end(&r->exception);
	r->recommendation = member(record, "ErrorDetails_RecommendedAction");
	r->details = member(record, "PSMessageDetails");
	r->thrown = winch_value_bool(winch_value_member(exception, "WasThrownFromThrowStatement"),
				     &truth) &&
		    truth;
	/* The one has no parent with a position, the other is the one that came over the wire. */
	r->parsed =
		winch_value_is_a(exception, "System.Management.Automation.ParseException") ||
		winch_value_is_a(exception,
				 "System.Management.Automation.ParentContainsErrorRecordException");
}

static void read_category(struct error_record *r, const winch_value *record)
{
	size_t known = sizeof(categories) / sizeof(categories[0]);

	winch_value_int(winch_value_member(record, "ErrorCategory_Category"), &r->category);
	r->category_name =
		r->category >= 0 && (size_t)r->category < known
			? (struct span){ categories[r->category], strlen(categories[r->category]) }
			: member(record, "ErrorCategory_Category");
	r->parser = r->category == CATEGORY_PARSER;
	r->parsed &= r->parser;
	r->category_message = member(record, "ErrorCategory_Message");
	r->activity = member(record, "ErrorCategory_Activity");
	r->reason = member(record, "ErrorCategory_Reason");
	r->target_name = member(record, "ErrorCategory_TargetName");
	r->target_type = member(record, "ErrorCategory_TargetType");
}

/* CommandInfo came: its type says what MyCommand is. */
static void read_command_info(struct error_record *r, const winch_value *record,
			      const winch_value *type)
{
	int64_t n = 0;

	winch_value_int(type, &n);
	r->has_command = true;
	r->command = member(record, "CommandInfo_Name");
	r->is_script = n == COMMAND_SCRIPT;
	r->is_known_command = !r->is_script && n != COMMAND_EXTERNAL_SCRIPT && r->command.len > 0;
	if (n == COMMAND_EXTERNAL_SCRIPT)
		r->path = member(record, "CommandInfo_Definition");
}

/* Only its string came: a name, or a script's text, which nobody invoked by name. */
static void read_command_text(struct error_record *r, const winch_value *command)
{
	r->command = text_of(command);
	r->has_command = !winch_value_is_null(command);
	r->is_script = r->has_command && r->invocation.len == 0;
	r->is_known_command = r->has_command && !r->is_script;
	if (r->is_script)
		r->command = (struct span){ "", 0 };
}

static void read_invocation(struct error_record *r, const winch_value *record)
{
	const winch_value *info = winch_value_member(record, "InvocationInfo");
	const winch_value *type = winch_value_member(record, "CommandInfo_CommandType");
	bool flat = winch_value_member(record, "InvocationInfo_InvocationName") != NULL;
	const winch_value *line =
		flat ? winch_value_member(record, "InvocationInfo_ScriptLineNumber")
		     : winch_value_member(info, "ScriptLineNumber");

	r->has_invocation = flat || !winch_value_is_null(info);
	r->invocation = flat ? member(record, "InvocationInfo_InvocationName")
			     : member(info, "InvocationName");
	r->script = flat ? member(record, "InvocationInfo_ScriptName") : member(info, "ScriptName");
	r->position = flat ? member(record, "InvocationInfo_PositionMessage")
			   : member(info, "PositionMessage");
	winch_value_int(line, &r->line);
	if (type)
		read_command_info(r, record, type);
	else
		read_command_text(r, winch_value_member(info, "MyCommand"));
}

static void read_target(struct error_record *r, const winch_value *target)
{
	bool line = false, text = false;

	for (size_t i = 0; i < winch_value_count(target) && winch_value_key(target, i); i++) {
		struct span key = text_of(winch_value_key(target, i));
		struct span value = text_of(winch_value_item(target, i));
		if (equals(key, "File")) {
			r->target_file = value;
		} else if (equals(key, "Line")) {
			r->target_line = value;
			line = true;
		} else if (equals(key, "LineText")) {
			r->target_text = value;
			text = true;
		}
	}
	r->has_target_line = line && text;
}

void error_record_read(struct error_record *r, const winch_value *record)
{
	const struct span none = { "", 0 };

	*r = (struct error_record){
		.target_file = none, .target_line = none, .target_text = none, .path = none
	};
	read_message(r, record);
	read_category(r, record);
	read_invocation(r, record);
	read_target(r, winch_value_member(record, "TargetObject"));
	r->id = member(record, "FullyQualifiedErrorId");
	r->native =
		equals(r->id, "NativeCommandError") || equals(r->id, "NativeCommandErrorMessage");
}
