#!/usr/bin/env python3
# upcase-table.py: writes upcase-table.c to its output, from Python's Unicode tables.
#
# Simple mappings of the BMP where lower case leads back to the character, and the final
# sigma.  So U+00B5, U+0131, U+017F, U+0345, the title case letters and the like stay, as in
# Windows; Georgian and Cherokee got their pairs in Unicode 8 and 11, later than Windows' table.
LATER = [(0x10D0, 0x10FF), (0x13F8, 0x13FD), (0xAB70, 0xABBF)]


def upper(code):
    """The simple upper case: str.upper() is the full one, several characters for some."""
    char = chr(code)
    up = char.upper()
    if len(up) != 1:
        up = char.title()
    if len(up) != 1 or ord(up) > 0xFFFF:
        return code
    if up.lower() != char and code != 0x3C2:
        return code
    return ord(up)


def runs():
    pairs = [(c, upper(c)) for c in range(0x10000) if not 0xD800 <= c < 0xE000]
    pairs = [p for p in pairs if p[0] != p[1] and not any(a <= p[0] <= b for a, b in LATER)]
    at = 0
    while at < len(pairs):
        best = at, 1
        for step in 1, 2:
            end = at
            while (end + 1 < len(pairs) and pairs[end + 1][0] == pairs[end][0] + step
                   and pairs[end + 1][1] - pairs[end + 1][0] == pairs[at][1] - pairs[at][0]):
                end += 1
            if end > best[0]:
                best = end, step
        end, step = best
        yield pairs[at][0], pairs[end][0], step, pairs[at][1] - pairs[at][0]
        at = end + 1


print("""/*
 * upcase-table.c - runs of characters with an upper case; made by upcase-table.py.
 */
#include "wsman/auth/upcase.h"

const struct upcase_row upcase_table[] = {""")
rows = ["{ 0x%04X, 0x%04X, %d, %d }," % run for run in runs()]
for at in range(0, len(rows), 3):
    print("\t" + " ".join(rows[at:at + 3]))
print("""};
const size_t upcase_table_len = sizeof(upcase_table) / sizeof(upcase_table[0]);""")
