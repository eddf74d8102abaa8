/*
 * doctor-look.c - one look without a credential: is it WinRM, and what does it offer?
 */
#include "src/cli/doctor.h"

#include <string.h>
#include <time.h>

enum { KERBEROS_SKEW_S = 300 };

static winch_look *look_at(struct doctor *d, const char *url)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	winch_session_options options;
	winch_look *look = NULL;

	connection_options(&d->connection, &options);
	if (url)
		options.url = url;
	options.log_level = log_level(&d->log);
	options.log = log_write;
	options.log_user = &d->log;
	if (winch_look_at(&options, &look, &err) < 0)
		doctor_explain(d, &err);
	return look;
}

/* Does the same port speak the other scheme? */
static bool speaks_other(struct doctor *d)
{
	const struct target *t = &d->connection.target;
	struct target swapped = *t;
	swapped.port = target_port(t);
	swapped.tls = !t->tls;
	AUTO(free_auto) char *url = target_url(&swapped);
	winch_look *other = look_at(d, url);
	bool speaks = other && (t->tls ? other->http_status != 0 : other->tls != NULL);

	winch_look_free(other);
	return speaks;
}

/* Is it worth a look by the other scheme?  A server of TLS ends what is no TLS, or says so with a
 * page of HTTP 400; where TLS stood there is no doubt. */
static bool may_be_other(const winch_look *look, bool tls)
{
	if (!look->connected || look->tls || look->identified || look->asks_certificate ||
	    look->reason == WINCH_REASON_PROXY)
		return false;
	if (look->http_status)
		return !tls && look->http_status == 400;
	return tls || look->reason == WINCH_REASON_LOST || look->reason == WINCH_REASON_NOT_HTTP ||
	       look->status == WINCH_E_TIMEOUT;
}

/* Something came, and it was whole. */
static bool is_answer(const winch_look *look)
{
	return look->http_status && look->reason != WINCH_REASON_NOT_AVAILABLE &&
	       look->reason != WINCH_REASON_LOST && look->status != WINCH_E_TIMEOUT;
}

/* It ended the connection at once, or its page of HTTP 400 says why: nginx has one for that. */
static bool wants_certificate(const winch_look *look)
{
	return look->asks_certificate &&
	       (!look->http_status || look->http_status == 400 || look->http_status == 403);
}

static enum finding_id of_page(const winch_look *look)
{
	switch (look->http_status) {
	case 404:
		return FIND_WRONG_PATH;
	case 502:
	case 504:
		return FIND_GATEWAY;
	default:
		return look->http_status / 100 == 3 ? FIND_REDIRECTED : FIND_NOT_WINRM;
	}
}

/* The host's words, else ours. */
static void put_said(struct finding *f, const char *name, const char *said, const char *none)
{
	if (*said)
		fact_said(&f->facts, name, said, SAID_NAME);
	else
		fact_text(&f->facts, name, none);
}

/* false: what comes next is in vain. */
static bool tell_failure(struct doctor *d, const winch_look *look)
{
	winch_error err = WINCH_ERROR_INIT;
	err.status = look->status;
	err.reason = look->reason;
	err.flags = look->flags;
	err.text = (char *)(uintptr_t)look->why;
	if (look->tls && d->connection.auth == WINCH_AUTH_CERTIFICATE) {
		fact_why(&find(d, FIND_ASKS_CERTIFICATE)->facts, &err);
		return true;
	}
	const winch_error *why = jump_explain(&d->connection.jump, &err);
	if (why != &err) {
		doctor_explain(d, why);
		return false;
	}
	doctor_fails(d, status_of(&err));
	if (may_be_other(look, d->connection.target.tls) && speaks_other(d)) {
		find(d, d->connection.target.tls ? FIND_PLAIN_ON_TLS : FIND_TLS_ON_PLAIN);
		return false;
	}
	if (wants_certificate(look)) {
		find(d, FIND_WANTS_CERTIFICATE);
		return false;
	}
	if (look->status == WINCH_E_TIMEOUT) {
		fact_text(&find(d, FIND_SILENT)->facts, "why", look->why);
		return false;
	}
	if (!is_answer(look)) {
		doctor_explain(d, &err);
		return false;
	}
	struct finding *f = find(d, of_page(look));
	fact_number(&f->facts, "http", look->http_status);
	put_said(f, "server", look->server, "a server without a name");
	put_said(f, "type", look->type, "content of no type");
	put_said(f, "location", look->location, "nowhere");
	fact_why(&f->facts, &err);
	return false;
}

/* What stands by a proxy or a jump host says nothing of the port: that needs an answer. */
static bool is_open(const struct doctor *d, const winch_look *look)
{
	return look->connected &&
	       (doctor_is_direct(d) || look->tls ||
		(look->http_status && look->reason != WINCH_REASON_PROXY) ||
		look->reason == WINCH_REASON_NOT_HTTP || look->reason == WINCH_REASON_NOT_TLS);
}

static void tell_port(struct doctor *d, const winch_look *look)
{
	if (!is_open(d, look))
		return;
	struct finding *f = find(d, doctor_is_direct(d) ? FIND_PORT_OK : FIND_PORT_LED);
	fact_number(&f->facts, "port", target_port(&d->connection.target));
	fact_text(&f->facts, "address", look->address);
	fact_number(&f->facts, "connect_ms", look->connect_ms);
}

static void tell_winrm(struct doctor *d, const winch_look *look)
{
	struct finding *f = find(d, look->identified ? FIND_WINRM_OK : FIND_NOT_IDENTIFIED);

	fact_number(&f->facts, "http", look->http_status);
	fact_number(&f->facts, "reply_ms", look->reply_ms);
	put_said(f, "server", look->server, "no name");
	if (!look->identified)
		return;
	put_said(f, "vendor", look->product_vendor, "a product without a vendor");
	put_said(f, "product", look->product_version, "without a version");
	put_said(f, "wsman", look->protocol_version, "");
}

char *doctor_time(int64_t seconds)
{
	struct tm tm;
	time_t t = (time_t)seconds;
	char text[40] = "?";

	if (gmtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return must_strdup(text);
}

static void tell_clock(struct doctor *d, const winch_look *look)
{
	int64_t skew = look->date - look->local_date;

	if (!look->date) {
		find_skipped(d, "clock", "the host says no date");
		return;
	}
	bool off = skew > KERBEROS_SKEW_S || skew < -KERBEROS_SKEW_S;
	struct finding *f = find(d, off ? FIND_CLOCK : FIND_CLOCK_OK);
	AUTO(free_auto) char *theirs = doctor_time(look->date);
	AUTO(free_auto) char *ours = doctor_time(look->local_date);
	fact_number(&f->facts, "skew", skew);
	fact_text(&f->facts, "theirs", theirs);
	fact_text(&f->facts, "ours", ours);
}

/* Is name one of "Negotiate, Basic"? */
static bool offers(const winch_look *look, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = look->offers; at; at = strchr(at, ',')) {
		at += strspn(at, ", ");
		if (strncasecmp(at, name, len) == 0 && strchr(", ", at[len]))
			return true;
	}
	return false;
}

static const struct {
	const char *auth; /* as --auth has it */
	const char *scheme;
	enum finding_id off;
} schemes[] = {
	{ "negotiate", "Negotiate", FIND_NEGOTIATE_OFF },
	{ "ntlm", "Negotiate", FIND_NEGOTIATE_OFF },
	{ "kerberos", "Kerberos", FIND_KERBEROS_OFF },
	{ "basic", "Basic", FIND_BASIC_OFF },
	{ "credssp", "CredSSP", FIND_CREDSSP_OFF },
};

/* What Windows can offer. */
static void put_missing(struct finding *f, const winch_look *look)
{
	static const char *const all[] = { "Negotiate", "Kerberos", "CredSSP", "Basic" };
	AUTO(text_done) struct text list = { 0 };

	text_str(&list, "");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!offers(look, all[i]))
			text_printf(&list, "%s%s", list.len ? ", " : "", all[i]);
	fact_text(&f->facts, "missing", list.data);
}

/* false: the mechanism of --auth is not there, so that no credential would leave. */
static bool tell_offers(struct doctor *d, const winch_look *look)
{
	const char *auth = d->connection.attempt.auth;
	enum finding_id id = *look->offers ? FIND_OFFERS_OK
			     : look->asks  ? FIND_NOT_OFFERED
					   : FIND_NO_AUTH;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (id == FIND_OFFERS_OK && strcmp(schemes[i].auth, auth) == 0 &&
		    !offers(look, schemes[i].scheme))
			id = schemes[i].off;
	if (id == FIND_BASIC_OFF && !d->connection.target.tls)
		id = FIND_BASIC_PLAIN_OFF;
	struct finding *f = find(d, id);
	put_said(f, "offers", look->offers, "");
	put_missing(f, look);
	if (id == FIND_NOT_OFFERED)
		fact_text(&f->facts, "why",
			  "the host asks for authentication (HTTP 401), and names "
			  "no mechanism");
	if (f->result != FINDING_PROBLEM)
		return true;
	doctor_fails(d, STATUS_AUTH);
	return false;
}

bool doctor_look(struct doctor *d)
{
	/* The proxy's password is needed here already. */
	int status = proxy_ask(&d->connection.proxy, &d->connection.options, &d->answers.proxies);
	if (status) {
		doctor_fails(d, status);
		return false;
	}
	doctor_begin_ports(d);
	winch_look *look = d->look = look_at(d, NULL);
	if (look)
		tell_port(d, look);
	doctor_ports(d, look && look->connected);
	if (!look)
		return false;
	bool trusted = !look->tls || doctor_tls(d, look->tls);
	if (look->status)
		return tell_failure(d, look) && trusted;
	tell_winrm(d, look);
	tell_clock(d, look);
	bool offered = tell_offers(d, look);
	return trusted && offered;
}
