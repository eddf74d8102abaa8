/*
 * text-view.h - -o text: objects as PowerShell's console would show them, made by the host itself.
 */
#ifndef CLI_TEXT_VIEW_H
#define CLI_TEXT_VIEW_H

#include <winch/pipeline.h>

#include "src/cli/options.h"

/* Put the formatter behind what the pipeline does.  colour: the terminal has them.  < 0: as the
 * library says it. */
int text_view_add(winch_pipeline *p, const struct options *o, bool colour);

#endif
