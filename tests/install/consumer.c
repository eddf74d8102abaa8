/*
 * consumer.c - a program of somebody else's, with no more than what is installed: CLIXML on
 * stdin becomes JSON on stdout.  It is C99 and C++11.
 */
#include <winch/dissect.h>
#include <winch/document.h>
#include <winch/json.h>
#include <winch/session.h>
#include <winch/value.h>
#include <winch/version.h>

#include <stdio.h>
#include <string.h>

static int write_line(void *user, const char *data, size_t len, winch_error *err)
{
	(void)err;
	return fwrite(data, 1, len, (FILE *)user) == len ? 0 : WINCH_E_SYSTEM;
}

int main(void)
{
	winch_json_options opts = WINCH_JSON_OPTIONS_INIT;
	winch_error err = WINCH_ERROR_INIT;
	winch_decoder *d = winch_decoder_new(&opts, write_line, NULL, stdout, &err);
	char data[512];
	size_t len;
	int r = !d ? err.status : strcmp(winch_version(), WINCH_VERSION) ? WINCH_E_STATE : 0;

	while (r == 0 && (len = fread(data, 1, sizeof(data), stdin)) > 0)
		r = winch_decoder_feed(d, data, len, &err);
	if (r == 0)
		r = winch_decoder_end(d, &err);
	if (r < 0)
		fprintf(stderr, "%s\n", winch_error_text(&err));
	winch_decoder_free(d);
	winch_error_done(&err);
	return r < 0;
}
