/*
 * text-view.c - Out-String behind a pipeline.
 */
#include "src/cli/text-view.h"

#include <string.h>
#include <unistd.h>

#include "src/cli/parameters.h"
#include "src/cli/terminal.h"

/* Out-String leaves colours out, as no terminal is there.  They are switched on while it formats,
 * and for nothing else: the script's own formatting stays as it is.  $PSStyle came with 7.2.  A
 * restricted language may neither call methods nor set properties: all is formatted at the end
 * then. */
static const char coloured[] =
	"[CmdletBinding()]param([Parameter(ValueFromPipeline)]$InputObject, $Width)\n"
	"begin {\n"
	"  $full = $ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage'\n"
	"  $style = $null\n"
	"  if ($full -and (Test-Path Variable:PSStyle)) { $style = $PSStyle }\n"
	"  if ($full) {\n"
	"    $out = { Out-String -Stream -Width $Width }.GetSteppablePipeline()\n"
	"    $out.Begin($PSCmdlet)\n"
	"  } else {\n"
	"    $all = @()\n"
	"  }\n"
	"}\n"
	"process {\n"
	"  if (!$full) { $all += , $_; return }\n"
	"  if (!$style) { $out.Process($_); return }\n"
	"  $before = $style.OutputRendering\n"
	"  try { $style.OutputRendering = 'Ansi'; $out.Process($_) }\n"
	"  finally { $style.OutputRendering = $before }\n"
	"}\n"
	"end {\n"
	"  if (!$full) { $all | Out-String -Stream -Width $Width; return }\n"
	"  if (!$style) { $out.End(); return }\n"
	"  $before = $style.OutputRendering\n"
	"  try { $style.OutputRendering = 'Ansi'; $out.End() }\n"
	"  finally { $style.OutputRendering = $before }\n"
	"}\n";

int text_view_add(winch_pipeline *p, const struct options *o, bool colour)
{
	int width = terminal_size(STDOUT_FILENO, o).width;
	int r;

	/* No script text is sent where none was asked for. */
	if (colour && !options_has(o, OPTION_COMMAND)) {
		r = winch_pipeline_add_script(p, coloured, sizeof(coloured) - 1, true);
	} else {
		r = winch_pipeline_add_command(p, "Out-String");
		if (r == 0)
			r = parameter_add(p, "Stream", winch_value_new_bool(true, NULL));
	}
	return r < 0 ? r : parameter_add(p, "Width", winch_value_new_int(width, NULL));
}
