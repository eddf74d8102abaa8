/*
 * pool.h - a runspace pool and its pipelines, without I/O.
 *
 * A pool opens no socket, reads no clock, draws no random and never blocks.
 * What the server sent goes in with winch_pool_feed(); what it meant comes out as
 * events with winch_pool_next(); what is to be sent comes out with winch_pool_take():
 *
 *     bytes from the server --feed--> [ pool ] --next--> events to the app
 *     calls from the app   ---------> [ pool ] --take--> chunks to the server
 *
 * An app that wants the network done for it takes session.h instead, and uses
 * from here what starts, feeds, stops and answers pipelines.
 *
 * SecureStrings (value.h) go to servers before protocol 2.4 under a session key.  The pool
 * exchanges keys when one is first sent or asked for: pipelines with such parameters, and those
 * invoked behind them, and such answers wait for it.
 *
 * Results    0: done, or nothing to give.  > 0: one item given.  < 0: an
 *            enum winch_status (error.h); *ret_ arguments are then untouched.
 * Failure    A call of the application's that fails is refused and changes nothing.
 *            What fails while a pool opens, is fed or taken from ends it: each later
 *            call repeats that, and winch_pool_error() says why.
 * Ownership  What a pool hands out belongs to the pool, for as long as the
 *            function says.  What a caller hands in is copied.
 * Units      Lengths are bytes.  Text is UTF-8 with a length; U+0000 may occur.
 * Threads    One pool, one thread at a time.  Two pools share nothing.
 */
#ifndef WINCH_POOL_H
#define WINCH_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winch/error.h>
#include <winch/event.h>
#include <winch/export.h>
#include <winch/guid.h>
#include <winch/pipeline.h>
#include <winch/value.h>

WINCH_BEGIN

typedef struct winch_pool winch_pool;

/* What the application's host is (MS-PSRP 2.2.3.14).  Sizes in cells. */
typedef struct winch_host_info {
	size_t size;                /* sizeof(winch_host_info) */
	bool has_host;              /* false: _isHostNull, no host call ever comes */
	bool has_raw_ui;            /* the members below are meant */
	int foreground, background; /* ConsoleColor, 0 to 15 */
	int width, height;          /* of the window */
	int buffer_width, buffer_height;
	const char *title;               /* UTF-8; NULL: "" */
	int cursor_x, cursor_y;          /* in the buffer, from 0 */
	int window_x, window_y;          /* of the window's top left, in the buffer */
	int cursor_size;                 /* in percent; 0: 25 */
	int max_width, max_height;       /* that the window can have; 0: as it is */
	int screen_width, screen_height; /* that the screen has room for; 0: max_... */
	int reserved;                    /* 0 */
} winch_host_info;

#define WINCH_HOST_INFO_INIT                                                                       \
	{                                                                                          \
		sizeof(winch_host_info), false, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   \
			0, 0, 0                                                                    \
	}

typedef struct winch_pool_options {
	size_t size;   /* sizeof(winch_pool_options) */
	winch_guid id; /* RPID; must not be zero: the core draws no random */
	int (*new_guid)(void *user, winch_guid *ret); /* pipelines' ids; 0, or < 0 */
	void *new_guid_user;
	int min_runspaces, max_runspaces; /* 0: 1 */
	int protocol_minor;               /* 1 to 4: the highest 2.x that is offered; 0: 4 */
	/* An RSA key pair of 2048 bits as DER (PKCS#1 or PKCS#8), for the exchange of the session
	 * key that SecureStrings need before protocol 2.4; asked for when it is needed.  *ret_der
	 * need live until the next call on this pool only.  0, or < 0.  NULL: SecureStrings can't
	 * be sent to such servers, nor read. */
	int (*rsa_key)(void *user, const uint8_t **ret_der, size_t *ret_len);
	void *rsa_key_user;
	const winch_host_info *host;              /* NULL: a host without RawUI */
	const winch_value *application_arguments; /* a dictionary, or NULL */
	size_t max_message;                       /* bytes of one message; 0: 200 MiB */
	size_t max_queued_input;                  /* bytes of input not yet taken before
						     winch_pool_input() gives 1; 0: 1 MiB */
} winch_pool_options;

#define WINCH_POOL_OPTIONS_INIT                                                                    \
	{                                                                                          \
		sizeof(winch_pool_options), { { 0 } }, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0             \
	}

/* What the carrier (WSMan shell, pwsh -s, ...) does with a chunk. */
enum winch_op {
	WINCH_OP_OPEN = 1, /* create the shell; data is its creation payload */
	WINCH_OP_COMMAND,  /* create a command for .pipeline; data starts it */
	WINCH_OP_SEND,     /* data on the default stream */
	WINCH_OP_SEND_PR,  /* data on the prompt-response stream */
	WINCH_OP_STOP,     /* signal .pipeline to stop; no data */
	WINCH_OP_CLOSE     /* close .pipeline's command, or the shell; no data */
};

typedef struct winch_chunk {
	int op;              /* enum winch_op */
	winch_guid pipeline; /* all zero: the pool itself */
	const uint8_t *data; /* whole fragments, not yet base64 */
	size_t len;
	bool secret; /* a SecureString is in it as protocol 2.4 has it, in clear: wipe copies */
} winch_chunk;

/* A new pool, in state WINCH_POOL_BEFORE_OPEN.  NULL on failure, with *err
 * filled if err is not NULL.  Ended with winch_pool_free(), which accepts NULL. */
WINCH_API winch_pool *winch_pool_new(const winch_pool_options *opts, winch_error *err);
WINCH_API void winch_pool_free(winch_pool *pool);

/* Start to open the pool.  WINCH_EVENT_POOL_STATE tells when it is open.
 * WINCH_E_STATE: it was opened before. */
WINCH_API int winch_pool_open(winch_pool *pool);

/* Give the pool len bytes that arrived for pipeline, or for the pool itself
 * where pipeline is NULL.  They may end anywhere, also inside a fragment. */
WINCH_API int winch_pool_feed(winch_pool *pool, const winch_guid *pipeline, const uint8_t *data,
			      size_t len);

/* The carrier says that a pipeline's stream ended (CommandState Done), or that the
 * shell is gone (pipeline NULL).  A pipeline without a final state is then failed. */
WINCH_API int winch_pool_ended(winch_pool *pool, const winch_guid *pipeline);

/* Take what is to be sent next, at most room bytes of it (room >= 64): the
 * carrier knows how much its envelope holds, the pool cuts fragments to it.
 * 1: *ret_chunk is one; it and its data live until the next call on this pool.
 * 0: nothing to send now. */
WINCH_API int winch_pool_take(winch_pool *pool, size_t room, const winch_chunk **ret_chunk);

/* As winch_pool_take(), without taking: only .op and .pipeline are filled, so
 * that a carrier can compute the room of that operation's envelope. */
WINCH_API int winch_pool_peek(winch_pool *pool, const winch_chunk **ret_chunk);

/* Take the oldest event.  1: *ret_event is one; it lives until the next
 * winch_pool_next() or winch_pool_free().  0: none left. */
WINCH_API int winch_pool_next(winch_pool *pool, winch_event **ret_event);

/* Bytes of events that wait, for back-pressure. */
WINCH_API size_t winch_pool_waiting(const winch_pool *pool);

/* Run p.  The pool need not be open yet: it is sent when it is.  *ret_id names
 * the running pipeline from here on. */
WINCH_API int winch_pool_invoke(winch_pool *pool, const winch_pipeline *p, winch_guid *ret_id,
				winch_error *err);

/* One input object for a pipeline that has_input.  0: queued.  1: not queued,
 * the queue is full, or it holds a SecureString and the session key is not here:
 * again after WINCH_EVENT_INPUT_ROOM.  WINCH_E_STATE: the pipeline takes no more
 * (it has ended, or its input has). */
WINCH_API int winch_pool_input(winch_pool *pool, const winch_guid *pipeline,
			       const winch_value *value, winch_error *err);
WINCH_API int winch_pool_end_input(winch_pool *pool, const winch_guid *pipeline);

/* Ask the server to stop a pipeline.  Its PIPELINE_STATE tells when it has.  0 also when it
 * has ended already. */
WINCH_API int winch_pool_stop(winch_pool *pool, const winch_guid *pipeline);

/* Answer a HOST_CALL event with a value (NULL: the method's null), or with an
 * exception of this message.  pipeline and call as the event has them. */
WINCH_API int winch_pool_answer(winch_pool *pool, const winch_guid *pipeline, int64_t call,
				const winch_value *value, winch_error *err);
WINCH_API int winch_pool_refuse(winch_pool *pool, const winch_guid *pipeline, int64_t call,
				const char *message, winch_error *err);

/* The text of a SecureString that this pool's server sent: *ret_secure is the caller's, ended
 * with winch_value_free(), read with winch_value_secure_text(), and may be sent by any pool.
 * 0: done.  1: the session key is not here; the exchange was started, again after
 * WINCH_EVENT_SESSION_KEY.  WINCH_E_ARG: it is no SecureString, or not under this pool's key. */
WINCH_API int winch_pool_open_secure(winch_pool *pool, const winch_value *value,
				     winch_value **ret_secure, winch_error *err);

/* Is the server's answer to our public key awaited?  Whoever has a clock ends the pool
 * with winch_pool_fail() when that takes too long; a session does. */
WINCH_API bool winch_pool_awaits_key(const winch_pool *pool);

/* Close the pool: pipelines are dropped, the carrier deletes the shell. */
WINCH_API int winch_pool_close(winch_pool *pool);

/* The RPID that the pool was made with. */
WINCH_API winch_guid winch_pool_id(const winch_pool *pool);

WINCH_API int winch_pool_state(const winch_pool *pool); /* enum winch_pool_state */

/* 1 to 4: the 2.x that both ends speak; 0 before the server said. */
WINCH_API int winch_pool_protocol_minor(const winch_pool *pool);

/* The carrier failed: the pool ends with this error. */
WINCH_API void winch_pool_fail(winch_pool *pool, const winch_error *why);

/* Why the pool failed; NULL while it has not.  Lives as long as the pool. */
WINCH_API const winch_error *winch_pool_error(const winch_pool *pool);

WINCH_END
#endif
