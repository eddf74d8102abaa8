/*
 * basic.c - the Basic scheme's one token, RFC 7617; base64 is the lane's.
 */
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/auth.h"

static int put_user(const struct credential *c, struct buf *out, winch_error *err)
{
	struct bytes domain = buf_bytes(&c->domain);
	int r = 0;

	if (domain.len) {
		r = buf_put(out, domain, err);
		if (r == 0)
			r = buf_put_u8(out, '\\', err);
	}
	return r < 0 ? r : buf_put(out, buf_bytes(&c->user), err);
}

static int step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	const struct credential *c = a->world->credential;

	(void)in;
	int r = put_user(c, out, err);
	if (r == 0)
		r = buf_put_u8(out, ':', err);
	if (r == 0)
		r = buf_put(out, secret_bytes(&c->password), err);
	return r < 0 ? r : AUTH_DONE;
}

static void basic_free(struct auth *a)
{
	mem_free(a);
}

static const struct auth_class basic_class = {
	.name = "basic",
	.scheme = "Basic",
	.step = step,
	.free = basic_free,
};

static bool has_colon(const struct buf *b)
{
	struct bytes text = buf_bytes(b);

	return text.len && memchr(text.data, ':', text.len);
}

/* A colon in the user's name would move into the password: RFC 7617 2. */
static int check(const struct auth_world *world, winch_error *err)
{
	const struct credential *c = world->credential;

	if (world->must_seal)
		return fail(err, WINCH_E_AUTH, "Basic can't seal: it goes over https only");
	if (has_colon(&c->user) || has_colon(&c->domain))
		return fail(err, WINCH_E_ARG, "with Basic a user's name can't have a colon");
	if (!c->password.data)
		return fail(err, WINCH_E_ARG, "no password was given");
	return 0;
}

struct auth *auth_basic_new(const struct auth_world *world, winch_error *err)
{
	if (check(world, err) < 0)
		return NULL;
	struct auth *a = mem_zalloc(sizeof(*a));
	if (!a) {
		fail_nomem(err);
		return NULL;
	}
	*a = (struct auth){ &basic_class, world };
	return a;
}
