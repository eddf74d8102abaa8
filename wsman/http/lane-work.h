/*
 * lane-work.h - what of a handshake may block, on a thread of its own.
 *
 * A KDC may take its time; the caller's loop may not wait for it.  The thread runs auth's work()
 * and makes a descriptor readable.  It can't be stopped: who gives it up leaves the context to it.
 */
#ifndef HTTP_LANE_WORK_H
#define HTTP_LANE_WORK_H

#include "wsman/auth/auth.h"

struct lane_work;

/* Start a's work; its owner leaves a alone until the work is finished.  NULL on failure. */
struct lane_work *lane_work_start(struct auth *a, winch_error *err);

/* Readable when the work is done. */
int lane_work_fd(const struct lane_work *w);

/* It is done: the context is its owner's again. */
void lane_work_finish(struct lane_work *w);

/* Nobody waits for it any more: the context is freed when the work ends. */
void lane_work_abandon(struct lane_work *w);

#endif
