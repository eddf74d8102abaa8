/*
 * version.c - include/winch/version.h.
 */
#include <winch/version.h>

const char *winch_version(void)
{
	return WINCH_VERSION;
}
