/*
 * payload.c - the bodies of the messages that we send, as trees: MS-PSRP 2.2.2 and 2.2.3.
 *
 * The order of members is that of PowerShell's own client.
 */
#include "psrp/payload.h"

#include "psrp/host-methods.h"
#include "psrp/maker.h"
#include "src/base/fail.h"

static struct value *version(struct maker *m, const char *text)
{
	return value_text(m->a, TAG_VERSION, bytes_str(text), m->err);
}

struct value *payload_enum(struct arena *a, const char *type, const char *name, int64_t n,
			   winch_error *err)
{
	const char *types[] = { type, "System.Enum", "System.ValueType", "System.Object" };
	struct value *base = value_int(a, TAG_I32, n, err);
	struct value *v = base ? value_obj(a, types, 4, base, err) : NULL;

	if (!v)
		return NULL;
	v->object->has_to_string = true;
	v->object->to_string = bytes_str(name);
	return v;
}

struct value *payload_capability(struct arena *a, int minor, winch_error *err)
{
	static const char *const protocols[] = { "2.0", "2.1", "2.2", "2.3", "2.4" };
	struct maker m = { .a = a, .err = err };
	struct value *v = make_bag(&m);

	make_put(&m, v, "protocolversion", version(&m, protocols[minor]));
	make_put(&m, v, "PSVersion", version(&m, "2.0"));
	make_put(&m, v, "SerializationVersion", version(&m, "1.1.0.1"));
	return make_done(&m, v);
}

/* ---- HostInfo ---- */

/* One entry of the default data: { key, { T: type, V: value } } (2.2.3.14). */
static void put_default(struct maker *m, struct value *table, int key, const char *type,
			struct value *value)
{
	struct value *entry = make_bag(m);

	make_put(m, entry, "T", make_str(m, type));
	make_put(m, entry, "V", value);
	if (m->status == 0)
		m->status = items_add_entry(m->a, &table->items, make_int(m, key), entry, m->err);
}

static struct value *pair(struct maker *m, const char *a, int64_t av, const char *b, int64_t bv)
{
	struct value *v = make_bag(m);

	make_put(m, v, a, make_int(m, av));
	make_put(m, v, b, make_int(m, bv));
	return v;
}

static struct value *default_data(struct maker *m, const winch_host_info *h)
{
	static const char size[] = "System.Management.Automation.Host.Size";
	static const char place[] = "System.Management.Automation.Host.Coordinates";
	static const char color[] = "System.ConsoleColor";
	const char *hashtable[] = { "System.Collections.Hashtable", "System.Object" };
	struct value *table = value_new(m->a, TAG_DCT, m->err);

	if (!table)
		return NULL;
	const int max_width = h->max_width ? h->max_width : h->width;
	const int max_height = h->max_height ? h->max_height : h->height;
	const int screen_width = h->screen_width ? h->screen_width : max_width;
	const int screen_height = h->screen_height ? h->screen_height : max_height;
	put_default(m, table, 9, "System.String", make_str(m, h->title ? h->title : ""));
	put_default(m, table, 8, size, pair(m, "width", screen_width, "height", screen_height));
	put_default(m, table, 7, size, pair(m, "width", max_width, "height", max_height));
	put_default(m, table, 6, size, pair(m, "width", h->width, "height", h->height));
	put_default(m, table, 5, size,
		    pair(m, "width", h->buffer_width, "height", h->buffer_height));
	put_default(m, table, 4, "System.Int32", make_int(m, h->cursor_size ? h->cursor_size : 25));
	put_default(m, table, 3, place, pair(m, "x", h->window_x, "y", h->window_y));
	put_default(m, table, 2, place, pair(m, "x", h->cursor_x, "y", h->cursor_y));
	put_default(m, table, 1, color, make_int(m, h->background));
	put_default(m, table, 0, color, make_int(m, h->foreground));

	struct value *data = make_bag(m);
	make_put(m, data, "data", value_obj(m->a, hashtable, 2, table, m->err));
	return data;
}

struct value *payload_host_info(struct arena *a, const winch_host_info *host,
				bool use_runspace_host, winch_error *err)
{
	struct maker m = { .a = a, .err = err };
	struct value *v = make_bag(&m);
	bool none = use_runspace_host || (host && !host->has_host);
	bool raw = !none && host && host->has_raw_ui;

	make_put(&m, v, "_isHostUINull", make_bool(&m, none));
	make_put(&m, v, "_isHostRawUINull", make_bool(&m, !raw));
	make_put(&m, v, "_isHostNull", make_bool(&m, none));
	if (raw)
		make_put(&m, v, "_hostDefaultData", default_data(&m, host));
	make_put(&m, v, "_useRunspaceHost", make_bool(&m, none));
	return make_done(&m, v);
}

struct value *payload_init_pool(struct arena *a, const struct payload_init_pool *p,
				winch_error *err)
{
	struct maker m = { .a = a, .err = err };
	struct value *v = make_bag(&m);

	make_put(&m, v, "MinRunspaces", make_int(&m, p->min_runspaces));
	make_put(&m, v, "MaxRunspaces", make_int(&m, p->max_runspaces));
	make_put(&m, v, "PSThreadOptions",
		 payload_enum(a, "System.Management.Automation.Runspaces.PSThreadOptions",
			      "Default", 0, err));
	make_put(&m, v, "ApartmentState",
		 payload_enum(a, "System.Threading.ApartmentState", "Unknown", 2, err));
	make_put(&m, v, "ApplicationArguments",
		 p->application_arguments ? p->application_arguments : make_nil(&m));
	make_put(&m, v, "HostInfo", payload_host_info(a, p->host, false, err));
	return make_done(&m, v);
}

/* ---- a host's answer ---- */

/* The exception of a refused call, as PowerShell's own client writes it (RemoteHostEncoder.cs). */
static struct value *exception_bag(struct maker *m, const char *message)
{
	const char *types[] = { "System.Management.Automation.Host.HostException",
				"System.Management.Automation.RuntimeException",
				"System.SystemException", "System.Exception", "System.Object" };
	struct value *exception = value_obj(m->a, types, 5, NULL, m->err);
	struct value *v = make_bag(m);

	if (exception) {
		exception->object->has_to_string = true;
		exception->object->to_string = bytes_str(message);
		exception->object->has_props = true;
		m->status = items_add_member(m->a, &exception->object->props, BYTES_LIT("Message"),
					     make_str(m, message), m->err);
	}
	make_put(m, v, "Exception", exception);
	make_put(m, v, "TargetObject", make_nil(m));
	make_put(m, v, "FullyQualifiedErrorId", make_str(m, "RemoteHostExecutionException"));
	make_put(m, v, "InvocationInfo", make_nil(m));
	make_put(m, v, "ErrorCategory_Category", make_int(m, 0));
	make_put(m, v, "ErrorCategory_Activity", make_str(m, ""));
	make_put(m, v, "ErrorCategory_Reason", make_str(m, "HostException"));
	make_put(m, v, "ErrorCategory_TargetName", make_str(m, ""));
	make_put(m, v, "ErrorCategory_TargetType", make_str(m, ""));
	make_put(m, v, "ErrorCategory_Message", make_str(m, "NotSpecified: (:) [], HostException"));
	make_put(m, v, "SerializeExtendedInfo", make_bool(m, false));
	return v;
}

struct value *payload_answer(struct arena *a, const struct payload_answer *p, winch_error *err)
{
	struct maker m = { .a = a, .err = err };
	struct value *v = make_bag(&m);
	const struct host_method *method = host_method(p->method);

	if (p->exception)
		make_put(&m, v, "me", exception_bag(&m, p->exception));
	else if (!value_is_nil(p->value))
		make_put(&m, v, "mr", p->value);
	make_put(&m, v, "ci", value_int(a, TAG_I64, p->call, err));
	make_put(&m, v, "mi",
		 payload_enum(a, "System.Management.Automation.Remoting.RemoteHostMethodId",
			      method ? method->id_name : "", p->method, err));
	return make_done(&m, v);
}

/* ---- what is read ---- */

/* Digits up to a dot or the end; *text moves behind them.  -1: there are none, or too many. */
static int read_part(struct bytes *text)
{
	int n = -1;

	while (text->len && text->data[0] >= '0' && text->data[0] <= '9' && n < 1000) {
		n = (n < 0 ? 0 : n * 10) + (text->data[0] - '0');
		*text = bytes_skip(*text, 1);
	}
	if (text->len && text->data[0] != '.')
		return -1;
	*text = bytes_skip(*text, 1);
	return n;
}

int payload_read_version(const struct value *v, int *ret_major, int *ret_minor, winch_error *err)
{
	struct bytes text;

	if (!value_get_text(value_member(v, "protocolversion"), &text))
		return fail(err, WINCH_E_PROTOCOL, "the server names no protocol version");
	int major = read_part(&text);
	int minor = read_part(&text);
	if (major < 0 || minor < 0)
		return fail(err, WINCH_E_PROTOCOL, "the server's protocol version is no version");
	*ret_major = major;
	*ret_minor = minor;
	return 0;
}

bool payload_error_text(const struct value *v, struct bytes *ret_text)
{
	struct object *exception = value_object(value_member(v, "Exception"));
	struct object *record = value_object(v);

	if (value_get_text(value_member(v, "ErrorDetails_Message"), ret_text) ||
	    value_get_text(value_member(value_member(v, "Exception"), "Message"), ret_text))
		return true;
	if (!(exception && exception->has_to_string))
		exception = record;
	if (!exception || !exception->has_to_string)
		return false;
	*ret_text = exception->to_string;
	return true;
}
