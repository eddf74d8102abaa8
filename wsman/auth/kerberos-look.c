/*
 * kerberos-look.c - what Kerberos has for a user and a host, without a secret.
 */
#include "src/base/buf.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/auth.h"
#include "wsman/auth/kerberos-ticket.h"

enum { MAX_NAME = 4096 };

void auth_kerberos_look_done(struct auth_kerberos_look *l)
{
	buf_done(&l->default_realm);
	buf_done(&l->host_realm);
	buf_done(&l->client);
	buf_done(&l->service);
	winch_error_done(&l->why);
}

static void put_principal(krb5_context krb5, krb5_principal p, struct buf *out)
{
	char *name = NULL;

	if (!p || krb5_unparse_name(krb5, p, &name))
		return;
	buf_put_str(out, name, NULL);
	krb5_free_unparsed_name(krb5, name);
}

static void take_realms(const struct ticket *t, const char *host, struct auth_kerberos_look *l)
{
	char *realm = NULL, **realms = NULL;

	if (krb5_get_default_realm(t->krb5, &realm) == 0) {
		buf_put_str(&l->default_realm, realm, NULL);
		krb5_free_default_realm(t->krb5, realm);
	}
	if (!host || krb5_get_host_realm(t->krb5, host, &realms))
		return;
	if (realms[0])
		buf_put_str(&l->host_realm, realms[0], NULL);
	krb5_free_host_realm(t->krb5, realms);
}

void auth_kerberos_look(const struct auth_world *world, bool has_secret,
			struct auth_kerberos_look *ret)
{
	AUTO(ticket_wish_done) struct ticket_wish wish = { 0 };
	AUTO(ticket_done) struct ticket t = { 0 };

	*ret = (struct auth_kerberos_look){ .why = WINCH_ERROR_INIT };
	ret->default_realm.max = ret->host_realm.max = MAX_NAME;
	ret->client.max = ret->service.max = MAX_NAME;
	if (kerberos_copy_wish(&wish, world, &ret->why) < 0)
		return;
	ticket_look(&t, &wish, has_secret, &ret->why);
	if (!t.krb5)
		return;
	take_realms(&t, wish.host, ret);
	put_principal(t.krb5, t.client, &ret->client);
	put_principal(t.krb5, t.service, &ret->service);
	ret->by_ticket = !has_secret && t.client;
	if (ret->by_ticket)
		ret->ticket_end = ticket_end(t.krb5, t.cache);
}
