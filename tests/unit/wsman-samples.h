/*
 * wsman-samples.h - one request of each kind, as tests write them.
 */
#ifndef WSMAN_SAMPLES_H
#define WSMAN_SAMPLES_H

#include "wsman/wsman.h"

struct sample {
	struct wsman_shell shell;
	struct wsman_command command;
	struct wsman_request request;
};

int sample_init(struct sample *s, winch_error *err);
void sample_done(struct sample *s);

/* As if the server had said so: open, with ids. */
void sample_open(struct sample *s);

/* Write the request of one kind into s->request, whole, with payload where it takes one. */
struct sample_row {
	const char *name;
	int (*write)(struct sample *s, winch_error *err);
	bool open; /* the shell is open before it */
};
extern const struct sample_row sample_rows[];
extern const size_t sample_row_count;

#endif
