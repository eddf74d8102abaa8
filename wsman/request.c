/*
 * request.c - each operation's request: MS-WSMV 3.1.4, bodies of 2.2.4.
 */
#include <stdio.h>

#include "src/base/fail.h"
#include "src/base/guid.h"
#include "wsman/envelope.h"
#include "wsman/names.h"
#include "wsman/states.h"

enum { GUID_TEXT = 37 };

void wsman_request_done(struct wsman_request *q)
{
	if (!q)
		return;
	buf_done(&q->body);
	buf_done(&q->tail);
}

bool wsman_may_repeat(enum wsman_op op)
{
	return wsman_ops[op].may_repeat;
}

const char *wsman_op_name(enum wsman_op op)
{
	return wsman_ops[op].name;
}

/* What differs between the headers of operations; empty: the shell's own. */
struct head {
	enum wsman_op op;
	struct bytes resource_uri, shell_id;
	const struct wsman_option *options;
	size_t option_count;
};

/* Everything in front of the body.  e is ready for it afterwards. */
static int begin(struct envelope *e, const struct wsman_shell *s, const struct wsman_command *c,
		 const struct head *h, const winch_guid *id, struct wsman_request *q,
		 winch_error *err)
{
	int r = wsman_op_allowed(s, c, h->op, err);
	if (r < 0)
		return r;

	buf_clear(&q->body);
	buf_clear(&q->tail);
	q->op = h->op;
	q->max_envelope = s->max_envelope;
	q->timeout_ms = s->operation_timeout_ms;
	memcpy(q->message_id, "uuid:", 5);
	winch_guid_text(id, q->message_id + 5);

	*e = (struct envelope){ .out = &q->body, .err = err };
	struct envelope_header header = {
		.shell = s,
		.action = wsman_ops[h->op].action,
		.resource_uri = h->resource_uri.len ? h->resource_uri : buf_bytes(&s->resource_uri),
		.message_id = q->message_id,
		.options = h->options,
		.option_count = h->option_count,
		.shell_id = h->shell_id,
	};
	envelope_begin(e, &header);
	return e->status;
}

/* The same for an operation on a shell that has an id. */
static int begin_on_shell(struct envelope *e, const struct wsman_shell *s,
			  const struct wsman_command *c, struct head h, const winch_guid *id,
			  struct wsman_request *q, winch_error *err)
{
	if (s->id.len == 0)
		return fail(err, WINCH_E_STATE, "%s: the shell's id is not known",
			    wsman_ops[h.op].name);
	h.shell_id = buf_bytes(&s->id);
	return begin(e, s, c, &h, id, q, err);
}

static int check_size(const struct wsman_request *q, winch_error *err)
{
	size_t len = q->body.len + q->tail.len;

	if (len <= q->max_envelope)
		return 0;
	return fail(err, WINCH_E_LIMIT, "%s: an envelope of %zu bytes, at most %zu may be sent",
		    wsman_ops[q->op].name, len, q->max_envelope);
}

/* The end of the envelope, into body or, where a payload comes first, into tail. */
static int end(struct envelope *e, struct wsman_shell *s, struct wsman_command *c,
	       struct wsman_request *q, const char *closing, bool payload)
{
	e->out = payload ? &q->tail : &q->body;
	envelope_put(e, closing);
	envelope_put(e, ENVELOPE_END);
	if (e->status == 0)
		e->status = check_size(q, e->err);
	if (e->status == 0)
		wsman_op_step(s, c, q->op, WSMAN_STEP_ASKED);
	return e->status;
}

static void put_command_id(struct envelope *e, const struct wsman_command *c)
{
	if (c)
		envelope_attr(e, "CommandId", buf_bytes(&c->id));
}

static void put_optional(struct envelope *e, const char *tag, const char *text)
{
	if (text)
		envelope_element(e, tag, bytes_str(text));
}

/* <name xmlns="ns">, and its end behind the payload. */
static void open_content(struct envelope *e, struct wsman_request *q, const char *name,
			 const char *ns)
{
	envelope_put(e, "<");
	envelope_put(e, name);
	envelope_attr(e, "xmlns", bytes_str(ns));
	envelope_put(e, ">");

	struct envelope tail = { .out = &q->tail, .err = e->err, .status = e->status };
	envelope_put(&tail, "</");
	envelope_put(&tail, name);
	envelope_put(&tail, ">");
	e->status = tail.status;
}

/* Children in the order of MS-WSMV 4.7.1. */
static void put_shell_body(struct envelope *e, const struct wsman_create *args)
{
	if (args->environment_count) {
		envelope_put(e, "<rsp:Environment>");
		for (size_t i = 0; i < args->environment_count; i++) {
			envelope_put(e, "<rsp:Variable");
			envelope_attr(e, "Name", bytes_str(args->environment[i].name));
			envelope_put(e, ">");
			envelope_text(e, bytes_str(args->environment[i].value));
			envelope_put(e, "</rsp:Variable>");
		}
		envelope_put(e, "</rsp:Environment>");
	}
	put_optional(e, "rsp:WorkingDirectory", args->working_directory);
	if (args->lifetime_ms)
		envelope_duration(e, "rsp:Lifetime", args->lifetime_ms);
	if (args->idle_timeout_ms)
		envelope_duration(e, "rsp:IdleTimeOut", args->idle_timeout_ms);
	put_optional(e, "rsp:InputStreams", args->input_streams);
	put_optional(e, "rsp:OutputStreams", args->output_streams);
}

int wsman_create(struct wsman_shell *s, const struct wsman_create *args, const winch_guid *id,
		 struct wsman_request *q, winch_error *err)
{
	struct head head = { .op = WSMAN_CREATE,
			     .options = args->options,
			     .option_count = args->option_count };
	struct envelope e;
	char proposed[GUID_TEXT];

	int r = begin(&e, s, NULL, &head, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<rsp:Shell");
	if (args->shell_id) {
		winch_guid_text(args->shell_id, proposed);
		envelope_attr(&e, "ShellId", bytes_str(proposed));
	}
	if (args->name)
		envelope_attr(&e, "Name", bytes_str(args->name));
	envelope_put(&e, ">");
	put_shell_body(&e, args);
	if (args->content_name)
		open_content(&e, q, args->content_name, args->content_ns);
	if (e.status == 0 && args->shell_id)
		e.status = wsman_shell_set_id(s, bytes_str(proposed), err);
	return end(&e, s, NULL, q, "</rsp:Shell>", args->content_name);
}

int wsman_command(struct wsman_shell *s, struct wsman_command *c,
		  const struct wsman_command_args *args, const winch_guid *id,
		  struct wsman_request *q, winch_error *err)
{
	struct head head = { .op = WSMAN_COMMAND,
			     .options = args->options,
			     .option_count = args->option_count };
	bool payload = args->argument_count == 0 && !args->no_payload;
	struct envelope e;
	char proposed[GUID_TEXT];

	int r = begin_on_shell(&e, s, c, head, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<rsp:CommandLine");
	if (args->command_id) {
		winch_guid_text(args->command_id, proposed);
		envelope_attr(&e, "CommandId", bytes_str(proposed));
	}
	envelope_put(&e, ">");
	envelope_element(&e, "rsp:Command", bytes_str(args->command));
	for (size_t i = 0; i < args->argument_count; i++)
		envelope_element(&e, "rsp:Arguments", bytes_str(args->arguments[i]));
	if (payload)
		envelope_put(&e, "<rsp:Arguments>");
	if (e.status == 0 && args->command_id)
		e.status = wsman_command_set_id(c, bytes_str(proposed), err);
	return end(&e, s, c, q,
		   payload ? "</rsp:Arguments></rsp:CommandLine>" : "</rsp:CommandLine>", payload);
}

int wsman_send(struct wsman_shell *s, struct wsman_command *c, const char *stream, bool last,
	       const winch_guid *id, struct wsman_request *q, winch_error *err)
{
	struct envelope e;

	int r = begin_on_shell(&e, s, c, (struct head){ .op = WSMAN_SEND }, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<rsp:Send><rsp:Stream");
	envelope_attr(&e, "Name", bytes_str(stream));
	put_command_id(&e, c);
	if (last)
		envelope_put(&e, " End=\"true\"");
	envelope_put(&e, ">");
	return end(&e, s, c, q, "</rsp:Stream></rsp:Send>", true);
}

int wsman_receive(struct wsman_shell *s, struct wsman_command *c, const char *streams,
		  bool keep_alive, const winch_guid *id, struct wsman_request *q, winch_error *err)
{
	static const struct wsman_option option = { WSMAN_OPTION_KEEPALIVE, "TRUE", false };
	struct head head = { .op = WSMAN_RECEIVE,
			     .options = &option,
			     .option_count = keep_alive ? 1 : 0 };
	struct envelope e;

	int r = begin_on_shell(&e, s, c, head, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<rsp:Receive><rsp:DesiredStream");
	put_command_id(&e, c);
	envelope_put(&e, ">");
	envelope_text(&e, bytes_str(streams));
	return end(&e, s, c, q, "</rsp:DesiredStream></rsp:Receive>", false);
}

int wsman_signal(struct wsman_shell *s, struct wsman_command *c, const char *code,
		 const winch_guid *id, struct wsman_request *q, winch_error *err)
{
	struct envelope e;

	int r = begin_on_shell(&e, s, c, (struct head){ .op = WSMAN_SIGNAL }, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<rsp:Signal");
	put_command_id(&e, c);
	envelope_put(&e, ">");
	envelope_element(&e, "rsp:Code", bytes_str(code));
	r = end(&e, s, c, q, "</rsp:Signal>", false);
	if (r == 0 && c && strcmp(code, WSMAN_SIGNAL_TERMINATE) == 0)
		c->state = WSMAN_COMMAND_CLOSING;
	return r;
}

static int no_body(struct wsman_shell *s, const struct head *head, bool on_shell,
		   const winch_guid *id, struct wsman_request *q, winch_error *err)
{
	struct envelope e;

	int r = on_shell ? begin_on_shell(&e, s, NULL, *head, id, q, err)
			 : begin(&e, s, NULL, head, id, q, err);
	return r < 0 ? r : end(&e, s, NULL, q, "", false);
}

int wsman_delete(struct wsman_shell *s, const winch_guid *id, struct wsman_request *q,
		 winch_error *err)
{
	return no_body(s, &(struct head){ .op = WSMAN_DELETE }, true, id, q, err);
}

int wsman_get_shell(struct wsman_shell *s, const winch_guid *id, struct wsman_request *q,
		    winch_error *err)
{
	struct head head = { .op = WSMAN_GET_SHELL,
			     .resource_uri = BYTES_LIT(WSMAN_RESOURCE_SHELL) };

	return no_body(s, &head, true, id, q, err);
}

int wsman_get_config(struct wsman_shell *s, const winch_guid *id, struct wsman_request *q,
		     winch_error *err)
{
	struct head head = { .op = WSMAN_GET_CONFIG,
			     .resource_uri = BYTES_LIT(WSMAN_RESOURCE_CONFIG) };

	return no_body(s, &head, false, id, q, err);
}

/* DSP0226 11: no header at all, so that who has no idea of the service can ask it. */
int wsman_identify(struct wsman_shell *s, struct wsman_request *q, winch_error *err)
{
	struct envelope e = { .out = &q->body, .err = err };

	buf_clear(&q->body);
	buf_clear(&q->tail);
	q->op = WSMAN_IDENTIFY;
	q->max_envelope = s->max_envelope;
	q->timeout_ms = 0;
	q->message_id[0] = '\0';
	envelope_put(&e, "<s:Envelope xmlns:s=\"" WSMAN_NS_S "\" xmlns:i=\"" WSMAN_NS_ID
			 "\"><s:Header/><s:Body><i:Identify/>");
	return end(&e, s, NULL, q, "", false);
}

int wsman_disconnect(struct wsman_shell *s, unsigned idle_timeout_ms, const winch_guid *id,
		     struct wsman_request *q, winch_error *err)
{
	struct envelope e;

	int r = begin_on_shell(&e, s, NULL, (struct head){ .op = WSMAN_DISCONNECT }, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<rsp:Disconnect>");
	if (idle_timeout_ms)
		envelope_duration(&e, "rsp:IdleTimeOut", idle_timeout_ms);
	return end(&e, s, NULL, q, "</rsp:Disconnect>", false);
}

/* Of a shell: an empty body, as recorded (test_psrp_disconnect_runspaces). */
int wsman_reconnect(struct wsman_shell *s, struct wsman_command *c, const winch_guid *id,
		    struct wsman_request *q, winch_error *err)
{
	struct envelope e;

	int r = begin_on_shell(&e, s, c, (struct head){ .op = WSMAN_RECONNECT }, id, q, err);
	if (r < 0)
		return r;
	if (c) {
		envelope_put(&e, "<rsp:Reconnect");
		put_command_id(&e, c);
		envelope_put(&e, "/>");
	}
	return end(&e, s, c, q, "", false);
}

int wsman_connect(struct wsman_shell *s, struct wsman_command *c, const struct wsman_connect *args,
		  const winch_guid *id, struct wsman_request *q, winch_error *err)
{
	struct head head = { .op = WSMAN_CONNECT,
			     .options = args->options,
			     .option_count = args->option_count };
	struct envelope e;

	int r = begin_on_shell(&e, s, c, head, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<rsp:Connect");
	put_command_id(&e, c);
	envelope_put(&e, ">");
	if (args->content_name)
		open_content(&e, q, args->content_name, args->content_ns);
	return end(&e, s, c, q, "</rsp:Connect>", args->content_name);
}

static void put_filter(struct envelope *e, const char *of_shell)
{
	envelope_put(e, "<w:Filter Dialect=\"" WSMAN_DIALECT_SELECTOR
			"\"><w:SelectorSet><w:Selector Name=\"" WSMAN_SELECTOR_SHELL_ID "\">");
	envelope_text(e, bytes_str(of_shell));
	envelope_put(e, "</w:Selector></w:SelectorSet></w:Filter>");
}

static struct head enumeration(enum wsman_op op, const char *of_shell)
{
	struct bytes uri = BYTES_LIT(WSMAN_RESOURCE_SHELL);

	if (of_shell)
		uri = BYTES_LIT(WSMAN_RESOURCE_COMMAND);
	return (struct head){ .op = op, .resource_uri = uri, .shell_id = bytes_str(of_shell) };
}

int wsman_enumerate(struct wsman_shell *s, const char *of_shell, const winch_guid *id,
		    struct wsman_request *q, winch_error *err)
{
	struct head head = enumeration(WSMAN_ENUMERATE, of_shell);
	struct envelope e;

	int r = begin(&e, s, NULL, &head, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<n:Enumerate><w:OptimizeEnumeration/>"
			 "<w:MaxElements>32000</w:MaxElements>");
	if (of_shell)
		put_filter(&e, of_shell);
	return end(&e, s, NULL, q, "</n:Enumerate>", false);
}

int wsman_pull(struct wsman_shell *s, const char *of_shell, struct bytes context,
	       const winch_guid *id, struct wsman_request *q, winch_error *err)
{
	struct head head = enumeration(WSMAN_PULL, of_shell);
	struct envelope e;

	int r = begin(&e, s, NULL, &head, id, q, err);
	if (r < 0)
		return r;
	envelope_put(&e, "<n:Pull>");
	envelope_element(&e, "n:EnumerationContext", context);
	return end(&e, s, NULL, q, "<n:MaxElements>32000</n:MaxElements></n:Pull>", false);
}
