/*
 * doctor.h - winch doctor TARGET: why a host does or doesn't work.
 *
 *     doctor.c           the order of the checks, and what each needs
 *     doctor-name.c      the name
 *     doctor-network.c   the ports beside the one that is asked
 *     doctor-look.c      what the host shows without a credential: WinRM, clock, mechanisms
 *     doctor-tls.c       its certificate
 *     doctor-kerberos.c  realm, KDC, ticket, SPN
 *     doctor-auth.c      why it refused: what an error means
 *     doctor-session.c   a session: versions, language, configurations, how long it takes
 *     doctor-table.c     every finding: its words and its remedy
 *     doctor-report.c    the findings, as lines
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <poll.h>
#include <sys/socket.h>

#include <winch/look.h>

#include "src/cli/connection.h"
#include "src/cli/log.h"

/* winch doctor; the exit status. */
int doctor_command(const struct options *o);

/* ---- findings ---- */

enum finding_result { FINDING_OK, FINDING_NOTE, FINDING_PROBLEM, FINDING_SKIPPED };

/* In the order of likelihood: of several problems the one that stands first is named as the cause
 * of the others. */
enum finding_id {
	/* the way there */
	FIND_NAME_SILENT,
	FIND_NAME_UNKNOWN,
	FIND_PROXY_LOGIN,
	FIND_PROXY,
	FIND_NO_WAY,
	FIND_TLS_ON_PLAIN,
	FIND_PLAIN_ON_TLS,
	FIND_OTHER_PORT_TLS,
	FIND_OTHER_PORT_PLAIN,
	FIND_OLD_PORT,
	FIND_PORT_CLOSED,
	FIND_PORT_CLOSED_TLS,
	FIND_PORT_FILTERED,
	FIND_PORT_FILTERED_TLS,
	FIND_NO_ROUTE,
	FIND_NOT_AVAILABLE,
	FIND_LOST,
	FIND_SILENT,
	FIND_NOT_CONNECTED,
	/* the certificate */
	FIND_CERT_CHANGED,
	FIND_CERT_NOT_PINNED,
	FIND_CERT_EXPIRED,
	FIND_CERT_NOT_YET,
	FIND_CERT_NAME,
	FIND_CERT_SELF_SIGNED,
	FIND_CERT_AUTHORITY_DATE,
	FIND_CERT_AUTHORITY,
	FIND_CERT_KEY,
	FIND_CERT_SIGNATURE,
	FIND_CERT_OTHER,
	FIND_WANTS_CERTIFICATE,
	FIND_TLS_FAILED,
	/* what answers */
	FIND_WRONG_PATH,
	FIND_REDIRECTED,
	FIND_GATEWAY,
	FIND_NOT_HTTP,
	FIND_NOT_WINRM,
	/* mechanisms */
	FIND_BASIC_OFF,
	FIND_BASIC_PLAIN_OFF,
	FIND_NEGOTIATE_OFF,
	FIND_KERBEROS_OFF,
	FIND_CREDSSP_OFF,
	FIND_NOT_OFFERED,
	FIND_NOT_KEPT,
	/* clocks: before what they make fail */
	FIND_CLOCK,
	FIND_KDC_SKEW,
	/* Kerberos */
	FIND_KDC_PASSWORD,
	FIND_KDC_REVOKED,
	FIND_KDC_ACCOUNT_EXPIRED,
	FIND_KDC_PASSWORD_EXPIRED,
	FIND_KDC_POLICY,
	FIND_KDC_USER,
	FIND_KDC_SERVICE,
	FIND_NO_REALM,
	FIND_REALM_UNKNOWN,
	FIND_KDC_UNREACHABLE,
	FIND_TICKET_EXPIRED,
	FIND_NO_TICKET,
	FIND_KERBEROS,
	/* refused without a word */
	FIND_REFUSED,
	FIND_REFUSED_TLS,
	FIND_REFUSED_BASIC,
	FIND_TICKET_REFUSED,
	FIND_CERTIFICATE_REFUSED,
	FIND_CREDSSP_STATUS,
	FIND_CREDSSP_OLD,
	FIND_CREDSSP_KEY,
	FIND_CREDSSP_PIN,
	FIND_CREDSSP_TLS,
	FIND_MECHANISM_REFUSED,
	FIND_AUTH,
	/* let in, but */
	FIND_DENIED,
	FIND_REMOTE_DENIED,
	FIND_NO_CONFIGURATION,
	FIND_QUOTA,
	FIND_FAULT,
	FIND_NOT_SEALED,
	FIND_TIMEOUT,
	FIND_SESSION,
	/* no problem */
	FIND_OTHER_PORTS,
	FIND_CERT_SOON,
	FIND_NO_AUTH,
	FIND_NOT_IDENTIFIED,
	FIND_LANGUAGE,
	FIND_UNENCRYPTED,
	FIND_NTLM_INSTEAD,
	FIND_ASKS_CERTIFICATE,
	FIND_NAME_OK,
	FIND_NAME_ADDRESS,
	FIND_PORT_OK,
	FIND_PORT_LED,
	FIND_CERT_OK,
	FIND_CERT_ACCEPTED,
	FIND_WINRM_OK,
	FIND_CLOCK_OK,
	FIND_OFFERS_OK,
	FIND_TICKET_OK,
	FIND_KDC_OK,
	FIND_AUTH_OK,
	FIND_SESSION_OK,
	FIND_VERSION_OK,
	FIND_LANGUAGE_OK,
	FIND_WHO_OK,
	FIND_CONFIGURATIONS_OK,
	FIND_CONFIG_OK,
	FIND_QUOTAS_OK,
	FIND_SKIPPED,
	FIND_COUNT
};

struct finding_row {
	const char *check; /* NULL: a fact of that name says it */
	enum finding_result result;
	/* {name} stands for a fact of that name: the finding's, or of all. */
	const char *text;
	const char *remedy; /* NULL: none */
};

extern const struct finding_row finding_table[FIND_COUNT];

struct fact {
	const char *name;
	char *text;
	bool number; /* in JSON, too */
	size_t most; /* of somebody else's words, which lines have in quotes; 0: they are ours */
};

struct facts {
	struct fact *list;
	size_t count;
};

struct finding {
	enum finding_id id;
	enum finding_result result;
	struct facts facts;
};

/* How much of somebody else's words a line has. */
enum { SAID_NAME = 200, SAID_TEXT = 1500 };

/* Ours, or what another said. */
void fact_text(struct facts *f, const char *name, const char *text);
void fact_said(struct facts *f, const char *name, const char *text, size_t most);
void fact_number(struct facts *f, const char *name, int64_t n);
const char *fact_get(const struct facts *f, const char *name); /* NULL: there is none */
void facts_done(struct facts *f);

/* ---- the examination ---- */

/* Connections that are begun, all at once, and given up at a time. */
struct port_tries {
	struct pollfd fds[2];
	int64_t until;
};

struct doctor {
	const struct options *options; /* the command line's */
	bool json;
	struct config config;
	struct known_hosts known;
	struct answers answers;
	struct connection connection;
	struct log_sinks log;
	struct facts facts; /* of all findings: host, port, url, auth, user */
	struct finding *findings;
	size_t count;
	/* The host's, as the resolver has them; more are counted by nobody. */
	struct sockaddr_storage addresses[8];
	size_t address_count;
	struct port_tries ports;
	winch_look *look;
	const char *ntlm_instead; /* the session's winch_session_why_ntlm(), while there is one */
	int status;               /* what run would end with, as far as it is known */
};

/* One more finding.  Its facts are put next; it lives until the next one is made. */
struct finding *find(struct doctor *d, enum finding_id id);

/* A check that can't be made: why is ours, or what somebody said. */
void find_skipped(struct doctor *d, const char *check, const char *why);
void find_refused(struct doctor *d, const char *check, const char *said);

/* Something is in the way of what comes next: run would end with status. */
void doctor_fails(struct doctor *d, int status);

/* Neither a proxy nor a jump host leads there. */
bool doctor_is_direct(const struct doctor *d);

/* --connect-timeout: what each look may take. */
int doctor_connect_ms(const struct doctor *d);

/* The name of the host, where nobody else resolves it.  false: no name server answers. */
bool doctor_name(struct doctor *d);

/* Which of WinRM's ports are open, besides the one that was asked for: begun before the look, so
 * that both take their time together; told when it is known whether that one answers or not. */
void doctor_begin_ports(struct doctor *d);
void doctor_ports(struct doctor *d, bool answers);

/* false: what comes next is in vain. */
bool doctor_look(struct doctor *d);
bool doctor_tls(struct doctor *d, const winch_tls_look *tls);
bool doctor_kerberos(struct doctor *d);
bool doctor_session(struct doctor *d);

/* Seconds since 1970 as 2030-01-31T12:00:00Z; the caller's. */
char *doctor_time(int64_t seconds);

/* What a failure means, as a finding; *err's status is what run would end with. */
void doctor_explain(struct doctor *d, const winch_error *err);

/* Its text, as the fact "why": somebody else's words where it may quote some. */
void fact_why(struct facts *f, const winch_error *err);

/* Its id alone. */
enum finding_id doctor_meaning(const struct connection *c, const winch_error *err);

/* All findings, the most likely cause first, and a last line with it.  0, or STATUS_CLOSED. */
int doctor_report(struct doctor *d);

#endif
