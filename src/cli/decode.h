/*
 * decode.h - winch decode: CLIXML to JSON, offline.
 */
#ifndef CLI_DECODE_H
#define CLI_DECODE_H

#include "src/cli/options.h"

int decode_command(const struct options *o);

#endif
