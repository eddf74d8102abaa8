/*
 * doctor-kerberos.c - would Kerberos work, as far as a KDC says so without a password?
 */
#include "src/cli/doctor.h"

#include <string.h>

/* Does this --auth take Kerberos at all, and may it for this host and user? */
static const char *not_used(const struct doctor *d)
{
	const struct connection *c = &d->connection;

	if (c->auth != WINCH_AUTH_NEGOTIATE && c->auth != WINCH_AUTH_KERBEROS)
		return "--auth takes another mechanism";
	if (!connection_kerberos_can_name(c))
		return "an address has no ticket: name the host, or see --spn";
	if (c->attempt.user && strchr(c->attempt.user, '\\') &&
	    !credential_of_domain(c->attempt.user, c->target.host))
		return "the user is the host's own";
	return NULL;
}

/* With a password Negotiate has NTLM in its place; but not where a KDC has refused the account. */
static bool is_needed(const struct doctor *d, const winch_kerberos_look *look)
{
	const struct connection *c = &d->connection;

	return c->auth == WINCH_AUTH_KERBEROS || !c->credential ||
	       (look->flags & WINCH_ERROR_REFUSED);
}

static void put_facts(struct finding *f, const winch_kerberos_look *look)
{
	AUTO(free_auto) char *end = look->ticket_end ? doctor_time(look->ticket_end) : NULL;

	fact_text(&f->facts, "realm", look->default_realm);
	fact_text(&f->facts, "host_realm", look->host_realm);
	fact_text(&f->facts, "client", look->client);
	fact_text(&f->facts, "service", look->service);
	if (end)
		fact_text(&f->facts, "end", end);
}

static bool tell_failure(struct doctor *d, const winch_kerberos_look *look)
{
	winch_error err = WINCH_ERROR_INIT;

	err.status = look->status;
	err.reason = look->reason;
	err.text = (char *)(uintptr_t)look->why;
	struct finding *f = find(d, doctor_meaning(&d->connection, &err));
	fact_why(&f->facts, &err);
	put_facts(f, look);
	if (!is_needed(d, look)) {
		f->result = FINDING_NOTE;
		return true;
	}
	doctor_fails(d, status_of(&err));
	return false;
}

bool doctor_kerberos(struct doctor *d)
{
	const char *why = not_used(d);
	winch_session_options options;
	winch_kerberos_look *look = NULL;
	bool goes_on = true;

	if (why) {
		find_skipped(d, "kerberos", why);
		return true;
	}
	connection_options(&d->connection, &options);
	if (winch_look_at_kerberos(&options, &look, NULL) < 0)
		return true;
	if (look->status == WINCH_E_UNSUPPORTED && d->connection.auth == WINCH_AUTH_NEGOTIATE)
		find_skipped(d, "kerberos", look->why);
	else if (look->status)
		goes_on = tell_failure(d, look);
	else
		put_facts(find(d, look->by_ticket ? FIND_TICKET_OK : FIND_KDC_OK), look);
	winch_kerberos_look_free(look);
	return goes_on;
}
