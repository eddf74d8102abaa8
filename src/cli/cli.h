/*
 * cli.h - what all of the program shares: exit statuses, messages, memory.
 *
 * A function of the program that can fail returns 0, or the exit status that
 * the program is to end with; what went wrong was then said on stderr.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_status {
	STATUS_DONE = 0,
	STATUS_RECORD = 1,   /* an error record was written, the script failed, or it asked */
	STATUS_USAGE = 2,    /* usage, or a local file */
	STATUS_CONNECT = 3,  /* host not reached, or TLS failed */
	STATUS_AUTH = 4,     /* authentication refused */
	STATUS_PROTOCOL = 5, /* the server broke or refused the protocol */
	STATUS_TIMEOUT = 6,
	STATUS_INTERRUPTED = 130,
	STATUS_CLOSED = 141, /* stdout was closed by its reader */
	STATUS_OURS = 255    /* --exit-code: no code of the script's, a failure of winch's */
};

/* "winch: " and the text on stderr, as one write, through the terminal filter. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line of another program's, as one write, through the same filter. */
void pass_on(const char *line, size_t len);

/* Called before each message: what stands on the terminal makes room. */
void complain_after(void (*make_room)(void));

/* The same as complain(), and gives back STATUS_USAGE. */
int refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Memory; when there is none left the program says so and ends: a shell that is
 * then left on a server goes with its idle time-out. */
void *must_alloc(size_t len); /* zeroed */
void *must_realloc(void *old, size_t len);
char *must_strndup(const char *text, size_t len);
char *must_strdup(const char *text);
char *must_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define AUTO(done) __attribute__((cleanup(done)))

/* A text that grows; data is NUL-terminated once something was put.  {0} starts it. */
struct text {
	char *data;
	size_t len, room;
};

void text_put(struct text *t, const char *bytes, size_t len);
void text_str(struct text *t, const char *s);
void text_char(struct text *t, char c);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_drop(struct text *t, size_t len); /* from its front */
void text_done(struct text *t);

/* All of fd into *t, at most max bytes: 0, -1 with errno (EFBIG: more than max). */
int text_read(struct text *t, int fd, size_t max);

/* Write it all, past partial writes and EINTR.  -1 with errno. */
int write_all(int fd, const char *data, size_t len);

/* Milliseconds of a clock that nobody sets. */
int64_t now_ms(void);

void free_auto(void *p); /* AUTO(free_auto) char *p */

#endif
