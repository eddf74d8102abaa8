/*
 * kerberos-none.c - a build without Kerberos: it says so.
 */
#include "src/base/fail.h"
#include "wsman/auth/auth.h"
#include "wsman/auth/kerberos.h"

static const char none[] = "this build has no Kerberos: it needs MIT's libgssapi_krb5 and meson's "
			   "-Dkerberos=enabled";

struct auth *auth_kerberos_new(const struct auth_world *world, winch_error *err)
{
	(void)world;
	fail(err, WINCH_E_UNSUPPORTED, "%s", none);
	return NULL;
}

bool auth_has_kerberos(void)
{
	return false;
}

int auth_ticket_user(const char *ccache, struct buf *out, winch_error *err)
{
	(void)ccache;
	(void)out;
	return fail(err, WINCH_E_UNSUPPORTED, "%s", none);
}

void auth_kerberos_look(const struct auth_world *world, bool has_secret,
			struct auth_kerberos_look *ret)
{
	(void)world;
	(void)has_secret;
	*ret = (struct auth_kerberos_look){ .why = WINCH_ERROR_INIT };
	fail(&ret->why, WINCH_E_UNSUPPORTED, "%s", none);
}

void auth_kerberos_look_done(struct auth_kerberos_look *l)
{
	winch_error_done(&l->why);
}

int kerberos_mic_make(struct auth *a, struct bytes text, struct buf *out, winch_error *err)
{
	(void)a;
	(void)text;
	(void)out;
	return fail(err, WINCH_E_UNSUPPORTED, "%s", none);
}

int kerberos_mic_check(struct auth *a, struct bytes text, struct bytes mic, winch_error *err)
{
	(void)a;
	(void)text;
	(void)mic;
	return fail(err, WINCH_E_UNSUPPORTED, "%s", none);
}

int kerberos_open(struct auth *a, struct bytes sealed, struct buf *out, winch_error *err)
{
	(void)a;
	(void)sealed;
	(void)out;
	return fail(err, WINCH_E_UNSUPPORTED, "%s", none);
}
