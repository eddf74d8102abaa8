/*
 * progress.c - activities as a tree of lines, each with a bar.
 *
 *     Copying files [==========          ] 50% 3 of 6, 0:12 left: big.iso
 *       Reading [====                ] 20%
 */
#include "src/cli/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/cli/filter.h"
#include "src/cli/utf8.h"

enum {
	MAX_ACTIVITIES = 64, /* a server may invent any number */
	MAX_DEPTH = 8,
	MAX_TEXT = 512, /* bytes of one text: no terminal is as wide */
	BAR = 20,
};

struct activity {
	int64_t id, parent;
	struct text activity, status, operation; /* filtered, of one line */
	int64_t percent, seconds;                /* < 0: not known */
};

static struct {
	bool on, colour, changed;
	struct activity *list[MAX_ACTIVITIES]; /* in the order of their coming */
	size_t count;
	size_t drawn; /* lines on the terminal */
} bar;

void progress_begin(void)
{
	const char *term = getenv("TERM");

	bar.on = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
	bar.colour = filter_of(STDERR_FILENO) == FILTER_COLOUR;
	complain_after(progress_hide);
}

/* ---- what there is ---- */

static void free_activity(struct activity *a)
{
	text_done(&a->activity);
	text_done(&a->status);
	text_done(&a->operation);
	free(a);
}

static void drop(size_t i)
{
	free_activity(bar.list[i]);
	bar.count--;
	memmove(&bar.list[i], &bar.list[i + 1], (bar.count - i) * sizeof(bar.list[0]));
}

static size_t find(int64_t id)
{
	size_t i = 0;

	while (i < bar.count && bar.list[i]->id != id)
		i++;
	return i;
}

/* With what is below it. */
static void complete(int64_t id)
{
	size_t i = find(id);

	if (i == bar.count)
		return;
	drop(i);
	for (i = 0; i < bar.count;) {
		if (bar.list[i]->parent != id) {
			i++;
			continue;
		}
		complete(bar.list[i]->id);
		i = 0;
	}
}

static void set_text(struct text *to, const winch_value *record, const char *member)
{
	size_t len = 0;
	const char *text = winch_value_text(winch_value_member(record, member), &len);

	to->len = 0;
	filter_text(to, text ? text : "", len < MAX_TEXT ? len : MAX_TEXT, FILTER_PLAIN);
	for (size_t i = 0; i < to->len; i++)
		if (to->data[i] == '\n' || to->data[i] == '\t')
			to->data[i] = ' ';
}

static int64_t number(const winch_value *record, const char *member, int64_t otherwise)
{
	int64_t n;

	return winch_value_int(winch_value_member(record, member), &n) ? n : otherwise;
}

static struct activity *get(int64_t id)
{
	size_t i = find(id);

	if (i < bar.count)
		return bar.list[i];
	if (bar.count == MAX_ACTIVITIES)
		drop(0);
	struct activity *a = must_alloc(sizeof(*a));
	a->id = id;
	bar.list[bar.count++] = a;
	return a;
}

void progress_record(const winch_value *record)
{
	int64_t id = number(record, "ActivityId", 0);

	if (!bar.on)
		return;
	bar.changed = true;
	if (number(record, "Type", 0) == 1) {
		complete(id);
		return;
	}
	struct activity *a = get(id);
	a->parent = number(record, "ParentActivityId", -1);
	a->percent = number(record, "PercentComplete", -1);
	a->seconds = number(record, "SecondsRemaining", -1);
	set_text(&a->activity, record, "Activity");
	set_text(&a->status, record, "StatusDescription");
	set_text(&a->operation, record, "CurrentOperation");
}

/* ---- what it looks like ---- */

static void put_bar(struct text *line, int64_t percent)
{
	int done = (int)(percent > 100 ? 100 : percent) * BAR / 100;

	text_str(line, " [");
	for (int i = 0; i < BAR; i++)
		text_char(line, i < done ? '=' : ' ');
	text_printf(line, "] %d%%", (int)(percent > 100 ? 100 : percent));
}

static void put_left(struct text *line, int64_t seconds)
{
	long long s = seconds, minutes = s / 60;

	if (minutes >= 60)
		text_printf(line, ", %lld:%02lld:%02lld left", minutes / 60, minutes % 60, s % 60);
	else
		text_printf(line, ", %lld:%02lld left", minutes, s % 60);
}

static void put_activity(struct text *line, const struct activity *a, int depth)
{
	text_printf(line, "%*s", 2 * depth, "");
	text_put(line, a->activity.data, a->activity.len);
	if (a->percent >= 0)
		put_bar(line, a->percent);
	if (a->status.len > 0) {
		text_char(line, ' ');
		text_put(line, a->status.data, a->status.len);
	}
	if (a->seconds >= 0)
		put_left(line, a->seconds);
	if (a->operation.len > 0) {
		text_str(line, ": ");
		text_put(line, a->operation.data, a->operation.len);
	}
}

/* What fits in so many columns.  A character beyond Latin and its like counts as two: too short
 * a line is no harm, one that wraps would stay on the terminal. */
static size_t fitting(const struct text *line, size_t columns)
{
	size_t at = 0, used = 0;

	while (at < line->len) {
		uint32_t c = 0;
		size_t n = utf8_read(line->data + at, line->len - at, &c);
		used += c < 0x1100 ? 1 : 2;
		if (n == 0 || used > columns)
			break;
		at += n;
	}
	return at;
}

static void put_line(struct text *out, const struct activity *a, int depth, size_t columns)
{
	AUTO(text_done) struct text line = { 0 };

	put_activity(&line, a, depth);
	if (bar.drawn++ > 0)
		text_str(out, "\r\n");
	if (bar.colour)
		text_str(out, "\033[33;1m");
	text_put(out, line.data, fitting(&line, columns));
	if (bar.colour)
		text_str(out, "\033[0m");
}

static bool is_root(const struct activity *a)
{
	return a->parent == a->id || find(a->parent) == bar.count;
}

static void put_tree(struct text *out, const struct activity *a, int depth,
		     const struct winsize *size)
{
	if (bar.drawn + 1 >= size->ws_row || depth > MAX_DEPTH)
		return;
	put_line(out, a, depth, size->ws_col - 1u);
	for (size_t i = 0; i < bar.count; i++)
		if (bar.list[i]->parent == a->id && !is_root(bar.list[i]))
			put_tree(out, bar.list[i], depth + 1, size);
}

static void put_erase(struct text *out)
{
	if (bar.drawn > 0)
		text_str(out, "\r\033[K");
	for (; bar.drawn > 1; bar.drawn--)
		text_str(out, "\033[A\033[K");
	bar.drawn = 0;
}

void progress_draw(void)
{
	AUTO(text_done) struct text out = { 0 };
	struct winsize size;

	if (!bar.changed)
		return;
	bar.changed = false;
	put_erase(&out);
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
		for (size_t i = 0; i < bar.count; i++)
			if (is_root(bar.list[i]))
				put_tree(&out, bar.list[i], 0, &size);
	write_all(STDERR_FILENO, out.data, out.len);
}

void progress_hide(void)
{
	AUTO(text_done) struct text out = { 0 };

	if (bar.drawn == 0)
		return;
	put_erase(&out);
	write_all(STDERR_FILENO, out.data, out.len);
	bar.changed = true;
}

void progress_end(void)
{
	progress_hide();
	while (bar.count > 0)
		drop(bar.count - 1);
	bar.on = bar.changed = false;
}
