/*
 * kerberos-peer.c - our Kerberos against MIT's acceptor, without a network between them; the KDC is
 * the test's, by KRB5_CONFIG.
 *
 *   kerberos-peer [OPTION...] HOST       one handshake, then messages of many sizes both ways
 *     --spnego --user=NAME --spn=SPN --keytab=FILE --ccache=NAME --delegate --repeat
 *     --bind=TEXT --accept-bind=TEXT     the password is in PEER_PASSWORD
 *
 * Prints one line: "ok", who the acceptor saw and the mechanism; or "error REFUSED TEXT".
 */
#include <stdio.h>
#include <stdlib.h>

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/random.h"
#include "wsman/auth/auth.h"

enum { MAX_TOKEN = 256 * 1024, MAX_MESSAGE = 2 * 1024 * 1024 };

struct options {
	bool spnego, repeat;
	const char *host, *user, *bind, *accept_bind;
	struct auth_kerberos kerberos;
};

struct acceptor {
	gss_ctx_id_t context;
	gss_name_t user;
	OM_uint32 flags;
	bool stands;
};

static int accept_token(struct acceptor *s, const struct options *o, struct bytes in,
			struct buf *out, winch_error *err)
{
	const char *bind = o->accept_bind ? o->accept_bind : "";
	struct gss_channel_bindings_struct bound = {
		.application_data = { strlen(bind), (void *)(uintptr_t)bind }
	};
	gss_buffer_desc given = { in.len, (void *)(uintptr_t)in.data }, made = { 0, NULL };
	OM_uint32 minor, ignored;

	OM_uint32 major =
		gss_accept_sec_context(&minor, &s->context, GSS_C_NO_CREDENTIAL, &given,
				       o->accept_bind ? &bound : GSS_C_NO_CHANNEL_BINDINGS,
				       &s->user, NULL, &made, &s->flags, NULL, NULL);
	int r = buf_put(out, bytes_of(made.value, made.length), err);
	gss_release_buffer(&ignored, &made);
	if (GSS_ERROR(major))
		return fail(err, WINCH_E_AUTH, "the acceptor: major %08x, minor %d", major,
			    (int)minor);
	s->stands = major == GSS_S_COMPLETE;
	return r;
}

static int handshake(struct auth *a, struct acceptor *s, const struct options *o, winch_error *err)
{
	AUTO(buf_done) struct buf to_server = { .max = MAX_TOKEN };
	AUTO(buf_done) struct buf to_client = { .max = MAX_TOKEN };

	while (a->class->has_work && a->class->has_work(a))
		a->class->work(a);
	for (int legs = 0; legs < 10; legs++) {
		buf_clear(&to_server);
		int r = a->class->step(a, buf_bytes(&to_client), &to_server, err);
		if (r < 0)
			return r;
		if (r == AUTH_DONE && s->stands && !to_server.len)
			return 0;
		buf_clear(&to_client);
		int e = accept_token(s, o, buf_bytes(&to_server), &to_client, err);
		if (e < 0)
			return e;
		if (r == AUTH_DONE)
			return s->stands ? 0 : fail(err, WINCH_E_AUTH, "only we stand");
	}
	return fail(err, WINCH_E_AUTH, "no end");
}

/* As Windows takes it apart: header, then data and padding. */
static int to_server(struct auth *a, struct acceptor *s, struct bytes plain, winch_error *err)
{
	AUTO(buf_done) struct buf header = { .max = 1000 };
	AUTO(buf_done) struct buf data = { .max = plain.len + 256 };
	OM_uint32 minor;
	int sealed = 0;

	int r = a->class->seal(a, plain, &header, &data, err);
	if (r < 0)
		return r;
	if (data.len >= 8 && plain.len >= 8 && memcmp(buf_bytes(&data).data, plain.data, 8) == 0)
		return fail(err, WINCH_E_PROTOCOL, "the data are not sealed");
	gss_iov_buffer_desc parts[3] = {
		{ GSS_IOV_BUFFER_TYPE_HEADER, { header.len, header.data + header.start } },
		{ GSS_IOV_BUFFER_TYPE_DATA, { data.len, data.data + data.start } },
		{ GSS_IOV_BUFFER_TYPE_PADDING, { 0, NULL } },
	};
	OM_uint32 major = gss_unwrap_iov(&minor, s->context, &sealed, NULL, parts, 3);
	if (major != GSS_S_COMPLETE || !sealed)
		return fail(err, WINCH_E_PROTOCOL, "the acceptor does not unseal: %08x", major);
	if (!bytes_eq(bytes_of(parts[1].buffer.value, parts[1].buffer.length), plain))
		return fail(err, WINCH_E_PROTOCOL, "another text came out");
	return 0;
}

static int to_client(struct auth *a, struct acceptor *s, struct bytes plain, bool repeat,
		     winch_error *err)
{
	AUTO(buf_done) struct buf copy = { .max = plain.len + 1 };
	AUTO(buf_done) struct buf back = { .max = plain.len + 1000 };
	AUTO(buf_done) struct buf data = { .max = plain.len + 1000 };
	OM_uint32 minor;
	int sealed = 0;

	int r = buf_put(&copy, plain, err);
	if (r == 0)
		r = buf_put_u8(&copy, 0, err);
	if (r < 0)
		return r;
	gss_iov_buffer_desc parts[3] = {
		{ GSS_IOV_BUFFER_TYPE_HEADER | GSS_IOV_BUFFER_FLAG_ALLOCATE, { 0, NULL } },
		{ GSS_IOV_BUFFER_TYPE_DATA, { plain.len, copy.data } },
		{ GSS_IOV_BUFFER_TYPE_PADDING | GSS_IOV_BUFFER_FLAG_ALLOCATE, { 0, NULL } },
	};
	if (gss_wrap_iov(&minor, s->context, 1, 0, &sealed, parts, 3))
		return fail(err, WINCH_E_PROTOCOL, "the acceptor does not seal");
	struct bytes header = bytes_of(parts[0].buffer.value, parts[0].buffer.length);
	r = buf_put(&data, bytes_of(parts[1].buffer.value, parts[1].buffer.length), err);
	if (r == 0)
		r = buf_put(&data, bytes_of(parts[2].buffer.value, parts[2].buffer.length), err);
	for (int i = 0; r == 0 && i < (repeat ? 2 : 1); i++)
		r = a->class->unseal(a, header, buf_bytes(&data), &back, err);
	if (r == 0 && !bytes_eq(buf_bytes(&back), plain))
		r = fail(err, WINCH_E_PROTOCOL, "another text came back");
	/* One bit of it changed: refused. */
	if (r == 0 && data.len) {
		data.data[data.start + data.len / 2] ^= 1;
		buf_clear(&back);
		if (a->class->unseal(a, header, buf_bytes(&data), &back, NULL) == 0 || back.len)
			r = fail(err, WINCH_E_PROTOCOL, "a broken seal was taken");
	}
	gss_release_iov_buffer(&minor, parts, 3);
	return r;
}

static int talk(struct auth *a, struct acceptor *s, const struct options *o, winch_error *err)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 1000, 65535, 65536, 500000, MAX_MESSAGE };
	AUTO(buf_done) struct buf text = { .max = MAX_MESSAGE };
	int r = 0;

	for (size_t i = 0; r == 0 && i < MAX_MESSAGE; i++)
		r = buf_put_u8(&text, (uint8_t)(i * 7 + i / 256), err);
	for (size_t i = 0; r == 0 && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bytes plain = bytes_of(text.data + text.start, sizes[i]);
		r = to_server(a, s, plain, err);
		if (r == 0)
			r = to_client(a, s, plain, o->repeat, err);
	}
	return r;
}

static void say_ok(struct acceptor *s)
{
	gss_buffer_desc name = { 0, NULL };
	OM_uint32 minor;

	gss_display_name(&minor, s->user, &name, NULL);
	printf("ok %.*s%s%s\n", (int)name.length, (char *)name.value,
	       s->flags & GSS_C_DELEG_FLAG ? " delegated" : "",
	       s->flags & GSS_C_CHANNEL_BOUND_FLAG ? " bound" : "");
	gss_release_buffer(&minor, &name);
}

static int run(const struct options *o, winch_error *err)
{
	AUTO(credential_done) struct credential who = { 0 };
	const char *password = getenv("PEER_PASSWORD");
	struct acceptor s = { 0 };
	OM_uint32 minor;
	struct auth_world world = {
		.credential = o->user ? &who : NULL,
		.target_name = bytes_str(o->host),
		.channel_binding = bytes_str(o->bind ? o->bind : ""),
		.channel_stands = true,
		.must_seal = true,
		.kerberos = &o->kerberos,
		.random = random_bytes,
	};

	int r = o->user ? credential_set(&who, bytes_str(o->user),
					 password ? bytes_str(password) : (struct bytes){ 0 }, err)
			: 0;
	if (r < 0)
		return r;
	struct auth *a =
		o->spnego ? auth_negotiate_new(&world, err) : auth_kerberos_new(&world, err);
	r = a ? handshake(a, &s, o, err) : err->status;
	if (r == 0)
		r = talk(a, &s, o, err);
	if (r == 0)
		say_ok(&s);
	if (a && a->class->why_ntlm && a->class->why_ntlm(a))
		printf("note NTLM in place of Kerberos: %s\n", a->class->why_ntlm(a));
	auth_free(a);
	gss_release_name(&minor, &s.user);
	gss_delete_sec_context(&minor, &s.context, GSS_C_NO_BUFFER);
	return r;
}

static const char *value(const char *arg, const char *name)
{
	size_t len = strlen(name);

	return strncmp(arg, name, len) == 0 ? arg + len : NULL;
}

static void read_option(struct options *o, const char *arg)
{
	const struct {
		const char *name;
		const char **to;
	} texts[] = { { "--user=", &o->user },
		      { "--spn=", &o->kerberos.spn },
		      { "--keytab=", &o->kerberos.keytab },
		      { "--ccache=", &o->kerberos.ccache },
		      { "--bind=", &o->bind },
		      { "--accept-bind=", &o->accept_bind } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (value(arg, texts[i].name))
			*texts[i].to = value(arg, texts[i].name);
	o->spnego |= strcmp(arg, "--spnego") == 0;
	o->repeat |= strcmp(arg, "--repeat") == 0;
	o->kerberos.delegate |= strcmp(arg, "--delegate") == 0;
	if (arg[0] != '-')
		o->host = arg;
}

int main(int argc, char **argv)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct options o = { .host = "localhost" };

	for (int i = 1; i < argc; i++)
		read_option(&o, argv[i]);
	if (run(&o, &err) == 0)
		return 0;
	printf("error %s %s\n", err.flags & WINCH_ERROR_REFUSED ? "refused" : "-",
	       winch_error_text(&err));
	return 1;
}
