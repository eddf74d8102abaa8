/*
 * dissect.h - any envelope, request or reply, taken apart for people who look at recorded
 * conversations.  It goes by names alone, and checks nothing: reply.h reads what matters.
 */
#ifndef WSMAN_DISSECT_H
#define WSMAN_DISSECT_H

#include "src/base/arena.h"
#include "src/base/buf.h"

/* Base64 that stood in an envelope. */
struct wsman_piece {
	struct wsman_piece *next;
	struct bytes stream;     /* "stdin", "stdout", "creationXml", "Arguments", ... */
	struct bytes command_id; /* empty: the shell itself */
	struct buf data;
};

/* What does not stand there is empty. */
struct wsman_dissected {
	struct bytes action; /* its last part: "Create", "ReceiveResponse", "fault" */
	struct bytes shell_id, command_id;
	struct bytes streams; /* what a Receive asks for */
	struct bytes signal;  /* a Signal's code */
	struct bytes state;   /* a command's: "Done" */
	struct bytes fault_text;
	struct bytes fault_code; /* of the WSManFault, in decimal */
	struct wsman_piece *pieces, *last;
	struct arena texts;
};

/* *ret starts as { 0 }; what was read before a failure stays in it. */
int wsman_dissect(struct bytes envelope, struct wsman_dissected *ret, winch_error *err);
void wsman_dissected_done(struct wsman_dissected *d);

#endif
