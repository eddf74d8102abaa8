/*
 * decode.h - CLIXML to JSON, as it arrives or a message body at once.
 */
#ifndef PSRP_DECODE_H
#define PSRP_DECODE_H

#include <winch/json.h>

#include "src/base/buf.h"

struct decoder;

struct decoder_options {
	bool typed, big_as_strings;
	bool local; /* mistakes are WINCH_E_FORMAT, not WINCH_E_PROTOCOL */
	bool tree;  /* tests: each value by a tree, none straight from the events */
	bool one;   /* a message body: no Objs, no line feed */

	winch_json_write *write;
	winch_read_again *again; /* NULL: what is fed is kept */
	void *user;

	size_t max_objects, max_elements, max_ids; /* 0: as specs/json-mapping.md 2 says */
	size_t max_text;                           /* of one value; 0: as its 3.2 says */
};

/* What the application asked for (NULL: plain) into to's first two members.  WINCH_E_ARG: a
 * mode that there is not. */
int decoder_options_read(struct decoder_options *to, const winch_json_options *opts,
			 winch_error *err);

struct decoder *decoder_new(const struct decoder_options *opts, winch_error *err);
void decoder_free(struct decoder *d);

int decoder_feed(struct decoder *d, struct bytes in, winch_error *err);
int decoder_end(struct decoder *d, winch_error *err);

/* A whole message body (empty: null) at the end of out.  d was made with .one and no
 * callbacks, and is used again and again.  out is as it was when it fails. */
int clixml_to_json(struct decoder *d, struct bytes body, struct buf *out, winch_error *err);

#endif
