/*
 * doctor-session.c - one session, as run has it, and what it tells of itself.
 */
#include "src/cli/doctor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/parameters.h"
#include "src/cli/signals.h"

enum { PIPELINE_MS = 30000, CONFIG_MS = 10000, CONFIG_PIECE_MS = 200, CLOSE_MS = 5000 };

/* What is asked there, each line for itself: some of it is not there, or not for everybody. */
static const char script[] =
	"param($Configuration)\n"
	"\"language $($ExecutionContext.SessionState.LanguageMode)\"\n"
	"try { $i = [Security.Principal.WindowsIdentity]::GetCurrent(); \"account $($i.Name)\"\n"
	"  \"administrator $(([Security.Principal.WindowsPrincipal]$i).IsInRole("
	"[Security.Principal.WindowsBuiltInRole]::Administrator))\" } catch { }\n"
	"try { foreach ($c in Get-PSSessionConfiguration -ErrorAction Stop) {\n"
	"  \"configuration $($c.Name)\" } } catch { \"noconfiguration $_\" }\n"
	"try { foreach ($q in Get-ChildItem -ErrorAction Stop"
	" \"WSMan:\\localhost\\Plugin\\$Configuration\\Quotas\") {\n"
	"  \"quota $($q.Name) $($q.Value)\" } } catch { \"noquota $_\" }\n";

struct examination {
	struct doctor *doctor;
	winch_session *session;
	winch_pool *pool;
	winch_guid id;
	int64_t began, opened, invoked, ended;
	uint64_t requests; /* of an open */
	bool is_open, done, failed;
	struct text version, failure;
	struct facts told; /* what the script said, and lists */
	struct text configurations, quotas, settings;
	winch_error no_settings; /* why there are none */
	bool is_unencrypted;     /* AllowUnencrypted is on */
};

static void options_of(struct doctor *d, winch_session_options *options)
{
	connection_options(&d->connection, options);
	options->log_level = log_level(&d->log);
	options->log = log_write;
	options->log_user = &d->log;
}

/* Until there is an event (1), the session has ended (0), failed (< 0), or somebody wants us to
 * stop (2). */
static int next(struct examination *e, int64_t until, winch_event **ret, winch_error *err)
{
	for (;;) {
		int r = winch_session_next(e->session, 0, ret, err);
		if (r == 1 || r < 0)
			return r;
		int state = winch_pool_state(e->pool);
		if (signals_came())
			return 2;
		if (state == WINCH_POOL_CLOSED || state == WINCH_POOL_BROKEN)
			return 0;
		int64_t left = until - now_ms();
		if (until && left <= 0)
			return 0;
		struct jump *jump = &e->doctor->connection.jump;
		struct pollfd fds[] = { { winch_session_fd(e->session), POLLIN, 0 },
					{ signals_fd(), POLLIN, 0 },
					{ jump_fd(jump), POLLIN, 0 } };
		if (poll(fds, 3, until ? (int)left : -1) < 0 && errno != EINTR && errno != EAGAIN)
			return 0;
		jump_listen(jump);
		signals_name(0, e->doctor->connection.title, winch_session_shell_id(e->session));
	}
}

/* ---- what came ---- */

/* An entry of a dictionary; NULL: there is none. */
static const winch_value *entry(const winch_value *dictionary, const char *name)
{
	size_t len;

	for (size_t i = 0; i < winch_value_count(dictionary); i++) {
		const char *key = winch_value_to_string(winch_value_key(dictionary, i), &len);
		if (key && strcmp(key, name) == 0)
			return winch_value_item(dictionary, i);
	}
	return NULL;
}

/* Told to each client, whatever language its session has. */
static void take_version(struct examination *e, winch_event *ev)
{
	const winch_value *value;
	size_t len;

	if (winch_event_value(ev, &value, NULL) < 0)
		return;
	const winch_value *all = winch_value_member(value, "ApplicationPrivateData");
	const winch_value *version = entry(entry(all ? all : value, "PSVersionTable"), "PSVersion");
	const char *text = winch_value_to_string(version, &len);
	if (text && !e->version.len)
		text_put(&e->version, text, len);
}

static void add_to_list(struct text *list, const char *text)
{
	enum { MOST = 4000 };

	if (list->len < MOST)
		text_printf(list, "%s%.300s", list->len ? ", " : "", text);
}

/* "NAME what it is". */
static void take_line(struct examination *e, const char *line)
{
	const char *blank = strchr(line, ' ');
	size_t len = blank ? (size_t)(blank - line) : 0;
	static const char *const names[] = { "language", "account", "administrator",
					     "noconfiguration", "noquota" };

	if (len == 5 && strncmp(line, "quota", len) == 0)
		add_to_list(&e->quotas, blank + 1);
	if (len == 13 && strncmp(line, "configuration", len) == 0)
		add_to_list(&e->configurations, blank + 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (len && strlen(names[i]) == len && strncmp(line, names[i], len) == 0 &&
		    !fact_get(&e->told, names[i]))
			fact_text(&e->told, names[i], blank + 1);
}

static void take_output(struct examination *e, winch_event *ev)
{
	const winch_value *value;
	size_t len;

	if (winch_event_value(ev, &value, NULL) < 0)
		return;
	const char *text = winch_value_text(value, &len);
	if (text)
		take_line(e, text);
}

static void take_failure(struct examination *e, winch_event *ev)
{
	const winch_value *value = NULL;
	size_t len;

	e->failed = winch_event_state(ev) != WINCH_PIPELINE_COMPLETED;
	e->done = true;
	e->ended = now_ms();
	if (!e->failed || !winch_event_has_value(ev) || winch_event_value(ev, &value, NULL) < 0)
		return;
	const winch_value *id = winch_value_member(value, "FullyQualifiedErrorId");
	const char *text = winch_value_to_string(id, &len);
	if (text)
		text_put(&e->failure, text, len);
}

static void take(struct examination *e, winch_event *ev)
{
	switch (winch_event_type(ev)) {
	case WINCH_EVENT_PRIVATE_DATA:
		take_version(e, ev);
		break;
	case WINCH_EVENT_POOL_STATE:
		if (winch_event_state(ev) != WINCH_POOL_OPENED)
			break;
		e->is_open = true;
		e->opened = now_ms();
		e->requests = winch_session_request_count(e->session);
		break;
	case WINCH_EVENT_OUTPUT:
		take_output(e, ev);
		break;
	case WINCH_EVENT_PIPELINE_STATE:
		if (winch_event_state(ev) >= WINCH_PIPELINE_STOPPED)
			take_failure(e, ev);
		break;
	default:
		break;
	}
}

/* Piece by piece of its time, for somebody may want us to stop, and the shell to go. */
static int wait_for_config(struct examination *e, const winch_setting **ret, size_t *ret_count,
			   winch_error *err)
{
	int64_t until = now_ms() + CONFIG_MS;
	int r;

	do {
		winch_error_done(err);
		r = winch_session_config(e->session, CONFIG_PIECE_MS, ret, ret_count, err);
	} while (r == WINCH_E_TIMEOUT && now_ms() < until && !signals_came());
	return r;
}

/* Of the whole host; who is no administrator is told nothing. */
static void ask_config(struct examination *e)
{
	const winch_setting *list;
	size_t count;

	if (wait_for_config(e, &list, &count, &e->no_settings) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		AUTO(free_auto) char *one = must_printf("%s=%s", list[i].name, list[i].value);
		add_to_list(&e->settings, one);
		e->is_unencrypted |= strcmp(list[i].name, "Service/AllowUnencrypted") == 0 &&
				     strcasecmp(list[i].value, "true") == 0;
	}
}

/* ---- what it means ---- */

static void tell_language(struct examination *e)
{
	struct doctor *d = e->doctor;
	const char *language = fact_get(&e->told, "language");
	bool full = language && strcmp(language, "FullLanguage") == 0;

	if (!language && !e->failed) {
		find_skipped(d, "language", "the pipeline did not end in time");
		return;
	}
	struct finding *f = find(d, full ? FIND_LANGUAGE_OK : FIND_LANGUAGE);
	if (!language && e->failure.len && strstr(e->failure.data, "ScriptsNotAllowed"))
		language = "NoLanguage";
	if (language)
		fact_said(&f->facts, "language", language, SAID_NAME);
	else
		fact_text(&f->facts, "language", "no language for this script");
	if (e->failure.len)
		fact_said(&f->facts, "error", e->failure.data, SAID_NAME);
}

/* A list that is there, or why it is not. */
static void tell_list(struct examination *e, enum finding_id id, const char *name,
		      const struct text *list, const char *why)
{
	struct doctor *d = e->doctor;

	if (list->len)
		fact_said(&find(d, id)->facts, name, list->data, SAID_TEXT);
	else if (why)
		find_refused(d, finding_table[id].check, why);
	else
		find_skipped(d, finding_table[id].check,
			     "the session does not tell it to this user");
}

static void tell_settings(struct examination *e)
{
	struct doctor *d = e->doctor;

	if (e->no_settings.fault == 5)
		find_skipped(d, finding_table[FIND_CONFIG_OK].check,
			     "administrators alone may read it");
	else
		tell_list(e, FIND_CONFIG_OK, "settings", &e->settings,
			  e->no_settings.status ? winch_error_text(&e->no_settings) : NULL);
	if (e->is_unencrypted)
		find(d, FIND_UNENCRYPTED);
}

static void tell_session(struct examination *e)
{
	struct doctor *d = e->doctor;
	AUTO(free_auto)
	char *protocol = must_printf("2.%d", winch_pool_protocol_minor(e->pool));
	const char *account = fact_get(&e->told, "account");
	const char *administrator = fact_get(&e->told, "administrator");

	struct finding *f = find(d, FIND_SESSION_OK);
	fact_number(&f->facts, "open_ms", e->opened - e->began);
	fact_number(&f->facts, "requests", (int64_t)e->requests);
	fact_number(&f->facts, "pipeline_ms", e->done ? e->ended - e->invoked : 0);
	f = find(d, FIND_VERSION_OK);
	if (e->version.len)
		fact_said(&f->facts, "version", e->version.data, SAID_NAME);
	else
		fact_text(&f->facts, "version", "of no known version");
	fact_text(&f->facts, "protocol", protocol);
	tell_language(e);
	if (account) {
		f = find(d, FIND_WHO_OK);
		fact_said(&f->facts, "account", account, SAID_NAME);
		fact_said(&f->facts, "administrator", administrator ? administrator : "not known",
			  SAID_NAME);
	} else {
		find_skipped(d, "who", "the session does not tell it");
	}
	tell_list(e, FIND_CONFIGURATIONS_OK, "configurations", &e->configurations,
		  fact_get(&e->told, "noconfiguration"));
	tell_settings(e);
	tell_list(e, FIND_QUOTAS_OK, "quotas", &e->quotas, fact_get(&e->told, "noquota"));
}

/* ---- the conversation ---- */

static int invoke(struct examination *e, winch_error *err)
{
	const char *configuration = fact_get(&e->doctor->facts, "configuration");
	winch_pipeline *p = winch_pipeline_new(NULL, err);

	if (!p)
		return WINCH_E_NOMEM;
	int r = winch_pipeline_add_script(p, script, sizeof(script) - 1, false);
	if (r == 0)
		r = parameter_add(
			p, "Configuration",
			winch_value_new_string(configuration, strlen(configuration), NULL));
	if (r == 0)
		r = winch_pool_invoke(e->pool, p, &e->id, err);
	winch_pipeline_free(p);
	return r;
}

/* Until the pool is open, then until the pipeline has ended. */
static int converse(struct examination *e, winch_error *err)
{
	int64_t until = 0;

	while (!e->done) {
		winch_event *ev;
		int r = next(e, until, &ev, err);
		if (r != 1)
			return r;
		bool was_open = e->is_open;
		take(e, ev);
		if (was_open || !e->is_open)
			continue;
		ask_config(e);
		e->invoked = now_ms();
		until = now_ms() + PIPELINE_MS;
		r = invoke(e, err);
		if (r < 0)
			return r;
	}
	return 1;
}

static int open_session(struct examination *e, winch_error *err)
{
	winch_session_options options;

	options_of(e->doctor, &options);
	e->began = now_ms();
	e->session = winch_session_new(&options, err);
	if (!e->session)
		return err->status;
	e->pool = winch_session_pool(e->session);
	int r = winch_session_open(e->session, err);
	return r < 0 ? r : converse(e, err);
}

static void tell_failure(struct examination *e, int r, winch_error *err)
{
	struct doctor *d = e->doctor;

	if (r == 2) {
		doctor_fails(d, STATUS_INTERRUPTED);
		return;
	}
	if (r < 0) {
		doctor_explain(d, err);
	} else if (!e->is_open) {
		doctor_fails(d, STATUS_PROTOCOL);
		fact_text(&find(d, FIND_SESSION)->facts, "why", "the host ended the session");
	} else {
		bool ended = winch_pool_state(e->pool) != WINCH_POOL_OPENED;
		doctor_fails(d, ended ? STATUS_PROTOCOL : STATUS_TIMEOUT);
		fact_text(&find(d, ended ? FIND_SESSION : FIND_TIMEOUT)->facts, "why",
			  ended ? "the host ended the session in the middle of a pipeline"
				: "a pipeline did not end within 30 s");
	}
	/* Who answers with a fault has let us in. */
	if (r < 0 && err->status == WINCH_E_FAULT)
		find(d, FIND_AUTH_OK);
	if (!e->is_open)
		find_skipped(d, "session", "what comes before it fails");
}

static void examination_done(struct examination *e)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	/* After a failure that is no news. */
	if (e->session && winch_session_close(e->session, CLOSE_MS, &err) < 0 && e->done)
		complain("%s: shell %s may stay until its idle time-out: %s",
			 e->doctor->connection.title, winch_session_shell_id(e->session),
			 winch_error_text(&err));
	winch_session_free(e->session);
	text_done(&e->version);
	text_done(&e->failure);
	text_done(&e->configurations);
	text_done(&e->quotas);
	text_done(&e->settings);
	winch_error_done(&e->no_settings);
	facts_done(&e->told);
}

bool doctor_session(struct doctor *d)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct examination e = { .doctor = d, .no_settings = WINCH_ERROR_INIT };

	signals_watch(1);
	int r = open_session(&e, &err);
	d->ntlm_instead = e.session ? winch_session_why_ntlm(e.session) : NULL;
	if (d->ntlm_instead)
		fact_said(&find(d, FIND_NTLM_INSTEAD)->facts, "why", d->ntlm_instead, SAID_TEXT);
	if (e.is_open)
		find(d, FIND_AUTH_OK);
	if (!e.done)
		tell_failure(&e, r, &err);
	if (e.is_open && r != 2)
		tell_session(&e);
	bool works = e.done;
	d->ntlm_instead = NULL; /* the session's */
	examination_done(&e);
	signals_done();
	return works;
}
