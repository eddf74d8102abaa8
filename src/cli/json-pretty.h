/*
 * json-pretty.h - JSON for people: indented and coloured as jq shows it.
 */
#ifndef CLI_JSON_PRETTY_H
#define CLI_JSON_PRETTY_H

#include "src/cli/cli.h"

/* One value, as the library wrote it: compact.  No line feed at its end. */
void json_pretty(struct text *out, const char *json, size_t len, bool colour);

#endif
