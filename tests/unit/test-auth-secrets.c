/*
 * test-auth-secrets.c - passwords, hashes and keys do not stay behind in memory.
 *
 * Each step of the client runs on a stack of its own, which is searched when the step is over;
 * heap blocks and mappings are searched when they are given back.
 */
#include "tests/unit/hex.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <openssl/evp.h>

#include "src/base/mem.h"
#include "src/base/utf.h"
#include "tests/auth/credssp-pair.h"
#include "tests/auth/handshake.h"
#include "tests/unit/mem-spy.h"
#include "wsman/auth/md4.h"

enum { STACK = 256 * 1024 };

#define PASSWORD "a long p\xC3\xA4ssword"

static bool openssl_is_watched;
static uint8_t *stack;

/* What is done on the other stack. */
static struct {
	struct handshake *h;
	int (*run)(struct handshake *h);
	int result;
	ucontext_t here, there;
} job;

static void run_job(void)
{
	mem_spy_look(true);
	job.result = job.run(job.h);
	mem_spy_look(false);
}

/* Nothing runs on that stack behind the step: what it left is still there. */
static int apart(int (*run)(struct handshake *h), struct handshake *h)
{
	memset(stack, 0, STACK);
	job.h = h;
	job.run = run;
	assert_int_equal(getcontext(&job.there), 0);
	job.there.uc_stack.ss_sp = stack;
	job.there.uc_stack.ss_size = STACK;
	job.there.uc_link = &job.here;
	makecontext(&job.there, run_job, 0);
	assert_int_equal(swapcontext(&job.here, &job.there), 0);
	mem_spy_search("the stack", bytes_of(stack, STACK));
	return job.result;
}

/* Bytes that are nowhere by chance. */
static int draw(void *user, uint8_t *out, size_t len)
{
	struct handshake *h = user;

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)((uint32_t)++h->random * 2654435761u >> 24);
	return 0;
}

/* Everything that nobody must find; the client's challenge is the first thing drawn. */
struct all {
	struct buf wide;
	uint8_t hash[NTLM_KEY], owf[NTLM_KEY], session[NTLM_KEY];
	uint8_t sign[2][NTLM_KEY], seal[2][NTLM_KEY];
	struct ntlm_seal one;
};

static void all_done(struct all *a)
{
	buf_done(&a->wide);
	ntlm_seal_done(&a->one);
}

static void derive(const struct all *a, const char *text, uint8_t ret[NTLM_KEY])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	EVP_DigestInit_ex(ctx, EVP_md5(), NULL);
	EVP_DigestUpdate(ctx, a->session, NTLM_KEY);
	EVP_DigestUpdate(ctx, text, strlen(text) + 1);
	EVP_DigestFinal_ex(ctx, ret, NULL);
	EVP_MD_CTX_free(ctx);
}

static void spy_for_all(struct all *a)
{
	struct handshake source = { .random = 0 };
	uint8_t challenge[NTLM_CHALLENGE_LEN];

	*a = (struct all){ .wide.max = 1000 };
	assert_int_equal(utf16le_put(&a->wide, BYTES_LIT(PASSWORD), NULL), 0);
	assert_int_equal(ntlm_nt_hash(BYTES_LIT(PASSWORD), a->hash, NULL), 0);
	assert_int_equal(ntlm_owf_v2(a->hash, BYTES_LIT("anna"), BYTES_LIT("CORP"), a->owf, NULL),
			 0);
	draw(&source, challenge, sizeof(challenge));
	draw(&source, a->session, NTLM_KEY);
	derive(a, "session key to client-to-server signing key magic constant", a->sign[0]);
	derive(a, "session key to server-to-client signing key magic constant", a->sign[1]);
	derive(a, "session key to client-to-server sealing key magic constant", a->seal[0]);
	derive(a, "session key to server-to-client sealing key magic constant", a->seal[1]);

	mem_spy_forget();
	mem_spy_for("the password", BYTES_LIT(PASSWORD));
	mem_spy_for("the password in UTF-16", buf_bytes(&a->wide));
	mem_spy_for("the NT hash", bytes_of(a->hash, NTLM_KEY));
	mem_spy_for("NTOWFv2", bytes_of(a->owf, NTLM_KEY));
	mem_spy_for("the session key", bytes_of(a->session, NTLM_KEY));
	for (int i = 0; i < 2; i++) {
		mem_spy_for("a signing key", bytes_of(a->sign[i], NTLM_KEY));
		mem_spy_for("a sealing key", bytes_of(a->seal[i], NTLM_KEY));
	}
}

static int set_credential(struct handshake *h)
{
	return credential_set(&h->who, BYTES_LIT("CORP\\anna"), BYTES_LIT(PASSWORD), NULL);
}

static int keep_hash(struct handshake *h)
{
	return credential_keep_nt_hash(&h->who, NULL);
}

static int client(struct handshake *h)
{
	return handshake_client(h, NULL);
}

static int seal(struct handshake *h)
{
	AUTO(buf_done) struct buf header = { .max = 100 };
	AUTO(buf_done) struct buf data = { .max = 100 };

	return h->client->class->seal(h->client, BYTES_LIT("text"), &header, &data, NULL);
}

static int unseal(struct handshake *h)
{
	AUTO(buf_done) struct buf data = { .max = 100 };
	static const uint8_t signature[NTLM_SIGNATURE];

	return h->client->class->unseal(h->client, bytes_of(signature, sizeof(signature)),
					BYTES_LIT("text"), &data, NULL);
}

static int end(struct handshake *h)
{
	auth_free(h->client);
	h->client = NULL;
	credential_done(&h->who);
	return 0;
}

static void begin(struct handshake *h, auth_maker *make, bool hashed)
{
	assert_int_equal(handshake_init(h, make, NULL), 0);
	h->world.random = draw;
	h->rules.password = BYTES_LIT(PASSWORD);
	assert_int_equal(apart(set_credential, h), 0);
	if (hashed)
		assert_int_equal(apart(keep_hash, h), 0);
}

static void assert_clean(void)
{
	assert_int_equal(mem_spy_found(), 0);
}

/* A whole conversation, its answer sealed wrongly, and its end. */
static void converse(auth_maker *make, bool hashed)
{
	AUTO(handshake_done) struct handshake h;
	AUTO(all_done) struct all secrets;
	int r;

	spy_for_all(&secrets);
	begin(&h, make, hashed);
	do {
		r = apart(client, &h);
		assert_true(r >= 0);
		if (h.to_server.len)
			assert_true(handshake_server(&h, NULL) >= 0);
	} while (r == AUTH_MORE);
	assert_int_equal(apart(seal, &h), 0);
	assert_int_equal(apart(unseal, &h), WINCH_E_PROTOCOL);
	assert_int_equal(apart(end, &h), 0);
	assert_clean();
}

static void ntlm(void **state)
{
	(void)state;
	converse(auth_ntlm_new, true);
	converse(auth_ntlm_new, false);
}

static void negotiate(void **state)
{
	(void)state;
	converse(auth_negotiate_new, true);
}

static int hash_password(struct handshake *h)
{
	struct all *all = h->world.random_user;

	md4(buf_bytes(&all->wide), all->hash);
	return 0;
}

static int derive_keys(struct handshake *h)
{
	struct all *all = h->world.random_user;

	return ntlm_seal_init(&all->one, all->session, true, true, NULL);
}

static int exchange_key(struct handshake *h)
{
	struct all *all = h->world.random_user;
	uint8_t encrypted[NTLM_KEY];

	ntlm_exchange_key(all->hash, all->session, encrypted);
	return 0;
}

/* By themselves: nothing that comes later writes over what they left. */
static void single_steps(void **state)
{
	(void)state;
	AUTO(all_done) struct all secrets;
	struct handshake h = { .world.random_user = &secrets };

	spy_for_all(&secrets);
	assert_int_equal(apart(hash_password, &h), 0);
	assert_int_equal(apart(derive_keys, &h), 0);
	assert_int_equal(apart(exchange_key, &h), 0);
	assert_clean();
}

/* A secret begins a page. */
static bool is_mapped(void *at)
{
	unsigned char in_core;

	return mincore(at, 1, &in_core) == 0;
}

static void the_password_goes_when_the_hash_is_there(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;

	assert_int_equal(handshake_init(&h, auth_ntlm_new, NULL), 0);
	assert_int_equal(set_credential(&h), 0);
	void *password = h.who.password.data;
	assert_true(is_mapped(password));
	assert_int_equal(keep_hash(&h), 0);
	assert_false(is_mapped(password));
	void *hash = h.who.nt_hash.data;
	credential_done(&h.who);
	assert_false(is_mapped(hash));
}

/* The keys were made when the answer turns out to have no room. */
static void in_an_error(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	AUTO(all_done) struct all secrets;

	spy_for_all(&secrets);
	begin(&h, auth_ntlm_new, true);
	assert_int_equal(apart(client, &h), AUTH_MORE);
	assert_int_equal(handshake_server(&h, NULL), AUTH_MORE);
	h.to_server.max = 100;
	assert_int_equal(apart(client, &h), WINCH_E_LIMIT);
	assert_int_equal(apart(end, &h), 0);
	assert_clean();
}

static void basic(void **state)
{
	(void)state;
	AUTO(handshake_done) struct handshake h;
	AUTO(all_done) struct all secrets;

	spy_for_all(&secrets);
	assert_int_equal(handshake_init(&h, auth_ntlm_new, NULL), 0);
	auth_free(h.client);
	h.world.must_seal = false;
	assert_int_equal(apart(set_credential, &h), 0);
	h.client = auth_basic_new(&h.world, NULL);
	assert_non_null(h.client);
	h.to_server.secret = true;
	assert_int_equal(apart(client, &h), AUTH_DONE);
	assert_int_equal(apart(end, &h), 0);
	mem_spy_look(true);
	buf_done(&h.to_server);
	mem_spy_look(false);
	assert_clean();
}

static struct credssp_pair *pair;

static int pair_client(struct handshake *h)
{
	(void)h;
	return credssp_pair_client(pair, NULL);
}

static int pair_end(struct handshake *h)
{
	(void)h;
	auth_free(pair->client);
	pair->client = NULL;
	credential_done(&pair->who);
	return 0;
}

/* The password itself goes over, and is made ready in several buffers for that. */
static void credssp(void **state)
{
	(void)state;
	AUTO(credssp_pair_done) struct credssp_pair p;
	AUTO(all_done) struct all secrets;
	struct credssp_host_rules rules = credssp_pair_rules;
	struct handshake source = { .random = 0 };
	int r = AUTH_MORE;

	spy_for_all(&secrets);
	rules.password = BYTES_LIT(PASSWORD);
	credssp_pair_init(&p, &rules);
	p.world.random = draw;
	p.world.random_user = &source;
	pair = &p;
	assert_int_equal(credential_set(&p.who, BYTES_LIT("CORP\\anna"), rules.password, NULL), 0);
	assert_int_equal(credssp_pair_start(&p, NULL), 0);
	while (r == AUTH_MORE) {
		r = apart(pair_client, NULL);
		assert_true(r >= 0);
		if (r == AUTH_MORE)
			assert_int_equal(
				credssp_host_step(&p.host, buf_bytes(&p.to_host), &p.to_client), 0);
	}
	assert_bytes(buf_bytes(&p.host.password), rules.password);
	assert_int_equal(apart(pair_end, NULL), 0);
	assert_clean();
}

static int leave_some(struct handshake *h)
{
	volatile char local[] = PASSWORD; /* on the stack */
	struct buf open = { .max = 100 };
	struct secret kept = { 0 };

	(void)h;
	buf_put(&open, BYTES_LIT(PASSWORD), NULL);
	buf_done(&open);
	secret_set(&kept, BYTES_LIT(PASSWORD), NULL);
	munmap(kept.data, kept.mapped);
	void *block = OPENSSL_malloc(100);
	memcpy(block, PASSWORD, sizeof(PASSWORD));
	OPENSSL_free(block);
	return local[0];
}

/* What is looked for in vain above would be found: on the stack, our heap, a mapping, OpenSSL's. */
static void the_spy_sees(void **state)
{
	(void)state;
	mem_spy_forget();
	mem_spy_for("the password, as it must be here", BYTES_LIT(PASSWORD));
	apart(leave_some, NULL);
	assert_int_equal(mem_spy_found(), openssl_is_watched ? 4 : 3);
}

static int set_up(void **state)
{
	(void)state;
	return posix_memalign((void **)&stack, 4096, STACK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_spy_sees),
		cmocka_unit_test(ntlm),
		cmocka_unit_test(negotiate),
		cmocka_unit_test(single_steps),
		cmocka_unit_test(the_password_goes_when_the_hash_is_there),
		cmocka_unit_test(in_an_error),
		cmocka_unit_test(basic),
		cmocka_unit_test(credssp),
	};

	openssl_is_watched = mem_spy_begin();
	return cmocka_run_group_tests(tests, set_up, NULL);
}
