/*
 * doctor-tls.c - would run take this certificate, and what is wrong with it in any case?
 */
#include "src/cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SOON_S = 14 * 24 * 3600, LEAST_RSA_BITS = 2048 };

static void put_facts(struct finding *f, const winch_tls_look *tls)
{
	AUTO(free_auto) char *pin = pin_text(tls->sha256);
	AUTO(free_auto) char *from = doctor_time(tls->not_before);
	AUTO(free_auto) char *until = doctor_time(tls->not_after);
	AUTO(free_auto) char *now = doctor_time((int64_t)time(NULL));

	fact_text(&f->facts, "pin", pin);
	fact_text(&f->facts, "version", tls->version);
	fact_said(&f->facts, "subject", tls->subject, SAID_NAME);
	fact_said(&f->facts, "issuer", tls->issuer, SAID_NAME);
	fact_said(&f->facts, "names", tls->names, SAID_NAME);
	fact_text(&f->facts, "from", from);
	fact_text(&f->facts, "until", until);
	fact_text(&f->facts, "now", now);
	fact_text(&f->facts, "key", tls->key);
	fact_number(&f->facts, "bits", tls->key_bits);
	fact_said(&f->facts, "signature", tls->signature, SAID_NAME);
}

static struct finding *find_tls(struct doctor *d, enum finding_id id, const winch_tls_look *tls)
{
	struct finding *f = find(d, id);

	put_facts(f, tls);
	return f;
}

/* All that is wrong, each for itself; OpenSSL says the first thing only. */
static void find_faults(struct doctor *d, const winch_tls_look *tls)
{
	int64_t now = (int64_t)time(NULL);
	size_t before = d->count;

	if (tls->not_after <= now)
		find_tls(d, FIND_CERT_EXPIRED, tls);
	if (tls->not_before > now)
		find_tls(d, FIND_CERT_NOT_YET, tls);
	if (!tls->name_matches)
		find_tls(d, FIND_CERT_NAME, tls);
	if (tls->verdict != WINCH_TRUSTED && tls->self_signed)
		find_tls(d, FIND_CERT_SELF_SIGNED, tls);
	else if (tls->verdict == WINCH_OUT_OF_DATE && d->count == before)
		fact_text(&find_tls(d, FIND_CERT_AUTHORITY_DATE, tls)->facts, "why", tls->why);
	else if (tls->verdict == WINCH_UNKNOWN_AUTHORITY)
		fact_text(&find_tls(d, FIND_CERT_AUTHORITY, tls)->facts, "why", tls->why);
	if (strcmp(tls->key, "RSA") == 0 && tls->key_bits < LEAST_RSA_BITS)
		find_tls(d, FIND_CERT_KEY, tls);
	if (tls->weak_signature)
		find_tls(d, FIND_CERT_SIGNATURE, tls);
	if (tls->verdict != WINCH_TRUSTED && d->count == before)
		fact_text(&find_tls(d, FIND_CERT_OTHER, tls)->facts, "why", tls->why);
	if (tls->not_after > now && tls->not_after - now < SOON_S)
		find_tls(d, FIND_CERT_SOON, tls);
}

/* NULL: it is refused; else why it is not. */
static const char *accepted(struct doctor *d, const winch_tls_look *tls)
{
	struct connection *c = &d->connection;
	const winch_host_certificate host = { .size = sizeof(host),
					      .why = tls->why,
					      .sha256 = tls->sha256 };

	if (c->has_pin)
		return memcmp(c->pin, tls->sha256, sizeof(c->pin)) == 0 ? "by --pin" : NULL;
	if (connection_is_insecure(c))
		return "by --insecure, unseen";
	if (tls->verdict == WINCH_TRUSTED)
		return "";
	struct trust trust = { &d->known, c->target.host, target_port(&c->target), false, NULL };
	if (trust_certificate(&trust, &host) == 1)
		return "as known host";
	if (trust.refusal) {
		fact_text(&find_tls(d, FIND_CERT_CHANGED, tls)->facts, "why", trust.refusal);
		trust_done(&trust);
		return NULL;
	}
	return options_has(&c->options, OPTION_ACCEPT_NEW) ? "by --accept-new" : NULL;
}

bool doctor_tls(struct doctor *d, const winch_tls_look *tls)
{
	const char *because = accepted(d, tls);

	if (because) {
		bool trusted = !*because;
		struct finding *f = find_tls(d, trusted ? FIND_CERT_OK : FIND_CERT_ACCEPTED, tls);
		fact_text(&f->facts, "because", because);
	} else {
		doctor_fails(d, STATUS_CONNECT);
		if (d->connection.has_pin)
			find_tls(d, FIND_CERT_NOT_PINNED, tls);
	}
	size_t at = d->count;
	find_faults(d, tls);
	/* They are no problem where it is accepted all the same, or a pin alone decides. */
	for (; (because || d->connection.has_pin) && at < d->count; at++)
		d->findings[at].result = FINDING_NOTE;
	return because != NULL;
}
