/*
 * config-pattern.h - the patterns of a Host line, as ssh_config(5) has them.
 */
#ifndef CLI_CONFIG_PATTERN_H
#define CLI_CONFIG_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* Does one of them match, and none that begins with !? */
bool patterns_match(char *const *patterns, size_t count, const char *text);

#endif
