/*
 * envelope.c - writing envelopes: the header that all requests share, and text, escaped.
 */
#include "wsman/envelope.h"

#include "src/base/fail.h"
#include "src/base/utf.h"
#include "src/base/xml-write.h"
#include "wsman/names.h"

#define MUST     " s:mustUnderstand=\"true\""
#define NEED_NOT " s:mustUnderstand=\"false\""

void envelope_put(struct envelope *e, const char *markup)
{
	if (e->status == 0)
		e->status = buf_put_str(e->out, markup, e->err);
}

static bool is_xml_char(uint32_t c)
{
	return c >= 0x20 ? c != 0xFFFE && c != 0xFFFF : c == '\t' || c == '\n' || c == '\r';
}

static int check_text(struct bytes text, winch_error *err)
{
	size_t at = 0;

	while (at < text.len) {
		uint32_t c;
		size_t len = utf8_decode(bytes_skip(text, at), false, &c);
		if (len == 0)
			return fail(err, WINCH_E_ARG, "text is not UTF-8 at byte %zu", at);
		if (!is_xml_char(c))
			return fail(err, WINCH_E_ARG, "U+%04X at byte %zu can't be sent in XML",
				    (unsigned)c, at);
		at += len;
	}
	return 0;
}

void envelope_text(struct envelope *e, struct bytes text)
{
	if (e->status == 0)
		e->status = check_text(text, e->err);
	/* As in an attribute: a parser would make LF of a literal CR. */
	if (e->status == 0)
		e->status = xml_put_attr(e->out, text, e->err);
}

void envelope_attr(struct envelope *e, const char *name, struct bytes value)
{
	envelope_put(e, " ");
	envelope_put(e, name);
	envelope_put(e, "=\"");
	envelope_text(e, value);
	envelope_put(e, "\"");
}

void envelope_element(struct envelope *e, const char *tag, struct bytes text)
{
	envelope_put(e, "<");
	envelope_put(e, tag);
	envelope_put(e, ">");
	envelope_text(e, text);
	envelope_put(e, "</");
	envelope_put(e, tag);
	envelope_put(e, ">");
}

void envelope_duration(struct envelope *e, const char *tag, unsigned ms)
{
	if (e->status < 0)
		return;
	if (ms % 1000)
		e->status = buf_put_fmt(e->out, e->err, "<%s>PT%u.%03uS</%s>", tag, ms / 1000,
					ms % 1000, tag);
	else
		e->status = buf_put_fmt(e->out, e->err, "<%s>PT%uS</%s>", tag, ms / 1000, tag);
}

static void put_options(struct envelope *e, const struct envelope_header *h)
{
	if (h->option_count == 0)
		return;
	envelope_put(e, "<w:OptionSet" MUST ">");
	for (size_t i = 0; i < h->option_count; i++) {
		envelope_put(e, "<w:Option");
		envelope_attr(e, "Name", bytes_str(h->options[i].name));
		if (h->options[i].must_comply)
			envelope_put(e, " MustComply=\"true\"");
		envelope_put(e, ">");
		envelope_text(e, bytes_str(h->options[i].value));
		envelope_put(e, "</w:Option>");
	}
	envelope_put(e, "</w:OptionSet>");
}

static void put_selectors(struct envelope *e, const struct envelope_header *h)
{
	if (h->shell_id.len == 0)
		return;
	envelope_put(e, "<w:SelectorSet><w:Selector Name=\"" WSMAN_SELECTOR_SHELL_ID "\">");
	envelope_text(e, h->shell_id);
	envelope_put(e, "</w:Selector></w:SelectorSet>");
}

static void put_locales(struct envelope *e, const struct wsman_shell *s)
{
	envelope_put(e, "<w:Locale");
	envelope_attr(e, "xml:lang", buf_bytes(&s->locale));
	envelope_put(e, NEED_NOT "/><p:DataLocale");
	envelope_attr(e, "xml:lang", buf_bytes(&s->locale));
	envelope_put(e, NEED_NOT "/>");
}

void envelope_begin(struct envelope *e, const struct envelope_header *h)
{
	const struct wsman_shell *s = h->shell;

	envelope_put(e, "<s:Envelope xmlns:s=\"" WSMAN_NS_S "\" xmlns:a=\"" WSMAN_NS_A
			"\" xmlns:w=\"" WSMAN_NS_W "\" xmlns:p=\"" WSMAN_NS_P
			"\" xmlns:n=\"" WSMAN_NS_N "\" xmlns:rsp=\"" WSMAN_NS_RSP "\"><s:Header>");
	envelope_element(e, "a:To", buf_bytes(&s->to));
	envelope_put(e, "<w:ResourceURI" MUST ">");
	envelope_text(e, h->resource_uri);
	envelope_put(e, "</w:ResourceURI><a:ReplyTo><a:Address" MUST ">" WSMAN_ANONYMOUS
			"</a:Address></a:ReplyTo><a:Action" MUST ">");
	envelope_text(e, bytes_str(h->action));
	envelope_put(e, "</a:Action>");
	if (e->status == 0)
		e->status = buf_put_fmt(e->out, e->err,
					"<w:MaxEnvelopeSize" MUST ">%zu</w:MaxEnvelopeSize>",
					s->max_envelope);
	envelope_element(e, "a:MessageID", bytes_str(h->message_id));
	put_locales(e, s);
	envelope_put(e, "<p:SessionId" NEED_NOT ">");
	envelope_text(e, bytes_str(s->session_id));
	envelope_put(e, "</p:SessionId>");
	envelope_duration(e, "w:OperationTimeout", s->operation_timeout_ms);
	put_options(e, h);
	put_selectors(e, h);
	envelope_put(e, "</s:Header><s:Body>");
}
