/*
 * wsman-samples.c - one request of each kind, as tests write them.
 */
#include "tests/unit/wsman-samples.h"

#include <stdlib.h>

#include "wsman/names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PS           "http://schemas.microsoft.com/powershell"

static const winch_guid shell_guid = { { 0x12, 0x34, 0xAB, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
					 13 } };
static const winch_guid command_guid = { { 0xC0, 0xFF, 0xEE, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
					   13 } };
static const winch_guid message_guid = { { 0xAA, 0xBB, 0xCC, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
					   13 } };

int sample_init(struct sample *s, winch_error *err)
{
	struct wsman_shell_options opts = {
		.to = "http://host.example:5985/wsman?PSVersion=5.1&x=<y>",
		.resource_uri = PS "/Microsoft.PowerShell",
		.session_id = { { 0x5E, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } },
	};

	s->request = (struct wsman_request)WSMAN_REQUEST_INIT;
	wsman_command_init(&s->command);
	return wsman_shell_init(&s->shell, &opts, err);
}

void sample_done(struct sample *s)
{
	wsman_shell_done(&s->shell);
	wsman_command_done(&s->command);
	wsman_request_done(&s->request);
}

void sample_open(struct sample *s)
{
	s->shell.state = WSMAN_SHELL_OPEN;
	s->command.state = WSMAN_COMMAND_RUNNING;
	if (wsman_shell_set_id(&s->shell, BYTES_LIT("1234AB01-0203-0405-0607-08090A0B0C0D"), NULL) <
		    0 ||
	    wsman_command_set_id(&s->command, BYTES_LIT("C0FFEE01-0203-0405-0607-08090A0B0C0D"),
				 NULL) < 0)
		abort();
}

static int finish(struct sample *s, int r, winch_error *err)
{
	return r < 0 ? r : wsman_finish(&s->request, BYTES_LIT("payload\0 of bytes"), err);
}

static int create_ps(struct sample *s, winch_error *err)
{
	static const struct wsman_option options[] = { { "protocolversion", "2.3", true },
						       { WSMAN_OPTION_NOPROFILE, "TRUE", false } };
	struct wsman_create args = { .shell_id = &shell_guid,
				     .name = "Runspace1",
				     .input_streams = "stdin pr",
				     .output_streams = "stdout",
				     .options = options,
				     .option_count = COUNT(options),
				     .idle_timeout_ms = 60000,
				     .content_name = "creationXml",
				     .content_ns = PS };

	int r = wsman_create(&s->shell, &args, &message_guid, &s->request, err);
	return finish(s, r, err);
}

static int create_cmd(struct sample *s, winch_error *err)
{
	static const struct wsman_option options[] = { { WSMAN_OPTION_NOPROFILE, "TRUE", false },
						       { WSMAN_OPTION_CODEPAGE, "65001", false } };
	static const struct wsman_variable environment[] = { { "env1", "var1" },
							     { "<&\"'>", "a\r\nb\t<&>]]>" } };
	struct wsman_create args = { .input_streams = "stdin",
				     .output_streams = "stdout stderr",
				     .options = options,
				     .option_count = COUNT(options),
				     .environment = environment,
				     .environment_count = COUNT(environment),
				     .working_directory = "C:\\Übung & co",
				     .lifetime_ms = 1500,
				     .idle_timeout_ms = 60000 };

	buf_clear(&s->shell.resource_uri);
	int r = buf_put_str(&s->shell.resource_uri, WSMAN_RESOURCE_CMD, err);
	return r < 0 ? r : wsman_create(&s->shell, &args, &message_guid, &s->request, err);
}

static int command_ps(struct sample *s, winch_error *err)
{
	static const struct wsman_option option = { WSMAN_OPTION_SKIP_CMD_SHELL, "FALSE", false };
	struct wsman_command_args args = {
		.command_id = &command_guid, .command = "", .options = &option, .option_count = 1
	};

	s->command.state = WSMAN_COMMAND_BEFORE;
	int r = wsman_command(&s->shell, &s->command, &args, &message_guid, &s->request, err);
	return finish(s, r, err);
}

static int command_cmd(struct sample *s, winch_error *err)
{
	static const struct wsman_option options[] = {
		{ WSMAN_OPTION_SKIP_CMD_SHELL, "TRUE", false },
		{ WSMAN_OPTION_CONSOLEMODE_STDIN, "TRUE", false }
	};
	static const char *const arguments[] = { "/c", "echo <hi> && exit 1" };
	struct wsman_command_args args = { .command = "cmd.exe",
					   .arguments = arguments,
					   .argument_count = COUNT(arguments),
					   .options = options,
					   .option_count = COUNT(options) };

	s->command.state = WSMAN_COMMAND_BEFORE;
	return wsman_command(&s->shell, &s->command, &args, &message_guid, &s->request, err);
}

static int command_alone(struct sample *s, winch_error *err)
{
	struct wsman_command_args args = { .command = "dir", .no_payload = true };

	s->command.state = WSMAN_COMMAND_BEFORE;
	return wsman_command(&s->shell, &s->command, &args, &message_guid, &s->request, err);
}

static int send_command(struct sample *s, winch_error *err)
{
	return finish(
		s,
		wsman_send(&s->shell, &s->command, "stdin", false, &message_guid, &s->request, err),
		err);
}

static int send_end(struct sample *s, winch_error *err)
{
	int r = wsman_send(&s->shell, &s->command, "stdin", true, &message_guid, &s->request, err);

	return r < 0 ? r : wsman_finish(&s->request, (struct bytes){ 0 }, err);
}

static int send_shell(struct sample *s, winch_error *err)
{
	return finish(s, wsman_send(&s->shell, NULL, "pr", false, &message_guid, &s->request, err),
		      err);
}

static int receive_command(struct sample *s, winch_error *err)
{
	return wsman_receive(&s->shell, &s->command, "stdout", true, &message_guid, &s->request,
			     err);
}

static int receive_shell(struct sample *s, winch_error *err)
{
	return wsman_receive(&s->shell, NULL, "stdout stderr", false, &message_guid, &s->request,
			     err);
}

static int signal_terminate(struct sample *s, winch_error *err)
{
	return wsman_signal(&s->shell, &s->command, WSMAN_SIGNAL_TERMINATE, &message_guid,
			    &s->request, err);
}

static int signal_stop(struct sample *s, winch_error *err)
{
	return wsman_signal(&s->shell, &s->command, WSMAN_SIGNAL_STOP, &message_guid, &s->request,
			    err);
}

static int delete_shell(struct sample *s, winch_error *err)
{
	return wsman_delete(&s->shell, &message_guid, &s->request, err);
}

static int get_shell(struct sample *s, winch_error *err)
{
	return wsman_get_shell(&s->shell, &message_guid, &s->request, err);
}

static int get_config(struct sample *s, winch_error *err)
{
	return wsman_get_config(&s->shell, &message_guid, &s->request, err);
}

static int identify(struct sample *s, winch_error *err)
{
	return wsman_identify(&s->shell, &s->request, err);
}

static int disconnect(struct sample *s, winch_error *err)
{
	return wsman_disconnect(&s->shell, 90500, &message_guid, &s->request, err);
}

static int reconnect_shell(struct sample *s, winch_error *err)
{
	s->shell.state = WSMAN_SHELL_DISCONNECTED;
	return wsman_reconnect(&s->shell, NULL, &message_guid, &s->request, err);
}

static int reconnect_command(struct sample *s, winch_error *err)
{
	return wsman_reconnect(&s->shell, &s->command, &message_guid, &s->request, err);
}

static int connect_shell(struct sample *s, winch_error *err)
{
	static const struct wsman_option option = { "protocolversion", "2.3", false };
	struct wsman_connect args = { .options = &option,
				      .option_count = 1,
				      .content_name = "connectXml",
				      .content_ns = PS };

	s->shell.state = WSMAN_SHELL_BEFORE;
	return finish(s, wsman_connect(&s->shell, NULL, &args, &message_guid, &s->request, err),
		      err);
}

static int connect_command(struct sample *s, winch_error *err)
{
	struct wsman_connect args = { 0 };

	s->command.state = WSMAN_COMMAND_BEFORE;
	return wsman_connect(&s->shell, &s->command, &args, &message_guid, &s->request, err);
}

static int enumerate_shells(struct sample *s, winch_error *err)
{
	return wsman_enumerate(&s->shell, NULL, &message_guid, &s->request, err);
}

static int enumerate_commands(struct sample *s, winch_error *err)
{
	return wsman_enumerate(&s->shell, "1234AB01-0203-0405-0607-08090A0B0C0D", &message_guid,
			       &s->request, err);
}

static int pull(struct sample *s, winch_error *err)
{
	return wsman_pull(&s->shell, NULL, BYTES_LIT("uuid:context"), &message_guid, &s->request,
			  err);
}

const struct sample_row sample_rows[] = {
	{ "create-ps", create_ps, false },
	{ "create-cmd", create_cmd, false },
	{ "command-ps", command_ps, true },
	{ "command-cmd", command_cmd, true },
	{ "command-alone", command_alone, true },
	{ "send-command", send_command, true },
	{ "send-end", send_end, true },
	{ "send-shell", send_shell, true },
	{ "receive-command", receive_command, true },
	{ "receive-shell", receive_shell, true },
	{ "signal-terminate", signal_terminate, true },
	{ "signal-stop", signal_stop, true },
	{ "delete", delete_shell, true },
	{ "get-shell", get_shell, true },
	{ "get-config", get_config, false },
	{ "identify", identify, false },
	{ "disconnect", disconnect, true },
	{ "reconnect-shell", reconnect_shell, true },
	{ "reconnect-command", reconnect_command, true },
	{ "connect-shell", connect_shell, true },
	{ "connect-command", connect_command, true },
	{ "enumerate-shells", enumerate_shells, false },
	{ "enumerate-commands", enumerate_commands, false },
	{ "pull", pull, false },
};
const size_t sample_row_count = COUNT(sample_rows);
