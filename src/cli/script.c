/*
 * script.c - reading scripts.
 */
#include "src/cli/script.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/utf8.h"

enum { TEXT_MAX = 64 << 20 }; /* Windows takes no object above 10 MiB */

int text_file_read(struct text *out, const char *path, const char *title)
{
	bool from_stdin = strcmp(path, "-") == 0;
	AUTO(text_done) struct text bytes = { 0 };
	int fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *name = from_stdin ? "stdin" : path;

	if (fd < 0)
		return refuse("%s %s: %s", title, name, strerror(errno));
	int r = text_read(&bytes, fd, TEXT_MAX), error = errno;
	if (!from_stdin)
		close(fd);
	if (r < 0)
		return refuse("%s %s: %s", title, name, strerror(error));
	size_t offset;
	if (!utf8_from_file(out, bytes.data, bytes.len, &offset))
		return refuse("%s %s: neither UTF-8 nor UTF-16 with BOM, at byte offset %zu", title,
			      name, offset);
	return 0;
}

/* A NUL is no part of a script: most often it is UTF-16 without BOM. */
static int check_nul(const struct text *script, const char *title, const char *name)
{
	const char *nul = script->len ? memchr(script->data, '\0', script->len) : NULL;

	if (!nul)
		return 0;
	return refuse("%s %s: a NUL character, at byte offset %zu of it as UTF-8 (UTF-16 without "
		      "BOM?)",
		      title, name, (size_t)(nul - script->data));
}

int script_read(struct text *script, const struct options *o, bool from_stdin)
{
	const char *text = options_get(o, OPTION_SCRIPT), *file = options_get(o, OPTION_FILE);

	bool command = options_has(o, OPTION_COMMAND);

	if ((text != NULL) + (file != NULL) + from_stdin + command > 1)
		return refuse("only one of -c SCRIPT, -f FILE, - and --command");
	if (command)
		return 0;
	if (!text && !file && !from_stdin)
		return refuse("nothing to run: give -c SCRIPT, -f FILE.ps1, - for stdin, or "
			      "--command NAME");
	if (text) {
		size_t len = strlen(text), valid = utf8_valid(text, len);
		if (valid < len)
			return refuse("-c: not UTF-8, at byte offset %zu", valid);
		text_put(script, text, len);
		return 0;
	}
	const char *title = file ? "-f" : "script from", *name = file ? file : "-";
	int status = text_file_read(script, name, title);
	return status ? status : check_nul(script, title, strcmp(name, "-") ? name : "stdin");
}
