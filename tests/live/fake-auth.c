/*
 * fake-auth.c - a mechanism that only a test's server understands.
 *
 * Tokens: "HELLO"; the server's nonce; "PROOF" + SHA-256(nonce, password); late: the server's
 * "OK" + SHA-256(nonce, password, "ok").  Seal: bytes xor a key of nonce and password; the
 * signature is the number of the message and SHA-256(key, number, direction, plain) cut to 12
 * bytes.
 */
#include "tests/live/fake-auth.h"

#include <openssl/evp.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

enum { HASH = 32, SIGNATURE = 16, NONCE = 16 };

struct fake {
	struct auth auth;
	bool late, has_key, done;
	unsigned tokens;
	uint8_t key[HASH];
	uint8_t ok[HASH];
	uint32_t sent, received;
};

static void hash(const struct bytes *parts, size_t count, uint8_t ret[HASH])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned len = HASH;

	EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	for (size_t i = 0; i < count; i++)
		EVP_DigestUpdate(ctx, parts[i].data, parts[i].len);
	EVP_DigestFinal_ex(ctx, ret, &len);
	EVP_MD_CTX_free(ctx);
}

static int put_proof(struct fake *f, struct bytes nonce, struct buf *out, winch_error *err)
{
	struct bytes password = secret_bytes(&f->auth.world->credential->password);
	uint8_t proof[HASH];

	if (nonce.len != NONCE)
		return fail(err, WINCH_E_PROTOCOL, "the nonce has %zu bytes", nonce.len);
	hash((struct bytes[]){ nonce, password }, 2, proof);
	hash((struct bytes[]){ nonce, password, BYTES_LIT("key") }, 3, f->key);
	hash((struct bytes[]){ nonce, password, BYTES_LIT("ok") }, 3, f->ok);
	f->has_key = true;
	f->done = !f->late;
	int r = buf_put_str(out, "PROOF", err);
	if (r == 0)
		r = buf_put(out, bytes_of(proof, HASH), err);
	return r < 0 ? r : f->late ? AUTH_MORE : AUTH_DONE;
}

static int step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	struct fake *f = (struct fake *)a;

	switch (f->tokens++) {
	case 0: {
		int r = buf_put_str(out, "HELLO", err);
		return r < 0 ? r : AUTH_MORE;
	}
	case 1:
		return put_proof(f, in, out, err);
	default:
		if (in.len != HASH + 2 || memcmp(in.data + 2, f->ok, HASH) != 0)
			return fail(err, WINCH_E_AUTH, "the server does not know the password");
		f->done = true;
		return AUTH_DONE;
	}
}

static bool can_seal(const struct auth *a)
{
	return ((const struct fake *)a)->has_key;
}

static int put_xored(struct fake *f, struct bytes in, struct buf *out, winch_error *err)
{
	uint8_t *room = buf_room(out, in.len, err);

	if (!room)
		return WINCH_E_LIMIT;
	for (size_t i = 0; i < in.len; i++)
		room[i] = in.data[i] ^ f->key[i % HASH];
	buf_added(out, in.len);
	return 0;
}

static void sign(struct fake *f, uint32_t number, char direction, struct bytes plain,
		 uint8_t ret[SIGNATURE])
{
	uint8_t mac[HASH];

	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(number >> (8 * i));
	hash((struct bytes[]){ bytes_of(f->key, HASH), bytes_of(ret, 4), bytes_of(&direction, 1),
			       plain },
	     4, mac);
	memcpy(ret + 4, mac, SIGNATURE - 4);
}

static int seal(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		winch_error *err)
{
	struct fake *f = (struct fake *)a;
	uint8_t signature[SIGNATURE];

	sign(f, f->sent++, 'C', plain, signature);
	int r = buf_put(header, bytes_of(signature, SIGNATURE), err);
	return r < 0 ? r : put_xored(f, plain, data, err);
}

static int unseal(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
		  winch_error *err)
{
	struct fake *f = (struct fake *)a;
	uint8_t signature[SIGNATURE];
	size_t before = out->len;

	int r = put_xored(f, data, out, err);
	if (r < 0)
		return r;
	sign(f, f->received++, 'S', bytes_skip(buf_bytes(out), before), signature);
	if (!bytes_eq(header, bytes_of(signature, SIGNATURE)))
		return fail(err, WINCH_E_PROTOCOL, "bad seal");
	return 0;
}

static void fake_free(struct auth *a)
{
	mem_free(a);
}

static const struct auth_sealing sealing = {
	.protocol = "application/HTTP-SPNEGO-session-encrypted",
	.overhead = SIGNATURE,
};

static const struct auth_class fake_class = {
	.name = "fake",
	.scheme = "Negotiate",
	.step = step,
	.can_seal = can_seal,
	.seal = seal,
	.unseal = unseal,
	.sealing = &sealing,
	.free = fake_free,
};

/* As Kerberos: its first token is bound to the channel; what is answered proves the server. */
static int ticket_step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	struct fake *f = (struct fake *)a;

	if (f->tokens == 0)
		return step(a, in, out, err);
	return bytes_is(in, "OK") ? AUTH_DONE : fail(err, WINCH_E_AUTH, "no proof");
}

static bool binds_first(const struct auth *a)
{
	(void)a;
	return true;
}

static const struct auth_class ticket_class = {
	.name = "fake-ticket",
	.scheme = "Negotiate",
	.step = ticket_step,
	.binds_first = binds_first,
	.free = fake_free,
};

static struct auth *make(const struct auth_world *world, bool late, winch_error *err)
{
	struct fake *f = mem_zalloc(sizeof(*f));

	if (!f) {
		fail_nomem(err);
		return NULL;
	}
	f->auth = (struct auth){ &fake_class, world };
	f->late = late;
	return &f->auth;
}

struct auth *fake_auth_new(const struct auth_world *world, winch_error *err)
{
	return make(world, false, err);
}

struct auth *fake_auth_late_new(const struct auth_world *world, winch_error *err)
{
	return make(world, true, err);
}

struct auth *fake_auth_ticket_new(const struct auth_world *world, winch_error *err)
{
	struct auth *a = make(world, false, err);

	if (a)
		a->class = &ticket_class;
	return a;
}
