/*
 * streams.h - errors, warnings and what hosts write, on stderr as PowerShell shows them.
 *
 * All of it comes from a server and passes the terminal filter.
 */
#ifndef CLI_STREAMS_H
#define CLI_STREAMS_H

#include <winch/event.h>

#include "src/cli/error-view.h"
#include "src/cli/options.h"

struct streams {
	const char *prefix; /* "PREFIX: " begins each line; NULL: not */
	enum filter_colour colour;
	struct error_view view;
	struct text out; /* for stderr, one write a flush */
	bool mid_line;   /* the host wrote without a newline */

	/* A server with a host sends a record, and then the same as a host call: the text
	 * of the last record of each kind, until its twin has come. */
	struct text twin[WINCH_EVENT_PROGRESS + 1];
	bool has_twin[WINCH_EVENT_PROGRESS + 1];
};

void streams_init(struct streams *s, const struct options *o);
void streams_done(struct streams *s);

/* "error", "warning", ...: the stream's name; NULL: the event is of no stream. */
const char *streams_name(int event_type);

/* A record of ERROR, WARNING, VERBOSE, DEBUG, INFORMATION or PROGRESS. */
void streams_record(struct streams *s, int event_type, const winch_value *value);

/* Keep its text, so that the host call that repeats it is not shown. */
void streams_expect_twin(struct streams *s, int event_type, const winch_value *value);
bool streams_is_twin(struct streams *s, int event_type, const char *text, size_t len);

/* An ErrorRecord, as PowerShell's ConciseView; with -v as its NormalView. */
void streams_error(struct streams *s, const winch_value *record);

/* Raw text of the host, in a colour ("31"; NULL: none); newline: at its end. */
void streams_write(struct streams *s, const char *sgr, const char *text, size_t len, bool newline);

/* Write what is there; with a prefix whole lines only. */
void streams_flush(struct streams *s);

/* With a prefix: the line that is not whole yet goes to the end of *out. */
void streams_take_part(struct streams *s, struct text *out);

/* There is no more: what has no line feed gets one, where lines have a prefix. */
void streams_end(struct streams *s);

#endif
