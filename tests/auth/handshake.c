/*
 * handshake.c - our initiator and the acceptor of tests.
 */
#include "tests/auth/handshake.h"

#include "src/base/fail.h"
#include "src/base/mem.h"

enum { MAX_TOKEN = 256 * 1024 };

#define PASSWORD "Pa55-\xC3\xBC"

const uint8_t handshake_session_key[NTLM_KEY] = { 9,  10, 11, 12, 13, 14, 15, 16,
						  17, 18, 19, 20, 21, 22, 23, 24 };

static int next_bytes(void *user, uint8_t *out, size_t len)
{
	struct handshake *h = user;

	if (h->no_random)
		return WINCH_E_SYSTEM;
	for (size_t i = 0; i < len; i++)
		out[i] = ++h->random;
	return 0;
}

int handshake_init(struct handshake *h, auth_maker *make, winch_error *err)
{
	*h = (struct handshake){
		.world = {
			.credential = &h->who,
			.target_name = BYTES_LIT("web1.corp.example"),
			.workstation = BYTES_LIT("CLIENT"),
			.must_seal = true,
			.filetime = 133594272000000000u,
			.random = next_bytes,
			.random_user = h,
		},
		.rules = { .password = BYTES_LIT(PASSWORD), .filetime = 133594272010000000u },
		.to_server.max = MAX_TOKEN,
		.to_client.max = MAX_TOKEN,
	};
	acceptor_init(&h->server, &h->rules);
	int r = credential_set(&h->who, BYTES_LIT("CORP\\anna"), BYTES_LIT(PASSWORD), err);
	if (r == 0)
		r = credential_keep_nt_hash(&h->who, err);
	if (r < 0)
		return r;
	h->client = make(&h->world, err);
	return h->client ? 0 : err && err->status ? err->status : WINCH_E_NOMEM;
}

void handshake_done(struct handshake *h)
{
	auth_free(h->client);
	acceptor_done(&h->server);
	credential_done(&h->who);
	buf_done(&h->to_server);
	buf_done(&h->to_client);
}

int handshake_client(struct handshake *h, winch_error *err)
{
	buf_clear(&h->to_server);
	return h->client->class->step(h->client, buf_bytes(&h->to_client), &h->to_server, err);
}

int handshake_server(struct handshake *h, winch_error *err)
{
	buf_clear(&h->to_client);
	return acceptor_step(&h->server, buf_bytes(&h->to_server), &h->to_client, err);
}

int handshake_run(struct handshake *h, winch_error *err)
{
	int r = AUTH_MORE;

	while (r == AUTH_MORE) {
		r = handshake_client(h, err);
		if (r < 0 || !h->to_server.len)
			return r;
		int s = handshake_server(h, err);
		if (s < 0) {
			fail_prefix(err, "server");
			return s;
		}
		if (r == AUTH_DONE && s != AUTH_DONE)
			return fail(err, WINCH_E_STATE, "only the client stands");
	}
	return r;
}

static int to_server(struct handshake *h, struct bytes plain, winch_error *err)
{
	AUTO(buf_done) struct buf header = { .max = 100 };
	AUTO(buf_done) struct buf data = { .max = plain.len };
	AUTO(buf_done) struct buf back = { .max = plain.len };

	int r = h->client->class->seal(h->client, plain, &header, &data, err);
	if (r == 0)
		r = ntlm_seal_get(&h->server.theirs, buf_bytes(&data), buf_bytes(&header), &back,
				  err);
	if (r == 0 && !bytes_eq(buf_bytes(&back), plain))
		r = fail(err, WINCH_E_PROTOCOL, "another text came out");
	return r;
}

static int to_client(struct handshake *h, struct bytes plain, winch_error *err)
{
	AUTO(buf_done) struct buf data = { .max = plain.len };
	AUTO(buf_done) struct buf back = { .max = plain.len };
	uint8_t signature[NTLM_SIGNATURE];

	int r = ntlm_seal_put(&h->server.ours, plain, &data, signature, err);
	if (r == 0)
		r = h->client->class->unseal(h->client, bytes_of(signature, sizeof(signature)),
					     buf_bytes(&data), &back, err);
	if (r == 0 && !bytes_eq(buf_bytes(&back), plain))
		r = fail(err, WINCH_E_PROTOCOL, "another text came out");
	return r;
}

int handshake_talk(struct handshake *h, size_t len, winch_error *err)
{
	AUTO(buf_done) struct buf text = { .max = len };
	int r = 0;

	for (size_t i = 0; r == 0 && i < len; i++)
		r = buf_put_u8(&text, (uint8_t)(i * 5), err);
	for (int i = 0; r == 0 && i < 3; i++) {
		r = to_server(h, buf_bytes(&text), err);
		if (r == 0)
			r = to_client(h, buf_bytes(&text), err);
	}
	return r;
}
