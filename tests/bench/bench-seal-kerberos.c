/*
 * bench-seal-kerberos.c - sealing by our Kerberos against MIT's own calls, in one process.
 */
#include <gssapi/gssapi_ext.h>
#include <stdio.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/random.h"
#include "tests/bench/bench-seal.h"
#include "wsman/auth/auth.h"

enum { MAX_TOKEN = 256 * 1024, MAX_ADDED = 256 };

struct kerberos_bench {
	struct auth *ours;
	gss_ctx_id_t theirs; /* the acceptor's end of the same context */
	struct buf header, data, plain;
};

static void accept_first(struct kerberos_bench *b, struct bytes token, struct buf *ret_answer)
{
	gss_buffer_desc given = { token.len, (void *)(uintptr_t)token.data }, made = { 0, NULL };
	OM_uint32 minor;

	OM_uint32 major = gss_accept_sec_context(&minor, &b->theirs, GSS_C_NO_CREDENTIAL, &given,
						 GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL, &made, NULL,
						 NULL, NULL);
	if (major != GSS_S_COMPLETE || buf_put(ret_answer, bytes_of(made.value, made.length), NULL))
		bench_stop("the acceptor refuses the ticket");
	gss_release_buffer(&minor, &made);
}

static void handshake(struct kerberos_bench *b, const struct auth_world *world)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };
	AUTO(buf_done) struct buf answer = { .max = MAX_TOKEN };
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	b->ours = auth_kerberos_new(world, &err);
	if (!b->ours || b->ours->class->step(b->ours, (struct bytes){ 0 }, &token, &err) < 0)
		bench_stop(winch_error_text(&err));
	accept_first(b, buf_bytes(&token), &answer);
	buf_clear(&token);
	if (b->ours->class->step(b->ours, buf_bytes(&answer), &token, &err) != AUTH_DONE)
		bench_stop(winch_error_text(&err));
}

static void seal_ours(void *user)
{
	struct kerberos_bench *b = user;

	buf_clear(&b->header);
	buf_clear(&b->data);
	if (b->ours->class->seal(b->ours, bench_plain(), &b->header, &b->data, NULL) < 0)
		bench_stop("seal");
}

/* Into b->data: the bytes have to be copied here, too, for GSSAPI seals them where they are. */
static void wrap(struct kerberos_bench *b, gss_iov_buffer_desc parts[3])
{
	struct bytes plain = bench_plain();
	OM_uint32 minor;
	int sealed;

	buf_clear(&b->data);
	if (buf_put(&b->data, plain, NULL) < 0)
		bench_stop("no memory");
	parts[0] = (gss_iov_buffer_desc){ GSS_IOV_BUFFER_TYPE_HEADER | GSS_IOV_BUFFER_FLAG_ALLOCATE,
					  { 0, NULL } };
	parts[1] = (gss_iov_buffer_desc){ GSS_IOV_BUFFER_TYPE_DATA,
					  { plain.len, b->data.data + b->data.start } };
	parts[2] =
		(gss_iov_buffer_desc){ GSS_IOV_BUFFER_TYPE_PADDING | GSS_IOV_BUFFER_FLAG_ALLOCATE,
				       { 0, NULL } };
	if (gss_wrap_iov(&minor, b->theirs, 1, GSS_C_QOP_DEFAULT, &sealed, parts, 3))
		bench_stop("gss_wrap_iov");
}

static void seal_theirs(void *user)
{
	gss_iov_buffer_desc parts[3];
	OM_uint32 minor;

	wrap(user, parts);
	gss_release_iov_buffer(&minor, parts, 3);
}

/* What the acceptor seals we open, and the other way round: one of each in both. */
static void both_ours(void *user)
{
	struct kerberos_bench *b = user;
	gss_iov_buffer_desc parts[3];
	OM_uint32 minor;

	wrap(b, parts);
	buf_clear(&b->plain);
	if (b->ours->class->unseal(b->ours, bytes_of(parts[0].buffer.value, parts[0].buffer.length),
				   buf_bytes(&b->data), &b->plain, NULL) < 0)
		bench_stop("unseal");
	gss_release_iov_buffer(&minor, parts, 3);
}

static void both_theirs(void *user)
{
	struct kerberos_bench *b = user;
	OM_uint32 minor;
	int sealed;

	seal_ours(user);
	buf_clear(&b->plain);
	if (buf_put(&b->plain, buf_bytes(&b->data), NULL) < 0)
		bench_stop("no memory");
	gss_iov_buffer_desc parts[3] = {
		{ GSS_IOV_BUFFER_TYPE_HEADER, { b->header.len, b->header.data + b->header.start } },
		{ GSS_IOV_BUFFER_TYPE_DATA, { b->plain.len, b->plain.data + b->plain.start } },
		{ GSS_IOV_BUFFER_TYPE_PADDING, { 0, NULL } },
	};
	if (gss_unwrap_iov(&minor, b->theirs, &sealed, NULL, parts, 3) != GSS_S_COMPLETE)
		bench_stop("gss_unwrap_iov");
}

/* Each compares on a context of its own: what is sealed and not opened would be missed. */
static void one(const char *what, const struct auth_world *world, bench_fn *ours, bench_fn *theirs)
{
	size_t max = bench_plain().len + MAX_ADDED;
	struct kerberos_bench b = { .header.max = MAX_ADDED, .data.max = max, .plain.max = max };
	OM_uint32 minor;

	handshake(&b, world);
	bench_compare(what, ours, theirs, &b);
	auth_free(b.ours);
	gss_delete_sec_context(&minor, &b.theirs, GSS_C_NO_BUFFER);
	buf_done(&b.header);
	buf_done(&b.data);
	buf_done(&b.plain);
}

void bench_seal_kerberos(const char *host)
{
	struct auth_kerberos how = { 0 };
	const struct auth_world world = { .target_name = bytes_str(host),
					  .must_seal = true,
					  .kerberos = &how,
					  .random = random_bytes };

	one("Kerberos seal", &world, seal_ours, seal_theirs);
	one("Kerberos both ways", &world, both_ours, both_theirs);
}
