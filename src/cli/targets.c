/*
 * targets.c - operands and lines of files, in their order.
 */
#include "src/cli/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MAX = 16 << 20 };

void targets_done(struct targets *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->lines[i].text);
		free(t->lines[i].where);
	}
	free(t->lines);
	*t = (struct targets){ 0 };
}

static void add(struct targets *t, char *text, char *where)
{
	/* Room for 1, 2, 4, 8 ... */
	if ((t->count & (t->count - 1)) == 0)
		t->lines =
			must_realloc(t->lines, (t->count ? 2 * t->count : 1) * sizeof(*t->lines));
	t->lines[t->count++] = (struct target_line){ text, where };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What is left without comment and blanks around it. */
static void trim(const char **line, size_t *len)
{
	for (size_t i = 0; i < *len; i++) {
		if ((*line)[i] == '#' && (i == 0 || is_blank((*line)[i - 1]))) {
			*len = i;
			break;
		}
	}
	while (*len > 0 && is_blank((*line)[*len - 1]))
		--*len;
	while (*len > 0 && is_blank(**line)) {
		++*line;
		--*len;
	}
}

static int add_line(struct targets *t, const char *name, size_t number, const char *line,
		    size_t len)
{
	trim(&line, &len);
	if (len == 0)
		return 0;
	if (memchr(line, '\0', len))
		return refuse("%s: line %zu: a control character in a TARGET", name, number);
	add(t, must_strndup(line, len), must_printf("%s: line %zu", name, number));
	return 0;
}

static int add_lines(struct targets *t, const char *name, const struct text *text)
{
	size_t before = t->count, number = 0;
	const char *at = text->data, *end = at + text->len;
	int status = 0;

	if (text->len >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
		at += 3;
	while (at < end && status == 0) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((feed ? feed : end) - at);
		status = add_line(t, name, ++number, at, len);
		at += len + 1;
	}
	return status || t->count > before ? status : refuse("%s: no TARGET in it", name);
}

static int add_file(struct targets *t, const char *path)
{
	AUTO(text_done) struct text text = { 0 };
	bool standard = strcmp(path, "-") == 0;
	const char *name = standard ? "stdin" : path;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return refuse("@%s: %s", path, strerror(errno));
	int r = text_read(&text, fd, FILE_MAX), error = errno;
	if (!standard)
		close(fd);
	if (r < 0)
		return refuse("@%s: %s", path, strerror(error));
	t->any_file = true;
	t->file_stdin |= standard;
	return add_lines(t, name, &text);
}

int targets_read(struct targets *t, const struct options *o)
{
	*t = (struct targets){ 0 };
	for (size_t i = 0; i < o->operand_count; i++) {
		const char *text = o->operands[i];
		int status = 0;
		if (strcmp(text, "-") == 0)
			t->script_stdin = true;
		else if (text[0] == '@')
			status = add_file(t, text + 1);
		else
			add(t, must_strdup(text), NULL);
		if (status)
			return status;
	}
	return t->count ? 0
			: refuse("no TARGET; see 'winch help %s'",
				 o->command == COMMAND_RUN ? "run" : "doctor");
}
