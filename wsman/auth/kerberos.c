/*
 * kerberos.c - Kerberos as a client: the tokens and seals of RFC 4121, by GSSAPI (MIT's).
 *
 * Always with mutual authentication, replay and sequence detection.  kerberos-ticket.c gets the
 * ticket; that and the first token are the work that may block.
 */
#include "wsman/auth/kerberos.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/auth/kerberos-ticket.h"

enum {
	MAX_TOKEN = 128 * 1024,
	WANTED = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG |
		 GSS_C_INTEG_FLAG,
};

/* What is expected next: the ticket, the first token, the server's answer to it. */
enum stage { BEGIN, HAS_TICKET, HAS_TOKEN, WANTS_ANSWER, READY };

struct kerberos {
	struct auth auth;
	enum stage stage;
	struct ticket_wish wish;
	struct buf binding; /* as it was when the work began */
	/* What the work made. */
	struct buf first;
	winch_error why;
	struct ticket ticket;
	gss_cred_id_t credential;
	gss_name_t target;
	gss_ctx_id_t context;
};

static struct kerberos *self(struct auth *a)
{
	return (struct kerberos *)(void *)a;
}

/* libkrb5 has the exact code. */
static bool is_libkrb5s(OM_uint32 major, OM_uint32 minor)
{
	return GSS_ROUTINE_ERROR(major) == GSS_S_FAILURE && minor;
}

static int gss_fail(struct kerberos *k, const char *what, OM_uint32 major, OM_uint32 minor,
		    winch_error *err)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 ignored, more = 0;

	if (is_libkrb5s(major, minor))
		return ticket_fail(&k->ticket, &k->wish, (krb5_error_code)minor, err);
	gss_display_status(&ignored, major, GSS_C_GSS_CODE, GSS_C_NO_OID, &more, &text);
	fail(err, WINCH_E_AUTH, "%s: %.*s", what, (int)text.length, (const char *)text.value);
	gss_release_buffer(&ignored, &text);
	return WINCH_E_AUTH;
}

static int take(gss_buffer_desc *made, struct buf *out, winch_error *err)
{
	OM_uint32 minor;
	int r = buf_put(out, bytes_of(made->value, made->length), err);

	gss_release_buffer(&minor, made);
	return r;
}

/* GSSAPI's credential and name out of the ticket's. */
static int import(struct kerberos *k, winch_error *err)
{
	gss_buffer_desc name = { strlen(k->ticket.service_name), k->ticket.service_name };
	OM_uint32 minor;

	OM_uint32 major = gss_krb5_import_cred(&minor, k->ticket.cache, NULL, NULL, &k->credential);
	if (GSS_ERROR(major))
		return gss_fail(k, "the ticket cache can't be used", major, minor, err);
	major = gss_import_name(&minor, &name, GSS_KRB5_NT_PRINCIPAL_NAME, &k->target);
	return GSS_ERROR(major) ? gss_fail(k, "the service's name", major, minor, err) : 0;
}

/* Without these the context is no use; where delegation was asked for, it must be had. */
static int check_flags(const struct kerberos *k, OM_uint32 flags, winch_error *err)
{
	if (k->wish.delegate && !(flags & GSS_C_DELEG_FLAG))
		return fail(err, WINCH_E_AUTH,
			    "the ticket can't be delegated: it must be forwardable (kinit -f), and "
			    "the domain must allow it");
	if ((flags & WANTED) != WANTED)
		return fail(err, WINCH_E_AUTH, "the Kerberos context can't seal");
	return 0;
}

static int init_context(struct kerberos *k, struct bytes in, struct buf *out, winch_error *err)
{
	struct bytes binding = buf_bytes(&k->binding);
	struct gss_channel_bindings_struct bound = {
		.application_data = { binding.len, (void *)(uintptr_t)binding.data },
	};
	gss_buffer_desc given = { in.len, (void *)(uintptr_t)in.data };
	gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor, flags = 0, wanted = WANTED;

	if (k->wish.delegate)
		wanted |= GSS_C_DELEG_FLAG;
	OM_uint32 major = gss_init_sec_context(&minor, k->credential, &k->context, k->target,
					       (gss_OID)gss_mech_krb5, wanted, 0,
					       binding.len ? &bound : GSS_C_NO_CHANNEL_BINDINGS,
					       in.len ? &given : NULL, NULL, &made, &flags, NULL);
	if (GSS_ERROR(major)) {
		OM_uint32 ignored;
		gss_release_buffer(&ignored, &made);
		return in.len && is_libkrb5s(major, minor)
			       ? ticket_answer_fail(&k->ticket, (krb5_error_code)minor, err)
			       : gss_fail(k, "the server's token", major, minor, err);
	}
	int r = take(&made, out, err);
	if (r == 0)
		r = check_flags(k, flags, err);
	return r < 0 ? r : major == GSS_S_COMPLETE ? AUTH_DONE : AUTH_MORE;
}

static int get_ticket(struct kerberos *k, winch_error *err)
{
	int r = ticket_get(&k->ticket, &k->wish, err);

	return r < 0 ? r : import(k, err);
}

static int make_first(struct kerberos *k, winch_error *err)
{
	int r = init_context(k, (struct bytes){ 0 }, &k->first, err);

	return r == AUTH_DONE ? fail(err, WINCH_E_AUTH, "Kerberos without mutual authentication")
			      : r;
}

/* A ticket is had from a KDC; so is one to forward, when the first token is made. */
static bool has_work(struct auth *a)
{
	struct kerberos *k = self(a);

	if (k->why.status)
		return false;
	if (k->stage == BEGIN)
		return true;
	if (k->stage != HAS_TICKET || !k->wish.delegate || !a->world->channel_stands)
		return false;
	buf_clear(&k->binding);
	return buf_put(&k->binding, a->world->channel_binding, &k->why) == 0;
}

static void work(struct auth *a)
{
	struct kerberos *k = self(a);
	bool begins = k->stage == BEGIN;

	int r = begins ? get_ticket(k, &k->why) : make_first(k, &k->why);
	if (r < 0 && !k->why.status)
		fail_nomem(&k->why);
	k->stage = begins ? HAS_TICKET : HAS_TOKEN;
}

static bool binds_first(const struct auth *a)
{
	return !((const struct kerberos *)(const void *)a)->why.status;
}

/* The first token, whatever of the work is left to do. */
static int begin(struct kerberos *k, struct buf *out, winch_error *err)
{
	if (k->stage == BEGIN)
		work(&k->auth);
	if (k->stage == HAS_TICKET && !k->why.status) {
		buf_clear(&k->binding);
		buf_put(&k->binding, k->auth.world->channel_binding, &k->why);
		if (!k->why.status)
			work(&k->auth);
	}
	if (k->why.status)
		return fail_again(err, &k->why);
	k->stage = WANTS_ANSWER;
	int r = buf_put(out, buf_bytes(&k->first), err);
	return r < 0 ? r : AUTH_MORE;
}

static int step(struct auth *a, struct bytes in, struct buf *out, winch_error *err)
{
	struct kerberos *k = self(a);

	if (in.len > MAX_TOKEN)
		return fail(err, WINCH_E_LIMIT, "the server's token is longer than %d bytes",
			    MAX_TOKEN);
	if (k->stage < WANTS_ANSWER)
		return begin(k, out, err);
	if (k->stage == READY)
		return fail(err, WINCH_E_AUTH, "the server went on after the handshake");
	if (!in.len)
		return fail(err, WINCH_E_AUTH, "the server did not show that it has the key of %s",
			    k->ticket.service_name);
	int r = init_context(k, in, out, err);
	if (r == AUTH_DONE)
		k->stage = READY;
	return r;
}

/* Header and padding are told apart by GSSAPI; without a trailer the checksum is in the header,
 * as Windows has it (RFC 4121 4.2.5: rotated). */
static int seal(struct auth *a, struct bytes plain, struct buf *header, struct buf *data,
		winch_error *err)
{
	struct kerberos *k = self(a);
	OM_uint32 minor, ignored;
	int sealed = 0;

	uint8_t *at = buf_room(data, plain.len, err);
	if (!at)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	if (plain.len)
		memcpy(at, plain.data, plain.len);
	gss_iov_buffer_desc parts[3] = {
		{ GSS_IOV_BUFFER_TYPE_HEADER | GSS_IOV_BUFFER_FLAG_ALLOCATE, { 0, NULL } },
		{ GSS_IOV_BUFFER_TYPE_DATA, { plain.len, at } },
		{ GSS_IOV_BUFFER_TYPE_PADDING | GSS_IOV_BUFFER_FLAG_ALLOCATE, { 0, NULL } },
	};
	OM_uint32 major = gss_wrap_iov(&minor, k->context, 1, GSS_C_QOP_DEFAULT, &sealed, parts, 3);
	int r = 0;
	if (GSS_ERROR(major))
		r = gss_fail(k, "sealing", major, minor, err);
	else if (!sealed)
		r = fail(err, WINCH_E_AUTH, "Kerberos does not seal");
	if (r == 0) {
		buf_added(data, plain.len);
		r = buf_put(data, bytes_of(parts[2].buffer.value, parts[2].buffer.length), err);
	}
	if (r == 0)
		r = buf_put(header, bytes_of(parts[0].buffer.value, parts[0].buffer.length), err);
	gss_release_iov_buffer(&ignored, parts, 3);
	return r;
}

static int unseal(struct auth *a, struct bytes header, struct bytes data, struct buf *out,
		  winch_error *err)
{
	struct kerberos *k = self(a);
	AUTO(buf_done) struct buf head = { .max = header.len };
	OM_uint32 minor;
	int sealed = 0;

	if (!header.len)
		return fail(err, WINCH_E_PROTOCOL, "a seal without a Kerberos header");
	int r = buf_put(&head, header, err);
	uint8_t *at = r == 0 ? buf_room(out, data.len, err) : NULL;
	if (!at)
		return err && err->status ? err->status : WINCH_E_NOMEM;
	if (data.len)
		memcpy(at, data.data, data.len);
	gss_iov_buffer_desc parts[3] = {
		{ GSS_IOV_BUFFER_TYPE_HEADER, { header.len, head.data + head.start } },
		{ GSS_IOV_BUFFER_TYPE_DATA, { data.len, at } },
		{ GSS_IOV_BUFFER_TYPE_PADDING, { 0, NULL } },
	};
	OM_uint32 major = gss_unwrap_iov(&minor, k->context, &sealed, NULL, parts, 3);
	/* A repeated, late or skipped message is not an error of GSSAPI's, but of ours. */
	if (major != GSS_S_COMPLETE)
		return fail(err, WINCH_E_PROTOCOL,
			    GSS_ERROR(major) ? "the Kerberos seal is broken"
					     : "a sealed message out of its order");
	if (!sealed || parts[1].buffer.length > data.len)
		return fail(err, WINCH_E_PROTOCOL, "a message that is signed, but not sealed");
	memmove(at, parts[1].buffer.value, parts[1].buffer.length);
	buf_added(out, parts[1].buffer.length);
	return 0;
}

/* Header, data and checksum in one run, perhaps rotated: which byte is what, GSSAPI finds out. */
int kerberos_open(struct auth *a, struct bytes sealed, struct buf *out, winch_error *err)
{
	gss_buffer_desc given = { sealed.len, (void *)(uintptr_t)sealed.data };
	gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;
	int is_sealed = 0, r;

	OM_uint32 major = gss_unwrap(&minor, self(a)->context, &given, &made, &is_sealed, NULL);
	if (major != GSS_S_COMPLETE)
		r = fail(err, WINCH_E_PROTOCOL,
			 GSS_ERROR(major) ? "the Kerberos seal is broken"
					  : "a sealed message out of its order");
	else if (!is_sealed)
		r = fail(err, WINCH_E_PROTOCOL, "a message that is signed, but not sealed");
	else
		r = buf_put(out, bytes_of(made.value, made.length), err);
	gss_release_buffer(&minor, &made);
	return r;
}

int kerberos_mic_make(struct auth *a, struct bytes text, struct buf *out, winch_error *err)
{
	gss_buffer_desc given = { text.len, (void *)(uintptr_t)text.data };
	gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;

	OM_uint32 major = gss_get_mic(&minor, self(a)->context, GSS_C_QOP_DEFAULT, &given, &made);
	if (GSS_ERROR(major))
		return gss_fail(self(a), "the mechListMIC", major, minor, err);
	return take(&made, out, err);
}

int kerberos_mic_check(struct auth *a, struct bytes text, struct bytes mic, winch_error *err)
{
	gss_buffer_desc given = { text.len, (void *)(uintptr_t)text.data };
	gss_buffer_desc theirs = { mic.len, (void *)(uintptr_t)mic.data };
	OM_uint32 minor;

	if (gss_verify_mic(&minor, self(a)->context, &given, &theirs, NULL) != GSS_S_COMPLETE)
		return fail(err, WINCH_E_AUTH,
			    "the server's mechListMIC is wrong: the list of "
			    "mechanisms was changed on the way");
	return 0;
}

static void kerberos_free(struct auth *a)
{
	struct kerberos *k = self(a);
	OM_uint32 minor;

	gss_delete_sec_context(&minor, &k->context, GSS_C_NO_BUFFER);
	gss_release_name(&minor, &k->target);
	gss_release_cred(&minor, &k->credential);
	ticket_done(&k->ticket);
	ticket_wish_done(&k->wish);
	buf_done(&k->binding);
	buf_done(&k->first);
	winch_error_done(&k->why);
	mem_free(k);
}

static const struct auth_sealing kerberos_sealing = {
	.protocol = "application/HTTP-Kerberos-session-encrypted",
	.max_part = 0,
	.overhead = 256, /* 60 with AES; DES3 and RC4 pad */
};

static const struct auth_class kerberos_class = {
	.name = "kerberos",
	.scheme = "Kerberos",
	.step = step,
	.seal = seal,
	.unseal = unseal,
	.sealing = &kerberos_sealing,
	.has_work = has_work,
	.work = work,
	.binds_first = binds_first,
	.free = kerberos_free,
};

static int copy(char **ret, struct bytes text, winch_error *err)
{
	if (!text.len)
		return 0;
	*ret = mem_strndup((const char *)text.data, text.len);
	return *ret ? 0 : fail_nomem(err);
}

static int copy_password(struct ticket_wish *w, struct bytes password, winch_error *err)
{
	if (!password.data)
		return 0;
	if (password.len && memchr(password.data, '\0', password.len))
		return fail(err, WINCH_E_ARG, "a Kerberos password can't have U+0000");
	int r = secret_alloc(&w->password, password.len + 1, err);
	if (r == 0 && password.len)
		memcpy(w->password.data, password.data, password.len);
	return r;
}

int kerberos_copy_wish(struct ticket_wish *w, const struct auth_world *world, winch_error *err)
{
	const struct credential *c = world->credential;
	const struct auth_kerberos *k = world->kerberos;

	int r = copy(&w->host, world->target_name, err);
	for (char *at = w->host; at && *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	if (r == 0 && c)
		r = copy(&w->user, buf_bytes(&c->user), err);
	if (r == 0 && c)
		r = copy(&w->domain, buf_bytes(&c->domain), err);
	if (r == 0 && c)
		r = copy_password(w, secret_bytes(&c->password), err);
	if (r < 0 || !k)
		return r;
	w->delegate = k->delegate;
	if (k->spn)
		r = copy(&w->spn, bytes_str(k->spn), err);
	if (r == 0 && k->keytab)
		r = copy(&w->keytab, bytes_str(k->keytab), err);
	if (r == 0 && k->ccache)
		r = copy(&w->ccache, bytes_str(k->ccache), err);
	return r;
}

struct auth *auth_kerberos_new(const struct auth_world *world, winch_error *err)
{
	struct kerberos *k = mem_zalloc(sizeof(*k));

	if (!k) {
		fail_nomem(err);
		return NULL;
	}
	k->auth = (struct auth){ &kerberos_class, world };
	k->binding.max = k->first.max = MAX_TOKEN;
	k->why = (winch_error)WINCH_ERROR_INIT;
	if (kerberos_copy_wish(&k->wish, world, err) < 0) {
		kerberos_free(&k->auth);
		return NULL;
	}
	return &k->auth;
}

bool auth_has_kerberos(void)
{
	return true;
}

int auth_ticket_user(const char *ccache, struct buf *out, winch_error *err)
{
	return ticket_user(ccache, out, err);
}
