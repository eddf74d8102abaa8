/*
 * upcase.c - upper case of UTF-16, by a table of runs.
 */
#include "wsman/auth/upcase.h"

uint16_t upcase_unit(uint16_t unit)
{
	size_t low = 0, high = upcase_table_len;

	/* The last run that begins at or before unit. */
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (upcase_table[middle].first <= unit)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return unit;
	const struct upcase_row *row = &upcase_table[low - 1];
	if (unit > row->last || (unit - row->first) % row->step)
		return unit;
	return (uint16_t)(unit + row->delta);
}

void upcase_utf16le(uint8_t *text, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint16_t unit = (uint16_t)(text[i] | text[i + 1] << 8);
		unit = upcase_unit(unit);
		text[i] = (uint8_t)unit;
		text[i + 1] = (uint8_t)(unit >> 8);
	}
}
