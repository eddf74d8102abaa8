/*
 * encode.h - winch encode: lines of JSON to CLIXML, offline.
 */
#ifndef CLI_ENCODE_H
#define CLI_ENCODE_H

#include "src/cli/options.h"

int encode_command(const struct options *o);

#endif
