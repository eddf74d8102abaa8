/*
 * terminal.c - sizes of terminals.
 */
#include "src/cli/terminal.h"

#include <sys/ioctl.h>

enum { WIDTH = 120, HEIGHT = 50, WIDTH_MIN = 2, WIDTH_MAX = 32766 };

int terminal_check(const struct options *o)
{
	int width = 0;

	return options_number(o, OPTION_WIDTH, WIDTH_MIN, WIDTH_MAX, &width);
}

struct terminal_size terminal_size(int fd, const struct options *o)
{
	struct terminal_size size = { WIDTH, HEIGHT };
	struct winsize w;

	if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 && w.ws_row > 0)
		size = (struct terminal_size){ w.ws_col, w.ws_row };
	options_number(o, OPTION_WIDTH, WIDTH_MIN, WIDTH_MAX, &size.width);
	return size;
}
