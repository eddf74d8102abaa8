/*
 * input.c - lines, bytes or CLIXML into input objects, with constant memory.
 */
#include "src/cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cli/input-line.h"

enum { CHUNK = 64 * 1024, LINE_MAX_LEN = 200 << 20 };

static const char *const format_names[] = { "ndjson", "typed", "lines", "bytes", "clixml" };

static int read_format(struct input *in, const struct options *o)
{
	const char *value = options_get(o, OPTION_INPUT_FORMAT);

	in->format = INPUT_NDJSON;
	if (!value)
		return 0;
	if (!in->given)
		return refuse("--input-format without --input");
	for (int i = 0; i <= INPUT_CLIXML; i++) {
		if (strcmp(format_names[i], value) == 0) {
			in->format = (enum input_format)i;
			return 0;
		}
	}
	return refuse("--input-format %s: not one of ndjson, typed, lines, bytes, clixml", value);
}

int input_open(struct input *in, const struct options *o)
{
	const char *path = options_get(o, OPTION_INPUT);

	*in = (struct input){ .fd = -1, .given = path != NULL, .line = 1, .first = true };
	int status = read_format(in, o);
	if (status || !path)
		return status;
	in->name = strcmp(path, "-") == 0 ? "stdin" : path;
	in->fd =
		strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return in->fd < 0 ? refuse("--input %s: %s", path, strerror(errno)) : 0;
}

int input_check(const struct options *o)
{
	const char *path = options_get(o, OPTION_INPUT);
	struct stat st;

	if (!path)
		return 0;
	if (strcmp(path, "-") == 0)
		return refuse("--input -: stdin can't be read once for each target; give a file");
	if (stat(path, &st) < 0)
		return refuse("--input %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse("--input %s: no regular file, which each target could read", path);
	return 0;
}

static void close_file(struct input *in)
{
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
}

void input_close(struct input *in)
{
	close_file(in);
	winch_value_free(in->pending);
	winch_decoder_free(in->decoder);
	text_done(&in->bytes);
	in->pending = NULL;
	in->decoder = NULL;
	in->done = true;
}

int input_fd(const struct input *in)
{
	return in->done || in->full || in->pending ? -1 : in->fd;
}

void input_room(struct input *in)
{
	in->full = false;
}

static void fail_input(struct input *in)
{
	in->failed = STATUS_USAGE;
	close_file(in);
	in->at = in->bytes.len;
}

/* Read once, if that does not wait.  false: nothing is there now. */
static bool read_more(struct input *in)
{
	struct pollfd now = { .fd = in->fd, .events = POLLIN };
	char chunk[CHUNK];

	if (in->fd < 0 || poll(&now, 1, 0) <= 0)
		return false;
	ssize_t n = read(in->fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	if (n < 0) {
		complain("--input %s: %s", in->name, strerror(errno));
		fail_input(in);
		return true;
	}
	if (n == 0)
		close_file(in);
	text_drop(&in->bytes, in->at);
	in->searched -= in->at;
	in->at = 0;
	if (!input_take_chunk(in, chunk, (size_t)n))
		fail_input(in);
	if (in->bytes.len > LINE_MAX_LEN) {
		complain("--input %s: line %llu is longer than %d bytes", in->name,
			 (unsigned long long)in->line, LINE_MAX_LEN);
		fail_input(in);
	}
	return true;
}

/* The next line, or the next bytes, of what was read.  false: more must be read. */
static bool next_piece(struct input *in, const char **ret_text, size_t *ret_len)
{
	size_t left = in->bytes.len - in->at;
	const char *text = in->bytes.data + in->at;

	if (left == 0)
		return false;
	*ret_text = text;
	*ret_len = left;
	if (in->format == INPUT_BYTES) {
		in->at += left;
		in->searched = in->at;
		return true;
	}
	const char *end = memchr(in->bytes.data + in->searched, '\n', in->bytes.len - in->searched);
	if (!end && in->fd >= 0) {
		in->searched = in->bytes.len;
		return false;
	}
	if (end)
		*ret_len = (size_t)(end - text);
	in->at += *ret_len + (end != NULL);
	in->searched = in->at;
	return true;
}

/* The next object into pending.  false: none can be made now. */
static bool make_next(struct input *in)
{
	const char *text;
	size_t len;

	while (!in->pending) {
		if (!next_piece(in, &text, &len)) {
			if (in->fd < 0 || !read_more(in))
				return false;
			continue;
		}
		if (!input_make_value(in, text, len))
			fail_input(in);
		in->line++;
	}
	return true;
}

bool input_feed(struct input *in, winch_pool *pool, const winch_guid *pipeline)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	bool gave = false;

	if (!in->given || in->done || in->full)
		return false;
	while (make_next(in)) {
		int r = winch_pool_input(pool, pipeline, in->pending, &err);
		if (r > 0) {
			in->full = true;
			return gave;
		}
		if (r < 0) {
			/* A pipeline that has ended takes no more: that is no failure. */
			if (r != WINCH_E_STATE) {
				complain("--input %s: line %llu: %s", in->name,
					 (unsigned long long)in->line - 1, winch_error_text(&err));
				in->failed = STATUS_USAGE;
			}
			input_close(in);
			break;
		}
		winch_value_free(in->pending);
		in->pending = NULL;
		gave = true;
	}
	if (!in->done && in->fd >= 0)
		return gave;
	input_close(in);
	winch_pool_end_input(pool, pipeline);
	return true;
}
