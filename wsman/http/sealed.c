/*
 * sealed.c - the multipart form of sealed bodies, written and read: MS-WSMV 2.2.9.1.
 *
 * The octets are binary and the form has no escaping: a reader that looks for the boundary
 * from their start could find it inside them.  So it starts to look where OriginalContent's
 * Length ends: sealed octets are never fewer than plain ones.
 */
#include "wsman/http/sealed.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/rd.h"
#include "wsman/http/mime.h"

#define BOUNDARY "Encrypted Boundary"

enum {
	MAX_SIGNATURE = 64 * 1024,
	MAX_BOUNDARY = 70, /* RFC 2046 5.1.1 */
	MAX_LENGTH_DIGITS = 10,
	FORM_OVERHEAD = 400, /* of one sealed part: both descriptions */
};

static bool in_many_parts(const struct auth_sealing *sealing, size_t len)
{
	return sealing->max_part && len > sealing->max_part;
}

int sealed_put_type(struct buf *out, const struct auth_sealing *sealing, size_t len,
		    winch_error *err)
{
	return buf_put_fmt(out, err, "multipart/%s;protocol=\"%s\";boundary=\"" BOUNDARY "\"",
			   in_many_parts(sealing, len) ? "x-multi-encrypted" : "encrypted",
			   sealing->protocol);
}

size_t sealed_room(const struct auth_sealing *sealing, size_t len)
{
	size_t parts = sealing->max_part ? len / sealing->max_part + 1 : 1;

	return len + parts * (sealing->overhead + FORM_OVERHEAD);
}

static int put_part(struct buf *out, struct auth *a, struct bytes plain, winch_error *err)
{
	const struct auth_sealing *sealing = a->class->sealing;
	AUTO(buf_done) struct buf header = { .max = MAX_SIGNATURE };
	AUTO(buf_done) struct buf data = { .max = plain.len + sealing->overhead };

	int r = a->class->seal(a, plain, &header, &data, err);
	if (r < 0)
		return r;

	/* Length counts the padding too (deviations.md padded-length); where there are parts, the
	 * octets are TLS records and only the plain bytes count. */
	r = buf_put_fmt(out, err,
			"--" BOUNDARY "\r\n"
			"\tContent-Type: %s\r\n"
			"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%zu\r\n"
			"--" BOUNDARY "\r\n"
			"\tContent-Type: application/octet-stream\r\n",
			sealing->protocol, sealing->max_part ? plain.len : data.len);
	if (r == 0)
		r = buf_put_u32le(out, (uint32_t)header.len, err);
	if (r == 0)
		r = buf_put(out, buf_bytes(&header), err);
	if (r == 0)
		r = buf_put(out, buf_bytes(&data), err);
	return r;
}

int sealed_put(struct buf *out, struct auth *a, struct bytes plain, winch_error *err)
{
	size_t max_part = a->class->sealing->max_part;

	do {
		struct bytes part = plain;
		if (max_part && part.len > max_part)
			part.len = max_part;
		int r = put_part(out, a, part, err);
		if (r < 0)
			return r;
		plain = bytes_skip(plain, part.len);
	} while (plain.len);
	return buf_put_str(out, "--" BOUNDARY "--\r\n", err);
}

bool sealed_type_parse(struct bytes content_type, struct sealed_type *ret_type)
{
	struct sealed_type type = { .boundary = BYTES_LIT(BOUNDARY) };
	struct bytes params, name, value;
	struct bytes media = mime_type(content_type, &params);

	if (!bytes_eq_nocase(media, BYTES_LIT("multipart/encrypted")) &&
	    !bytes_eq_nocase(media, BYTES_LIT("multipart/x-multi-encrypted")))
		return false;
	while (mime_param(&params, &name, &value)) {
		if (bytes_eq_nocase(name, BYTES_LIT("protocol")))
			type.protocol = value;
		else if (bytes_eq_nocase(name, BYTES_LIT("boundary")))
			type.boundary = value;
	}
	*ret_type = type;
	return type.boundary.len > 0 && type.boundary.len <= MAX_BOUNDARY;
}

static int ill_formed(const char *what, winch_error *err)
{
	return fail(err, WINCH_E_PROTOCOL, "the sealed reply is ill-formed: %s", what);
}

/* The length of a boundary line's "--boundary" or "-- boundary" (deviations.md spaced-boundary) at
 * the front of in; 0 when none stands there. */
static size_t boundary_len(const struct sealed_reader *r, struct bytes in)
{
	struct bytes b = r->type.boundary;
	size_t dashes = 2;

	if (in.len < 2 || in.data[0] != '-' || in.data[1] != '-')
		return 0;
	if (in.len > 2 && in.data[2] == ' ' && b.data[0] != ' ')
		dashes = 3;
	in = bytes_skip(in, dashes);
	if (in.len < b.len || memcmp(in.data, b.data, b.len) != 0)
		return 0;
	return dashes + b.len;
}

static bool take_literal(struct bytes *in, struct bytes lit)
{
	if (in->len < lit.len || memcmp(in->data, lit.data, lit.len) != 0)
		return false;
	*in = bytes_skip(*in, lit.len);
	return true;
}

static bool take_boundary(struct sealed_reader *r)
{
	size_t len = boundary_len(r, r->left);
	struct bytes left = bytes_skip(r->left, len);

	if (!len || !take_literal(&left, BYTES_LIT("\r\n")))
		return false;
	r->left = left;
	return true;
}

/* A header line of a part: it begins with a tab.  false: the next line is none. */
static bool take_header(struct bytes *in, struct bytes *ret_name, struct bytes *ret_value)
{
	if (!in->len || (in->data[0] != '\t' && in->data[0] != ' '))
		return false;
	const uint8_t *end = memchr(in->data, '\r', in->len);
	size_t len = end ? (size_t)(end - in->data) : 0;
	struct bytes rest = bytes_skip(*in, len);
	if (!end || !take_literal(&rest, BYTES_LIT("\r\n")))
		return false;

	struct bytes line = mime_trim(bytes_of(in->data, len));
	const uint8_t *colon = line.len ? memchr(line.data, ':', line.len) : NULL;
	if (!colon)
		return false;
	size_t name_len = (size_t)(colon - line.data);
	*ret_name = bytes_of(line.data, name_len);
	*ret_value = mime_trim(bytes_skip(line, name_len + 1));
	*in = rest;
	return true;
}

static bool parse_length(struct bytes digits, size_t *ret_length)
{
	size_t length = 0;

	if (!digits.len || digits.len > MAX_LENGTH_DIGITS)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
		if (length > (SIZE_MAX - 9) / 10)
			return false;
		length = length * 10 + (size_t)(digits.data[i] - '0');
	}
	*ret_length = length;
	return true;
}

/* type=application/soap+xml;charset=UTF-8;Length=123 */
static int parse_original(struct bytes value, size_t *ret_length, winch_error *err)
{
	struct bytes params, name, param;
	bool has_length = false;

	mime_type(value, &params);
	while (mime_param(&params, &name, &param)) {
		if (bytes_eq_nocase(name, BYTES_LIT("charset")) &&
		    !bytes_eq_nocase(param, BYTES_LIT("UTF-8")))
			return ill_formed("its charset is not UTF-8", err);
		if (bytes_eq_nocase(name, BYTES_LIT("Length"))) {
			if (has_length || !parse_length(param, ret_length))
				return ill_formed("Length is not a number", err);
			has_length = true;
		}
	}
	if (!has_length || mime_trim(params).len)
		return ill_formed("OriginalContent without Length", err);
	return 0;
}

static int read_description(struct sealed_reader *r, size_t *ret_length, winch_error *err)
{
	struct bytes name, value;
	bool has_length = false;

	if (!take_boundary(r))
		return ill_formed("a boundary line is missing", err);
	while (take_header(&r->left, &name, &value)) {
		if (bytes_eq_nocase(name, BYTES_LIT("Content-Type"))) {
			if (r->type.protocol.len && !bytes_eq_nocase(value, r->type.protocol))
				return ill_formed("it is sealed by another protocol", err);
		} else if (bytes_eq_nocase(name, BYTES_LIT("OriginalContent"))) {
			if (has_length)
				return ill_formed("two OriginalContent lines", err);
			int e = parse_original(value, ret_length, err);
			if (e < 0)
				return e;
			has_length = true;
		}
	}
	return has_length ? 0 : ill_formed("no OriginalContent line", err);
}

/* Where the octets end: at the first boundary line that is at least length bytes away. */
static bool find_end(const struct sealed_reader *r, size_t length, size_t *ret_end)
{
	for (size_t at = length; at < r->left.len; at++) {
		const uint8_t *dash = memchr(r->left.data + at, '-', r->left.len - at);
		if (!dash)
			return false;
		at = (size_t)(dash - r->left.data);
		struct bytes rest = bytes_skip(r->left, at);
		size_t len = boundary_len(r, rest);
		rest = bytes_skip(rest, len);
		if (len && (take_literal(&rest, BYTES_LIT("\r\n")) ||
			    take_literal(&rest, BYTES_LIT("--")))) {
			*ret_end = at;
			return true;
		}
	}
	return false;
}

static int read_octets(struct sealed_reader *r, size_t length, struct sealed_part *ret_part,
		       winch_error *err)
{
	if (!take_boundary(r) || !take_literal(&r->left, BYTES_LIT("\tContent-Type: "
								   "application/octet-stream\r\n")))
		return ill_formed("no octets follow", err);

	struct rd in = rd_of(r->left);
	uint32_t header_len = rd_u32le(&in);
	struct bytes header = rd_bytes(&in, header_len);
	if (in.past || header_len > MAX_SIGNATURE)
		return ill_formed("the signature's length is wrong", err);
	r->left = bytes_of(in.at, in.left);

	size_t end;
	if (length > r->left.len || !find_end(r, length, &end))
		return ill_formed("it is shorter than it says", err);
	*ret_part = (struct sealed_part){ length, header, bytes_of(r->left.data, end) };
	r->left = bytes_skip(r->left, end);
	return 0;
}

/* --boundary-- and the end of the body. */
static bool take_closing(struct sealed_reader *r)
{
	size_t len = boundary_len(r, r->left);
	struct bytes left = bytes_skip(r->left, len);

	if (!len || !take_literal(&left, BYTES_LIT("--")))
		return false;
	take_literal(&left, BYTES_LIT("\r\n"));
	if (left.len)
		return false;
	r->left = left;
	return true;
}

int sealed_next(struct sealed_reader *r, struct sealed_part *ret_part, winch_error *err)
{
	size_t length = 0;

	if (r->ended)
		return 0;
	int e = read_description(r, &length, err);
	if (e == 0)
		e = read_octets(r, length, ret_part, err);
	if (e < 0)
		return e;
	r->ended = take_closing(r);
	return 1;
}

static int open_part(struct auth *a, const struct sealed_part *part, struct buf *out,
		     winch_error *err)
{
	size_t before = out->len;
	int r = a->class->unseal(a, part->header, part->data, out, err);
	if (r < 0)
		return r;

	/* With padding Length is that of the octets, else that of the plain bytes:
	 * deviations.md padded-length. */
	size_t plain_len = out->len - before;
	if (part->length != plain_len &&
	    (part->length != part->data.len || plain_len > part->length))
		return fail(err, WINCH_E_PROTOCOL, "the sealed reply holds %zu bytes, but says %zu",
			    plain_len, part->length);
	return 0;
}

int sealed_open(struct auth *a, const struct sealed_type *type, struct bytes body, struct buf *out,
		winch_error *err)
{
	struct sealed_reader reader = sealed_reader_of(type, body);
	struct sealed_part part;

	if (type->protocol.len &&
	    !bytes_eq_nocase(type->protocol, bytes_str(a->class->sealing->protocol)))
		return ill_formed("it is sealed by another protocol", err);
	for (;;) {
		int r = sealed_next(&reader, &part, err);
		if (r <= 0)
			return r;
		r = open_part(a, &part, out, err);
		if (r < 0)
			return r;
	}
}
