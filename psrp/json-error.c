/*
 * json-error.c - an ErrorRecord as plain JSON.  specs/json-mapping.md 3.3.
 */
#include "psrp/json-text.h"
#include "psrp/json-write.h"

#define put_lit(w, lit, err) buf_put((w)->out, BYTES_LIT(lit), (err))

enum { MAX_INNER = 16 };

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

/* Of an ErrorCategory; NULL: the number has none. */
static const char *json_error_category(int64_t number)
{
	if (number < 0 || (uint64_t)number >= sizeof(categories) / sizeof(categories[0]))
		return NULL;
	return categories[number];
}

static const struct value *member(const struct items *items, const char *name)
{
	for (const struct item *i = items->first; i; i = i->next)
		if (bytes_eq_nocase(i->name, bytes_str(name)))
			return i->value;
	return NULL;
}

/* An extended member, else an adapted one. */
static const struct value *any_member(const struct object *o, const char *name)
{
	const struct value *v = member(&o->members, name);

	return v ? v : member(&o->props, name);
}

/* ,"label":value; an absent one is null. */
static int put(struct json_writer *w, const char *label, const struct value *v, winch_error *err)
{
	int r = buf_put_fmt(w->out, err,
			    "%s\"%s\":", buf_bytes(w->out).data[w->out->len - 1] == '{' ? "" : ",",
			    label);

	if (r < 0)
		return r;
	return v ? json_plain_value(w, v, err) : put_lit(w, "null", err);
}

/* Member Message, or ToString, or null. */
static int put_message(struct json_writer *w, const struct object *o, winch_error *err)
{
	const struct value *message = any_member(o, "Message");

	if (message)
		return json_plain_value(w, message, err);
	return o->has_to_string ? json_put_string(w->out, o->to_string, err)
				: put_lit(w, "null", err);
}

static int put_exception(struct json_writer *w, const struct value *v, unsigned level,
			 winch_error *err);

/* The shape of an exception, for an object that was opened. */
static int put_shape(struct json_writer *w, const struct object *o, unsigned level,
		     winch_error *err)
{
	const struct type_names *types = o->types;
	int r = put_lit(w, "{\"Type\":", err);

	if (r == 0)
		r = types ? json_put_string(w->out, types->names[0], err) : put_lit(w, "null", err);
	if (r == 0)
		r = put_lit(w, ",\"Message\":", err);
	if (r == 0)
		r = put_message(w, o, err);
	if (r == 0)
		r = put_lit(w, ",\"InnerException\":", err);
	if (r == 0)
		r = level < MAX_INNER
			    ? put_exception(w, any_member(o, "InnerException"), level + 1, err)
			    : put_lit(w, "null", err);
	return r == 0 ? put_lit(w, "}", err) : r;
}

static int put_exception(struct json_writer *w, const struct value *v, unsigned level,
			 winch_error *err)
{
	const bool reached = v && v->tag == TAG_REF;
	struct object *o;
	int r;

	if (!v)
		return put_lit(w, "null", err);
	if (v->tag != TAG_OBJ && v->tag != TAG_REF)
		return json_plain_value(w, v, err);
	if ((r = json_load(w, v, &o, err)) < 0)
		return r;
	if (o->base) {
		r = json_plain_value(w, v, err);
	} else {
		w->repeated += w->repeating > 0;
		r = json_plain_open(w, o, reached, err);
		if (r == 0) {
			r = put_shape(w, o, level, err);
			json_plain_close(w, reached);
		}
	}
	json_release(w, v, o);
	return r < 0 ? r : 0;
}

static int put_error_message(struct json_writer *w, const struct object *o, winch_error *err)
{
	const struct value *details = member(&o->members, "ErrorDetails_Message");
	const struct value *v = member(&o->members, "Exception");
	struct object *exception;

	if (!value_is_nil(details))
		return json_plain_value(w, details, err);
	if (!v || (v->tag != TAG_OBJ && v->tag != TAG_REF))
		return put_lit(w, "null", err);
	int r = json_load(w, v, &exception, err);
	if (r < 0)
		return r;
	w->repeating += v->tag == TAG_REF;
	r = put_message(w, exception, err);
	w->repeating -= v->tag == TAG_REF;
	json_release(w, v, exception);
	return r;
}

static int put_category(struct json_writer *w, const struct items *m, winch_error *err)
{
	const struct value *category = member(m, "ErrorCategory_Category");
	const char *name = NULL;
	int64_t n;

	if (value_get_int(category, &n))
		name = json_error_category(n);
	int r = put_lit(w, ",\"CategoryInfo\":{\"Category\":", err);
	if (r == 0 && name) {
		w->repeated += w->repeating > 0;
		r = json_put_string(w->out, bytes_str(name), err);
	} else if (r == 0) {
		r = category ? json_plain_value(w, category, err) : put_lit(w, "null", err);
	}
	if (r == 0)
		r = put(w, "Activity", member(m, "ErrorCategory_Activity"), err);
	if (r == 0)
		r = put(w, "Reason", member(m, "ErrorCategory_Reason"), err);
	if (r == 0)
		r = put(w, "TargetName", member(m, "ErrorCategory_TargetName"), err);
	if (r == 0)
		r = put(w, "TargetType", member(m, "ErrorCategory_TargetType"), err);
	return r == 0 ? put_lit(w, "}", err) : r;
}

static const char *const invocation_names[][2] = {
	{ "MyCommand", "CommandInfo_Name" },
	{ "InvocationName", "InvocationInfo_InvocationName" },
	{ "ScriptName", "InvocationInfo_ScriptName" },
	{ "ScriptLineNumber", "InvocationInfo_ScriptLineNumber" },
	{ "OffsetInLine", "InvocationInfo_OffsetInLine" },
	{ "Line", "InvocationInfo_Line" },
	{ "PositionMessage", "InvocationInfo_PositionMessage" },
};

/* flat: o is the ErrorRecord, else its InvocationInfo. */
static int put_invocation_members(struct json_writer *w, const struct object *o, bool flat,
				  winch_error *err)
{
	int r = put_lit(w, "{", err);

	for (size_t i = 0; r == 0 && i < sizeof(invocation_names) / sizeof(invocation_names[0]);
	     i++) {
		const char *label = invocation_names[i][0];
		r = put(w, label,
			flat ? member(&o->members, invocation_names[i][1]) : any_member(o, label),
			err);
	}
	return r == 0 ? put_lit(w, "}", err) : r;
}

static int put_invocation(struct json_writer *w, const struct object *o, winch_error *err)
{
	const struct value *v = member(&o->members, "InvocationInfo");
	struct object *info;
	int r = put_lit(w, ",\"InvocationInfo\":", err);

	if (r < 0)
		return r;
	if (member(&o->members, "InvocationInfo_InvocationName"))
		return put_invocation_members(w, o, true, err);
	if (!v || (v->tag != TAG_OBJ && v->tag != TAG_REF))
		return put_lit(w, "null", err);
	if ((r = json_load(w, v, &info, err)) < 0)
		return r;
	const bool reached = v->tag == TAG_REF;
	w->repeated += w->repeating > 0;
	r = json_plain_open(w, info, reached, err);
	if (r == 0) {
		r = put_invocation_members(w, info, false, err);
		json_plain_close(w, reached);
	}
	json_release(w, v, info);
	return r < 0 ? r : 0;
}

int json_plain_error(struct json_writer *w, const struct object *o, winch_error *err)
{
	const struct items *m = &o->members;
	int r = put_lit(w, "{\"Message\":", err);

	if (r == 0)
		r = put_error_message(w, o, err);
	if (r == 0)
		r = put(w, "FullyQualifiedErrorId", member(m, "FullyQualifiedErrorId"), err);
	if (r == 0)
		r = put_category(w, m, err);
	if (r == 0)
		r = put_lit(w, ",\"Exception\":", err);
	if (r == 0)
		r = put_exception(w, member(m, "Exception"), 0, err);
	if (r == 0)
		r = put(w, "TargetObject", member(m, "TargetObject"), err);
	if (r == 0)
		r = put(w, "RecommendedAction", member(m, "ErrorDetails_RecommendedAction"), err);
	if (r == 0)
		r = put(w, "ScriptStackTrace", member(m, "ErrorDetails_ScriptStackTrace"), err);
	if (r == 0)
		r = put_invocation(w, o, err);
	return r == 0 ? put_lit(w, "}", err) : r;
}
