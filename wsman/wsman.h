/*
 * wsman.h - WS-Management shells: operations to envelopes, replies to plain structs.
 *
 * Nothing here does I/O, reads a clock or draws random: message ids are arguments.
 *
 *     struct wsman_request q = WSMAN_REQUEST_INIT;
 *     wsman_send(shell, command, "stdin", false, &id, &q, err);   all up to the payload
 *     room = wsman_room(&q);                                      bytes that still fit
 *     wsman_finish(&q, payload, err);                             base64 in place: q.body
 *     ...
 *     r = wsman_read(shell, command, &q, http_status, body, &reply, err);
 *
 * Create, Command, Send and Connect take a payload and are whole after wsman_finish(); all
 * others are whole at once.  Payloads are opaque.  MS-WSMV 3.1.4; DSP0226.
 */
#ifndef WSMAN_WSMAN_H
#define WSMAN_WSMAN_H

#include <winch/error.h>
#include <winch/guid.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "wsman/fault.h"
#include "wsman/shell.h"

enum wsman_op {
	WSMAN_CREATE = 1,
	WSMAN_COMMAND,
	WSMAN_SEND,
	WSMAN_RECEIVE,
	WSMAN_SIGNAL,
	WSMAN_DELETE,
	WSMAN_GET_SHELL,
	WSMAN_GET_CONFIG,
	WSMAN_IDENTIFY,
	WSMAN_DISCONNECT,
	WSMAN_RECONNECT,
	WSMAN_CONNECT,
	WSMAN_ENUMERATE,
	WSMAN_PULL,
	WSMAN_OP_COUNT
};

/* "Receive" ...: for logs and messages. */
const char *wsman_op_name(enum wsman_op op);

/* ---- requests ---- */

/* A request that is being written, or waits for its answer. */
struct wsman_request {
	enum wsman_op op;
	char message_id[42]; /* "uuid:" and upper-case GUID */
	struct buf body;     /* the envelope */
	struct buf tail;     /* what follows the payload; empty once .body is whole */
	size_t max_envelope; /* of the body: what room is computed from */
	unsigned timeout_ms; /* the OperationTimeout that it has; 0: none */
};
enum { WSMAN_REQUEST_MAX = 16 * 1024 * 1024, WSMAN_TAIL_MAX = 1024 };
#define WSMAN_REQUEST_INIT                                                                         \
	{                                                                                          \
		.body.max = WSMAN_REQUEST_MAX, .tail.max = WSMAN_TAIL_MAX                          \
	}
void wsman_request_done(struct wsman_request *q);

/* Doing it twice does no harm (Receive, Get, Identify). */
bool wsman_may_repeat(enum wsman_op op);

/* Bytes of payload that the envelope still holds, computed from the bytes that are written
 * already (base64: 4 for 3).  0: none. */
size_t wsman_room(const struct wsman_request *q);

/* Put the payload and the rest.  WINCH_E_LIMIT: longer than wsman_room(). */
int wsman_finish(struct wsman_request *q, struct bytes payload, winch_error *err);

struct wsman_option {
	const char *name, *value;
	bool must_comply;
};

struct wsman_variable {
	const char *name, *value;
};

/* NULL, 0 and {0} leave an item out.  All texts are UTF-8. */
struct wsman_create {
	const winch_guid *shell_id;         /* proposed: use the id that the server returns */
	const char *name;                   /* of the shell */
	const char *input_streams;          /* "stdin pr" */
	const char *output_streams;         /* "stdout" */
	const struct wsman_option *options; /* "protocolversion", "WINRS_NOPROFILE", ... */
	size_t option_count;
	const struct wsman_variable *environment;
	size_t environment_count;
	const char *working_directory;
	unsigned idle_timeout_ms, lifetime_ms;
	/* The open content that takes the payload, e.g. creationXml of .../powershell.  NULL:
	 * none; wsman_finish() then takes no payload. */
	const char *content_name, *content_ns;
};

/* Each clears q and writes the request, under the message id given.  The buffers of q are used
 * again.  WINCH_E_STATE: not in the state that the shell or command is in (shell.h; it has then
 * not changed).  WINCH_E_ARG: a text that XML can't hold.  WINCH_E_LIMIT: even without payload it
 * is larger than the envelope. */
int wsman_create(struct wsman_shell *s, const struct wsman_create *args, const winch_guid *id,
		 struct wsman_request *q, winch_error *err);

struct wsman_command_args {
	const winch_guid *command_id; /* proposed */
	const char *command;          /* the command line; "" for shells that need none */
	/* Arguments as text; where there are none the payload is the one argument, in base64. */
	const char *const *arguments;
	size_t argument_count;
	const struct wsman_option *options; /* "WINRS_SKIP_CMD_SHELL", "WINRS_CONSOLEMODE_STDIN" */
	size_t option_count;
	bool no_payload; /* a command without arguments */
};
int wsman_command(struct wsman_shell *s, struct wsman_command *c,
		  const struct wsman_command_args *args, const winch_guid *id,
		  struct wsman_request *q, winch_error *err);

/* c NULL: the shell's own streams.  end: nothing follows on this stream (End="true"). */
int wsman_send(struct wsman_shell *s, struct wsman_command *c, const char *stream, bool end,
	       const winch_guid *id, struct wsman_request *q, winch_error *err);

/* streams: space-separated.  keep_alive: WSMAN_CMDSHELL_OPTION_KEEPALIVE. */
int wsman_receive(struct wsman_shell *s, struct wsman_command *c, const char *streams,
		  bool keep_alive, const winch_guid *id, struct wsman_request *q, winch_error *err);

/* code: WSMAN_SIGNAL_... (names.h).  Terminate ends the command. */
int wsman_signal(struct wsman_shell *s, struct wsman_command *c, const char *code,
		 const winch_guid *id, struct wsman_request *q, winch_error *err);

int wsman_delete(struct wsman_shell *s, const winch_guid *id, struct wsman_request *q,
		 winch_error *err);
int wsman_get_shell(struct wsman_shell *s, const winch_guid *id, struct wsman_request *q,
		    winch_error *err);
int wsman_get_config(struct wsman_shell *s, const winch_guid *id, struct wsman_request *q,
		     winch_error *err);
int wsman_identify(struct wsman_shell *s, struct wsman_request *q, winch_error *err);

/* idle_timeout_ms 0: the shell's own. */
int wsman_disconnect(struct wsman_shell *s, unsigned idle_timeout_ms, const winch_guid *id,
		     struct wsman_request *q, winch_error *err);
/* c NULL: the shell; each command wants its own Reconnect after it. */
int wsman_reconnect(struct wsman_shell *s, struct wsman_command *c, const winch_guid *id,
		    struct wsman_request *q, winch_error *err);

/* To a shell, or with c to a command, of which only the id is known (wsman_shell_set_id,
 * wsman_command_set_id).  content_name NULL: no payload. */
struct wsman_connect {
	const struct wsman_option *options;
	size_t option_count;
	const char *content_name, *content_ns; /* connectXml */
};
int wsman_connect(struct wsman_shell *s, struct wsman_command *c, const struct wsman_connect *args,
		  const winch_guid *id, struct wsman_request *q, winch_error *err);

/* The shells of this user; or, of_shell set, the commands of that shell.  context: of the
 * reply before. */
int wsman_enumerate(struct wsman_shell *s, const char *of_shell, const winch_guid *id,
		    struct wsman_request *q, winch_error *err);
int wsman_pull(struct wsman_shell *s, const char *of_shell, struct bytes context,
	       const winch_guid *id, struct wsman_request *q, winch_error *err);

/* ---- replies ---- */

/* Bytes that came on one stream of the shell or of a command, in the order of the reply;
 * neighbours of the same stream are one. */
struct wsman_chunk {
	struct bytes stream;     /* "stdout"; of open content its element's name */
	struct bytes command_id; /* empty: the shell's own */
	struct bytes data;
	bool end; /* End="true": nothing follows on this stream */
};

/* CommandState (MS-WSMV 2.2.4.6). */
enum wsman_progress {
	WSMAN_PROGRESS_NONE = 0,
	WSMAN_PROGRESS_PENDING,
	WSMAN_PROGRESS_RUNNING,
	WSMAN_PROGRESS_DONE
};

/* rsp:Shell, or rsp:Command in an enumeration (MS-WSMV 2.2.4.37); empty where not given. */
struct wsman_shell_info {
	struct bytes shell_id, command_id, resource_uri, name, owner, client_ip, process_id;
	struct bytes state; /* "Connected", "Disconnected"; a command's "Running" ... */
	struct bytes input_streams, output_streams, locale, data_locale, encoding;
	struct bytes profile_loaded, buffer_mode, compression_mode, memory_used, child_processes;
	struct bytes shell_run_time, shell_inactivity, command_line;
	uint64_t idle_timeout_ms, max_idle_timeout_ms;
	bool disconnected; /* .state says so */
};

/* One setting of the configuration: "Winrs/MaxShellsPerUser", "30". */
struct wsman_setting {
	struct bytes name, value;
};

/* All texts and data live until the reply is read into again or done. */
struct wsman_reply {
	enum wsman_op op;
	struct wsman_chunk *chunks;
	size_t chunk_count;
	struct bytes shell_id, command_id; /* as the server returned them */
	enum wsman_progress progress;
	struct bytes progress_command_id;
	bool has_exit_code;
	int64_t exit_code;
	struct wsman_shell_info *shells; /* Create, Get: at most one; Enumerate, Pull: many */
	size_t shell_count;
	struct bytes context;           /* of an enumeration; empty: it has ended */
	uint64_t max_envelope;          /* Get of the configuration: bytes; 0: not said */
	struct wsman_setting *settings; /* of it; but for what it has as a client */
	size_t setting_count;
	struct bytes product_vendor, product_version, protocol_version; /* Identify */
	struct wsman_fault fault;                                       /* .seen: it was one */

	struct buf data;    /* behind .chunks; .max bounds it */
	struct arena texts; /* behind all the others; .max bounds it */
};

/* max_data: bytes that streams may have in one reply. */
void wsman_reply_init(struct wsman_reply *r, size_t max_data);
void wsman_reply_done(struct wsman_reply *r);

/* Read the answer to q, and move shell and command (NULL unless q had one) on.
 *
 *   0                  the answer: *reply
 *   WSMAN_POLL_AGAIN   to Receive: the operation's time is over and nothing came
 *   WINCH_E_FAULT      reply->fault says which; err has its number, meaning and text
 *   WINCH_E_PROTOCOL   not an answer to q (not SOAP, another action, RelatesTo of another)
 *   WINCH_E_LIMIT      more data, or longer texts, than the reply may have
 *
 * A body that is no SOAP is WINCH_E_PROTOCOL with err->http_status set.  After a failure other
 * than a fault, or when the exchange was lost, the states stay: the server may have acted, so
 * Delete (with a proposed id also after Create) and Reconnect are allowed. */
enum { WSMAN_POLL_AGAIN = 1 };
int wsman_read(struct wsman_shell *s, struct wsman_command *c, const struct wsman_request *q,
	       int http_status, struct bytes body, struct wsman_reply *reply, winch_error *err);

#endif
