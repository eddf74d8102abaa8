/*
 * gss-auth.c - NTLM by GSSAPI (gss-ntlmssp): a mechanism that is not ours.
 */
#include "tests/live/gss-auth.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

#include "src/base/fail.h"
#include "src/base/mem.h"

enum { SIGNATURE = 16, MAX_SEALED = 16 * 1024 * 1024 };

static gss_OID_desc ntlm_oid = { 10, (void *)"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a" };
static gss_OID_desc spnego_oid = { 6, (void *)"\x2b\x06\x01\x05\x05\x02" };

struct gss {
	struct auth auth;
	gss_OID mechanism;
	bool unbound;
	gss_cred_id_t credential;
	gss_name_t target;
	gss_ctx_id_t context;
};

static int check(OM_uint32 major, const char *what, winch_error *err)
{
	if (GSS_ERROR(major))
		return fail(err, WINCH_E_AUTH, "%s: %08x", what, (unsigned)major);
	return 0;
}

static gss_buffer_desc desc_of(struct bytes in)
{
	return (gss_buffer_desc){ in.len, (void *)(uintptr_t)in.data };
}

/* Append what GSSAPI made, and free it. */
static int take(gss_buffer_desc *made, size_t skip, size_t len, struct buf *out, winch_error *err)
{
	struct bytes all = bytes_skip(bytes_of(made->value, made->length), skip);

	return buf_put(out, len < all.len ? bytes_of(all.data, len) : all, err);
}

/* RFC 2744 3.11 with no addresses, as RFC 5929's bindings go into GSSAPI. */
static gss_channel_bindings_t bind_to(const struct gss *g,
				      struct gss_channel_bindings_struct *bindings)
{
	struct bytes data = g->auth.world->channel_binding;

	if (g->unbound || !data.len)
		return GSS_C_NO_CHANNEL_BINDINGS;
	*bindings = (struct gss_channel_bindings_struct){ .application_data = desc_of(data) };
	return bindings;
}

static int step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	struct gss *g = (struct gss *)a;
	OM_uint32 minor;
	gss_buffer_desc given = desc_of(in), made = GSS_C_EMPTY_BUFFER;
	struct gss_channel_bindings_struct bindings;
	OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG |
			  GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG;

	OM_uint32 major = gss_init_sec_context(&minor, g->credential, &g->context, g->target,
					       g->mechanism, flags, 0, bind_to(g, &bindings),
					       in.len ? &given : NULL, NULL, &made, NULL, NULL);
	int r = check(major, "gss_init_sec_context", err);
	if (r == 0)
		r = take(&made, 0, SIZE_MAX, out, err);
	gss_release_buffer(&minor, &made);
	return r < 0 ? r : major == GSS_S_COMPLETE ? AUTH_DONE : AUTH_MORE;
}

static int seal(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		winch_error *err)
{
	struct gss *g = (struct gss *)a;
	OM_uint32 minor;
	gss_buffer_desc given = desc_of(plain), made = GSS_C_EMPTY_BUFFER;

	int r = check(gss_wrap(&minor, g->context, 1, 0, &given, NULL, &made), "gss_wrap", err);
	if (r == 0)
		r = take(&made, 0, SIGNATURE, header, err);
	if (r == 0)
		r = take(&made, SIGNATURE, SIZE_MAX, data, err);
	gss_release_buffer(&minor, &made);
	return r;
}

static int unseal(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
		  winch_error *err)
{
	struct gss *g = (struct gss *)a;
	AUTO(buf_done) struct buf whole = { .max = MAX_SEALED };
	OM_uint32 minor;
	gss_buffer_desc made = GSS_C_EMPTY_BUFFER;

	int r = buf_put(&whole, header, err);
	if (r == 0)
		r = buf_put(&whole, data, err);
	if (r < 0)
		return r;
	gss_buffer_desc given = desc_of(buf_bytes(&whole));
	if (GSS_ERROR(gss_unwrap(&minor, g->context, &given, &made, NULL, NULL)))
		r = fail(err, WINCH_E_PROTOCOL, "gss_unwrap: bad seal");
	if (r == 0)
		r = take(&made, 0, SIZE_MAX, out, err);
	gss_release_buffer(&minor, &made);
	return r;
}

static void gss_free(struct auth *a)
{
	struct gss *g = (struct gss *)a;
	OM_uint32 minor;

	gss_delete_sec_context(&minor, &g->context, NULL);
	gss_release_cred(&minor, &g->credential);
	gss_release_name(&minor, &g->target);
	mem_free(g);
}

static const struct auth_sealing sealing = {
	.protocol = "application/HTTP-SPNEGO-session-encrypted",
	.overhead = SIGNATURE,
};
static const struct auth_class gss_class = {
	.name = "gss",
	.scheme = "Negotiate",
	.step = step,
	.seal = seal,
	.unseal = unseal,
	.sealing = &sealing,
	.free = gss_free,
};

static int set_up(struct gss *g, const struct credential *c, winch_error *err)
{
	OM_uint32 minor;
	gss_name_t user;
	gss_buffer_desc name = desc_of(buf_bytes(&c->user));
	gss_buffer_desc password = desc_of(secret_bytes(&c->password));
	gss_buffer_desc target = desc_of(BYTES_LIT("HTTP@localhost"));
	gss_OID_set_desc one = { 1, g->mechanism }, ntlm = { 1, &ntlm_oid };

	int r = check(gss_import_name(&minor, &name, GSS_C_NT_USER_NAME, &user), "gss_import_name",
		      err);
	if (r < 0)
		return r;
	r = check(gss_acquire_cred_with_password(&minor, user, &password, 0, &one, GSS_C_INITIATE,
						 &g->credential, NULL, NULL),
		  "gss_acquire_cred_with_password", err);
	gss_release_name(&minor, &user);
	if (r == 0 && g->mechanism == &spnego_oid)
		r = check(gss_set_neg_mechs(&minor, g->credential, &ntlm), "gss_set_neg_mechs",
			  err);
	if (r == 0)
		r = check(gss_import_name(&minor, &target, GSS_C_NT_HOSTBASED_SERVICE, &g->target),
			  "gss_import_name", err);
	return r;
}

static struct auth *make(const struct auth_world *world, gss_OID mechanism, winch_error *err)
{
	struct gss *g = mem_zalloc(sizeof(*g));

	if (!g) {
		fail_nomem(err);
		return NULL;
	}
	g->auth = (struct auth){ &gss_class, world };
	g->mechanism = mechanism;
	if (set_up(g, world->credential, err) < 0) {
		gss_free(&g->auth);
		return NULL;
	}
	return &g->auth;
}

struct auth *gss_ntlm_new(const struct auth_world *world, winch_error *err)
{
	return make(world, &ntlm_oid, err);
}

struct auth *gss_unbound_new(const struct auth_world *world, winch_error *err)
{
	struct auth *a = make(world, &ntlm_oid, err);

	if (a)
		((struct gss *)a)->unbound = true;
	return a;
}

struct auth *gss_spnego_new(const struct auth_world *world, winch_error *err)
{
	return make(world, &spnego_oid, err);
}
