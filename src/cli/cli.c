/*
 * cli.c - messages, memory and growing texts.
 */
#include "src/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/cli/filter.h"

static void out_of_memory(void)
{
	static const char message[] = "winch: out of memory\n";

	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	_exit(STATUS_USAGE);
}

void *must_alloc(size_t len)
{
	void *p = calloc(1, len ? len : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *must_realloc(void *old, size_t len)
{
	void *p = realloc(old, len ? len : 1);

	if (!p)
		out_of_memory();
	return p;
}

char *must_strndup(const char *text, size_t len)
{
	char *copy = must_alloc(len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *must_strdup(const char *text)
{
	return must_strndup(text, strlen(text));
}

static char *must_vprintf(const char *fmt, va_list args)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, args) < 0)
		out_of_memory();
	return s;
}

char *must_printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	char *s = must_vprintf(fmt, args);
	va_end(args);
	return s;
}

static void (*before)(void);

void complain_after(void (*make_room)(void))
{
	before = make_room;
}

static void say(const char *who, const char *text, size_t len)
{
	AUTO(text_done) struct text line = { 0 };

	text_str(&line, who);
	filter_text(&line, text, len, filter_of(STDERR_FILENO));
	text_char(&line, '\n');
	if (before)
		before();
	write_all(STDERR_FILENO, line.data, line.len);
}

static void complain_v(const char *fmt, va_list args)
{
	AUTO(free_auto) char *s = must_vprintf(fmt, args);

	say("winch: ", s, strlen(s));
}

void pass_on(const char *line, size_t len)
{
	say("", line, len);
}

void complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain_v(fmt, args);
	va_end(args);
}

int refuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain_v(fmt, args);
	va_end(args);
	return STATUS_USAGE;
}

static void make_room(struct text *t, size_t more)
{
	if (more > SIZE_MAX / 2 - t->len - 1)
		out_of_memory();
	if (t->room - t->len > more)
		return;
	size_t room = t->room ? t->room : 64;
	while (room - t->len <= more)
		room *= 2;
	t->data = must_realloc(t->data, room);
	t->room = room;
}

void text_put(struct text *t, const char *bytes, size_t len)
{
	make_room(t, len);
	if (len)
		memcpy(t->data + t->len, bytes, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void text_str(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

void text_char(struct text *t, char c)
{
	text_put(t, &c, 1);
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	AUTO(free_auto) char *s = must_vprintf(fmt, args);
	va_end(args);
	text_str(t, s);
}

void text_drop(struct text *t, size_t len)
{
	if (len == 0)
		return;
	memmove(t->data, t->data + len, t->len - len + 1);
	t->len -= len;
}

void text_done(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}

int text_read(struct text *t, int fd, size_t max)
{
	for (;;) {
		make_room(t, 65536);
		ssize_t n = read(fd, t->data + t->len, t->room - t->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		t->len += (size_t)n;
		t->data[t->len] = '\0';
		if (t->len > max) {
			errno = EFBIG;
			return -1;
		}
		if (n == 0)
			return 0;
	}
}

int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void free_auto(void *p)
{
	free(*(void **)p);
}
