/*
 * reply.h - a reply's envelope, read as it arrives, into a struct wsman_reply.  It says what
 * stands there; what that means for the shell is decided in read.c.
 */
#ifndef WSMAN_REPLY_H
#define WSMAN_REPLY_H

#include "src/base/base64.h"
#include "src/base/xml-read.h"
#include "wsman/wsman.h"

enum { REPLY_MAX_DEPTH = 64 };

/* What an element is, in the place where it stands (reply-table.c). */
enum element {
	E_DOCUMENT = 0,
	E_SKIPPED, /* and all that it holds */
	E_ENVELOPE,
	E_HEADER,
	E_BODY,
	E_TEXT, /* of a member of the reply */
	E_FAULT,
	E_CODE,
	E_SUBCODE,
	E_REASON,
	E_DETAIL,
	E_WSMAN_FAULT,
	E_MESSAGE,
	E_PROVIDER_FAULT,
	E_INNER_FAULT,
	E_INNER_MESSAGE,
	E_RECEIVE,
	E_STREAM,
	E_COMMAND_STATE,
	E_EXIT_CODE,
	E_COMMAND,
	E_CREATED,
	E_PARAMETERS,
	E_SELECTORS,
	E_SELECTOR,
	E_SHELL, /* one more of .shells */
	E_SHELL_TEXT,
	E_SHELL_TIME,
	E_SHELL_STATE,
	E_CONNECT,
	E_CONTENT, /* open content: base64 */
	E_CONFIG,
	E_MAX_ENVELOPE,
	E_SETTING, /* or settings below it */
	E_IDENTIFY,
	E_ENUMERATION,
	E_ITEMS,
	E_EMPTY /* an answer that holds nothing */
};

struct reply_row {
	enum element parent;
	const char *ns, *name; /* ns NULL: any but rsp; name NULL: any other */
	enum element element;
	size_t offset; /* of the struct bytes or uint64_t that takes the text */
};
const struct reply_row *reply_lookup(enum element parent, const char *ns, const char *name);

/* Of the envelope, besides what the reply has. */
struct reply_head {
	struct bytes action, relates_to;
	uint64_t seen; /* bits: 1 << enum element, of BODY and of what stands in it */
};

struct reply_reader {
	struct wsman_reply *reply;
	struct reply_head head;
	struct xml_reader *xml;
	struct {
		enum element element;
		size_t offset;
	} stack[REPLY_MAX_DEPTH + 1];
	size_t depth;
	struct buf text;
	struct base64_reader base64;
	size_t chunk_cap, shell_cap, setting_cap;
	struct buf path; /* of the setting that is being read */
	bool selector_is_shell;
};

int reply_reader_init(struct reply_reader *r, struct wsman_reply *reply, winch_error *err);
void reply_reader_done(struct reply_reader *r);
int reply_reader_feed(struct reply_reader *r, struct bytes in, winch_error *err);
int reply_reader_end(struct reply_reader *r, winch_error *err);

#endif
