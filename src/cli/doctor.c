/*
 * doctor.c - the order of the checks, and when it is in vain to go on.
 *
 * First what needs no credential; then one session, with one credential, by one mechanism: nothing
 * is tried a second time, for each refusal counts towards a lock-out.
 */
#include "src/cli/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/targets.h"

struct finding *find(struct doctor *d, enum finding_id id)
{
	d->findings = must_realloc(d->findings, (d->count + 1) * sizeof(*d->findings));
	struct finding *f = &d->findings[d->count++];
	*f = (struct finding){ .id = id, .result = finding_table[id].result };
	return f;
}

void find_skipped(struct doctor *d, const char *check, const char *why)
{
	struct finding *f = find(d, FIND_SKIPPED);

	fact_text(&f->facts, "check", check);
	fact_text(&f->facts, "why", why);
}

void find_refused(struct doctor *d, const char *check, const char *said)
{
	struct finding *f = find(d, FIND_SKIPPED);

	fact_text(&f->facts, "check", check);
	fact_said(&f->facts, "why", said, SAID_TEXT);
}

void doctor_fails(struct doctor *d, int status)
{
	if (!d->status)
		d->status = status;
}

static int read_format(struct doctor *d)
{
	const char *format = options_get(d->options, OPTION_OUTPUT);

	d->json = format && strcmp(format, "ndjson") == 0;
	return !format || d->json || strcmp(format, "text") == 0
		       ? 0
		       : refuse("-o %s: not one of text, ndjson", format);
}

static int read_target(struct doctor *d, const struct targets *t)
{
	if (t->count != 1 || t->any_file || t->script_stdin || d->options->argument_count)
		return refuse("doctor looks at one TARGET at a time: winch doctor TARGET");
	return connection_read(&d->connection, d->options, &d->config, &t->lines[0]);
}

static void take_facts(struct doctor *d)
{
	const struct connection *c = &d->connection;
	const char *configuration = options_get(&c->options, OPTION_CONFIGURATION);
	const char *name = options_get(&c->options, OPTION_TLS_NAME);

	fact_text(&d->facts, "host", c->target.host);
	fact_number(&d->facts, "port", target_port(&c->target));
	fact_text(&d->facts, "url", c->url);
	fact_text(&d->facts, "scheme", c->target.tls ? "https" : "http");
	fact_text(&d->facts, "path", c->target.path ? c->target.path : "/wsman");
	fact_text(&d->facts, "auth", c->attempt.auth);
	fact_text(&d->facts, "name", name ? name : c->target.host);
	fact_text(&d->facts, "configuration",
		  configuration ? configuration : "Microsoft.PowerShell");
	fact_text(&d->facts, "jump", c->jump.to ? c->jump.to : "");
	fact_text(&d->facts, "way", c->proxy.url ? c->proxy.url : c->jump.to ? c->jump.to : "");
}

/* What is local; all that can be wrong with it ends the program with its own words. */
static int prepare(struct doctor *d, struct targets *targets)
{
	int status = read_format(d);

	if (status == 0)
		status = targets_read(targets, d->options);
	if (status == 0)
		status = config_read(&d->config);
	if (status == 0)
		status = read_target(d, targets);
	if (status == 0 && connection_asks_known_hosts(&d->connection))
		status = known_hosts_read(&d->known);
	if (status == 0)
		status = log_open(&d->log, &d->connection.options);
	if (status == 0)
		take_facts(d);
	return status;
}

static void skip_rest(struct doctor *d, const char *why)
{
	find_skipped(d, "auth", why);
	find_skipped(d, "session", why);
}

/* The user and the secret; where there is none, all else was worth its while. */
static bool ask(struct doctor *d)
{
	struct connection *c = &d->connection;
	int status = connection_ask(c, &d->answers, 0);

	password_forget();
	if (status) {
		doctor_fails(d, status);
		doctor_kerberos(d); /* why there is no ticket either */
		skip_rest(d, "there is no user or no password");
		return false;
	}
	const char *user = c->attempt.user  ? c->attempt.user
			   : c->certificate ? winch_certificate_subject(c->certificate)
					    : "";
	fact_text(&d->facts, "user", user);
	if (c->target.tls && d->known.path)
		connection_trust(c, &d->known);
	return true;
}

/* run works here: what else was found is no problem then. */
static void relax(struct doctor *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->findings[i].result == FINDING_PROBLEM)
			d->findings[i].result = FINDING_NOTE;
}

static void examine(struct doctor *d)
{
	if (!doctor_name(d) || !doctor_look(d)) {
		skip_rest(d, "what comes before it fails");
		return;
	}
	if (!ask(d))
		return;
	if (!doctor_kerberos(d)) {
		skip_rest(d, "what comes before it fails");
		return;
	}
	if (doctor_session(d))
		relax(d);
}

static void doctor_done(struct doctor *d, struct targets *targets)
{
	for (size_t i = 0; i < d->count; i++)
		facts_done(&d->findings[i].facts);
	free(d->findings);
	facts_done(&d->facts);
	winch_look_free(d->look);
	connection_done(&d->connection);
	answers_done(&d->answers);
	known_hosts_done(&d->known);
	config_done(&d->config);
	targets_done(targets);
	log_close(&d->log);
}

int doctor_command(const struct options *o)
{
	struct doctor d = { .options = o, .log = { .file = -1, .trace = -1 } };
	struct targets targets = { 0 };

	int status = prepare(&d, &targets);
	if (status == 0) {
		examine(&d);
		status = d.status == STATUS_INTERRUPTED ? d.status : doctor_report(&d);
		status = status ? status : d.status;
	}
	doctor_done(&d, &targets);
	return status;
}
