/*
 * certificate.c - the header that says: TLS has my certificate (the security profile
 * https/mutual of DSP0226's annex C).
 */
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/auth.h"

static int step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	(void)a;
	(void)in;
	(void)out;
	(void)err;
	return AUTH_DONE;
}

static void certificate_free(struct auth *a)
{
	mem_free(a);
}

static const struct auth_class certificate_class = {
	.name = "certificate",
	.scheme = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual",
	.step = step,
	.free = certificate_free,
};

struct auth *auth_certificate_new(const struct auth_world *world, winch_error *err)
{
	if (world->must_seal) {
		fail(err, WINCH_E_AUTH, "a certificate can't seal: it goes over https only");
		return NULL;
	}
	struct auth *a = mem_zalloc(sizeof(*a));
	if (!a) {
		fail_nomem(err);
		return NULL;
	}
	*a = (struct auth){ &certificate_class, world };
	return a;
}
