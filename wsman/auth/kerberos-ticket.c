/*
 * kerberos-ticket.c - the ticket for a service, by libkrb5: from a cache, a keytab or a password.
 *
 * A password goes to one KDC, once: krb5_init_creds_get() asks no second one where the first has
 * refused, as krb5_get_init_creds_password() does.
 */
#include "wsman/auth/kerberos-ticket.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/fail.h"
#include "src/base/mem.h"

enum { MAX_NAME = 4096 };

void ticket_wish_done(struct ticket_wish *w)
{
	mem_free(w->user);
	mem_free(w->domain);
	mem_free(w->host);
	mem_free(w->spn);
	mem_free(w->keytab);
	mem_free(w->ccache);
	secret_done(&w->password);
}

void ticket_done(struct ticket *t)
{
	if (!t->krb5)
		return;
	krb5_free_unparsed_name(t->krb5, t->service_name);
	krb5_free_principal(t->krb5, t->service);
	krb5_free_principal(t->krb5, t->client);
	if (t->cache && t->own_cache)
		krb5_cc_destroy(t->krb5, t->cache);
	else if (t->cache)
		krb5_cc_close(t->krb5, t->cache);
	krb5_free_context(t->krb5);
	*t = (struct ticket){ 0 };
}

/* Whom a text is about. */
enum about { NOBODY, CLIENT, SERVICE, CLIENT_REALM };

static const struct {
	krb5_error_code code;
	enum about about;
	bool refused;
	int reason;       /* enum winch_reason */
	const char *text; /* %s: about */
} meanings[] = {
	{ KRB5KDC_ERR_PREAUTH_FAILED, CLIENT, true, WINCH_REASON_KDC_PASSWORD,
	  "the KDC refused the password of %s" },
	{ KRB5KRB_AP_ERR_BAD_INTEGRITY, CLIENT, true, WINCH_REASON_KDC_PASSWORD,
	  "the KDC refused the password of %s" },
	{ KRB5KDC_ERR_CLIENT_REVOKED, CLIENT, true, WINCH_REASON_KDC_REVOKED,
	  "the account %s is locked or disabled, says the KDC" },
	{ KRB5KDC_ERR_NAME_EXP, CLIENT, true, WINCH_REASON_KDC_ACCOUNT_EXPIRED,
	  "the account %s has expired, says the KDC" },
	{ KRB5KDC_ERR_KEY_EXP, CLIENT, true, WINCH_REASON_KDC_PASSWORD_EXPIRED,
	  "the password of %s has expired: change it (kpasswd) and try again" },
	{ KRB5KDC_ERR_POLICY, CLIENT, true, WINCH_REASON_KDC_POLICY,
	  "the KDC's policy does not let %s in" },
	{ KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, CLIENT, false, WINCH_REASON_KDC_USER_UNKNOWN,
	  "the KDC knows no user %s" },
	{ KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, SERVICE, false, WINCH_REASON_KDC_SERVICE_UNKNOWN,
	  "the KDC knows no service %s: name the host as its domain does, or give its SPN" },
	{ KRB5KDC_ERR_SERVICE_EXP, SERVICE, false, WINCH_REASON_KERBEROS,
	  "the service %s has expired, says the KDC" },
	{ KRB5KRB_AP_ERR_SKEW, NOBODY, false, WINCH_REASON_KDC_SKEW,
	  "this machine's clock and the KDC's are too far apart: set it by NTP" },
	{ KRB5_KDCREP_SKEW, NOBODY, false, WINCH_REASON_KDC_SKEW,
	  "this machine's clock and the KDC's are too far apart: set it by NTP" },
	{ KRB5KRB_AP_ERR_TKT_NYV, NOBODY, false, WINCH_REASON_KDC_SKEW,
	  "this machine's clock and the KDC's are too far apart: set it by NTP" },
	{ KRB5KRB_AP_ERR_TKT_EXPIRED, CLIENT, false, WINCH_REASON_TICKET_EXPIRED,
	  "the ticket of %s has expired: get another (kinit), or give a password" },
	{ KRB5_KDC_UNREACH, CLIENT_REALM, false, WINCH_REASON_KDC_UNREACHABLE,
	  "no KDC of realm %s answers: is it up, and port 88 open?" },
	{ KRB5_REALM_UNKNOWN, CLIENT_REALM, false, WINCH_REASON_REALM_UNKNOWN,
	  "no KDC is known for realm %s: see [realms] in krb5.conf, or DNS" },
	{ KRB5_REALM_CANT_RESOLVE, CLIENT_REALM, false, WINCH_REASON_REALM_UNKNOWN,
	  "the KDC of realm %s has no address: see [realms] in krb5.conf, or DNS" },
	{ KRB5KDC_ERR_WRONG_REALM, CLIENT_REALM, false, WINCH_REASON_REALM_UNKNOWN,
	  "the user is not of realm %s" },
	{ KRB5_CONFIG_NODEFREALM, NOBODY, false, WINCH_REASON_NO_REALM,
	  "no realm is known: name the user as USER@REALM, or set default_realm in krb5.conf" },
	{ KRB5_FCC_NOFILE, NOBODY, false, WINCH_REASON_NO_TICKET,
	  "there is no ticket: get one (kinit), or give a password" },
	{ KRB5_CC_NOTFOUND, NOBODY, false, WINCH_REASON_NO_TICKET,
	  "the ticket cache has no ticket: get one (kinit), or give a password" },
	{ KRB5_CC_FORMAT, NOBODY, false, WINCH_REASON_NO_TICKET,
	  "the ticket cache is ill-formed: kdestroy, then kinit" },
	{ KRB5_KT_NOTFOUND, CLIENT, false, WINCH_REASON_KERBEROS, "the keytab has no key of %s" },
	{ KRB5KDC_ERR_ETYPE_NOSUPP, NOBODY, false, WINCH_REASON_KERBEROS,
	  "this machine and the KDC have no encryption type in common: see permitted_enctypes in "
	  "krb5.conf" },
};

static void put_name(const struct ticket *t, enum about about, struct buf *out)
{
	krb5_principal p = about == SERVICE ? t->service : t->client;
	char *name = NULL;
	/* As it was typed, without the realm that was asked, and without a backslash. */
	int flags = p && p->type == KRB5_NT_ENTERPRISE_PRINCIPAL
			    ? KRB5_PRINCIPAL_UNPARSE_NO_REALM | KRB5_PRINCIPAL_UNPARSE_DISPLAY
			    : 0;

	if (p && about == CLIENT_REALM)
		buf_put(out, bytes_of(p->realm.data, p->realm.length), NULL);
	else if (p && krb5_unparse_name_flags(t->krb5, p, flags, &name) == 0)
		buf_put(out, bytes_of(name, strlen(name) - (p->realm.length ? 0 : 1)), NULL);
	if (name)
		krb5_free_unparsed_name(t->krb5, name);
}

static int fail_by_libkrb5(const struct ticket *t, const char *what, krb5_error_code code,
			   int reason, winch_error *err)
{
	const char *text = t->krb5 ? krb5_get_error_message(t->krb5, code) : NULL;

	fail(err, WINCH_E_AUTH, "%s: %s", what, text ? text : "libkrb5 does not start");
	if (text)
		krb5_free_error_message(t->krb5, text);
	return fail_for(err, reason, WINCH_E_AUTH);
}

int ticket_fail(const struct ticket *t, const struct ticket_wish *w, krb5_error_code code,
		winch_error *err)
{
	AUTO(buf_done) struct buf name = { .max = MAX_NAME };

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].code != code)
			continue;
		put_name(t, meanings[i].about, &name);
		const char *about = buf_cstr(&name, NULL);
		fail(err, WINCH_E_AUTH, meanings[i].text, about ? about : "");
		if (err && meanings[i].refused)
			err->flags |= WINCH_ERROR_REFUSED;
		return fail_for(err, meanings[i].reason, WINCH_E_AUTH);
	}
	(void)w;
	return fail_by_libkrb5(t, "Kerberos", code, WINCH_REASON_KERBEROS, err);
}

int ticket_answer_fail(const struct ticket *t, krb5_error_code code, winch_error *err)
{
	if (code == KRB5KRB_AP_ERR_SKEW)
		return fail_for(
			err, WINCH_REASON_KDC_SKEW,
			fail(err, WINCH_E_AUTH,
			     "this machine's clock and the host's are too far apart: set both "
			     "by NTP"));
	return fail_by_libkrb5(t, "the host's answer to the ticket", code,
			       WINCH_REASON_TICKET_REFUSED, err);
}

static int put_upper(struct buf *out, const char *text)
{
	int r = 0;

	for (; r == 0 && *text; text++)
		r = buf_put_u8(out, (uint8_t)toupper((unsigned char)*text), NULL);
	return r;
}

/* The realm of "DOMAIN\user": a NetBIOS name stands for the default realm that begins with it. */
static int put_realm(struct ticket *t, const char *domain, struct buf *out)
{
	size_t len = strlen(domain);
	char *realm = NULL;

	bool found = krb5_get_default_realm(t->krb5, &realm) == 0 &&
		     strncasecmp(realm, domain, len) == 0 && realm[len] == '.';
	int r = put_upper(out, found ? realm : domain);
	krb5_free_default_realm(t->krb5, realm);
	return r;
}

/* The forms of one user's principal, the likeliest first.  0: made; KRB5_CC_END: no more. */
static krb5_error_code nth_client(struct ticket *t, const struct ticket_wish *w, int n)
{
	AUTO(buf_done) struct buf text = { .max = 2 * MAX_NAME + 2 };
	const char *at = strrchr(w->user, '@');
	int flags = 0, r;

	krb5_free_principal(t->krb5, t->client);
	t->client = NULL;
	if (w->domain && n == 0) {
		r = buf_put_fmt(&text, NULL, "%s@", w->user);
		r = r < 0 ? r : put_realm(t, w->domain, &text);
	} else if (!at && n == 0) {
		r = buf_put_str(&text, w->user, NULL);
	} else if (at && n == 1) {
		r = buf_put(&text, bytes_of(w->user, (size_t)(at - w->user)), NULL);
		r = r < 0 ? r : put_upper(&text, at);
	} else if (at && (n == 0 || n == 2)) {
		flags = n == 2 ? KRB5_PRINCIPAL_PARSE_ENTERPRISE : 0;
		r = buf_put_str(&text, w->user, NULL);
	} else {
		return KRB5_CC_END;
	}
	const char *name = r == 0 ? buf_cstr(&text, NULL) : NULL;
	return name ? krb5_parse_name_flags(t->krb5, name, flags, &t->client) : ENOMEM;
}

/* Nobody has been asked for a secret yet: another form of the name may be the right one. */
static bool tries_another_name(krb5_error_code code)
{
	return code == KRB5_REALM_UNKNOWN || code == KRB5_REALM_CANT_RESOLVE ||
	       code == KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN || code == KRB5KDC_ERR_WRONG_REALM ||
	       code == KRB5_CONFIG_NODEFREALM;
}

static krb5_error_code make_options(struct ticket *t, const struct ticket_wish *w,
				    krb5_get_init_creds_opt **ret)
{
	krb5_error_code code = krb5_get_init_creds_opt_alloc(t->krb5, ret);

	if (code)
		return code;
	/* AD answers by the account's own name and realm. */
	krb5_get_init_creds_opt_set_canonicalize(*ret, 1);
	if (w->delegate)
		krb5_get_init_creds_opt_set_forwardable(*ret, 1);
	return krb5_get_init_creds_opt_set_out_ccache(t->krb5, *ret, t->cache);
}

/* *keytab stays open for as long as asking needs it. */
static krb5_error_code set_secret(struct ticket *t, const struct ticket_wish *w,
				  krb5_init_creds_context asking, krb5_keytab *keytab)
{
	if (w->password.data)
		return krb5_init_creds_set_password(t->krb5, asking, (char *)w->password.data);
	krb5_error_code code = w->keytab ? krb5_kt_resolve(t->krb5, w->keytab, keytab)
					 : krb5_kt_client_default(t->krb5, keytab);
	return code ? code : krb5_init_creds_set_keytab(t->krb5, asking, *keytab);
}

/* Nobody's: what the KDC says to that counts towards no lock-out. */
static krb5_error_code set_no_secret(struct ticket *t, const struct ticket_wish *w,
				     krb5_init_creds_context asking, krb5_keytab *keytab)
{
	(void)w;
	krb5_error_code code = krb5_kt_resolve(t->krb5, "MEMORY:winch-empty", keytab);
	if (code == 0)
		krb5_init_creds_set_keytab(t->krb5, asking, *keytab); /* says that it is empty */
	return code;
}

typedef krb5_error_code set_secret_fn(struct ticket *t, const struct ticket_wish *w,
				      krb5_init_creds_context asking, krb5_keytab *keytab);

/* A TGT for t->client into t->cache. */
static krb5_error_code ask_kdc(struct ticket *t, const struct ticket_wish *w, set_secret_fn *set)
{
	krb5_get_init_creds_opt *options = NULL;
	krb5_init_creds_context asking = NULL;
	krb5_keytab keytab = NULL;

	krb5_error_code code = make_options(t, w, &options);
	if (code == 0)
		code = krb5_init_creds_init(t->krb5, t->client, NULL, NULL, 0, options, &asking);
	if (code == 0)
		code = set(t, w, asking, &keytab);
	if (code == 0)
		code = krb5_init_creds_get(t->krb5, asking);
	if (asking)
		krb5_init_creds_free(t->krb5, asking);
	if (keytab)
		krb5_kt_close(t->krb5, keytab);
	krb5_get_init_creds_opt_free(t->krb5, options);
	return code;
}

static krb5_error_code log_on(struct ticket *t, const struct ticket_wish *w)
{
	return ask_kdc(t, w, set_secret);
}

/* 0: the KDC knows the user: it wants a secret, or has sent what only the secret opens. */
static krb5_error_code ask_client(struct ticket *t, const struct ticket_wish *w)
{
	krb5_error_code code = ask_kdc(t, w, set_no_secret);

	return code == KRB5_PREAUTH_FAILED || code == KRB5_KT_NOTFOUND ? 0 : code;
}

static krb5_error_code own_cache(struct ticket *t)
{
	t->own_cache = true;
	return krb5_cc_new_unique(t->krb5, "MEMORY", NULL, &t->cache);
}

/* The keytab's first principal, where nobody is named. */
static krb5_error_code keytab_client(struct ticket *t, const struct ticket_wish *w)
{
	krb5_keytab keytab;
	krb5_keytab_entry entry;
	krb5_kt_cursor cursor;

	krb5_error_code code = krb5_kt_resolve(t->krb5, w->keytab, &keytab);
	if (code)
		return code;
	code = krb5_kt_start_seq_get(t->krb5, keytab, &cursor);
	if (code == 0) {
		code = krb5_kt_next_entry(t->krb5, keytab, &entry, &cursor);
		if (code == 0) {
			code = krb5_copy_principal(t->krb5, entry.principal, &t->client);
			krb5_free_keytab_entry_contents(t->krb5, &entry);
		}
		krb5_kt_end_seq_get(t->krb5, keytab, &cursor);
	}
	krb5_kt_close(t->krb5, keytab);
	return code;
}

typedef krb5_error_code client_fn(struct ticket *t, const struct ticket_wish *w);

/* Do it for one form of the user's name after the other, until one is known. */
static krb5_error_code for_clients(struct ticket *t, const struct ticket_wish *w, client_fn *act)
{
	krb5_error_code code = 0, next;

	for (int n = 0; code == 0 || tries_another_name(code); n++) {
		krb5_principal before = t->client;
		t->client = NULL;
		next = nth_client(t, w, n);
		if (next) { /* the last error is about the last name */
			krb5_free_principal(t->krb5, t->client);
			t->client = before;
			return code ? code : next == KRB5_CC_END ? KRB5_PARSE_MALFORMED : next;
		}
		krb5_free_principal(t->krb5, before);
		code = act(t, w);
		if (code == 0)
			return 0;
	}
	return code;
}

static krb5_error_code log_on_by_secret(struct ticket *t, const struct ticket_wish *w)
{
	krb5_error_code code = own_cache(t);

	if (code == 0 && !w->user) {
		code = keytab_client(t, w);
		return code ? code : log_on(t, w);
	}
	return code ? code : for_clients(t, w, log_on);
}

/* Has the cache a ticket of this user's? */
static bool is_of(struct ticket *t, const struct ticket_wish *w, krb5_principal holder)
{
	for (int n = 0; n < 2 && nth_client(t, w, n) == 0; n++)
		if (krb5_principal_compare(t->krb5, t->client, holder))
			return true;
	return false;
}

static int use_cache(struct ticket *t, const struct ticket_wish *w, winch_error *err)
{
	krb5_principal holder = NULL;

	krb5_error_code code = w->ccache ? krb5_cc_resolve(t->krb5, w->ccache, &t->cache)
					 : krb5_cc_default(t->krb5, &t->cache);
	if (code == 0)
		code = krb5_cc_get_principal(t->krb5, t->cache, &holder);
	if (code == 0 && w->user && !is_of(t, w, holder)) {
		char *name = NULL;
		krb5_unparse_name(t->krb5, holder, &name);
		fail_for(err, WINCH_REASON_NO_TICKET,
			 fail(err, WINCH_E_AUTH,
			      "the ticket is of %s, not of %s: kinit, or give a password",
			      name ? name : "somebody else", w->user));
		krb5_free_unparsed_name(t->krb5, name);
		krb5_free_principal(t->krb5, holder);
		return WINCH_E_AUTH;
	}
	krb5_free_principal(t->krb5, t->client);
	t->client = holder;
	return code ? ticket_fail(t, w, code, err) : 0;
}

/* service/host in the realm that krb5.conf gives the host; none: the KDC refers us to it.  No
 * name server is asked who the host is: it could lie. */
static krb5_error_code make_service(struct ticket *t, const char *service, size_t service_len,
				    const char *host)
{
	char **realms = NULL;

	krb5_error_code code = krb5_get_host_realm(t->krb5, host, &realms);
	if (code)
		return code;
	const char *realm = realms[0] ? realms[0] : "";
	code = krb5_build_principal_ext(t->krb5, &t->service, (unsigned)strlen(realm), realm,
					(unsigned)service_len, service, (unsigned)strlen(host),
					host, 0);
	krb5_free_host_realm(t->krb5, realms);
	return code;
}

/* The n-th name to ask a ticket for. */
static krb5_error_code nth_service(struct ticket *t, const struct ticket_wish *w, int n)
{
	static const char *const services[] = { "host", "HTTP" };
	const char *slash = w->spn ? strchr(w->spn, '/') : NULL;

	if (n >= (w->spn ? 1 : 2))
		return KRB5_CC_END;
	krb5_free_principal(t->krb5, t->service);
	t->service = NULL;
	if (!w->spn)
		return make_service(t, services[n], strlen(services[n]), w->host);
	if (!slash || strchr(slash, '@'))
		return krb5_parse_name(t->krb5, w->spn, &t->service);
	return make_service(t, w->spn, (size_t)(slash - w->spn), slash + 1);
}

static krb5_error_code ask_service(struct ticket *t)
{
	krb5_creds wanted = { .client = t->client, .server = t->service }, *got = NULL;
	krb5_error_code code = krb5_get_credentials(t->krb5, 0, t->cache, &wanted, &got);

	if (code == 0)
		krb5_free_creds(t->krb5, got);
	return code;
}

static int get_service(struct ticket *t, const struct ticket_wish *w, winch_error *err)
{
	krb5_error_code code = KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN;

	for (int n = 0; code == KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN; n++) {
		krb5_error_code next = nth_service(t, w, n);
		if (next == KRB5_CC_END)
			break;
		code = next ? next : ask_service(t);
	}
	if (code == 0)
		code = krb5_unparse_name(t->krb5, t->service, &t->service_name);
	return code ? ticket_fail(t, w, code, err) : 0;
}

/* The principal is the one that the KDC has answered with. */
static krb5_error_code take_client(struct ticket *t)
{
	krb5_free_principal(t->krb5, t->client);
	t->client = NULL;
	return krb5_cc_get_principal(t->krb5, t->cache, &t->client);
}

int ticket_get(struct ticket *t, const struct ticket_wish *w, winch_error *err)
{
	int r = 0;

	if (w->domain && strcmp(w->domain, ".") == 0)
		return fail(
			err, WINCH_E_AUTH,
			"the user is the host's own: Kerberos has a realm's only, NTLM would do");
	krb5_error_code code = krb5_init_context(&t->krb5);
	if (code)
		return ticket_fail(t, w, code, err);
	if (w->password.data || w->keytab) {
		code = log_on_by_secret(t, w);
		if (code == 0)
			code = take_client(t);
		if (code)
			r = ticket_fail(t, w, code, err);
	} else {
		r = use_cache(t, w, err);
	}
	return r < 0 ? r : get_service(t, w, err);
}

int ticket_look(struct ticket *t, const struct ticket_wish *w, bool has_secret, winch_error *err)
{
	krb5_error_code code = krb5_init_context(&t->krb5);

	if (code == 0 && has_secret) {
		code = own_cache(t);
		if (code == 0)
			code = w->user ? for_clients(t, w, ask_client) : keytab_client(t, w);
		if (code == 0)
			code = nth_service(t, w, 0);
		if (code == 0)
			code = krb5_unparse_name(t->krb5, t->service, &t->service_name);
	}
	if (code)
		return ticket_fail(t, w, code, err);
	int r = has_secret ? 0 : use_cache(t, w, err);
	return r < 0 || has_secret ? r : get_service(t, w, err);
}

int64_t ticket_end(krb5_context krb5, krb5_ccache cache)
{
	krb5_cc_cursor cursor;
	krb5_creds c;
	int64_t last = 0;

	if (krb5_cc_start_seq_get(krb5, cache, &cursor))
		return 0;
	while (krb5_cc_next_cred(krb5, cache, &cursor, &c) == 0) {
		int64_t end = (uint32_t)c.times.endtime;
		if (!krb5_is_config_principal(krb5, c.server) && end > last)
			last = end;
		krb5_free_cred_contents(krb5, &c);
	}
	krb5_cc_end_seq_get(krb5, cache, &cursor);
	return last;
}

static bool is_alive(krb5_context krb5, krb5_ccache cache)
{
	krb5_timestamp now;

	return krb5_timeofday(krb5, &now) == 0 && ticket_end(krb5, cache) > (uint32_t)now;
}

int ticket_user(const char *ccache, struct buf *out, winch_error *err)
{
	AUTO(ticket_done) struct ticket t = { 0 };
	char *name = NULL;
	int r = 0;

	krb5_error_code code = krb5_init_context(&t.krb5);
	if (code == 0)
		code = ccache ? krb5_cc_resolve(t.krb5, ccache, &t.cache)
			      : krb5_cc_default(t.krb5, &t.cache);
	if (code == 0)
		code = krb5_cc_get_principal(t.krb5, t.cache, &t.client);
	if (code || !is_alive(t.krb5, t.cache) || krb5_unparse_name(t.krb5, t.client, &name))
		return 0;
	r = buf_put_str(out, name, err);
	krb5_free_unparsed_name(t.krb5, name);
	return r < 0 ? r : 1;
}
