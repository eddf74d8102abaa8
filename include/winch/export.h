/*
 * export.h - what every public header needs: linkage and visibility.
 */
#ifndef WINCH_EXPORT_H
#define WINCH_EXPORT_H

#ifdef __cplusplus
#define WINCH_BEGIN extern "C" {
#define WINCH_END }
#else
#define WINCH_BEGIN
#define WINCH_END
#endif

#if defined(__GNUC__)
#define WINCH_API __attribute__((visibility("default")))
#define WINCH_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define WINCH_API
#define WINCH_PRINTF(fmt, args)
#endif

#endif
