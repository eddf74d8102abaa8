/*
 * credential.c - who wants in, split and kept.
 */
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/utf.h"
#include "wsman/auth/auth.h"
#include "wsman/auth/ntlm-crypto.h"

enum { MAX_NAME = 4096 };

static bool is_text(struct bytes in)
{
	return utf8_valid_len(in) == in.len;
}

/* "DOMAIN\user" at its first backslash; all else is the user. */
static void split(struct bytes whole, struct bytes *ret_domain, struct bytes *ret_user)
{
	const uint8_t *slash = whole.len ? memchr(whole.data, '\\', whole.len) : NULL;
	size_t len = slash ? (size_t)(slash - whole.data) : 0;

	*ret_domain = bytes_of(whole.data, len);
	*ret_user = slash ? bytes_skip(whole, len + 1) : whole;
}

static int check(struct bytes whole, struct bytes user, struct bytes password, winch_error *err)
{
	if (!is_text(whole) || (whole.len && memchr(whole.data, '\0', whole.len)))
		return fail(err, WINCH_E_ARG, "the user's name is not UTF-8 text");
	if (!user.len)
		return fail(err, WINCH_E_ARG, "no user was named");
	if (!is_text(password))
		return fail(err, WINCH_E_ARG, "the password is not UTF-8 text");
	return 0;
}

int credential_set(struct credential *c, struct bytes user, struct bytes password,
		   winch_error *err)
{
	AUTO(credential_done) struct credential fresh = { .user.max = MAX_NAME,
							  .domain.max = MAX_NAME };
	struct bytes domain, name;

	split(user, &domain, &name);
	int r = check(user, name, password, err);
	if (r == 0)
		r = buf_put(&fresh.domain, domain, err);
	if (r == 0)
		r = buf_put(&fresh.user, name, err);
	if (r == 0 && password.data)
		r = secret_set(&fresh.password, password, err);
	if (r < 0)
		return r;
	credential_done(c);
	*c = fresh;
	fresh = (struct credential){ 0 };
	return 0;
}

int credential_keep_nt_hash(struct credential *c, winch_error *err)
{
	AUTO(secret_done) struct secret hash = { 0 };

	if (!c->password.data)
		return fail(err, WINCH_E_ARG, "no password was given");
	int r = secret_alloc(&hash, NTLM_KEY, err);
	if (r == 0)
		r = ntlm_nt_hash(secret_bytes(&c->password), hash.data, err);
	if (r < 0)
		return r;
	secret_done(&c->password);
	secret_done(&c->nt_hash);
	c->nt_hash = hash;
	hash = (struct secret){ 0 };
	return 0;
}

void credential_done(struct credential *c)
{
	if (!c)
		return;
	buf_done(&c->user);
	buf_done(&c->domain);
	secret_done(&c->password);
	secret_done(&c->nt_hash);
}
