/*
 * spnego-wire.c - SPNEGO's tokens: RFC 4178 4.2.
 */
#include "wsman/auth/spnego-wire.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/der.h"

enum { MAX_TOKEN = 256 * 1024 };

/* 1.3.6.1.5.5.2 */
static const uint8_t spnego_oid[] = { 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02 };

int spnego_list_put(struct buf *out, const struct bytes *oids, size_t count, winch_error *err)
{
	AUTO(buf_done) struct buf list = { .max = MAX_TOKEN };
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = der_put(&list, DER_OID, oids[i], err);
	return r < 0 ? r : der_put(out, DER_SEQUENCE, buf_bytes(&list), err);
}

/* [n] { SEQUENCE { fields } } */
static int put_choice(struct buf *out, int n, const struct buf *fields, winch_error *err)
{
	return der_put_field(out, n, DER_SEQUENCE, buf_bytes(fields), err);
}

int spnego_init_put(struct buf *out, struct bytes list, struct bytes token, winch_error *err)
{
	AUTO(buf_done) struct buf fields = { .max = MAX_TOKEN };
	AUTO(buf_done) struct buf framed = { .max = MAX_TOKEN };

	int r = der_put(&fields, DER_CONTEXT_0, list, err);
	if (r == 0)
		r = der_put_field(&fields, 2, DER_OCTETS, token, err);
	if (r == 0)
		r = der_put(&framed, DER_OID, bytes_of(spnego_oid, sizeof(spnego_oid)), err);
	if (r == 0)
		r = put_choice(&framed, 0, &fields, err);
	return r < 0 ? r : der_put(out, DER_APPLICATION_0, buf_bytes(&framed), err);
}

int spnego_response_put(struct buf *out, const struct spnego_response *m, winch_error *err)
{
	AUTO(buf_done) struct buf fields = { .max = MAX_TOKEN };
	uint8_t state = (uint8_t)m->state;
	int r = 0;

	if (m->state != SPNEGO_NO_STATE)
		r = der_put_field(&fields, 0, DER_ENUM, bytes_of(&state, 1), err);
	if (r == 0 && m->mechanism.len)
		r = der_put_field(&fields, 1, DER_OID, m->mechanism, err);
	if (r == 0 && m->token.len)
		r = der_put_field(&fields, 2, DER_OCTETS, m->token, err);
	if (r == 0 && m->mic.len)
		r = der_put_field(&fields, 3, DER_OCTETS, m->mic, err);
	return r < 0 ? r : put_choice(out, 1, &fields, err);
}

/* One field of a NegTokenResp: [n] { element }, nothing behind it.  Its type has an extension
 * marker: what later versions add is no error. */
static bool read_field(int n, struct bytes content, struct spnego_response *m)
{
	static const uint8_t tags[] = { DER_ENUM, DER_OID, DER_OCTETS, DER_OCTETS };
	struct bytes value;

	if (n > 3)
		return true;
	if (!der_only(content, tags[n], &value))
		return false;
	switch (n) {
	case 0:
		if (value.len != 1 || value.data[0] > SPNEGO_REQUEST_MIC)
			return false;
		m->state = value.data[0];
		break;
	case 1:
		m->mechanism = value;
		break;
	case 2:
		m->token = value;
		break;
	case 3:
		m->mic = value;
		break;
	}
	return true;
}

int spnego_response_read(struct bytes in, struct spnego_response *ret, winch_error *err)
{
	struct spnego_response m = { .state = SPNEGO_NO_STATE };
	struct der_fields fields;
	struct bytes choice, content;
	int n, r = 1;

	bool good = der_only(in, DER_CONTEXT_0 + 1, &choice) && der_fields_of(choice, &fields);
	while (good && (r = der_next_field(&fields, &n, &content)) > 0)
		good = read_field(n, content, &m);
	if (!good || r < 0)
		return fail(err, WINCH_E_AUTH, "the server's token is no SPNEGO answer");
	*ret = m;
	return 0;
}
