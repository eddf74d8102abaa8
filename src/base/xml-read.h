/*
 * xml-read.h - XML read as it arrives: the only user of libxml2's parser.
 *
 * Feed it bytes, get element starts, texts and ends.  It refuses a DOCTYPE and
 * more than max_depth open elements.  Character references that XML 1.0 forbids though
 * PowerShell sends them (&#xFFFE;) are taken when .clixml is set (xml-scan.h says
 * how), and are errors otherwise.  UTF-16 is known by its BOM or first characters;
 * the declared encoding is not looked at.
 */
#ifndef BASE_XML_READ_H
#define BASE_XML_READ_H

#include "src/base/xml-scan.h"

struct xml_attr {
	const char *name; /* local name */
	const char *ns;   /* namespace URI or NULL */
	struct bytes value;
};

/* A callback's < 0 (with *err filled) ends the reading and comes back from feed
 * or end.  name and ns are NUL-terminated and, until a restart, unique by address
 * for equal text.  Texts come in pieces of any size, decoded; what a reference named that
 * UTF-8 can't hold (a surrogate) as WTF-8, so that pairs may come as two halves. */
struct xml_handler {
	int (*start)(void *user, const char *ns, const char *name, const struct xml_attr *attrs,
		     size_t attr_count, winch_error *err);
	int (*text)(void *user, struct bytes text, winch_error *err);
	int (*end)(void *user, const char *ns, const char *name, winch_error *err);

	/* A piece (xml_reader_piece) was read as far as it goes.  May be NULL. */
	int (*piece)(void *user, winch_error *err);
};

struct xml_options {
	size_t max_depth;     /* open elements; 0: 1000 */
	size_t max_start_tag; /* bytes of one start tag; 0: 256 KiB */
	bool clixml;          /* take &#xFFFE; and its like, "#< CLIXML", and nothing at all */
	bool local;           /* errors are WINCH_E_FORMAT, not WINCH_E_PROTOCOL */
};

struct xml_reader;

struct xml_reader *xml_reader_new(const struct xml_handler *handler, void *user,
				  const struct xml_options *opts, winch_error *err);
void xml_reader_free(struct xml_reader *r);

/* WINCH_E_PROTOCOL (.local: WINCH_E_FORMAT): not well-formed; err has line and column, its
 * text too.  Errors of the handler get them in the same way.  After a failure only
 * restart and free make sense. */
int xml_reader_feed(struct xml_reader *r, struct bytes in, winch_error *err);

/* No more comes: the document must be whole.  1: with .clixml, nothing came at all. */
int xml_reader_end(struct xml_reader *r, winch_error *err);

/* From here on the reader is as new, for another document. */
int xml_reader_restart(struct xml_reader *r, winch_error *err);

/* fail() at this place: line and column are put in front. */
int xml_reader_fail(const struct xml_reader *r, winch_error *err, const char *fmt, ...)
	WINCH_PRINTF(3, 4);

/* For readers that come back to a place.  Offsets are of what the parser is fed: UTF-8, behind
 * the scan.  In a callback: how far it has read; of start(), where the start tag begins. */
uint64_t xml_reader_offset(const struct xml_reader *r);
uint64_t xml_reader_tag_offset(const struct xml_reader *r);

/* What it is being fed, and the offset of its first byte. */
struct bytes xml_reader_piece(const struct xml_reader *r, uint64_t *ret_offset);
const struct xml_scan *xml_reader_scan(const struct xml_reader *r);

/* Feed bytes that went through a scan before. */
int xml_reader_feed_scanned(struct xml_reader *r, struct bytes in, bool hidden, winch_error *err);

/* Is all of it XML white space, as between elements? */
bool xml_is_blank(struct bytes text);

#endif
