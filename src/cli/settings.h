/*
 * settings.h - winch run -G TARGET: what holds for a target, in the configuration file's form.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "src/cli/connection.h"

void settings_put(struct text *out, const struct connection *c);

#endif
