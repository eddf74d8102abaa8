/*
 * doctor-auth.c - what an error of the library means, as a finding.
 *
 * By its reason and by the numbers of faults only: texts are for people, and a server's are in its
 * own language.
 */
#include "src/cli/doctor.h"

#include <string.h>

static const struct {
	enum winch_reason reason;
	enum finding_id id, over_tls;
} reasons[] = {
	{ WINCH_REASON_NAME_UNKNOWN, FIND_NAME_UNKNOWN, FIND_NAME_UNKNOWN },
	{ WINCH_REASON_PORT_CLOSED, FIND_PORT_CLOSED, FIND_PORT_CLOSED_TLS },
	{ WINCH_REASON_NO_ANSWER, FIND_PORT_FILTERED, FIND_PORT_FILTERED_TLS },
	{ WINCH_REASON_NO_ROUTE, FIND_NO_ROUTE, FIND_NO_ROUTE },
	{ WINCH_REASON_LOST, FIND_LOST, FIND_LOST },
	{ WINCH_REASON_NOT_AVAILABLE, FIND_NOT_AVAILABLE, FIND_NOT_AVAILABLE },
	{ WINCH_REASON_PROXY, FIND_PROXY, FIND_PROXY },
	{ WINCH_REASON_TLS_NO_ANSWER, FIND_TLS_FAILED, FIND_TLS_FAILED },
	{ WINCH_REASON_NOT_TLS, FIND_PLAIN_ON_TLS, FIND_PLAIN_ON_TLS },
	{ WINCH_REASON_NOT_TRUSTED, FIND_CERT_OTHER, FIND_CERT_OTHER },
	{ WINCH_REASON_NOT_PINNED, FIND_CREDSSP_PIN, FIND_CERT_OTHER },
	{ WINCH_REASON_NOT_HTTP, FIND_NOT_HTTP, FIND_NOT_HTTP },
	{ WINCH_REASON_NOT_WSMAN, FIND_SESSION, FIND_SESSION },
	{ WINCH_REASON_NOT_SEALED, FIND_NOT_SEALED, FIND_NOT_SEALED },
	{ WINCH_REASON_NOT_OFFERED, FIND_NOT_OFFERED, FIND_NOT_OFFERED },
	{ WINCH_REASON_MECHANISM_REFUSED, FIND_MECHANISM_REFUSED, FIND_MECHANISM_REFUSED },
	{ WINCH_REASON_CREDENTIAL_REFUSED, FIND_REFUSED, FIND_REFUSED_TLS },
	{ WINCH_REASON_TICKET_REFUSED, FIND_TICKET_REFUSED, FIND_TICKET_REFUSED },
	{ WINCH_REASON_CERTIFICATE_REFUSED, FIND_CERTIFICATE_REFUSED, FIND_CERTIFICATE_REFUSED },
	{ WINCH_REASON_NOT_KEPT, FIND_NOT_KEPT, FIND_NOT_KEPT },
	{ WINCH_REASON_KDC_PASSWORD, FIND_KDC_PASSWORD, FIND_KDC_PASSWORD },
	{ WINCH_REASON_KDC_REVOKED, FIND_KDC_REVOKED, FIND_KDC_REVOKED },
	{ WINCH_REASON_KDC_ACCOUNT_EXPIRED, FIND_KDC_ACCOUNT_EXPIRED, FIND_KDC_ACCOUNT_EXPIRED },
	{ WINCH_REASON_KDC_PASSWORD_EXPIRED, FIND_KDC_PASSWORD_EXPIRED, FIND_KDC_PASSWORD_EXPIRED },
	{ WINCH_REASON_KDC_POLICY, FIND_KDC_POLICY, FIND_KDC_POLICY },
	{ WINCH_REASON_KDC_USER_UNKNOWN, FIND_KDC_USER, FIND_KDC_USER },
	{ WINCH_REASON_KDC_SERVICE_UNKNOWN, FIND_KDC_SERVICE, FIND_KDC_SERVICE },
	{ WINCH_REASON_KDC_SKEW, FIND_KDC_SKEW, FIND_KDC_SKEW },
	{ WINCH_REASON_KDC_UNREACHABLE, FIND_KDC_UNREACHABLE, FIND_KDC_UNREACHABLE },
	{ WINCH_REASON_REALM_UNKNOWN, FIND_REALM_UNKNOWN, FIND_REALM_UNKNOWN },
	{ WINCH_REASON_NO_REALM, FIND_NO_REALM, FIND_NO_REALM },
	{ WINCH_REASON_NO_TICKET, FIND_NO_TICKET, FIND_NO_TICKET },
	{ WINCH_REASON_TICKET_EXPIRED, FIND_TICKET_EXPIRED, FIND_TICKET_EXPIRED },
	{ WINCH_REASON_KERBEROS, FIND_KERBEROS, FIND_KERBEROS },
	{ WINCH_REASON_CREDSSP_TLS, FIND_CREDSSP_TLS, FIND_CREDSSP_TLS },
	{ WINCH_REASON_CREDSSP_OLD, FIND_CREDSSP_OLD, FIND_CREDSSP_OLD },
	{ WINCH_REASON_CREDSSP_KEY, FIND_CREDSSP_KEY, FIND_CREDSSP_KEY },
	{ WINCH_REASON_CREDSSP_STATUS, FIND_CREDSSP_STATUS, FIND_CREDSSP_STATUS },
};

/* wsmerror.h and winerror.h; what stands not here is FIND_FAULT. */
static const struct {
	uint32_t code;
	enum finding_id id;
} faults[] = {
	{ 5u, FIND_DENIED },
	{ 1385u, FIND_DENIED },
	{ 2150858752u, FIND_NO_CONFIGURATION },
	{ 2150858754u, FIND_NO_CONFIGURATION },
	{ 2150858811u, FIND_NO_CONFIGURATION },
	{ 2150859099u, FIND_NO_CONFIGURATION },
	{ 2150859180u, FIND_REMOTE_DENIED },
	{ 2150859229u, FIND_REMOTE_DENIED },
	{ 2150859235u, FIND_REMOTE_DENIED },
	{ 2150858815u, FIND_QUOTA },
	{ 2150859173u, FIND_QUOTA },
	{ 2150859174u, FIND_QUOTA },
	{ 2150859175u, FIND_QUOTA },
	{ 2150859176u, FIND_QUOTA },
	{ 2150859179u, FIND_QUOTA },
	{ 2150859236u, FIND_QUOTA },
	{ 2150859237u, FIND_QUOTA },
	{ 2150859238u, FIND_QUOTA },
	{ 2150859239u, FIND_QUOTA },
	{ 2150859240u, FIND_QUOTA },
	{ 2150859241u, FIND_QUOTA },
	{ 2150859242u, FIND_QUOTA },
};

static enum finding_id of_fault(uint32_t code)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].code == code)
			return faults[i].id;
	return FIND_FAULT;
}

/* Where there is no reason. */
static enum finding_id of_status(const winch_error *err)
{
	switch (err->status) {
	case WINCH_E_FAULT:
		return of_fault(err->fault);
	case WINCH_E_CONNECT:
		return FIND_NOT_CONNECTED;
	case WINCH_E_TLS:
		return FIND_TLS_FAILED;
	case WINCH_E_AUTH:
		return FIND_AUTH;
	case WINCH_E_TIMEOUT:
		return FIND_TIMEOUT;
	default:
		return FIND_SESSION;
	}
}

enum finding_id doctor_meaning(const struct connection *c, const winch_error *err)
{
	enum finding_id id = of_status(err);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (err->reason == (int)reasons[i].reason)
			id = c->target.tls ? reasons[i].over_tls : reasons[i].id;
	if (c->jump.to && (err->status == WINCH_E_CONNECT || err->reason == WINCH_REASON_PROXY))
		return FIND_NO_WAY;
	if (id == FIND_PROXY && err->status == WINCH_E_AUTH)
		return FIND_PROXY_LOGIN;
	if ((id == FIND_REFUSED || id == FIND_REFUSED_TLS) && c->auth == WINCH_AUTH_BASIC)
		return FIND_REFUSED_BASIC;
	/* It binds to no channel. */
	if (id == FIND_REFUSED_TLS && c->auth == WINCH_AUTH_CREDSSP)
		return FIND_REFUSED;
	/* What could not be reached is the proxy. */
	if (c->proxy.url &&
	    (id == FIND_PORT_CLOSED || id == FIND_PORT_CLOSED_TLS || id == FIND_PORT_FILTERED ||
	     id == FIND_PORT_FILTERED_TLS || id == FIND_NO_ROUTE))
		return FIND_PROXY;
	return id;
}

/* The rest of the library's texts are its own. */
static bool quotes(const winch_error *err)
{
	switch (err->status) {
	case WINCH_E_FAULT:
	case WINCH_E_PROTOCOL:
	case WINCH_E_FORMAT:
	case WINCH_E_LIMIT:
		return true;
	case WINCH_E_AUTH:
		return err->reason == WINCH_REASON_NONE ||
		       err->reason == WINCH_REASON_NOT_OFFERED ||
		       err->reason == WINCH_REASON_NOT_KEPT ||
		       err->reason == WINCH_REASON_KERBEROS ||
		       err->reason == WINCH_REASON_TICKET_REFUSED ||
		       err->reason == WINCH_REASON_CREDENTIAL_REFUSED;
	default:
		return false;
	}
}

void fact_why(struct facts *f, const winch_error *err)
{
	if (quotes(err))
		fact_said(f, "why", winch_error_text(err), SAID_TEXT);
	else
		fact_text(f, "why", winch_error_text(err));
}

void doctor_explain(struct doctor *d, const winch_error *err)
{
	struct connection *c = &d->connection;
	err = jump_explain(&c->jump, err);
	enum finding_id id = doctor_meaning(c, err);
	const char *address = d->look ? d->look->address : "";

	doctor_fails(d, status_of(err));
	/* The name was looked up before. */
	for (size_t i = 0; i < d->count; i++)
		if (d->findings[i].id == id)
			return;
	struct finding *f = find(d, id);
	fact_why(&f->facts, err);
	fact_text(&f->facts, "address", *address ? address : c->target.host);
	bool ntlm = d->ntlm_instead && c->auth != WINCH_AUTH_CREDSSP;
	fact_text(&f->facts, "mechanism", ntlm ? "ntlm" : c->attempt.auth);
	if (err->fault)
		fact_number(&f->facts, "fault", err->fault);
	if (err->http_status)
		fact_number(&f->facts, "http", err->http_status);
}
