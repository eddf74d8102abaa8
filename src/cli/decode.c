/*
 * decode.c - winch decode: what the input is, and reading it.
 */
#include "src/cli/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cli/decode-kind.h"

enum { CHUNK = 1 << 20 };

static const struct decode_kind *const kinds[] = { &decode_trace, &decode_fragments,
						   &decode_clixml };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* A chunk: as much as is there now, so that what comes slowly is shown as it comes. */
static int read_chunk(const struct decode_source *source, char *chunk, size_t *ret_len)
{
	struct pollfd more = { .fd = source->fd, .events = POLLIN };
	size_t len = 0;

	do {
		ssize_t n = read(source->fd, chunk + len, CHUNK - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse("%s: %s", source->name, strerror(errno));
		if (n == 0)
			break;
		len += (size_t)n;
	} while (len < CHUNK && poll(&more, 1, 0) > 0);
	*ret_len = len;
	return 0;
}

static const struct decode_kind *kind_of(const char *data, size_t len)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->begins && kinds[i]->begins(data, len))
			return kinds[i];
	return &decode_clixml;
}

/* Open the kind when the first bytes are there. */
static int feed_all(const struct decode_source *source, struct output *out,
		    const struct decode_kind **kind, void **state)
{
	AUTO(free_auto) char *chunk = must_alloc(CHUNK);
	size_t len = 0;
	int status = read_chunk(source, chunk, &len);

	if (status)
		return status;
	if (!*kind)
		*kind = kind_of(chunk, len);
	status = (*kind)->open(source, out, state);
	while (status == 0 && len > 0) {
		status = (*kind)->feed(*state, chunk, len);
		if (status == 0)
			status = output_flush(out);
		if (status == 0)
			status = read_chunk(source, chunk, &len);
	}
	return status ? status : (*kind)->end(*state);
}

static int run(const struct decode_source *source, struct output *out,
	       const struct decode_kind *kind)
{
	void *state = NULL;
	int status = feed_all(source, out, &kind, &state);

	if (state)
		kind->close(state);
	/* What was decoded before a failure stays written. */
	int written = output_end(out);
	return status ? status : written;
}

static int open_input(struct decode_source *source, const char *path)
{
	struct stat st;
	bool from_stdin = !path || strcmp(path, "-") == 0;

	source->name = from_stdin ? "stdin" : path;
	source->fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (source->fd < 0 || fstat(source->fd, &st) < 0)
		return refuse("%s: %s", source->name, strerror(errno));
	source->start = S_ISREG(st.st_mode) ? lseek(source->fd, 0, SEEK_CUR) : -1;
	return 0;
}

static int read_from(const struct options *o, const struct decode_kind **ret_kind)
{
	const char *from = options_get(o, OPTION_FROM);

	*ret_kind = NULL;
	for (size_t i = 0; from && i < KINDS; i++)
		if (strcmp(kinds[i]->name, from) == 0)
			*ret_kind = kinds[i];
	if (from && !*ret_kind)
		return refuse("--from %s: not one of clixml, fragments, trace", from);
	return 0;
}

int decode_command(const struct options *o)
{
	const struct decode_kind *kind;
	struct decode_source source = { .fd = -1 };
	struct output out = { 0 };
	int status = read_from(o, &kind);

	if (status == 0 && o->operand_count + o->argument_count > 1)
		status = refuse("winch decode takes one FILE");
	if (status == 0)
		status = output_init(&out, o);
	if (status == 0)
		status = open_input(&source, o->operand_count    ? o->operands[0]
					     : o->argument_count ? o->arguments[0]
								 : NULL);
	if (status == 0)
		status = run(&source, &out, kind);
	if (source.fd > STDIN_FILENO)
		close(source.fd);
	output_done(&out);
	return status;
}
