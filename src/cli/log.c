/*
 * log.c - one line an event: time, level, fields, text.
 *
 *     2024-05-06T07:08:09.123Z info host=server lane=1 op=Create ...
 *
 * A trace line that has a message ends in data=LENGTH; that many bytes and a line
 * feed follow it.
 */
#include "src/cli/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/cli/filter.h"
#include "src/cli/progress.h"

static int open_private(const char *path, const char *title, int *ret_fd)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return refuse("%s %s: %s", title, path, strerror(errno));
	/* One that was there before may be open to others. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) &&
	    fchmod(fd, 0600) < 0) {
		int error = errno;
		close(fd);
		return refuse("%s %s: others can read it: %s", title, path, strerror(error));
	}
	*ret_fd = fd;
	return 0;
}

int log_open(struct log_sinks *log, const struct options *o)
{
	const char *file = options_get(o, OPTION_LOG), *trace = options_get(o, OPTION_TRACE);
	size_t verbose = options_count(o, OPTION_VERBOSE);

	*log = (struct log_sinks){ .stderr_level = WINCH_LOG_WARNING, .file = -1, .trace = -1 };
	if (verbose > 0)
		log->stderr_level = verbose > 1 ? WINCH_LOG_DEBUG : WINCH_LOG_INFO;
	if (file) {
		log->file_level = verbose > 1 ? WINCH_LOG_DEBUG : WINCH_LOG_INFO;
		int status = open_private(file, "--log", &log->file);
		if (status)
			return status;
	}
	if (!trace)
		return 0;
	int status = open_private(trace, "--trace", &log->trace);
	if (status)
		return status;
	static const char first[] = "# winch trace 1: secrets are removed; scripts and data are "
				    "in it\n";
	write_all(log->trace, first, sizeof(first) - 1);
	complain("%s will hold scripts and data of this run (secrets are removed)", trace);
	return 0;
}

void log_close(struct log_sinks *log)
{
	if (log->file >= 0)
		close(log->file);
	if (log->trace >= 0)
		close(log->trace);
	log->file = log->trace = -1;
}

int log_level(const struct log_sinks *log)
{
	if (log->trace >= 0)
		return WINCH_LOG_TRACE;
	return log->stderr_level > log->file_level ? log->stderr_level : log->file_level;
}

/* A field's value: quoted where it holds a blank or a quote. */
static void put_value(struct text *line, const char *value)
{
	if (*value && !strpbrk(value, " \t\r\n\"\\=")) {
		text_str(line, value);
		return;
	}
	text_char(line, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			text_char(line, '\\');
		if (*value == '\n')
			text_str(line, "\\n");
		else
			text_char(line, *value);
	}
	text_char(line, '"');
}

static void put_time(struct text *line)
{
	struct timespec t;
	struct tm tm;
	char day[32];

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	text_printf(line, "%s.%03ldZ", day, t.tv_nsec / 1000000);
}

static const char *const level_names[] = { "none", "warning", "info", "debug", "trace" };

static void write_to(int fd, const struct text *line)
{
	AUTO(text_done) struct text shown = { 0 };

	filter_text(&shown, line->data, line->len, FILTER_PLAIN);
	text_char(&shown, '\n');
	write_all(fd, shown.data, shown.len);
}

void log_write(void *user, const winch_log_entry *entry)
{
	const struct log_sinks *log = user;
	AUTO(text_done) struct text line = { 0 };
	int level = entry->level < 0 || entry->level > WINCH_LOG_TRACE ? 0 : entry->level;

	put_time(&line);
	text_printf(&line, " %s", level_names[level]);
	for (size_t i = 0; i < entry->field_count; i++) {
		text_printf(&line, " %s=", entry->fields[i].key);
		put_value(&line, entry->fields[i].value ? entry->fields[i].value : "");
	}
	text_printf(&line, " %s", entry->text ? entry->text : "");
	if (level <= log->stderr_level && level == WINCH_LOG_WARNING && log->stderr_level < 2) {
		complain("%s", entry->text); /* without -v, as any message */
	} else if (level <= log->stderr_level) {
		progress_hide();
		write_to(STDERR_FILENO, &line);
	}
	if (log->file >= 0 && level <= log->file_level)
		write_to(log->file, &line);
	if (log->trace < 0)
		return;
	if (!entry->data) {
		write_to(log->trace, &line);
		return;
	}
	text_printf(&line, " data=%zu", entry->data_len);
	write_to(log->trace, &line);
	write_all(log->trace, entry->data, entry->data_len);
	write_all(log->trace, "\n", 1);
}
