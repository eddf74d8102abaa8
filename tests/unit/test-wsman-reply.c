/*
 * test-wsman-reply.c - replies: what is read of them, what they change, what is refused.
 *
 * Each is also read one byte at a time, and with each allocation failing in turn.
 */
#include "tests/unit/test.h"

#include "src/base/mem.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/wsman-samples.h"
#include "wsman/names.h"
#include "wsman/reply.h"

#define MESSAGE_ID "uuid:AABBCC01-0203-0405-0607-08090A0B0C0D"
#define ENVELOPE(action, relates, body)                                                            \
	"<s:Envelope xmlns:s='" WSMAN_NS_S "' xmlns:a='" WSMAN_NS_A "' xmlns:w='" WSMAN_NS_W       \
	"' xmlns:x='" WSMAN_NS_X "' xmlns:rsp='" WSMAN_NS_RSP "' xmlns:f='" WSMAN_NS_F             \
	"' xmlns:n='" WSMAN_NS_N "' xmlns:i='" WSMAN_NS_ID "' xmlns:c='" WSMAN_NS_CFG              \
	"'><s:Header><a:Action>" action "</a:Action><a:MessageID>uuid:0</a:MessageID>"             \
	"<a:RelatesTo>" relates "</a:RelatesTo></s:Header><s:Body>" body "</s:Body></s:Envelope>"
#define REPLY(action, body) ENVELOPE(action "Response", MESSAGE_ID, body)
#define RECEIVED(body)                                                                             \
	REPLY(WSMAN_ACTION_RECEIVE, "<rsp:ReceiveResponse>" body "</rsp:ReceiveResponse>")
#define FAULT(body) ENVELOPE(WSMAN_ACTION_FAULT, MESSAGE_ID, "<s:Fault>" body "</s:Fault>")
#define SHELL_ID    "1234AB01-0203-0405-0607-08090A0B0C0D"
#define COMMAND_ID  "C0FFEE01-0203-0405-0607-08090A0B0C0D"
#define WSMAN_FAULT(code)                                                                          \
	FAULT("<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Detail><f:WSManFault Code='" code    \
	      "'><f:Message>no </f:Message></f:WSManFault></s:Detail>")

enum { MAX_DATA = 1 << 20 };

struct scene {
	struct sample sample;
	struct wsman_reply reply;
	winch_error err;
	struct wsman_command *command;
};

static void scene_done(struct scene *t)
{
	sample_done(&t->sample);
	wsman_reply_done(&t->reply);
	winch_error_done(&t->err);
}

/* A shell of which the named sample was just asked. */
static void ask(struct scene *t, const char *name)
{
	*t = (struct scene){ .err = WINCH_ERROR_INIT };
	wsman_reply_init(&t->reply, MAX_DATA);
	assert_int_equal(sample_init(&t->sample, NULL), 0);
	for (size_t i = 0; i < sample_row_count; i++) {
		if (strcmp(sample_rows[i].name, name) != 0)
			continue;
		if (sample_rows[i].open)
			sample_open(&t->sample);
		assert_int_equal(sample_rows[i].write(&t->sample, NULL), 0);
		bool on_command = strstr(name, "command") || strstr(name, "signal") ||
				  strstr(name, "send-end");
		t->command = on_command ? &t->sample.command : NULL;
		return;
	}
	assert_true(false);
}

static int answer_status(struct scene *t, int http_status, const char *text)
{
	return wsman_read(&t->sample.shell, t->command, &t->sample.request, http_status,
			  bytes_str(text), &t->reply, &t->err);
}

static int answer(struct scene *t, const char *text)
{
	return answer_status(t, 200, text);
}

#define assert_text(value, text)                                                                   \
	do {                                                                                       \
		struct bytes seen_ = (value);                                                      \
		assert_int_equal(seen_.len, strlen(text));                                         \
		assert_memory_equal(seen_.len ? seen_.data : (const uint8_t *)"", text,            \
				    seen_.len);                                                    \
	} while (0)

/* ---- answers ---- */

static const char two_streams[] = RECEIVED(
	"<rsp:Stream Name='stdout' CommandId='" COMMAND_ID "'>b25l</rsp:Stream>"
	"<rsp:Stream Name='stdout' CommandId='" COMMAND_ID "'> dHdv\r\n IQ= =\n</rsp:Stream>"
	"<rsp:Stream Name='stderr' CommandId='" COMMAND_ID "'>ZXJy</rsp:Stream>"
	"<rsp:Stream Name='stdout' CommandId='" COMMAND_ID "' End='true'>LQ==</rsp:Stream>"
	"<rsp:Stream Name='stderr' CommandId='" COMMAND_ID "' End='TRUE'/>"
	"<rsp:CommandState CommandId='" COMMAND_ID "' State='" WSMAN_STATE_DONE
	"'><rsp:ExitCode>4294967295</rsp:ExitCode></rsp:CommandState>");

static void streams_in_the_order_they_came(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "receive-command");
	assert_int_equal(answer(&t, two_streams), 0);
	assert_int_equal(t.reply.chunk_count, 4);
	assert_text(t.reply.chunks[0].data, "onetwo!");
	assert_text(t.reply.chunks[0].stream, "stdout");
	assert_text(t.reply.chunks[0].command_id, COMMAND_ID);
	assert_false(t.reply.chunks[0].end);
	assert_text(t.reply.chunks[1].data, "err");
	assert_true(t.reply.chunks[2].end);
	assert_text(t.reply.chunks[2].data, "-");
	assert_text(t.reply.chunks[3].stream, "stderr");
	assert_true(t.reply.chunks[3].end);
	assert_int_equal(t.reply.chunks[3].data.len, 0);
	assert_int_equal(t.reply.progress, WSMAN_PROGRESS_DONE);
	assert_text(t.reply.progress_command_id, COMMAND_ID);
	assert_true(t.reply.has_exit_code);
	assert_true(t.reply.exit_code == 4294967295);
	assert_int_equal(t.sample.command.state, WSMAN_COMMAND_ENDED);
}

static void progress_without_end(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "receive-command");
	assert_int_equal(answer(&t, RECEIVED("<rsp:CommandState CommandId='" COMMAND_ID
					     "' State='" WSMAN_STATE_PENDING "'/>")),
			 0);
	assert_int_equal(t.reply.progress, WSMAN_PROGRESS_PENDING);
	assert_false(t.reply.has_exit_code);
	assert_int_equal(t.reply.chunk_count, 0);
	assert_int_equal(t.sample.command.state, WSMAN_COMMAND_RUNNING);
	assert_int_equal(answer(&t, RECEIVED("<rsp:CommandState State='x'/>")), WINCH_E_PROTOCOL);
}

static const char created[] =
	REPLY(WSMAN_ACTION_CREATE,
	      "<x:ResourceCreated><a:Address>http://h/wsman</a:Address><a:ReferenceParameters>"
	      "<w:ResourceURI>uri</w:ResourceURI><w:SelectorSet><w:Selector Name='Other'>no"
	      "</w:Selector><w:Selector Name='ShellId'> own-id </w:Selector></w:SelectorSet>"
	      "</a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>not-this"
	      "</rsp:ShellId><rsp:Owner>u</rsp:Owner><rsp:IdleTimeOut>PT7200.500S</rsp:IdleTimeOut>"
	      "<rsp:MaxIdleTimeOut>P1DT1H1M1S</rsp:MaxIdleTimeOut><rsp:State>Connected</rsp:State>"
	      "<rsp:New><rsp:ShellId>no</rsp:ShellId></rsp:New></rsp:Shell>");

static void the_servers_own_id_counts(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "create-ps");
	assert_text(buf_bytes(&t.sample.shell.id), SHELL_ID);
	assert_int_equal(answer(&t, created), 0);
	assert_text(t.reply.shell_id, "own-id");
	assert_text(buf_bytes(&t.sample.shell.id), "own-id");
	assert_int_equal(t.sample.shell.state, WSMAN_SHELL_OPEN);
	assert_int_equal(t.reply.shell_count, 1);
	assert_text(t.reply.shells[0].owner, "u");
	assert_int_equal(t.reply.shells[0].idle_timeout_ms, 7200500);
	assert_int_equal(t.reply.shells[0].max_idle_timeout_ms, 90061000);
	assert_false(t.reply.shells[0].disconnected);
}

static void an_old_server_gives_only_selectors(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "create-ps");
	assert_int_equal(
		answer(&t, REPLY(WSMAN_ACTION_CREATE,
				 "<x:ResourceCreated><a:ReferenceParameters><w:SelectorSet>"
				 "<w:Selector Name='ShellId'>C8</w:Selector>"
				 "</w:SelectorSet></a:ReferenceParameters>"
				 "</x:ResourceCreated>")),
		0);
	assert_text(buf_bytes(&t.sample.shell.id), "C8");
}

static void a_command_is_named(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "command-ps");
	assert_int_equal(answer(&t, REPLY(WSMAN_ACTION_COMMAND,
					  "<rsp:CommandResponse><rsp:CommandId>24</rsp:CommandId>"
					  "</rsp:CommandResponse>")),
			 0);
	assert_text(buf_bytes(&t.sample.command.id), "24");
	assert_int_equal(t.sample.command.state, WSMAN_COMMAND_RUNNING);
}

/* Each has its path as a name; what the host says of itself as a client is left out. */
static void the_configuration(void **state)
{
	static const struct {
		const char *name, *value;
	} want[] = {
		{ "MaxEnvelopeSizekb", "500" },
		{ "Service/Auth/Basic", "true" },
		{ "Service/Auth/CbtHardeningLevel", "Relaxed" },
		{ "Service/AllowUnencrypted", "false" },
		{ "Winrs/MaxShellsPerUser", "30" },
	};
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "get-config");
	assert_int_equal(
		answer(&t, REPLY(WSMAN_ACTION_GET,
				 "<c:Config><c:MaxEnvelopeSizekb>500</c:MaxEnvelopeSizekb>"
				 "<c:Client><c:Auth><c:Basic>false</c:Basic></c:Auth></c:Client>"
				 "<c:Service> <c:Auth><c:Basic> true </c:Basic><c:Empty/>"
				 "<c:CbtHardeningLevel>Relaxed</c:CbtHardeningLevel></c:Auth>"
				 "<c:AllowUnencrypted>false</c:AllowUnencrypted></c:Service>"
				 "<c:Winrs><c:MaxShellsPerUser>30</c:MaxShellsPerUser></c:Winrs>"
				 "<s:Strange>1</s:Strange></c:Config>")),
		0);
	assert_int_equal(t.reply.setting_count, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < t.reply.setting_count; i++) {
		assert_text(t.reply.settings[i].name, want[i].name);
		assert_text(t.reply.settings[i].value, want[i].value);
	}
	assert_int_equal(t.reply.max_envelope, 512000);
}

static void other_answers(void **state)
{
	AUTO(scene_done) struct scene config, gone, identify, signalled;

	(void)state;
	ask(&config, "get-config");
	assert_int_equal(answer(&config, REPLY(WSMAN_ACTION_GET,
					       "<c:Config><c:MaxEnvelopeSizekb>500"
					       "</c:MaxEnvelopeSizekb><c:Client/></c:Config>")),
			 0);
	assert_int_equal(config.reply.max_envelope, 512000);

	ask(&gone, "delete");
	assert_int_equal(answer(&gone, REPLY(WSMAN_ACTION_DELETE, "")), 0);
	assert_int_equal(gone.sample.shell.state, WSMAN_SHELL_GONE);

	ask(&identify, "identify");
	assert_int_equal(answer(&identify,
				"<s:Envelope xmlns:s='" WSMAN_NS_S
				"'><s:Header/><s:Body><i:IdentifyResponse xmlns:i='" WSMAN_NS_ID
				"'><i:ProductVendor>V</i:ProductVendor>"
				"<i:ProductVersion>1</i:ProductVersion>"
				"</i:IdentifyResponse></s:Body></s:Envelope>"),
			 0);
	assert_text(identify.reply.product_vendor, "V");

	ask(&signalled, "signal-terminate");
	assert_int_equal(answer(&signalled, REPLY(WSMAN_ACTION_SIGNAL, "<rsp:SignalResponse/>")),
			 0);
	assert_int_equal(signalled.sample.command.state, WSMAN_COMMAND_GONE);
}

static const char enumerated[] =
	REPLY(WSMAN_ACTION_ENUMERATE,
	      "<n:EnumerateResponse><n:EnumerationContext>c1</n:EnumerationContext><w:Items>"
	      "<rsp:Shell Name='n'><rsp:ShellId>A</rsp:ShellId><rsp:State>Disconnected</rsp:State>"
	      "</rsp:Shell><rsp:Shell><rsp:ShellId>B</rsp:ShellId></rsp:Shell>"
	      "<rsp:Command><rsp:CommandId>C</rsp:CommandId><rsp:CommandState>Running"
	      "</rsp:CommandState></rsp:Command></w:Items></n:EnumerateResponse>");

static void shells_are_listed(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "enumerate-shells");
	assert_int_equal(answer(&t, enumerated), 0);
	assert_text(t.reply.context, "c1");
	assert_int_equal(t.reply.shell_count, 3);
	assert_text(t.reply.shells[0].name, "n");
	assert_true(t.reply.shells[0].disconnected);
	assert_text(t.reply.shells[1].shell_id, "B");
	assert_text(t.reply.shells[2].command_id, "C");
	assert_text(t.reply.shells[2].state, "Running");
}

static void open_content_comes_as_a_chunk(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "connect-shell");
	assert_int_equal(answer(&t, REPLY(WSMAN_ACTION_CONNECT,
					  "<rsp:ConnectResponse><rsp:InputStreams>stdin"
					  "</rsp:InputStreams><connectResponseXml xmlns='urn:x'>"
					  "b25l</connectResponseXml></rsp:ConnectResponse>")),
			 0);
	assert_int_equal(t.reply.chunk_count, 1);
	assert_text(t.reply.chunks[0].stream, "connectResponseXml");
	assert_text(t.reply.chunks[0].data, "one");
	assert_int_equal(t.sample.shell.state, WSMAN_SHELL_OPEN);
}

/* ---- faults ---- */

static const char nested_fault[] = FAULT(
	"<s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value>"
	"<s:Subcode><s:Value>w:Inner</s:Value></s:Subcode></s:Subcode></s:Code>"
	"<s:Reason><s:Text xml:lang='de-DE'>Zugriff verweigert</s:Text><s:Text xml:lang='en-US'>x"
	"</s:Text></s:Reason><s:Detail><w:FaultDetail>uri</w:FaultDetail>"
	"<f:WSManFault Code='2150858811' Machine='m'><f:Message> \n<f:ProviderFault "
	"provider='microsoft.powershell' path='pwrshplugin.dll'>\n<f:WSManFault Code='-2141976624' "
	"Machine='m'><f:Message>no such  configuration\n</f:Message></f:WSManFault>"
	"</f:ProviderFault> </f:Message></f:WSManFault></s:Detail>");

static void a_fault_inside_the_providers(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "create-ps");
	assert_int_equal(answer_status(&t, 500, nested_fault), WINCH_E_FAULT);
	assert_int_equal(t.err.fault, 2150858811u);
	assert_int_equal(t.err.http_status, 500);
	assert_non_null(strstr(winch_error_text(&t.err), "Create: fault 2150858811 ("));
	assert_non_null(strstr(winch_error_text(&t.err), "): no such  configuration"));
	const struct wsman_fault *f = &t.reply.fault;
	assert_true(f->seen);
	assert_int_equal(f->class, WSMAN_FAULT_NOT_FOUND);
	assert_text(f->soap_code, "s:Receiver");
	assert_text(f->soap_subcode, "w:InternalError");
	assert_text(f->reason, "Zugriff verweigert");
	assert_text(f->detail, "uri");
	assert_text(f->machine, "m");
	assert_text(f->message, "");
	assert_text(f->provider, "microsoft.powershell");
	assert_text(f->provider_path, "pwrshplugin.dll");
	assert_text(f->provider_message, "no such  configuration");
	assert_int_equal(f->provider_code, 0x805407D0u);
	assert_int_equal(t.sample.shell.state, WSMAN_SHELL_GONE);
}

static void time_over_means_poll_again(void **state)
{
	AUTO(scene_done) struct scene receive, create;

	(void)state;
	ask(&receive, "receive-shell");
	assert_int_equal(answer_status(&receive, 500, WSMAN_FAULT("2150858793")), WSMAN_POLL_AGAIN);
	assert_int_equal(receive.sample.shell.state, WSMAN_SHELL_OPEN);
	assert_null(receive.err.text);

	/* Create's time is over: it may have acted. */
	ask(&create, "create-ps");
	assert_int_equal(answer_status(&create, 500, WSMAN_FAULT("2150858793")), WINCH_E_FAULT);
	assert_true(wsman_shell_is_open(&create.sample.shell));
}

static void what_is_gone_is_known(void **state)
{
	AUTO(scene_done) struct scene shell, command, aborted;

	(void)state;
	ask(&shell, "receive-shell");
	assert_int_equal(answer(&shell, WSMAN_FAULT("2150858843")), WINCH_E_FAULT);
	assert_int_equal(shell.sample.shell.state, WSMAN_SHELL_GONE);
	assert_false(wsman_shell_is_open(&shell.sample.shell));

	ask(&command, "receive-command");
	assert_int_equal(answer(&command, WSMAN_FAULT("2150858843")), WINCH_E_FAULT);
	assert_int_equal(command.sample.command.state, WSMAN_COMMAND_GONE);
	assert_int_equal(command.sample.shell.state, WSMAN_SHELL_OPEN);

	ask(&aborted, "receive-command");
	assert_int_equal(answer(&aborted, WSMAN_FAULT("995")), WINCH_E_FAULT);
	assert_int_equal(aborted.reply.fault.class, WSMAN_FAULT_ABORTED);
	assert_int_equal(aborted.sample.command.state, WSMAN_COMMAND_RUNNING);
}

static void a_fault_without_number(void **state)
{
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "receive-shell");
	assert_int_equal(answer(&t, ENVELOPE("x", "",
					     "<s:Fault><s:Code><s:Value>s:Sender</s:Value>"
					     "<s:Subcode><s:Value>w:Odd</s:Value>"
					     "</s:Subcode></s:Code></s:Fault>")),
			 WINCH_E_FAULT);
	assert_int_equal(t.err.fault, 0);
	assert_int_equal(t.reply.fault.class, WSMAN_FAULT_OTHER);
	assert_non_null(strstr(winch_error_text(&t.err), "w:Odd"));
}

/* ---- what is no answer ---- */

static void no_answers(void **state)
{
	static const char *const bad[] = {
		"",
		"garbage",
		"<html/>",
		"<s:Envelope xmlns:s='urn:other'/>",
		"<s:Envelope xmlns:s='" WSMAN_NS_S "'/>",
		"<!DOCTYPE x><s:Envelope xmlns:s='" WSMAN_NS_S "'><s:Body/></s:Envelope>",
		ENVELOPE(WSMAN_ACTION_RECEIVE "Response", "uuid:other", "<rsp:ReceiveResponse/>"),
		ENVELOPE(WSMAN_ACTION_RECEIVE "Response", "", "<rsp:ReceiveResponse/>"),
		ENVELOPE(WSMAN_ACTION_SEND "Response", MESSAGE_ID, "<rsp:ReceiveResponse/>"),
		ENVELOPE(WSMAN_ACTION_RECEIVE, MESSAGE_ID, "<rsp:ReceiveResponse/>"),
		REPLY(WSMAN_ACTION_RECEIVE, ""),
		REPLY(WSMAN_ACTION_RECEIVE, "<rsp:SendResponse/>"),
		ENVELOPE(WSMAN_ACTION_FAULT, "uuid:other", "<s:Fault/>"),
		RECEIVED("<rsp:Stream>not base64!</rsp:Stream>"),
		RECEIVED("<rsp:Stream>AAA</rsp:Stream>"),
		RECEIVED("<rsp:Stream>AA==AA==</rsp:Stream>"),
		RECEIVED("<rsp:CommandState State='" WSMAN_STATE_DONE
			 "'><rsp:ExitCode>x</rsp:ExitCode></rsp:CommandState>"),
		RECEIVED("</rsp:ReceiveResponse>"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(scene_done) struct scene t;
		ask(&t, "receive-shell");
		assert_int_equal(answer_status(&t, 404, bad[i]), WINCH_E_PROTOCOL);
		assert_int_equal(t.err.http_status, 404);
		assert_int_equal(t.sample.shell.state, WSMAN_SHELL_OPEN);
		assert_non_null(strstr(winch_error_text(&t.err), "Receive: HTTP status 404"));
		assert_int_equal(wsman_read(&t.sample.shell, NULL, &t.sample.request, 404,
					    bytes_str(bad[i]), &t.reply, NULL),
				 WINCH_E_PROTOCOL);
	}
}

static void ids_must_be_there(void **state)
{
	AUTO(scene_done) struct scene create, command;

	(void)state;
	ask(&create, "create-ps");
	assert_int_equal(answer(&create, REPLY(WSMAN_ACTION_CREATE, "<x:ResourceCreated/>")),
			 WINCH_E_PROTOCOL);
	assert_true(wsman_shell_is_open(&create.sample.shell));
	ask(&command, "command-ps");
	assert_int_equal(answer(&command, REPLY(WSMAN_ACTION_COMMAND, "<rsp:CommandResponse/>")),
			 WINCH_E_PROTOCOL);
}

/* ---- limits ---- */

static void nested(struct buf *out, int depth)
{
	for (int i = 0; i < depth; i++)
		assert_int_equal(buf_put_str(out, "<x>", NULL), 0);
	for (int i = 0; i < depth; i++)
		assert_int_equal(buf_put_str(out, "</x>", NULL), 0);
}

static int answer_nested(int depth)
{
	static const char text[] = RECEIVED("@");
	const char *at = strchr(text, '@');
	AUTO(buf_done) struct buf b = { .max = 1 << 20 };
	AUTO(scene_done) struct scene t;

	ask(&t, "receive-shell");
	assert_int_equal(buf_put(&b, bytes_of(text, (size_t)(at - text)), NULL), 0);
	nested(&b, depth);
	assert_int_equal(buf_put_str(&b, at + 1, NULL), 0);
	return answer(&t, buf_cstr(&b, NULL));
}

static void depth_is_limited(void **state)
{
	(void)state;
	/* Envelope, Body and ReceiveResponse are the first three. */
	assert_int_equal(answer_nested(REPLY_MAX_DEPTH - 3), 0);
	assert_int_equal(answer_nested(REPLY_MAX_DEPTH - 2), WINCH_E_PROTOCOL);
}

static void data_is_limited(void **state)
{
	static const char text[] =
		RECEIVED("<rsp:Stream>AAAA</rsp:Stream><rsp:Stream>AAAAAAAA</rsp:Stream>");
	AUTO(scene_done) struct scene t;

	(void)state;
	ask(&t, "receive-shell");
	t.reply.data.max = 9;
	assert_int_equal(answer(&t, text), 0);
	t.reply.data.max = 8;
	assert_int_equal(answer(&t, text), WINCH_E_LIMIT);
}

/* ---- all of them, in pieces and without memory ---- */

static const struct {
	const char *asked, *text;
} all[] = {
	{ "receive-command", two_streams },
	{ "create-ps", created },
	{ "enumerate-shells", enumerated },
	{ "create-ps", nested_fault },
	{ "receive-shell", WSMAN_FAULT("2150858793") },
};

static void compare_chunks(const struct wsman_reply *a, const struct wsman_reply *b)
{
	assert_int_equal(a->chunk_count, b->chunk_count);
	for (size_t i = 0; i < a->chunk_count; i++) {
		assert_true(bytes_eq(a->chunks[i].stream, b->chunks[i].stream));
		assert_true(bytes_eq(a->chunks[i].data, b->chunks[i].data));
		assert_int_equal(a->chunks[i].end, b->chunks[i].end);
	}
}

static void one_byte_at_a_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		AUTO(scene_done) struct scene t;
		AUTO(reply_reader_done) struct reply_reader r = { 0 };
		struct wsman_reply slow;
		wsman_reply_init(&slow, MAX_DATA);
		ask(&t, all[i].asked);
		answer(&t, all[i].text);
		assert_int_equal(reply_reader_init(&r, &slow, NULL), 0);
		for (const char *at = all[i].text; *at; at++)
			assert_int_equal(reply_reader_feed(&r, bytes_of(at, 1), NULL), 0);
		assert_int_equal(reply_reader_end(&r, NULL), 0);
		compare_chunks(&t.reply, &slow);
		assert_int_equal(t.reply.shell_count, slow.shell_count);
		assert_int_equal(t.reply.fault.code, slow.fault.code);
		assert_true(bytes_eq(t.reply.fault.provider_message, slow.fault.provider_message));
		assert_int_equal(t.reply.exit_code, slow.exit_code);
		wsman_reply_done(&slow);
	}
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (unsigned long n = 1;; n++) {
			AUTO(scene_done) struct scene t;
			ask(&t, all[i].asked);
			mem_fail_at(n);
			int r = answer(&t, all[i].text);
			bool failed = mem_count() >= n;
			mem_fail_at(0);
			if (!failed)
				break;
			/* The text of an error may be what there was no memory for. */
			assert_true(r == WINCH_E_NOMEM || r == WINCH_E_FAULT);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_in_the_order_they_came),
		cmocka_unit_test(progress_without_end),
		cmocka_unit_test(the_servers_own_id_counts),
		cmocka_unit_test(an_old_server_gives_only_selectors),
		cmocka_unit_test(a_command_is_named),
		cmocka_unit_test(the_configuration),
		cmocka_unit_test(other_answers),
		cmocka_unit_test(shells_are_listed),
		cmocka_unit_test(open_content_comes_as_a_chunk),
		cmocka_unit_test(a_fault_inside_the_providers),
		cmocka_unit_test(time_over_means_poll_again),
		cmocka_unit_test(what_is_gone_is_known),
		cmocka_unit_test(a_fault_without_number),
		cmocka_unit_test(no_answers),
		cmocka_unit_test(ids_must_be_there),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(data_is_limited),
		cmocka_unit_test(one_byte_at_a_time),
		cmocka_unit_test(each_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
