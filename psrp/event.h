/*
 * event.h - <winch/event.h>, inside: an event owns the message that it is about.
 */
#ifndef PSRP_EVENT_H
#define PSRP_EVENT_H

#include <winch/event.h>

#include "psrp/decode.h"
#include "psrp/message.h"
#include "psrp/value.h"
#include "src/base/buf.h"

/* What turns bodies into JSON: made once, shared by a pool and its events. */
struct event_json {
	int users;
	struct decoder *decoder;         /* NULL: none yet */
	struct decoder_options made_for; /* what .decoder was made for */
};
struct event_json *event_json_new(void);
void event_json_free(struct event_json *j); /* for one user; NULL is accepted */

struct winch_event {
	struct winch_event *next;
	struct event_json *maker;
	int type; /* enum winch_event_type */
	winch_guid pipeline;
	int state, method;
	int64_t call;
	bool has_value;
	bool part;   /* .value is a part of the body (a host call's parameters, a state's error) */
	bool parsed; /* .value was read */
	struct buf body; /* CLIXML without BOM */
	struct arena arena;
	const struct value *value;
	struct buf json; /* what winch_event_json gave last */
	size_t weight;   /* for back-pressure */
};

/* A new event about a message (NULL: about none), whose body it copies; a large one it takes
 * out of m->holder instead.  NULL when there is no memory. */
struct winch_event *event_new(int type, const winch_guid *pipeline, const struct message *m,
			      struct event_json *maker);

/* Read the body into the event's arena: *ret_root. */
int event_parse(struct winch_event *ev, const struct value **ret_root, winch_error *err);

/* The event's value is this part of its body, or NULL: it has none. */
void event_set_part(struct winch_event *ev, const struct value *part);

void event_done(struct winch_event *ev); /* frees it; NULL is accepted */

#endif
