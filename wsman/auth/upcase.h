/*
 * upcase.h - upper case as Windows has it for user names: one character to one,
 * no locale, no special cases.
 *
 * Windows' own table is not published as such; ours is Unicode's simple mapping
 * where lower case leads back, which agrees with the up-case table of the exFAT
 * specification 7.2.5 but for characters that came later than that table.
 */
#ifndef AUTH_UPCASE_H
#define AUTH_UPCASE_H

#include "src/base/buf.h"

/* Of each code unit; a surrogate's is itself. */
uint16_t upcase_unit(uint16_t unit);

/* UTF-16LE in place. */
void upcase_utf16le(uint8_t *text, size_t len);

struct upcase_row {
	uint16_t first, last;
	uint8_t step;  /* 2: every other one */
	int32_t delta; /* to its upper case */
};
extern const struct upcase_row upcase_table[];
extern const size_t upcase_table_len;

#endif
