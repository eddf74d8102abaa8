/*
 * session-http.h - a session's options, as wsman/http takes them.
 */
#ifndef SESSION_SESSION_HTTP_H
#define SESSION_SESSION_HTTP_H

#include <winch/session.h>

#include "wsman/http/http.h"

/* credential: filled from the options; it must outlive the http, as log must.  NULL on failure. */
struct http *session_http_new(const winch_session_options *opts, const char *url,
			      struct credential *credential, const struct log *log,
			      const struct http_watch *watch, winch_error *err);

/* An application's options of a look.  WINCH_E_ARG: they are none, or have no URL. */
int session_look_options(winch_session_options *ret_opts, const winch_session_options *opts,
			 winch_error *err);

/* The same way, without a credential: each certificate is trusted, and lane_look() tells of it. */
struct http *session_look_new(const winch_session_options *opts, const char *url,
			      const struct log *log, const struct http_watch *watch,
			      winch_error *err);

/* The user's names of the options, without a secret; and how Kerberos is to be used. */
int session_names(const winch_session_options *opts, struct credential *credential,
		  struct auth_kerberos *ret_kerberos, winch_error *err);

/* The URL with WinRM's path where it has none. */
int session_url(const char *url, struct buf *out, winch_error *err);

#endif
