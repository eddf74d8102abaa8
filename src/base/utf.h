/*
 * utf.h - UTF-8, WTF-8 and UTF-16.
 *
 * Inside, text is UTF-8 in which lone surrogates are kept as WTF-8 (their
 * three-byte form), so that a value read and written back is the same value.
 */
#ifndef BASE_UTF_H
#define BASE_UTF_H

#include "src/base/buf.h"

/* Write the UTF-8 (for a surrogate: WTF-8) of a code point up to 10FFFF; its length, 1 to 4. */
size_t utf8_encode(uint32_t code_point, uint8_t ret[4]);

/* Read one code point of well-formed UTF-8 at the front; its length, or 0 when
 * there is none (ill-formed, cut, or a surrogate unless wtf is set). */
size_t utf8_decode(struct bytes in, bool wtf, uint32_t *ret_code_point);

/* Bytes of the front that are well-formed UTF-8; in.len when all are. */
size_t utf8_valid_len(struct bytes in);

/* Is all of it well-formed UTF-8, surrogates (WTF-8) allowed? */
bool wtf8_valid(struct bytes in);

/* UTF-8 (or WTF-8) to UTF-16LE.  WINCH_E_FORMAT: ill-formed, err->offset says where. */
int utf16le_put(struct buf *out, struct bytes in, winch_error *err);

/* UTF-16LE to WTF-8; pairs are joined, lone surrogates kept.  An odd last byte is an error. */
int utf8_put_utf16le(struct buf *out, struct bytes in, winch_error *err);

#endif
