/*
 * progress.h - the progress of a script, at the bottom of the terminal that stderr is.
 *
 * There is one terminal, so there is one progress.  Whoever writes to it hides the progress first;
 * it is drawn anew when the program waits.  Where stderr is no terminal nothing is ever shown.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <winch/value.h>

/* From now on records count, if stderr is a terminal that can be drawn on. */
void progress_begin(void);

/* A ProgressRecord (MS-PSRP 2.2.2.25). */
void progress_record(const winch_value *record);

/* Show what there is; cheap where nothing has changed. */
void progress_draw(void);

/* Take it off the terminal, until progress_draw(). */
void progress_hide(void);

/* Hide and forget all of it. */
void progress_end(void);

#endif
