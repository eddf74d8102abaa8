/*
 * export.h - what every public header needs: linkage and visibility.
 *
 * Versions   A struct that begins with a size is the application's: it starts with the struct's
 *            WINCH_..._INIT, ends without padding, and later versions add members there, whose
 *            zero means what the library did before.  A program may meet an older or a newer
 *            library than it was built with; what an older one does not know is refused with
 *            WINCH_E_UNSUPPORTED.  Structs without a size are the library's, or never change.
 *            Enumerations and the types of events grow: expect values that you don't know.
 */
#ifndef WINCH_EXPORT_H
#define WINCH_EXPORT_H

#ifdef __cplusplus
#define WINCH_BEGIN extern "C" {
#define WINCH_END   }
#else
#define WINCH_BEGIN
#define WINCH_END
#endif

#if defined(__GNUC__)
#define WINCH_API               __attribute__((visibility("default")))
#define WINCH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define WINCH_API
#define WINCH_PRINTF(fmt, args)
#endif

#endif
