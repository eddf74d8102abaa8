/*
 * message-json.c - a PSRP message as JSON.
 */
#include "src/cli/message-json.h"

#include <string.h>

#include "src/cli/utf8.h"

static int take_lines(void *user, const char *data, size_t len, winch_error *err)
{
	(void)err;
	text_put(user, data, len);
	return 0;
}

bool message_value(struct text *out, const winch_dissected_message *m,
		   const winch_json_options *options, winch_error *err)
{
	size_t before = out->len;
	winch_decoder *decoder = winch_decoder_new(options, take_lines, NULL, out, err);
	int r = decoder ? winch_decoder_feed(decoder, m->clixml, m->clixml_len, err) : -1;

	if (r == 0)
		r = winch_decoder_end(decoder, err);
	winch_decoder_free(decoder);
	out->len = r == 0 && out->len > before ? out->len - 1 : before; /* its line feed */
	return r == 0;
}

void message_name(struct text *out, const winch_dissected_message *m)
{
	if (*m->name)
		text_str(out, m->name);
	else
		text_printf(out, "0x%08X", (unsigned)m->type);
}

static void put_id(struct text *out, const winch_guid *id)
{
	static const winch_guid zero;
	char text[37];

	winch_guid_text(id, text);
	if (memcmp(id, &zero, sizeof(zero)) == 0)
		text_str(out, "null");
	else
		text_printf(out, "\"%s\"", text);
}

void message_json(struct text *out, const winch_dissected_message *m,
		  const winch_json_options *options)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	text_str(out, "{\"message\":\"");
	message_name(out, m);
	text_printf(out, "\",\"to\":\"%s\",\"pool\":", m->to_server ? "server" : "client");
	put_id(out, &m->pool);
	text_str(out, ",\"pipeline\":");
	put_id(out, &m->pipeline);
	size_t before = out->len;
	text_str(out, ",\"value\":");
	if (!message_value(out, m, options, &err)) {
		out->len = before;
		text_str(out, ",\"clixml\":");
		utf8_json(out, m->clixml, m->clixml_len);
		text_str(out, ",\"error\":");
		utf8_json(out, winch_error_text(&err), strlen(winch_error_text(&err)));
	}
	text_char(out, '}');
}
