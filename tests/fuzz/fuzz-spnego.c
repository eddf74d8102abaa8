/*
 * fuzz-spnego.c - SPNEGO tokens, from a server, through the whole handshake.
 *
 * Two bytes of length (big endian) in front of each token.  The handshake ends, and well only
 * with a mechListMIC.
 */
#include <stdlib.h>

#include "src/base/mem.h"
#include "tests/auth/handshake.h"
#include "wsman/auth/spnego-wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_STEPS = 12 };

static void want(bool truth)
{
	if (!truth)
		abort();
}

static void check_inside(struct bytes part, struct bytes token)
{
	want(!part.len ||
	     (part.data >= token.data && part.data + part.len <= token.data + token.len));
}

static void check_reader(struct bytes token)
{
	struct spnego_response m;

	if (spnego_response_read(token, &m, NULL) < 0)
		return;
	want(m.state >= SPNEGO_NO_STATE && m.state <= SPNEGO_REQUEST_MIC);
	check_inside(m.mechanism, token);
	check_inside(m.token, token);
	check_inside(m.mic, token);
}

/* What is written is read back. */
static void check_writer(struct bytes text)
{
	AUTO(buf_done) struct buf out = { .max = text.len + 100 };
	const struct spnego_response m = { .state = SPNEGO_INCOMPLETE, .token = text };
	struct spnego_response back;

	want(spnego_response_put(&out, &m, NULL) == 0);
	want(spnego_response_read(buf_bytes(&out), &back, NULL) == 0);
	want(back.state == m.state && bytes_eq(back.token, text));
}

static void check_done(struct bytes token)
{
	struct spnego_response m;

	want(spnego_response_read(token, &m, NULL) == 0);
	want(m.state == SPNEGO_COMPLETED && m.mic.len == NTLM_SIGNATURE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(handshake_done) struct handshake h;
	struct rd in = rd_of(bytes_of(data, size));
	int r = AUTH_MORE;

	want(handshake_init(&h, auth_negotiate_new, NULL) == 0);
	want(handshake_client(&h, NULL) == AUTH_MORE);
	for (int steps = 0; in.left && steps < MAX_STEPS; steps++) {
		struct bytes token = rd_bytes(&in, rd_u16be(&in));
		if (in.past)
			break;
		check_reader(token);
		check_writer(token);
		buf_clear(&h.to_client);
		want(buf_put(&h.to_client, token, NULL) == 0);
		bool stood = r == AUTH_DONE;
		r = handshake_client(&h, NULL);
		want(r >= 0 || h.to_server.len == 0);
		want(!stood || r < 0);
		if (r == AUTH_DONE)
			check_done(token);
	}
	return 0;
}
