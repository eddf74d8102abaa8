/*
 * error-view.h - an ErrorRecord as PowerShell's formatter shows it.
 *
 * ConciseView: "Command: message"; where the error lies in a script file, in a line
 * behind the first, or was found by the parser, the block with that line.  NormalView:
 * message, position, CategoryInfo and FullyQualifiedErrorId.  The message alone where
 * the record does not say what was invoked.
 */
#ifndef CLI_ERROR_VIEW_H
#define CLI_ERROR_VIEW_H

#include <winch/value.h>

#include "src/cli/filter.h"

struct error_view {
	bool normal; /* NormalView in place of ConciseView */
	enum filter_colour colour;
	size_t width; /* of the terminal: messages behind a "|" break there */
};

/* The record at the end of *out, filtered, without a line feed at its end. */
void error_view_put(struct text *out, const winch_value *record, const struct error_view *view);

#endif
