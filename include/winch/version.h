/*
 * version.h - which libwinch this is.
 *
 * The soname changes when a program must be built again; within one soname a program runs with
 * each later library, and with an older one that has the functions it calls (winch.map's
 * version nodes; export.h says how structs grow).
 */
#ifndef WINCH_VERSION_H
#define WINCH_VERSION_H

#include <winch/export.h>

/* Of the headers: as text, and as 0xMMmmpp to compare. */
#define WINCH_VERSION        "0.1.0"
#define WINCH_VERSION_NUMBER 0x000100

WINCH_BEGIN

/* Of the library that runs: "0.1.0".  Static. */
WINCH_API const char *winch_version(void);

WINCH_END
#endif
