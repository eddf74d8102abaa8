/*
 * tool.c - captured conversations through our code: tests/captures/run.py gives it lines and
 * judges what it prints.
 *
 *     captures-tool recode STEP ROOM     fragments to messages and back
 *     captures-tool drive STEP ROOM      a client's side, done by a pool
 *
 * STEP: how many bytes are fed at a time, 0 for all; ROOM: bytes of a chunk.
 */
#include "tests/captures/tool.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/guid.h"

void die(const char *what, const winch_error *err)
{
	printf("died %s: %d %s\n", what, err ? err->status : 0, err ? winch_error_text(err) : "");
	fflush(stdout);
	exit(1);
}

void print_hex(const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = data;

	if (!len)
		putchar('-');
	for (size_t i = 0; i < len; i++) {
		putchar(digits[at[i] >> 4]);
		putchar(digits[at[i] & 15]);
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	die("hex", NULL);
}

struct bytes line_bytes(const struct line *l, size_t i)
{
	char *text = l->word[i];
	size_t len = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;

	for (size_t at = 0; at < len; at++)
		text[at] = (char)(digit(text[2 * at]) * 16 + digit(text[2 * at + 1]));
	return bytes_of(text, len);
}

winch_guid line_guid(const struct line *l, size_t i)
{
	winch_guid g = { { 0 } };

	if (l->word[i][0] && !guid_parse(bytes_str(l->word[i]), &g))
		die("guid", NULL);
	return g;
}

size_t line_number(const struct line *l, size_t i)
{
	return (size_t)strtoull(l->word[i], NULL, 10);
}

bool next_line(struct line *ret_line)
{
	static char *text;
	static size_t cap;
	ssize_t len = getline(&text, &cap, stdin);

	if (len <= 0) {
		free(text);
		text = NULL;
		return false;
	}
	text[strcspn(text, "\n")] = '\0';
	char *at = text;
	for (size_t i = 0; i < MAX_WORDS; i++) {
		ret_line->word[i] = at;
		at += strcspn(at, " ");
		if (*at)
			*at++ = '\0';
	}
	return true;
}

int main(int argc, char **argv)
{
	static char buffer[1 << 16];

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (argc != 4) {
		fprintf(stderr, "captures-tool recode|drive STEP ROOM\n");
		return 2;
	}
	size_t step = (size_t)strtoull(argv[2], NULL, 10);
	size_t room = (size_t)strtoull(argv[3], NULL, 10);
	if (!step)
		step = SIZE_MAX;
	if (strcmp(argv[1], "drive") == 0)
		drive(step, room);
	else
		recode(step, room);
	return fflush(stdout) == 0 ? 0 : 1;
}
