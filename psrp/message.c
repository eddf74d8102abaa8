/*
 * message.c - the header of a PSRP message: MS-PSRP 2.2.1.
 */
#include "psrp/message.h"

#include "src/base/fail.h"
#include "src/base/guid.h"
#include "src/base/rd.h"

static winch_guid read_guid(struct rd *in)
{
	struct bytes raw = rd_bytes(in, 16);
	winch_guid g = { { 0 } };

	if (raw.len)
		memcpy(g.bytes, raw.data, 16);
	return guid_swap(g);
}

/* Bodies begin with a BOM, or are not there: deviations.md body-bom. */
int message_read(struct bytes in, struct message *ret_message, winch_error *err)
{
	static const struct bytes bom = { (const uint8_t *)"\xEF\xBB\xBF", 3 };
	struct rd rd = rd_of(in);
	struct message m = { 0 };

	m.destination = rd_u32le(&rd);
	m.type = rd_u32le(&rd);
	m.rpid = read_guid(&rd);
	m.pid = read_guid(&rd);
	if (rd.past)
		return fail(err, WINCH_E_PROTOCOL,
			    "a message of %zu bytes has no room for its header", in.len);
	m.body = bytes_of(rd.at, rd.left);
	if (m.body.len >= bom.len && bytes_eq(bytes_of(m.body.data, bom.len), bom))
		m.body = bytes_skip(m.body, bom.len);
	*ret_message = m;
	return 0;
}

int message_write(struct buf *out, const struct message *m, winch_error *err)
{
	winch_guid rpid = guid_swap(m->rpid), pid = guid_swap(m->pid);

	int r = buf_put_u32le(out, m->destination, err);
	if (r == 0)
		r = buf_put_u32le(out, m->type, err);
	if (r == 0)
		r = buf_put(out, bytes_of(rpid.bytes, 16), err);
	if (r == 0)
		r = buf_put(out, bytes_of(pid.bytes, 16), err);
	return r < 0 ? r : buf_put(out, m->body, err);
}
