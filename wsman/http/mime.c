/*
 * mime.c - pieces of HTTP and MIME header values.
 */
#include "wsman/http/mime.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* RFC 9110 5.6.2. */
static bool is_token(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* RFC 9110 11.2: what a token68 is made of, but for the '=' at its end. */
static bool is_token68(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("-._~+/", c));
}

static struct bytes skip_blanks(struct bytes in)
{
	while (in.len && is_blank(in.data[0]))
		in = bytes_skip(in, 1);
	return in;
}

/* The run at the front whose bytes are all of a kind, taken off *in. */
static struct bytes take(struct bytes *in, bool (*of_kind)(uint8_t))
{
	size_t len = 0;

	while (len < in->len && of_kind(in->data[len]))
		len++;
	struct bytes run = bytes_of(in->data, len);
	*in = bytes_skip(*in, len);
	return run;
}

struct bytes mime_trim(struct bytes in)
{
	in = skip_blanks(in);
	while (in.len && is_blank(in.data[in.len - 1]))
		in.len--;
	return in;
}

struct bytes mime_type(struct bytes value, struct bytes *ret_params)
{
	const uint8_t *end = value.len ? memchr(value.data, ';', value.len) : NULL;
	size_t len = end ? (size_t)(end - value.data) : value.len;

	*ret_params = bytes_skip(value, len);
	return mime_trim(bytes_of(value.data, len));
}

/* A token, or what stands between quotes, taken off *in. */
static bool take_value(struct bytes *in, struct bytes *ret_value)
{
	if (!in->len || in->data[0] != '"') {
		*ret_value = take(in, is_token);
		return ret_value->len > 0;
	}
	for (size_t i = 1; i < in->len; i++) {
		if (in->data[i] == '\\') {
			i++;
		} else if (in->data[i] == '"') {
			*ret_value = bytes_of(in->data + 1, i - 1);
			*in = bytes_skip(*in, i + 1);
			return true;
		}
	}
	return false;
}

/* name=value, blanks around the sign allowed; nothing is taken when it is not one. */
static bool take_pair(struct bytes *in, struct bytes *ret_name, struct bytes *ret_value)
{
	struct bytes at = *in;
	struct bytes name = take(&at, is_token);
	struct bytes value;

	at = skip_blanks(at);
	if (!name.len || !at.len || at.data[0] != '=')
		return false;
	at = skip_blanks(bytes_skip(at, 1));
	if (!take_value(&at, &value))
		return false;
	*ret_name = name;
	*ret_value = value;
	*in = at;
	return true;
}

bool mime_param(struct bytes *params, struct bytes *ret_name, struct bytes *ret_value)
{
	struct bytes at = skip_blanks(*params);

	if (!at.len || at.data[0] != ';')
		return false;
	at = skip_blanks(bytes_skip(at, 1));
	if (!take_pair(&at, ret_name, ret_value))
		return false;
	*params = at;
	return true;
}

static struct bytes skip_commas(struct bytes in)
{
	while (in.len && (is_blank(in.data[0]) || in.data[0] == ','))
		in = bytes_skip(in, 1);
	return in;
}

static bool at_end_of_item(struct bytes in)
{
	in = skip_blanks(in);
	return !in.len || in.data[0] == ',';
}

/* A token68 up to the next comma; nothing is taken when it is not one. */
static struct bytes take_token68(struct bytes *in)
{
	struct bytes at = *in;
	struct bytes token = take(&at, is_token68);

	while (token.len && at.len && at.data[0] == '=') {
		token.len++;
		at = bytes_skip(at, 1);
	}
	if (!token.len || !at_end_of_item(at))
		return (struct bytes){ 0 };
	*in = at;
	return token;
}

/* The parameters of a challenge: a comma stands between them, and in front of the next scheme. */
static struct bytes skip_params(struct bytes in)
{
	struct bytes name, value;

	for (;;) {
		struct bytes at = skip_commas(in);
		if (!take_pair(&at, &name, &value) || !at_end_of_item(at))
			return in;
		in = at;
	}
}

bool challenge_next(struct bytes *value, struct challenge *ret_challenge)
{
	struct challenge c = { 0 };
	struct bytes at = skip_commas(*value);

	c.scheme = take(&at, is_token);
	if (!c.scheme.len)
		return false;
	if (at.len && is_blank(at.data[0])) {
		at = skip_blanks(at);
		c.token = take_token68(&at);
	}
	if (!c.token.len)
		at = skip_params(at);
	/* What can't be understood ends here, so that it can't hide as a scheme. */
	if (!at_end_of_item(at))
		at = bytes_skip(at, at.len);
	*value = at;
	*ret_challenge = c;
	return true;
}

int challenge_put_names(struct bytes value, struct buf *out, winch_error *err)
{
	struct challenge c;
	int r = 0;

	while (r == 0 && challenge_next(&value, &c)) {
		if (c.scheme.len + 2 > out->max - out->len)
			break;
		r = out->len ? buf_put_str(out, ", ", err) : 0;
		if (r == 0)
			r = buf_put(out, c.scheme, err);
	}
	return r;
}
