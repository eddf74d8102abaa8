/*
 * json.h - CLIXML as JSON, while it arrives.
 *
 * A decoder takes CLIXML, any number of bytes at a time, and writes one line of
 * JSON for each value: the root of a message body, or each child of an <Objs>.
 *
 *     winch_json_options o = WINCH_JSON_OPTIONS_INIT;
 *     winch_decoder *d = winch_decoder_new(&o, write_line, NULL, user, &err);
 *     while ((len = read(...)) > 0 && (r = winch_decoder_feed(d, data, len, &err)) == 0)
 *             ;
 *     if (r == 0)
 *             r = winch_decoder_end(d, &err);
 *     winch_decoder_free(d);
 *
 * Modes      Plain JSON is made to be read by jq and people; typed JSON keeps
 *            everything and can be turned back into CLIXML.  specs/json-mapping.md
 *            says what each CLIXML value becomes (MS-PSRP 2.2.5).
 * Results    0: done.  < 0: an enum winch_status (error.h).
 * Failure    WINCH_E_FORMAT: the input is not CLIXML, *err has line and column;
 *            WINCH_E_LIMIT: it exceeds a limit.  The values before it were
 *            written, nothing of the one it is in.  Each later call repeats it.
 * Memory     A small factor of the largest value, type names, and at most 16
 *            bytes for each RefId of an <Objs>; besides what a missing
 *            winch_read_again costs, see there.
 * Input      UTF-8, or UTF-16 known by its BOM or its first characters.  A BOM, the
 *            line "#< CLIXML" and white space may stand in front.  Nothing, or a
 *            BOM alone, is the value null.
 * Threads    One decoder, one thread at a time.  Two decoders share nothing.
 */
#ifndef WINCH_JSON_H
#define WINCH_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <winch/error.h>
#include <winch/export.h>

WINCH_BEGIN

enum winch_json_mode { WINCH_JSON_PLAIN = 0, WINCH_JSON_TYPED = 1 };

enum winch_json_numbers {
	WINCH_JSON_NUMBERS = 0,       /* numbers, however large */
	WINCH_JSON_BIG_AS_STRINGS = 1 /* plain: integers beyond 2^53 - 1, and every
					 decimal, as strings of the same text */
};

typedef struct winch_json_options {
	size_t size;     /* sizeof(winch_json_options) */
	int mode;        /* enum winch_json_mode */
	int big_numbers; /* enum winch_json_numbers */
} winch_json_options;

#define WINCH_JSON_OPTIONS_INIT                                                                    \
	{                                                                                          \
		sizeof(winch_json_options), WINCH_JSON_PLAIN, WINCH_JSON_NUMBERS                   \
	}

/* Takes len bytes of JSON text: whole values, each with a line feed behind it, one
 * or more.  data lives as long as the call.  < 0, with *err filled, ends the
 * decoder with that failure. */
typedef int winch_json_write(void *user, const char *data, size_t len, winch_error *err);

/* Gives again up to len bytes that were fed before, from offset on (the first byte
 * ever fed has offset 0): how many were put to data, or < 0 with *err filled.  Asked
 * only where a value refers to an earlier child of the <Objs>, and only for
 * bytes of feeds that have been given: of a file, pread() does it. */
typedef int64_t winch_read_again(void *user, uint64_t offset, void *data, size_t len,
				 winch_error *err);

typedef struct winch_decoder winch_decoder;

/* A new decoder.  opts may be NULL: plain.  again may be NULL: the decoder then keeps
 * all that it is fed in memory.  NULL on failure, with *err filled if err is not NULL. */
WINCH_API winch_decoder *winch_decoder_new(const winch_json_options *opts, winch_json_write *write,
					   winch_read_again *again, void *user, winch_error *err);
WINCH_API void winch_decoder_free(winch_decoder *d); /* NULL is accepted */

/* Take len more bytes.  Values that are complete are written before it returns. */
WINCH_API int winch_decoder_feed(winch_decoder *d, const void *data, size_t len, winch_error *err);

/* No more comes.  WINCH_E_FORMAT: the document is not whole. */
WINCH_API int winch_decoder_end(winch_decoder *d, winch_error *err);

WINCH_END
#endif
