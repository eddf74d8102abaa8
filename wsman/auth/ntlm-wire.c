/*
 * ntlm-wire.c - NTLM's messages: a fixed part, and a payload that its fields point into.
 * MS-NLMP 2.2.1; AV pairs 2.2.2.1.
 */
#include "wsman/auth/ntlm-wire.h"

#include "src/base/fail.h"

static const uint8_t signature[8] = "NTLMSSP";

enum type { NEGOTIATE = 1, CHALLENGE = 2, AUTHENTICATE = 3 };

/* The lengths of the fixed parts, Version and MIC included. */
enum { NEGOTIATE_LEN = 40, CHALLENGE_FIXED = 56, AUTHENTICATE_FIXED = 88 };

/* MS-NLMP 2.2.2.10, for debugging only: the version of ours, the revision of the protocol.
 * It is always there: deviations.md ntlm-version. */
static const uint8_t version[8] = { 0, 1, 0, 0, 0, 0, 0, 15 };

static int ill_formed(const char *what, winch_error *err)
{
	return fail(err, WINCH_E_PROTOCOL, "the NTLM message is ill-formed: %s", what);
}

static int read_head(struct rd *in, enum type type, winch_error *err)
{
	struct bytes mark = rd_bytes(in, sizeof(signature));
	uint32_t seen = rd_u32le(in);

	if (in->past || !bytes_eq(mark, bytes_of(signature, sizeof(signature))))
		return ill_formed("it does not begin as one", err);
	if (seen != type)
		return fail(err, WINCH_E_PROTOCOL, "an NTLM message of type %u instead of %u", seen,
			    type);
	return 0;
}

/* Length, maximum length, offset from the message's start. */
static struct bytes read_field(struct rd *in, struct bytes message, bool *outside)
{
	uint16_t len = rd_u16le(in);
	rd_u16le(in);
	uint32_t at = rd_u32le(in);

	if (!len)
		return (struct bytes){ 0 };
	if (at > message.len || len > message.len - at) {
		*outside = true;
		return (struct bytes){ 0 };
	}
	return bytes_of(message.data + at, len);
}

static void copy_fixed(struct rd *in, uint8_t *ret, size_t len)
{
	struct bytes b = rd_bytes(in, len);

	memset(ret, 0, len);
	if (b.len == len)
		memcpy(ret, b.data, len);
}

static int check(const struct rd *in, bool outside, winch_error *err)
{
	if (in->past)
		return ill_formed("it ends early", err);
	if (outside)
		return ill_formed("a field points outside", err);
	return 0;
}

/* A field whose bytes come next in the payload; *at moves behind them. */
static int put_field(struct buf *out, struct bytes value, size_t *at, winch_error *err)
{
	if (value.len > UINT16_MAX)
		return fail(err, WINCH_E_LIMIT, "a field of an NTLM message is too long");
	uint16_t len = (uint16_t)value.len;
	int r = buf_put_u16le(out, len, err);
	if (r == 0)
		r = buf_put_u16le(out, len, err);
	if (r == 0)
		r = buf_put_u32le(out, (uint32_t)*at, err);
	*at += len;
	return r;
}

static int put_fields(struct buf *out, const struct bytes *values, size_t count, size_t *at,
		      winch_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = put_field(out, values[i], at, err);
	return r;
}

static int put_values(struct buf *out, const struct bytes *values, size_t count, winch_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = buf_put(out, values[i], err);
	return r;
}

static int put_head(struct buf *out, enum type type, winch_error *err)
{
	int r = buf_put(out, bytes_of(signature, sizeof(signature)), err);

	return r < 0 ? r : buf_put_u32le(out, type, err);
}

static int put_version(struct buf *out, winch_error *err)
{
	return buf_put(out, bytes_of(version, sizeof(version)), err);
}

int ntlm_av_next(struct rd *list, struct ntlm_av *ret_av, winch_error *err)
{
	uint16_t id = rd_u16le(list);
	struct bytes value = rd_bytes(list, rd_u16le(list));

	if (list->past)
		return ill_formed("its target information ends early", err);
	if (id == NTLM_AV_END)
		return value.len ? ill_formed("its target information ends in data", err) : 0;
	*ret_av = (struct ntlm_av){ id, value };
	return 1;
}

int ntlm_av_put(struct buf *out, enum ntlm_av_id id, struct bytes value, winch_error *err)
{
	if (value.len > UINT16_MAX)
		return fail(err, WINCH_E_LIMIT, "a value of NTLM's target information is too long");
	int r = buf_put_u16le(out, (uint16_t)id, err);
	if (r == 0)
		r = buf_put_u16le(out, (uint16_t)value.len, err);
	return r < 0 ? r : buf_put(out, value, err);
}

int ntlm_negotiate_read(struct bytes in, struct ntlm_negotiate *ret, winch_error *err)
{
	struct rd r = rd_of(in);
	int e = read_head(&r, NEGOTIATE, err);

	if (e < 0)
		return e;
	uint32_t flags = rd_u32le(&r);
	e = check(&r, false, err);
	if (e == 0)
		ret->flags = flags;
	return e;
}

/* Neither domain nor workstation is named: they would be in the clear, and servers ignore them. */
int ntlm_negotiate_put(struct buf *out, const struct ntlm_negotiate *m, winch_error *err)
{
	const struct bytes none[2] = { { 0 } };
	size_t at = NEGOTIATE_LEN;

	int r = put_head(out, NEGOTIATE, err);
	if (r == 0)
		r = buf_put_u32le(out, m->flags, err);
	if (r == 0)
		r = put_fields(out, none, 2, &at, err);
	return r < 0 ? r : put_version(out, err);
}

int ntlm_challenge_read(struct bytes in, struct ntlm_challenge *ret, winch_error *err)
{
	struct rd r = rd_of(in);
	struct ntlm_challenge m;
	bool outside = false;
	int e = read_head(&r, CHALLENGE, err);

	if (e < 0)
		return e;
	m.target_name = read_field(&r, in, &outside);
	m.flags = rd_u32le(&r);
	copy_fixed(&r, m.challenge, sizeof(m.challenge));
	rd_u64le(&r); /* reserved */
	m.target_info = read_field(&r, in, &outside);
	e = check(&r, outside, err);
	if (e == 0)
		*ret = m;
	return e;
}

int ntlm_challenge_put(struct buf *out, const struct ntlm_challenge *m, winch_error *err)
{
	const struct bytes values[] = { m->target_name, m->target_info };
	size_t at = CHALLENGE_FIXED;

	int r = put_head(out, CHALLENGE, err);
	if (r == 0)
		r = put_field(out, m->target_name, &at, err);
	if (r == 0)
		r = buf_put_u32le(out, m->flags, err);
	if (r == 0)
		r = buf_put(out, bytes_of(m->challenge, sizeof(m->challenge)), err);
	if (r == 0)
		r = buf_put_u64le(out, 0, err);
	if (r == 0)
		r = put_field(out, m->target_info, &at, err);
	if (r == 0)
		r = put_version(out, err);
	return r < 0 ? r : put_values(out, values, 2, err);
}

int ntlm_authenticate_read(struct bytes in, struct ntlm_authenticate *ret, winch_error *err)
{
	struct rd r = rd_of(in);
	struct ntlm_authenticate m;
	bool outside = false;
	int e = read_head(&r, AUTHENTICATE, err);

	if (e < 0)
		return e;
	m.lm_response = read_field(&r, in, &outside);
	m.nt_response = read_field(&r, in, &outside);
	m.domain = read_field(&r, in, &outside);
	m.user = read_field(&r, in, &outside);
	m.workstation = read_field(&r, in, &outside);
	m.session_key = read_field(&r, in, &outside);
	m.flags = rd_u32le(&r);
	rd_u64le(&r); /* the version */
	copy_fixed(&r, m.mic, sizeof(m.mic));
	e = check(&r, outside, err);
	if (e == 0)
		*ret = m;
	return e;
}

/* The names first, as Windows has them. */
int ntlm_authenticate_put(struct buf *out, const struct ntlm_authenticate *m, winch_error *err)
{
	const struct bytes names[] = { m->domain, m->user, m->workstation };
	const struct bytes responses[] = { m->lm_response, m->nt_response };
	size_t names_at = AUTHENTICATE_FIXED;
	size_t at = names_at + m->domain.len + m->user.len + m->workstation.len;

	int r = put_head(out, AUTHENTICATE, err);
	if (r == 0)
		r = put_fields(out, responses, 2, &at, err);
	if (r == 0)
		r = put_fields(out, names, 3, &names_at, err);
	if (r == 0)
		r = put_field(out, m->session_key, &at, err);
	if (r == 0)
		r = buf_put_u32le(out, m->flags, err);
	if (r == 0)
		r = put_version(out, err);
	if (r == 0)
		r = buf_put(out, bytes_of(m->mic, sizeof(m->mic)), err);
	if (r == 0)
		r = put_values(out, names, 3, err);
	if (r == 0)
		r = put_values(out, responses, 2, err);
	return r < 0 ? r : put_values(out, &m->session_key, 1, err);
}
