/*
 * kerberos-look.c - winch_look_at_kerberos(): what Kerberos has for a user and a host.
 */
#include <winch/look.h>

#include <string.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/session/session-http.h"

struct own_look {
	winch_kerberos_look look;
	struct auth_kerberos_look from;
	char *host; /* of the URL */
};

void winch_kerberos_look_free(winch_kerberos_look *look)
{
	/* The first member of its struct own_look. */
	struct own_look *own = (struct own_look *)(void *)look;

	if (!own)
		return;
	auth_kerberos_look_done(&own->from);
	mem_free(own->host);
	mem_free(own);
}

/* "[::1]:5985" is ::1, "web1:5985" web1. */
static char *host_of(const char *url)
{
	const char *at = strstr(url, "://");

	at = at ? at + 3 : url;
	if (*at == '[')
		return mem_strndup(at + 1, strcspn(at + 1, "]/"));
	return mem_strndup(at, strcspn(at, ":/"));
}

static const char *text_of(struct buf *b)
{
	const char *text = b->len ? buf_cstr(b, NULL) : "";

	return text ? text : "";
}

static void fill(struct own_look *own)
{
	struct auth_kerberos_look *from = &own->from;

	own->look = (winch_kerberos_look){
		.size = sizeof(own->look),
		.status = from->why.status,
		.reason = from->why.reason,
		.flags = from->why.flags,
		.why = from->why.status ? winch_error_text(&from->why) : "",
		.default_realm = text_of(&from->default_realm),
		.host_realm = text_of(&from->host_realm),
		.client = text_of(&from->client),
		.service = text_of(&from->service),
		.by_ticket = from->by_ticket,
		.ticket_end = from->ticket_end,
	};
}

static int look(struct own_look *own, const winch_session_options *opts, winch_error *err)
{
	AUTO(credential_done) struct credential credential = { 0 };
	struct auth_kerberos kerberos;

	own->host = host_of(opts->url);
	if (!own->host)
		return fail_nomem(err);
	int r = session_names(opts, &credential, &kerberos, err);
	if (r < 0)
		return r;
	const struct auth_world world = {
		.credential = opts->user ? &credential : NULL,
		.target_name = bytes_str(own->host),
		.kerberos = &kerberos,
	};
	auth_kerberos_look(&world, opts->password || opts->keytab, &own->from);
	fill(own);
	return own->look.status == WINCH_E_NOMEM ? fail_nomem(err) : 0;
}

int winch_look_at_kerberos(const winch_session_options *opts, winch_kerberos_look **ret_look,
			   winch_error *err)
{
	winch_session_options known;

	int r = session_look_options(&known, opts, err);
	if (r < 0)
		return r;
	struct own_look *own = mem_zalloc(sizeof(*own));
	if (!own)
		return fail_nomem(err);
	r = look(own, &known, err);
	if (r < 0) {
		winch_kerberos_look_free(&own->look);
		return r;
	}
	*ret_look = &own->look;
	return 0;
}
