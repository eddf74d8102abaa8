/*
 * script.h - the script's text, and other text files, as UTF-8.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include "src/cli/options.h"

/* -c SCRIPT, -f FILE.ps1 or - (stdin), exactly one.  0, or STATUS_USAGE, said. */
int script_read(struct text *script, const struct options *o, bool from_stdin);

/* A whole text file ("-": stdin): UTF-8 with or without BOM, or UTF-16 with BOM. */
int text_file_read(struct text *out, const char *path, const char *title);

#endif
