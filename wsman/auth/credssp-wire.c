/*
 * credssp-wire.c - CredSSP's messages: MS-CSSP 2.2.1.
 */
#include "wsman/auth/credssp-wire.h"

#include <assert.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"
#include "wsman/auth/der.h"

enum {
	MAX_TEXT = 64 * 1024, /* UTF-16LE */
	PASSWORD_CREDENTIALS = 1,
};

/* The fields of a TSRequest. */
enum { VERSION, NEGO_TOKENS, AUTH_INFO, PUB_KEY_AUTH, ERROR_CODE, CLIENT_NONCE };

/* [n] { INTEGER }, its 32 bits as a signed number's: DER leaves out what says nothing. */
static int put_integer(struct buf *out, int n, uint32_t value, winch_error *err)
{
	uint8_t bytes[] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
			    (uint8_t)value };
	size_t at = 0;

	while (at < 3 && bytes[at] == (bytes[at + 1] & 0x80 ? 0xFF : 0x00))
		at++;
	return der_put_field(out, n, DER_INTEGER, bytes_of(bytes + at, sizeof(bytes) - at), err);
}

static int put_octets(struct buf *out, int n, struct bytes content, winch_error *err)
{
	return content.len ? der_put_field(out, n, DER_OCTETS, content, err) : 0;
}

/* NegoData: SEQUENCE OF SEQUENCE { [0] OCTET STRING }, of one. */
static int put_nego_token(struct buf *out, struct bytes token, winch_error *err)
{
	AUTO(buf_done) struct buf field = { .max = CREDSSP_MAX };
	AUTO(buf_done) struct buf one = { .max = CREDSSP_MAX };

	if (!token.len)
		return 0;
	int r = der_put_field(&field, 0, DER_OCTETS, token, err);
	if (r == 0)
		r = der_put(&one, DER_SEQUENCE, buf_bytes(&field), err);
	return r < 0 ? r : der_put_field(out, NEGO_TOKENS, DER_SEQUENCE, buf_bytes(&one), err);
}

int ts_request_put(struct buf *out, const struct ts_request *m, winch_error *err)
{
	AUTO(buf_done) struct buf fields = { .max = CREDSSP_MAX };

	int r = put_integer(&fields, VERSION, m->version, err);
	if (r == 0)
		r = put_nego_token(&fields, m->nego_token, err);
	if (r == 0)
		r = put_octets(&fields, AUTH_INFO, m->auth_info, err);
	if (r == 0)
		r = put_octets(&fields, PUB_KEY_AUTH, m->pub_key_auth, err);
	if (r == 0 && m->error_code)
		r = put_integer(&fields, ERROR_CODE, m->error_code, err);
	if (r == 0)
		r = put_octets(&fields, CLIENT_NONCE, m->client_nonce, err);
	return r < 0 ? r : der_put(out, DER_SEQUENCE, buf_bytes(&fields), err);
}

/* An INTEGER of at most 32 bits, signed or not: who sends an NTSTATUS may think of it either way.
 */
static bool read_integer(struct bytes in, uint32_t *ret)
{
	struct bytes value;

	if (!der_only(in, DER_INTEGER, &value) || !value.len)
		return false;
	if (value.len == 5 && value.data[0] == 0)
		value = bytes_skip(value, 1);
	if (value.len > 4)
		return false;
	uint32_t v = value.data[0] & 0x80 ? UINT32_MAX : 0;
	for (size_t i = 0; i < value.len; i++)
		v = v << 8 | value.data[i];
	*ret = v;
	return true;
}

/* The document allows several tokens; nobody sends them, and one could not say what they mean. */
static bool read_nego_tokens(struct bytes in, struct bytes *ret_token)
{
	struct der_fields fields;
	struct bytes list, content;
	int n;

	return der_only(in, DER_SEQUENCE, &list) && der_fields_of(list, &fields) &&
	       der_next_field(&fields, &n, &content) == 1 && n == 0 && !fields.in.left &&
	       der_only(content, DER_OCTETS, ret_token);
}

static bool read_field(int n, struct bytes content, struct ts_request *m)
{
	switch (n) {
	case VERSION:
		return read_integer(content, &m->version);
	case NEGO_TOKENS:
		return read_nego_tokens(content, &m->nego_token);
	case AUTH_INFO:
		return der_only(content, DER_OCTETS, &m->auth_info);
	case PUB_KEY_AUTH:
		return der_only(content, DER_OCTETS, &m->pub_key_auth);
	case ERROR_CODE:
		return read_integer(content, &m->error_code);
	case CLIENT_NONCE:
		return der_only(content, DER_OCTETS, &m->client_nonce);
	default:
		return true;
	}
}

int ts_request_read(struct bytes in, struct ts_request *ret, winch_error *err)
{
	struct ts_request m = { 0 };
	struct der_fields fields;
	struct bytes content;
	bool has_version = false;
	int n, r = 1;

	bool good = in.len <= CREDSSP_MAX && der_fields_of(in, &fields);
	while (good && (r = der_next_field(&fields, &n, &content)) > 0) {
		has_version |= n == VERSION;
		good = read_field(n, content, &m);
	}
	if (!good || r < 0 || !has_version)
		return fail(err, WINCH_E_PROTOCOL, "the server's message is no TSRequest");
	*ret = m;
	return 0;
}

static int put_text(struct buf *out, int n, struct bytes text, winch_error *err)
{
	AUTO(buf_done) struct buf wide = { .max = MAX_TEXT, .secret = true };

	int r = utf16le_put(&wide, text, err);
	return r < 0 ? r : der_put_field(out, n, DER_OCTETS, buf_bytes(&wide), err);
}

int ts_password_put(struct buf *out, struct bytes domain, struct bytes user, struct bytes password,
		    winch_error *err)
{
	AUTO(buf_done) struct buf texts = { .max = CREDSSP_MAX, .secret = true };
	AUTO(buf_done) struct buf creds = { .max = CREDSSP_MAX, .secret = true };
	AUTO(buf_done) struct buf fields = { .max = CREDSSP_MAX, .secret = true };

	assert(out->secret);
	int r = put_text(&texts, 0, domain, err);
	if (r == 0)
		r = put_text(&texts, 1, user, err);
	if (r == 0)
		r = put_text(&texts, 2, password, err);
	if (r == 0)
		r = der_put(&creds, DER_SEQUENCE, buf_bytes(&texts), err);
	if (r == 0)
		r = put_integer(&fields, 0, PASSWORD_CREDENTIALS, err);
	if (r == 0)
		r = der_put_field(&fields, 1, DER_OCTETS, buf_bytes(&creds), err);
	return r < 0 ? r : der_put(out, DER_SEQUENCE, buf_bytes(&fields), err);
}
