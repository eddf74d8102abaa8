/*
 * gss-peer.c - both ends of NTLM by GSSAPI and gss-ntlmssp.
 */
#include "tests/auth/gss-peer.h"

#include <locale.h>
#include <stdlib.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/auth.h"

static gss_OID_desc ntlm_oid = { 10, (void *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a" };
static gss_OID_desc spnego_oid = { 6, (void *)"\x2b\x06\x01\x05\x05\x02" };

enum {
	WANTED = GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_REPLAY_FLAG | GSS_C_CONF_FLAG |
		 GSS_C_INTEG_FLAG,
};

bool peer_set_up(const char *user_file)
{
	gss_OID_set all;
	OM_uint32 minor;
	int there = 0;

	/* It compares names in the locale's encoding. */
	setlocale(LC_ALL, "C.UTF-8");
	setenv("NTLM_USER_FILE", user_file, 1);
	setenv("NETBIOS_COMPUTER_NAME", "SERVER", 1);
	setenv("NETBIOS_DOMAIN_NAME", "SERVER", 1);
	setenv("LM_COMPAT_LEVEL", "5", 1);
	/* No Kerberos of the machine's. */
	setenv("KRB5_CONFIG", "/dev/null", 1);
	setenv("KRB5_KTNAME", "/dev/null/none", 1);
	setenv("KRB5CCNAME", "/dev/null/none", 1);

	if (gss_indicate_mechs(&minor, &all) != GSS_S_COMPLETE)
		return false;
	gss_test_oid_set_member(&minor, &ntlm_oid, all, &there);
	gss_release_oid_set(&minor, &all);
	return there;
}

static int put_status(struct buf *out, OM_uint32 code, int type)
{
	gss_buffer_desc text;
	OM_uint32 minor, more = 0;

	if (!code || gss_display_status(&minor, code, type, &ntlm_oid, &more, &text))
		return 0;
	int r = buf_put_fmt(out, NULL, " %.*s", (int)text.length, (char *)text.value);
	gss_release_buffer(&minor, &text);
	return r;
}

static int check(OM_uint32 major, const OM_uint32 *minor, const char *what, winch_error *err)
{
	AUTO(buf_done) struct buf text = { .max = 2000 };

	if (!GSS_ERROR(major))
		return 0;
	put_status(&text, major, GSS_C_GSS_CODE);
	put_status(&text, *minor, GSS_C_MECH_CODE);
	return fail(err, WINCH_E_AUTH, "%s:%.*s", what, (int)text.len,
		    (const char *)buf_bytes(&text).data);
}

static gss_buffer_desc desc_of(struct bytes in)
{
	return (gss_buffer_desc){ in.len, (void *)(uintptr_t)in.data };
}

static int take(gss_buffer_desc *made, struct buf *out, winch_error *err)
{
	OM_uint32 minor;
	int r = buf_put(out, bytes_of(made->value, made->length), err);

	gss_release_buffer(&minor, made);
	return r;
}

static int acquire(struct peer *g, const char *user, winch_error *err)
{
	gss_buffer_desc name = desc_of(bytes_str(user)), target = desc_of(BYTES_LIT("HTTP@server"));
	gss_OID_set_desc one = { 1, g->mechanism }, ntlm = { 1, &ntlm_oid };
	OM_uint32 minor;

	int r = check(gss_import_name(&minor, &name, GSS_C_NT_USER_NAME, &g->user), &minor,
		      "gss_import_name", err);
	if (r == 0)
		r = check(gss_acquire_cred(&minor, g->user, 0, &one, GSS_C_INITIATE, &g->credential,
					   NULL, NULL),
			  &minor, "gss_acquire_cred", err);
	if (r == 0 && g->mechanism == &spnego_oid)
		r = check(gss_set_neg_mechs(&minor, g->credential, &ntlm), &minor,
			  "gss_set_neg_mechs", err);
	if (r == 0)
		r = check(gss_import_name(&minor, &target, GSS_C_NT_HOSTBASED_SERVICE, &g->target),
			  &minor, "gss_import_name", err);
	return r;
}

int peer_initiator_init(struct peer *g, bool spnego, const char *user, winch_error *err)
{
	*g = (struct peer){ .initiates = true, .mechanism = spnego ? &spnego_oid : &ntlm_oid };
	return acquire(g, user, err);
}

void peer_acceptor_init(struct peer *g)
{
	*g = (struct peer){ .initiates = false };
}

void peer_done(struct peer *g)
{
	OM_uint32 minor;

	gss_delete_sec_context(&minor, &g->context, GSS_C_NO_BUFFER);
	gss_release_cred(&minor, &g->credential);
	gss_release_name(&minor, &g->target);
	gss_release_name(&minor, &g->user);
}

int peer_step(struct peer *g, struct bytes in, struct buf *out, winch_error *err)
{
	struct gss_channel_bindings_struct bound = { .application_data = desc_of(g->binding) };
	gss_channel_bindings_t binding = g->binding.len ? &bound : GSS_C_NO_CHANNEL_BINDINGS;
	gss_buffer_desc given = desc_of(in), made = GSS_C_EMPTY_BUFFER;
	OM_uint32 major, minor;

	if (g->initiates)
		major = gss_init_sec_context(&minor, g->credential, &g->context, g->target,
					     g->mechanism, WANTED, 0, binding,
					     in.len ? &given : NULL, NULL, &made, &g->flags, NULL);
	else
		major = gss_accept_sec_context(&minor, &g->context, GSS_C_NO_CREDENTIAL, &given,
					       binding, &g->user, NULL, &made, &g->flags, NULL,
					       NULL);
	int r = check(major, &minor,
		      g->initiates ? "gss_init_sec_context" : "gss_accept_sec_context", err);
	int taken = take(&made, out, err);
	if (r == 0)
		r = taken;
	return r < 0 ? r : major == GSS_S_COMPLETE ? AUTH_DONE : AUTH_MORE;
}

int peer_seal(struct peer *g, struct bytes plain, struct buf *out, winch_error *err)
{
	gss_buffer_desc given = desc_of(plain), made = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;
	int sealed = 0;

	int r = check(gss_wrap(&minor, g->context, 1, 0, &given, &sealed, &made), &minor,
		      "gss_wrap", err);
	if (r == 0 && !sealed)
		r = fail(err, WINCH_E_AUTH, "gss_wrap: not sealed");
	int taken = take(&made, out, err);
	return r < 0 ? r : taken;
}

int peer_unseal(struct peer *g, struct bytes sealed, struct buf *out, winch_error *err)
{
	gss_buffer_desc given = desc_of(sealed), made = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;
	int was_sealed = 0;

	int r = check(gss_unwrap(&minor, g->context, &given, &made, &was_sealed, NULL), &minor,
		      "gss_unwrap", err);
	if (r == 0 && !was_sealed)
		r = fail(err, WINCH_E_AUTH, "gss_unwrap: was not sealed");
	int taken = take(&made, out, err);
	return r < 0 ? r : taken;
}

int peer_put_user(const struct peer *g, struct buf *out, winch_error *err)
{
	gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;

	int r = check(gss_display_name(&minor, g->user, &made, NULL), &minor, "gss_display_name",
		      err);
	/* gss-ntlmssp counts the NUL at the end. */
	if (r == 0 && made.length && ((char *)made.value)[made.length - 1] == '\0')
		made.length--;
	int taken = take(&made, out, err);
	return r < 0 ? r : taken;
}
