/*
 * credssp-pair.c - our client of CredSSP and the host of tests.
 */
#include "tests/auth/credssp-pair.h"

#include "src/base/fail.h"
#include "src/base/mem.h"

enum { MAX_TOKEN = 256 * 1024 };

#define PASSWORD "Pa55-\xC3\xBC"

const struct credssp_host_rules credssp_pair_rules = {
	.password = { (const uint8_t *)PASSWORD, sizeof(PASSWORD) - 1 },
	.versions = { 6 },
	.tls = TLS1_3_VERSION,
};

static int next_bytes(void *user, uint8_t *out, size_t len)
{
	struct credssp_pair *p = user;

	if (p->no_random)
		return WINCH_E_SYSTEM;
	for (size_t i = 0; i < len; i++)
		out[i] = ++p->random;
	return 0;
}

void credssp_pair_init(struct credssp_pair *p, const struct credssp_host_rules *rules)
{
	*p = (struct credssp_pair){
		.world = {
			.credential = &p->who,
			.target_name = BYTES_LIT("web1.corp.example"),
			.workstation = BYTES_LIT("CLIENT"),
			.filetime = 133594272000000000u,
			.random = next_bytes,
			.random_user = p,
		},
		.to_host.max = MAX_TOKEN,
		.to_client.max = MAX_TOKEN,
	};
	if (credssp_host_init(&p->host, rules ? rules : &credssp_pair_rules) < 0)
		abort();
}

void credssp_pair_done(struct credssp_pair *p)
{
	auth_free(p->client);
	credssp_host_done(&p->host);
	credential_done(&p->who);
	buf_done(&p->to_host);
	buf_done(&p->to_client);
}

int credssp_pair_start(struct credssp_pair *p, winch_error *err)
{
	int r = p->who.user.len ? 0
				: credential_set(&p->who, BYTES_LIT("CORP\\anna"),
						 BYTES_LIT(PASSWORD), err);
	if (r < 0)
		return r;
	p->client = auth_credssp_new(&p->world, err);
	return p->client ? 0 : err && err->status ? err->status : WINCH_E_NOMEM;
}

int credssp_pair_client(struct credssp_pair *p, winch_error *err)
{
	buf_clear(&p->to_host);
	int r = p->client->class->step(p->client, buf_bytes(&p->to_client), &p->to_host, err);
	buf_clear(&p->to_client);
	p->tokens += p->to_host.len > 0;
	return r;
}

int credssp_pair_run(struct credssp_pair *p, winch_error *err)
{
	int r = credssp_pair_start(p, err);

	while (r == 0 || r == AUTH_MORE) {
		r = credssp_pair_client(p, err);
		if (r <= 0)
			return r;
		if (credssp_host_step(&p->host, buf_bytes(&p->to_host), &p->to_client) < 0)
			return fail(err, WINCH_E_CONNECT, "the host breaks off");
	}
	return r;
}
