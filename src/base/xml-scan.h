/*
 * xml-scan.h - what stands between received bytes and the XML parser.
 *
 * It makes UTF-8 out of UTF-16, drops what may stand before a document (BOM,
 * white space, the line "#< CLIXML"), and hides from the parser what XML 1.0
 * forbids and CLIXML has (deviations.md forbidden-characters): references such as &#xFFFE; or
 * &#xD800; go through the parser as characters of a private block, U+10F000 to U+10FFFF; a real
 * character of that block goes through as its two surrogates, hidden the same way.
 */
#ifndef BASE_XML_SCAN_H
#define BASE_XML_SCAN_H

#include "src/base/buf.h"

struct xml_scan {
	bool clixml;      /* hide references, skip "#< CLIXML"; else only encoding and space */
	bool hidden;      /* something was hidden: texts must go through xml_scan_show() */
	bool came;        /* something other than a BOM came */
	uint8_t encoding; /* of the source */
	uint8_t prolog;   /* how far it is */
	uint8_t state;    /* where in the markup */
	uint8_t run;      /* of terminator characters, inside comment, CDATA, PI */
	uint8_t last;     /* the byte before */
	uint64_t fed;     /* bytes given out */
	uint64_t src;     /* bytes taken in */
	uint64_t lines, columns; /* skipped before the document: lines, bytes of the last one */
	uint8_t cut_len;
	uint8_t cut[4];    /* of a UTF-16 character that is not whole yet */
	struct buf held;   /* the end of the piece before, UTF-8: a reference that is not whole */
	struct buf text;   /* a piece decoded */
	struct buf joined; /* a piece behind what was held */
	struct buf out;    /* a piece rewritten */
};

void xml_scan_init(struct xml_scan *s, bool clixml);
void xml_scan_done(struct xml_scan *s);
void xml_scan_restart(struct xml_scan *s); /* as new; keeps the memory */

/* Take a piece, give what the parser is to see of it; *ret_out lives until the next call and
 * as long as in.  last: no more comes.  WINCH_E_FORMAT: half a UTF-16 character at the end. */
int xml_scan_put(struct xml_scan *s, struct bytes in, bool last, struct bytes *ret_out,
		 winch_error *err);

/* Between two pieces: is nothing held, and the place not inside comment, CDATA or PI?  A scan
 * can then be started again here, by xml_scan_resume() with source bytes from .src on. */
bool xml_scan_clean(const struct xml_scan *s);
void xml_scan_resume(struct xml_scan *s, const struct xml_scan *like, uint64_t fed, uint64_t src);

/* Put text in with what was hidden as WTF-8. */
int xml_scan_show(struct buf *out, struct bytes text, winch_error *err);

#endif
