/*
 * summary.h - how the targets of a run ended, in one line:
 *
 *     winch: 48 ok, 1 refused, 1 unreachable: web3, web17
 */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "src/cli/fleet.h"

void summary_tell(const struct fleet *f);

#endif
