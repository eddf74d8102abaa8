/*
 * value.h - a PowerShell value: made from JSON, CLIXML or plain C, read by name and index.
 *
 * Kinds      What CLIXML can say (MS-PSRP 2.2.5): primitives, each one text in its normal
 *            form; objects with type names, a string, a base value (a primitive or a container)
 *            and members.
 * Ownership  A winch_value that a winch_value_from_... or winch_value_new_... function returns
 *            is the caller's, ended with winch_value_free(); it owns all within it.  One that
 *            a reader returns is borrowed from the value it was read from.
 * Text       UTF-8 with a length and a NUL behind it; U+0000 may occur.  A lone
 *            surrogate is kept as three bytes (WTF-8).
 * Names      Compared without regard to the case of A-Z.
 * Failure    NULL, or < 0, with *err filled where there is one.  WINCH_E_FORMAT: the text does
 *            not parse, err->offset (JSON: bytes) or ->line and ->column (CLIXML) say where.
 * Results    int: 0 done, < 0 an enum winch_status (error.h).
 * Threads    A value is used by one thread at a time; reading it too, for it remembers where
 *            it was read last.  Values that were copied from each other share nothing but the
 *            text of SecureStrings, which counts its holders: those stay on one thread.
 */
#ifndef WINCH_VALUE_H
#define WINCH_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <winch/error.h>
#include <winch/export.h>
#include <winch/json.h>

WINCH_BEGIN

typedef struct winch_value winch_value;

/* What JSON text means. */
enum winch_json_from {
	WINCH_FROM_PLAIN = 0, /* objects are property bags (PSCustomObject) */
	WINCH_FROM_PARAMETER, /* objects are hashtables, at every level: what parameters take */
	WINCH_FROM_TYPED      /* typed JSON, as winch_decoder writes it */
};

/* One value, white space around it. */
WINCH_API winch_value *winch_value_from_json(int from, const char *text, size_t len,
					     winch_error *err);

/* One message body or one-value document. */
WINCH_API winch_value *winch_value_from_clixml(const void *data, size_t len, winch_error *err);

WINCH_API winch_value *winch_value_new_string(const char *text, size_t len, winch_error *err);
WINCH_API winch_value *winch_value_new_bytes(const void *data, size_t len, winch_error *err);
WINCH_API winch_value *winch_value_new_int(int32_t n, winch_error *err);
WINCH_API winch_value *winch_value_new_bool(bool b, winch_error *err);
WINCH_API winch_value *winch_value_new_null(winch_error *err);

/* A SecureString.  Its text lies in memory of its own, locked where that is allowed and wiped
 * when no value holds it any more.  It leaves by a pool only (parameter, input, answer): to_clixml
 * refuses it with WINCH_E_ARG, in JSON it is null. */
WINCH_API winch_value *winch_value_new_secure(const char *text, size_t len, winch_error *err);

/* A PSCredential; secure is a SecureString. */
WINCH_API winch_value *winch_value_new_credential(const char *user, size_t len,
						  const winch_value *secure, winch_error *err);

/* An empty list (ArrayList), an empty Hashtable, and what is to be in them: a copy of value at
 * the end.  WINCH_E_ARG: container is none of these, or key is NULL for a Hashtable. */
WINCH_API winch_value *winch_value_new_list(winch_error *err);
WINCH_API winch_value *winch_value_new_hashtable(winch_error *err);
WINCH_API int winch_value_add(winch_value *container, const char *key, const winch_value *value,
			      winch_error *err);

/* NULL is accepted; never of a borrowed one. */
WINCH_API void winch_value_free(winch_value *v);

/* The value as CLIXML (without BOM) or JSON (without line feed): *ret_text is the
 * caller's, ended with winch_text_free(). */
WINCH_API int winch_value_to_clixml(const winch_value *v, char **ret_text, size_t *ret_len,
				    winch_error *err);
WINCH_API int winch_value_to_json(const winch_value *v, const winch_json_options *opts,
				  char **ret_text, size_t *ret_len, winch_error *err);
WINCH_API void winch_text_free(char *text); /* NULL is accepted */

/*
 * Readers.  v may be NULL: it is then a null.  An object with a base value reads as that.
 */

/* The name of the CLIXML element: "S", "I32", "Nil", "Obj", "LST", "DCT", ...; static. */
WINCH_API const char *winch_value_tag(const winch_value *v);
WINCH_API bool winch_value_is_null(const winch_value *v);

/* A primitive's text; NULL when it is none.  Of a SecureString what came from the server. */
WINCH_API const char *winch_value_text(const winch_value *v, size_t *ret_len);

/* The text of winch_value_new_secure()'s or winch_pool_open_secure()'s; NULL: v is no SecureString,
 * or one as it came from a server. */
WINCH_API const char *winch_value_secure_text(const winch_value *v, size_t *ret_len);

/* What ToString gave on the server; of a primitive its text.  NULL: there is none. */
WINCH_API const char *winch_value_to_string(const winch_value *v, size_t *ret_len);

/* false: it is none; *ret_ is then untouched. */
WINCH_API bool winch_value_int(const winch_value *v, int64_t *ret_int);
WINCH_API bool winch_value_bool(const winch_value *v, bool *ret_bool);

/* The i-th type name, most derived first; NULL behind the last. */
WINCH_API const char *winch_value_type(const winch_value *v, size_t i);

/* Is type among the type names, "Deserialized." left aside? */
WINCH_API bool winch_value_is_a(const winch_value *v, const char *type);

/* A member, extended before adapted; NULL: there is none of that name. */
WINCH_API const winch_value *winch_value_member(const winch_value *v, const char *name);

/* Items of a list; entries of a dictionary, with keys.  NULL behind the last. */
WINCH_API size_t winch_value_count(const winch_value *v);
WINCH_API const winch_value *winch_value_item(const winch_value *v, size_t i);
WINCH_API const winch_value *winch_value_key(const winch_value *v, size_t i);

WINCH_END
#endif
