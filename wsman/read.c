/*
 * read.c - is this the answer to that request, and what does it change?
 */
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/names.h"
#include "wsman/reply.h"
#include "wsman/states.h"

#define SEEN(element) (UINT64_C(1) << (element))

/* What has to stand in the body of an answer; 0: nothing has to. */
static const uint64_t wanted[WSMAN_OP_COUNT] = {
	[WSMAN_CREATE] = SEEN(E_CREATED) | SEEN(E_SHELL),
	[WSMAN_COMMAND] = SEEN(E_COMMAND),
	[WSMAN_RECEIVE] = SEEN(E_RECEIVE),
	[WSMAN_GET_SHELL] = SEEN(E_SHELL),
	[WSMAN_GET_CONFIG] = SEEN(E_CONFIG),
	[WSMAN_IDENTIFY] = SEEN(E_IDENTIFY),
	[WSMAN_ENUMERATE] = SEEN(E_ENUMERATION),
	[WSMAN_PULL] = SEEN(E_ENUMERATION),
};

static int not_an_answer(enum wsman_op op, int http_status, const char *why, winch_error *err)
{
	fail(err, WINCH_E_PROTOCOL, "%s: HTTP status %d, and %s", wsman_ops[op].name, http_status,
	     why);
	if (err)
		err->http_status = http_status;
	return WINCH_E_PROTOCOL;
}

static bool is_response_to(struct bytes action, const char *asked)
{
	size_t len = strlen(asked);

	return action.len > len && memcmp(action.data, asked, len) == 0 &&
	       bytes_is(bytes_skip(action, len), "Response");
}

/* MS-WSMV 3.1.4.1, DSP0226 5.4: an answer relates to its request; a fault to a request whose
 * header could not be read can't. */
static int check_head(const struct wsman_request *q, int http_status, const struct reply_head *head,
		      const struct wsman_reply *reply, winch_error *err)
{
	bool fault = reply->fault.seen;

	if (!(head->seen & SEEN(E_BODY)))
		return not_an_answer(q->op, http_status, "no SOAP body", err);
	if (q->op == WSMAN_IDENTIFY)
		return 0;
	if (!(fault && head->relates_to.len == 0) &&
	    !bytes_eq_nocase(head->relates_to, bytes_str(q->message_id)))
		return not_an_answer(q->op, http_status, "an answer to another request", err);
	if (!fault && !is_response_to(head->action, wsman_ops[q->op].action))
		return not_an_answer(q->op, http_status, "the answer of another operation", err);
	return 0;
}

static int check_body(const struct wsman_request *q, int http_status, const struct reply_head *head,
		      const struct wsman_reply *reply, winch_error *err)
{
	if (wanted[q->op] && !(head->seen & wanted[q->op]))
		return not_an_answer(q->op, http_status, "a body without what was asked for", err);
	if (q->op == WSMAN_CREATE && reply->shell_id.len == 0)
		return not_an_answer(q->op, http_status, "no ShellId", err);
	if (q->op == WSMAN_COMMAND && reply->command_id.len == 0)
		return not_an_answer(q->op, http_status, "no CommandId", err);
	return 0;
}

/* The ids that count are the server's (MS-WSMV 3.1.4.5.2): deviations.md own-ids. */
static int take_ids(struct wsman_shell *s, struct wsman_command *c, const struct wsman_request *q,
		    const struct wsman_reply *reply, winch_error *err)
{
	int r = 0;

	if (q->op == WSMAN_CREATE)
		r = wsman_shell_set_id(s, reply->shell_id, err);
	else if (q->op == WSMAN_COMMAND && c)
		r = wsman_command_set_id(c, reply->command_id, err);
	return r == WINCH_E_ARG ? not_an_answer(q->op, 200, "an id that is too long", err) : r;
}

static void move_answered(struct wsman_shell *s, struct wsman_command *c,
			  const struct wsman_request *q, const struct wsman_reply *reply)
{
	wsman_op_step(s, c, q->op, WSMAN_STEP_ANSWERED);
	if (!c)
		return;
	if (q->op == WSMAN_SIGNAL && c->state == WSMAN_COMMAND_CLOSING)
		c->state = WSMAN_COMMAND_GONE;
	if (q->op == WSMAN_RECEIVE && reply->progress == WSMAN_PROGRESS_DONE &&
	    c->state == WSMAN_COMMAND_RUNNING)
		c->state = WSMAN_COMMAND_ENDED;
}

/* A fault that only says that time is over leaves open what the server did. */
static void move_refused(struct wsman_shell *s, struct wsman_command *c,
			 const struct wsman_request *q, const struct wsman_reply *reply)
{
	if (reply->fault.class == WSMAN_FAULT_POLL_AGAIN)
		return;
	wsman_op_step(s, c, q->op, WSMAN_STEP_REFUSED);
	if (c && c->state == WSMAN_COMMAND_CLOSING)
		c->state = WSMAN_COMMAND_ENDED;
	if (reply->fault.class != WSMAN_FAULT_GONE || q->op == WSMAN_ENUMERATE ||
	    q->op == WSMAN_PULL)
		return;
	if (c)
		c->state = WSMAN_COMMAND_GONE;
	else
		s->state = WSMAN_SHELL_GONE;
}

/* Is it the answer to q, and what does it change? */
static int reply_judge(struct wsman_shell *s, struct wsman_command *c,
		       const struct wsman_request *q, int http_status,
		       const struct reply_head *head, struct wsman_reply *reply, winch_error *err)
{
	if (reply->shell_id.len == 0 && reply->shell_count)
		reply->shell_id = reply->shells[0].shell_id;

	int r = check_head(q, http_status, head, reply, err);
	if (r == 0 && !reply->fault.seen)
		r = check_body(q, http_status, head, reply, err);
	if (r < 0)
		return r;
	if (reply->fault.seen) {
		move_refused(s, c, q, reply);
		if (q->op == WSMAN_RECEIVE && reply->fault.class == WSMAN_FAULT_POLL_AGAIN)
			return WSMAN_POLL_AGAIN;
		return wsman_fault_fail(&reply->fault, wsman_ops[q->op].name, http_status, err);
	}
	r = take_ids(s, c, q, reply, err);
	if (r == 0)
		move_answered(s, c, q, reply);
	return r;
}

static int read_body(struct reply_reader *reader, struct bytes body, struct wsman_reply *reply,
		     winch_error *err)
{
	int r = reply_reader_init(reader, reply, err);

	if (r == 0)
		r = reply_reader_feed(reader, body, err);
	return r == 0 ? reply_reader_end(reader, err) : r;
}

int wsman_read(struct wsman_shell *s, struct wsman_command *c, const struct wsman_request *q,
	       int http_status, struct bytes body, struct wsman_reply *reply, winch_error *err)
{
	AUTO(reply_reader_done) struct reply_reader reader = { 0 };
	AUTO(winch_error_done) winch_error why = WINCH_ERROR_INIT;

	int r = read_body(&reader, body, reply, &why);
	if (r < 0) {
		fail_prefix(&why, "%s: HTTP status %d", wsman_ops[q->op].name, http_status);
		why.http_status = http_status;
		fail_move(err, &why);
		return r;
	}
	reply->op = q->op;
	return reply_judge(s, c, q, http_status, &reader.head, reply, err);
}
