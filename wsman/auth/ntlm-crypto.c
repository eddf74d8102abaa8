/*
 * ntlm-crypto.c - NTLMv2's keys and responses: MS-NLMP 3.3.2, 3.4.5.
 */
#include "wsman/auth/ntlm-crypto.h"

#include <openssl/core_names.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/secret.h"
#include "src/base/utf.h"
#include "wsman/auth/md4.h"
#include "wsman/auth/upcase.h"

enum { MAX_PASSWORD = 64 * 1024, MAX_NAMES = 64 * 1024 };

static int no_md5(winch_error *err)
{
	return fail(err, WINCH_E_UNSUPPORTED,
		    "NTLM needs MD5, which OpenSSL refuses here (FIPS mode?)");
}

static int md5(const struct bytes *parts, size_t count, uint8_t ret[NTLM_KEY], winch_error *err)
{
	unsigned len = NTLM_KEY;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1;

	for (size_t i = 0; ok && i < count; i++)
		ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, ret, &len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : no_md5(err);
}

/* A context that has its key: it is started anew for each message. */
static EVP_MAC_CTX *new_hmac(const uint8_t key[NTLM_KEY])
{
	char name[] = "MD5";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);
	if (ctx && EVP_MAC_init(ctx, key, NTLM_KEY, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static bool run_hmac(EVP_MAC_CTX *ctx, const struct bytes *parts, size_t count,
		     uint8_t ret[NTLM_KEY])
{
	size_t len = NTLM_KEY;
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++)
		ok = EVP_MAC_update(ctx, parts[i].data, parts[i].len) == 1;
	return ok && EVP_MAC_final(ctx, ret, &len, NTLM_KEY) == 1;
}

int ntlm_hmac(const uint8_t key[NTLM_KEY], const struct bytes *parts, size_t count,
	      uint8_t ret[NTLM_KEY], winch_error *err)
{
	EVP_MAC_CTX *ctx = new_hmac(key);
	bool ok = ctx && run_hmac(ctx, parts, count, ret);

	EVP_MAC_CTX_free(ctx);
	return ok ? 0 : no_md5(err);
}

int ntlm_nt_hash(struct bytes password, uint8_t ret[NTLM_KEY], winch_error *err)
{
	AUTO(buf_done) struct buf text = { .max = MAX_PASSWORD, .secret = true };

	int r = utf16le_put(&text, password, err);
	if (r == 0)
		md4(buf_bytes(&text), ret);
	return r;
}

int ntlm_owf_v2(const uint8_t nt_hash[NTLM_KEY], struct bytes user, struct bytes domain,
		uint8_t ret[NTLM_KEY], winch_error *err)
{
	AUTO(buf_done) struct buf text = { .max = MAX_NAMES };

	int r = utf16le_put(&text, user, err);
	if (r == 0 && text.len)
		upcase_utf16le(text.data + text.start, text.len);
	if (r == 0)
		r = utf16le_put(&text, domain, err);
	if (r < 0)
		return r;
	struct bytes all = buf_bytes(&text);
	return ntlm_hmac(nt_hash, &all, 1, ret, err);
}

/* "temp" of MS-NLMP 3.3.2: NTLMv2_CLIENT_CHALLENGE and four zeros. */
static int put_client_challenge(const struct ntlm_v2 *v, struct buf *out, winch_error *err)
{
	int r = buf_put_u64le(out, 0x0101, err); /* both versions 1, six zeros */

	if (r == 0)
		r = buf_put_u64le(out, v->filetime, err);
	if (r == 0)
		r = buf_put(out, bytes_of(v->client_challenge, NTLM_CHALLENGE_LEN), err);
	if (r == 0)
		r = buf_put_u32le(out, 0, err);
	if (r == 0)
		r = buf_put(out, v->target_info, err);
	return r < 0 ? r : buf_put_u32le(out, 0, err);
}

int ntlm_v2_response(const struct ntlm_v2 *v, struct buf *out, uint8_t ret_base_key[NTLM_KEY],
		     winch_error *err)
{
	static const uint8_t zeros[NTLM_KEY];
	size_t start = out->len;

	int r = buf_put(out, bytes_of(zeros, sizeof(zeros)), err);
	if (r == 0)
		r = put_client_challenge(v, out, err);
	if (r < 0)
		return r;
	uint8_t *proof = out->data + out->start + start;
	const struct bytes parts[] = {
		bytes_of(v->server_challenge, NTLM_CHALLENGE_LEN),
		bytes_of(proof + NTLM_KEY, out->len - start - NTLM_KEY),
	};
	r = ntlm_hmac(v->key, parts, 2, proof, err);
	if (r < 0)
		return r;
	struct bytes made = bytes_of(proof, NTLM_KEY);
	return ntlm_hmac(v->key, &made, 1, ret_base_key, err);
}

void ntlm_exchange_key(const uint8_t key[NTLM_KEY], const uint8_t in[NTLM_KEY],
		       uint8_t ret[NTLM_KEY])
{
	struct rc4 rc4;

	rc4_init(&rc4, bytes_of(key, NTLM_KEY));
	rc4_apply(&rc4, in, ret, NTLM_KEY);
	secret_wipe(&rc4, sizeof(rc4));
}

int ntlm_channel_binding(struct bytes application_data, uint8_t ret[NTLM_KEY], winch_error *err)
{
	/* Two addresses, each of no type and no length, then the length of the data. */
	uint8_t head[20] = { 0 };

	for (size_t i = 0; i < 4; i++)
		head[16 + i] = (uint8_t)(application_data.len >> (8 * i));
	const struct bytes parts[] = { bytes_of(head, sizeof(head)), application_data };
	return md5(parts, 2, ret, err);
}

/* SIGNKEY and SEALKEY: the texts are hashed with their NUL. */
static const struct {
	const char *sign, *seal;
} magic[] = {
	[false] = { "session key to server-to-client signing key magic constant",
		    "session key to server-to-client sealing key magic constant" },
	[true] = { "session key to client-to-server signing key magic constant",
		   "session key to client-to-server sealing key magic constant" },
};

static int derive(const uint8_t session_key[NTLM_KEY], const char *text, uint8_t ret[NTLM_KEY],
		  winch_error *err)
{
	const struct bytes parts[] = {
		bytes_of(session_key, NTLM_KEY),
		bytes_of(text, strlen(text) + 1),
	};
	return md5(parts, 2, ret, err);
}

int ntlm_seal_init(struct ntlm_seal *s, const uint8_t session_key[NTLM_KEY], bool from_client,
		   bool key_exchange, winch_error *err)
{
	uint8_t sign_key[NTLM_KEY];

	*s = (struct ntlm_seal){ .seals_mac = key_exchange };
	int r = derive(session_key, magic[from_client].sign, sign_key, err);
	if (r == 0)
		r = derive(session_key, magic[from_client].seal, s->seal_key, err);
	if (r == 0) {
		s->mac = new_hmac(sign_key);
		if (!s->mac)
			r = no_md5(err);
	}
	secret_wipe(sign_key, sizeof(sign_key));
	ntlm_seal_restart(s);
	return r;
}

void ntlm_seal_done(struct ntlm_seal *s)
{
	EVP_MAC_CTX_free(s->mac);
	secret_wipe(s, sizeof(*s));
}

void ntlm_seal_restart(struct ntlm_seal *s)
{
	rc4_init(&s->rc4, bytes_of(s->seal_key, NTLM_KEY));
}

/* MS-NLMP 3.4.4.2: version 1, eight bytes of the MAC, the number. */
int ntlm_sign(struct ntlm_seal *s, struct bytes plain, uint8_t ret_signature[NTLM_SIGNATURE],
	      winch_error *err)
{
	uint8_t made[NTLM_SIGNATURE] = { 1 }, mac[NTLM_KEY];

	for (size_t i = 0; i < 4; i++)
		made[12 + i] = (uint8_t)(s->number >> (8 * i));
	const struct bytes parts[] = { bytes_of(made + 12, 4), plain };
	if (EVP_MAC_init(s->mac, NULL, 0, NULL) != 1 || !run_hmac(s->mac, parts, 2, mac))
		return no_md5(err);
	if (s->seals_mac)
		rc4_apply(&s->rc4, mac, mac, 8);
	memcpy(made + 4, mac, 8);
	memcpy(ret_signature, made, sizeof(made));
	s->number++;
	return 0;
}

/* What buf_room() failed with, where nobody took its error. */
static int no_room(const struct buf *out, size_t more)
{
	return more > out->max || out->len > out->max - more ? WINCH_E_LIMIT : WINCH_E_NOMEM;
}

int ntlm_seal_put(struct ntlm_seal *s, struct bytes plain, struct buf *out,
		  uint8_t ret_signature[NTLM_SIGNATURE], winch_error *err)
{
	uint8_t *room = buf_room(out, plain.len, err);

	if (!room)
		return no_room(out, plain.len);
	rc4_apply(&s->rc4, plain.data, room, plain.len);
	int r = ntlm_sign(s, plain, ret_signature, err);
	if (r == 0)
		buf_added(out, plain.len);
	return r;
}

int ntlm_seal_get(struct ntlm_seal *s, struct bytes data, struct bytes their_signature,
		  struct buf *out, winch_error *err)
{
	uint8_t signature[NTLM_SIGNATURE];
	uint8_t *room = buf_room(out, data.len, err);

	if (!room)
		return no_room(out, data.len);
	rc4_apply(&s->rc4, data.data, room, data.len);
	int r = ntlm_sign(s, bytes_of(room, data.len), signature, err);
	if (r < 0)
		return r;
	if (!secret_eq(their_signature, bytes_of(signature, sizeof(signature)))) {
		secret_wipe(room, data.len);
		return fail(err, WINCH_E_PROTOCOL,
			    "the seal is broken: the message was changed, "
			    "repeated, or comes from somebody else");
	}
	buf_added(out, data.len);
	return 0;
}
