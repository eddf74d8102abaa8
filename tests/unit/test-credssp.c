/*
 * test-credssp.c - CredSSP's handshake and seal against OpenSSL as the server: both TLS versions,
 * each kind of cipher, both bindings; and hosts that cheat, which never get the password.
 */
#include "tests/unit/hex.h"

#include "src/base/mem.h"
#include "tests/auth/credssp-pair.h"
#include "tests/unit/mem-failing.h"
#include "wsman/auth/credssp-wire.h"

enum { BIG = 16384 };

static struct credssp_host_rules rules_of(int tls, const char *suites, uint32_t version)
{
	struct credssp_host_rules rules = credssp_pair_rules;

	rules.tls = tls;
	rules.suites = suites;
	rules.versions[0] = version;
	return rules;
}

static void assert_handed_over(const struct credssp_host *h)
{
	assert_true(h->has_credentials);
	assert_bytes(buf_bytes(&h->domain), BYTES_LIT("CORP"));
	assert_bytes(buf_bytes(&h->user), BYTES_LIT("anna"));
	assert_bytes(buf_bytes(&h->password), BYTES_LIT("Pa55-\xC3\xBC"));
	assert_true(h->inner.spnego && h->inner.mic && h->inner.list_mic);
	assert_int_equal(h->client_version, 6);
}

/* Sealed by the client, the length of the trailer taken off; and back. */
static void talk(struct credssp_pair *p, size_t len, size_t trailer)
{
	static uint8_t text[BIG];
	AUTO(buf_done) struct buf header = { .max = BIG + 300 };
	AUTO(buf_done) struct buf data = { .max = BIG + 300 };
	AUTO(buf_done) struct buf back = { .max = BIG };
	const struct auth_class *class = p->client->class;

	for (size_t i = 0; i < len; i++)
		text[i] = (uint8_t)(i * 7);
	assert_int_equal(class->seal(p->client, bytes_of(text, len), &header, &data, NULL), 0);
	if (trailer)
		assert_int_equal(header.len, trailer);
	assert_int_equal(buf_put(&header, buf_bytes(&data), NULL), 0);
	assert_int_equal(credssp_host_unseal(&p->host, buf_bytes(&header), &back), 0);
	assert_bytes(buf_bytes(&back), bytes_of(text, len));

	buf_clear(&data);
	buf_clear(&back);
	assert_int_equal(credssp_host_seal(&p->host, bytes_of(text, len), &data), 0);
	struct bytes records = buf_bytes(&data);
	assert_int_equal(class->unseal(p->client, bytes_of(records.data, 16),
				       bytes_skip(records, 16), &back, NULL),
			 0);
	assert_bytes(buf_bytes(&back), bytes_of(text, len));
}

/* Which TLS, and the trailer of 30 plain bytes in it, as pyspnego's _tls_trailer_length has it. */
static const struct {
	int tls;
	const char *suites;
	size_t trailer;
	bool mac_last; /* other than Windows */
} channels[] = {
	{ TLS1_3_VERSION, NULL, 17, false },
	{ TLS1_2_VERSION, NULL, 16, false },
	{ TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", 16, false },
	{ TLS1_2_VERSION, "ECDHE-RSA-CHACHA20-POLY1305", 16, false },
	{ TLS1_2_VERSION, "AES256-GCM-SHA384", 16, false },
	/* 30 + 48 = 78, padded to 80; 30 + 32 = 62, to 64; 30 + 20 = 50, to 64 */
	{ TLS1_2_VERSION, "ECDHE-RSA-AES256-SHA384", 50, false },
	{ TLS1_2_VERSION, "AES128-SHA256", 34, false },
	{ TLS1_2_VERSION, "AES128-SHA", 34, false },
	/* 30, padded to 32, and 20 */
	{ TLS1_2_VERSION, "AES128-SHA", 22, true },
};

static void stands(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		struct credssp_host_rules rules = rules_of(channels[i].tls, channels[i].suites, 6);
		rules.mac_first = !channels[i].mac_last;
		credssp_pair_init(&p, &rules);
		assert_int_equal(credssp_pair_run(&p, NULL), AUTH_DONE);
		assert_int_equal(SSL_version(p.host.ssl), channels[i].tls);
		assert_handed_over(&p.host);
		assert_int_equal(p.tokens, 5);
		talk(&p, 30, channels[i].trailer);
		talk(&p, 1, 0);
		talk(&p, BIG, 0);
		talk(&p, 30, channels[i].trailer);
	}
}

/* Sealed bodies may go once the password was made, never before. */
static void when_it_seals(void **state)
{
	(void)state;
	AUTO(credssp_pair_done) struct credssp_pair p;
	int r = AUTH_MORE;

	credssp_pair_init(&p, NULL);
	assert_int_equal(credssp_pair_start(&p, NULL), 0);
	const struct auth_class *class = p.client->class;
	while (r == AUTH_MORE) {
		bool last = p.host.said == 2;
		r = credssp_pair_client(&p, NULL);
		assert_int_equal(class->can_seal(p.client), last || r == AUTH_DONE);
		assert_int_equal(class->shown(p.client), p.host.said >= 1);
		assert_int_equal(class->takes_nothing(p.client), p.tokens == 2 && !p.host.said);
		if (p.to_host.len)
			assert_int_equal(
				credssp_host_step(&p.host, buf_bytes(&p.to_host), &p.to_client), 0);
	}
	assert_int_equal(r, AUTH_DONE);
	assert_int_equal(p.tokens, 5);
}

/* Versions: what a host says, and what comes of it. */
static const struct {
	uint32_t version, later;
	bool allow_old;
	const char *text; /* NULL: it stands */
} versions[] = {
	{ 6, 0, false, NULL },
	{ 5, 0, false, NULL },
	{ 7, 0, false, NULL },
	{ 1000, 0, false, NULL },
	{ 6, 0, true, NULL },
	{ 4, 0, false, "CVE-2018-0886" },
	{ 3, 0, false, "CVE-2018-0886" },
	{ 2, 0, false, "CVE-2018-0886" },
	{ 4, 0, true, NULL },
	{ 3, 0, true, NULL },
	{ 2, 0, true, NULL },
	{ 1, 0, true, "no version" },
	{ 0xFFFFFFFF, 0, true, "no version" },
	{ 6, 2, true, "was 6 and is now 2" },
	{ 6, 5, true, "was 6 and is now 5" },
	{ 5, 6, true, "was 5 and is now 6" },
};

static void all_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		struct credssp_host_rules rules =
			rules_of(TLS1_2_VERSION, NULL, versions[i].version);
		rules.versions[1] = versions[i].later;
		credssp_pair_init(&p, &rules);
		p.world.allow_old_credssp = versions[i].allow_old;
		int r = credssp_pair_run(&p, &err);
		if (!versions[i].text) {
			assert_int_equal(r, AUTH_DONE);
			assert_handed_over(&p.host);
			continue;
		}
		assert_true(r < 0);
		if (!strstr(winch_error_text(&err), versions[i].text))
			fail_msg("\"%s\" without \"%s\"", winch_error_text(&err), versions[i].text);
		assert_false(p.host.has_credentials);
		assert_int_equal(p.to_host.len, 0);
		/* An old host has not even seen the response to its challenge. */
		assert_int_equal(p.host.said, versions[i].later ? 2 : 1);
	}
}

/* Hosts that lie, and what is said of it; said: messages until then. */
static const struct {
	enum credssp_host_lie lie;
	uint32_t version;
	int status;
	const char *text;
} lies[] = {
	{ HOST_OTHER_KEY, 6, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_OTHER_KEY, 2, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_OTHER_NONCE, 6, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_MIRROR, 6, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_MIRROR, 2, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_CLIENT_WORDS, 6, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_PLAIN_KEY, 6, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_PLAIN_KEY, 2, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_BAD_SEAL, 6, WINCH_E_AUTH, "somebody may be on the way" },
	{ HOST_NO_KEY, 6, WINCH_E_PROTOCOL, "out of its order" },
	{ HOST_EARLY_KEY, 6, WINCH_E_PROTOCOL, "out of its order" },
	{ HOST_CREDENTIAL, 6, WINCH_E_PROTOCOL, "out of its order" },
	{ HOST_NO_TOKEN, 6, WINCH_E_PROTOCOL, "out of its order" },
	{ HOST_BAD_MIC, 6, WINCH_E_AUTH, "mechListMIC is wrong" },
};

static void no_password_for_liars(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		struct credssp_host_rules rules = rules_of(TLS1_3_VERSION, NULL, lies[i].version);
		rules.lie = lies[i].lie;
		credssp_pair_init(&p, &rules);
		p.world.allow_old_credssp = true;
		int r = credssp_pair_run(&p, &err);
		if (r != lies[i].status || !strstr(winch_error_text(&err), lies[i].text))
			fail_msg("lie %d: %d, \"%s\"", (int)lies[i].lie, r, winch_error_text(&err));
		assert_false(p.host.has_credentials);
		assert_int_equal(p.to_host.len, 0);
		assert_false(p.client->class->can_seal(p.client));
		/* Nor is it told when it asks again. */
		assert_int_equal(credssp_host_seal(&p.host, BYTES_LIT("0"), &p.to_client), 0);
		assert_true(credssp_pair_client(&p, NULL) < 0);
		assert_int_equal(p.to_host.len, 0);
	}
}

/* SPNEGO's last token may be missing: MS-CSSP 3.1.5 step 4. */
static void without_the_last_token(void **state)
{
	(void)state;
	AUTO(credssp_pair_done) struct credssp_pair p;
	struct credssp_host_rules rules = credssp_pair_rules;

	rules.without_last_token = true;
	credssp_pair_init(&p, &rules);
	assert_int_equal(credssp_pair_run(&p, NULL), AUTH_DONE);
	assert_handed_over(&p.host);
}

/* When an errorCode comes, what is said of it, and whether the credential counts as refused. */
static const struct {
	int at;
	uint32_t code;
	bool refused;
	const char *text;
	int reason;
} errors[] = {
	{ 1, 0xC000006D, true, "wrong user name or password (STATUS_LOGON_FAILURE, 0xC000006D)",
	  WINCH_REASON_CREDENTIAL_REFUSED },
	{ 1, 0xC0000234, true, "the account is locked (STATUS_ACCOUNT_LOCKED_OUT",
	  WINCH_REASON_CREDSSP_STATUS },
	{ 1, 0xC0000071, true, "the password has expired (STATUS_PASSWORD_EXPIRED",
	  WINCH_REASON_CREDSSP_STATUS },
	{ 1, 0xC0000224, true, "must be changed", WINCH_REASON_CREDSSP_STATUS },
	{ 1, 0xC0000072, true, "is disabled", WINCH_REASON_CREDSSP_STATUS },
	{ 1, 0xC0000133, false, "clocks", WINCH_REASON_CREDSSP_STATUS },
	{ 1, 0xC000015B, true, "the right to log on", WINCH_REASON_CREDSSP_STATUS },
	{ 0, 0xC00000BB, false, "does not support this version", WINCH_REASON_CREDSSP_STATUS },
	{ 0, 0xC0000418, false, "NTLM is switched off", WINCH_REASON_CREDSSP_STATUS },
	/* Before NTLM's response nobody was named. */
	{ 0, 0xC000006D, false,
	  "before anybody was named: the host says: wrong user name or password",
	  WINCH_REASON_MECHANISM_REFUSED },
	{ 0, 0xC0000234, false, "named: the host says: the account is locked",
	  WINCH_REASON_MECHANISM_REFUSED },
	{ 0, 0xC0001234, false, "named: the host refuses with status 0xC0001234",
	  WINCH_REASON_MECHANISM_REFUSED },
	{ 2, 0xC000015B, true, "the right to log on", WINCH_REASON_CREDSSP_STATUS },
	{ 2, 0xC000006D, true, "wrong user name or password", WINCH_REASON_CREDENTIAL_REFUSED },
	{ 1, 0xC0001234, true, "status 0xC0001234", WINCH_REASON_CREDSSP_STATUS },
	{ 1, 0x8009030C, true, "wrong user name or password (SEC_E_LOGON_DENIED, 0x8009030C)",
	  WINCH_REASON_CREDENTIAL_REFUSED },
	{ 1, 5, true, "status 0x00000005", WINCH_REASON_CREDSSP_STATUS },
};

static void error_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		struct credssp_host_rules rules = credssp_pair_rules;
		rules.errors[errors[i].at] = errors[i].code;
		credssp_pair_init(&p, &rules);
		assert_int_equal(credssp_pair_run(&p, &err), WINCH_E_AUTH);
		if (!strstr(winch_error_text(&err), errors[i].text))
			fail_msg("\"%s\" without \"%s\"", winch_error_text(&err), errors[i].text);
		assert_int_equal(err.flags, errors[i].refused ? WINCH_ERROR_REFUSED : 0);
		assert_int_equal(err.reason, errors[i].reason);
		assert_int_equal(p.host.said, errors[i].at + 1);
		assert_int_equal(p.host.has_credentials, errors[i].at == 2);
	}
}

/* A version that it had not said before is no matter then. */
static void an_error_of_another_version(void **state)
{
	(void)state;
	AUTO(credssp_pair_done) struct credssp_pair p;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct credssp_host_rules rules = credssp_pair_rules;

	rules.versions[1] = 3;
	rules.errors[1] = 0xC0000234;
	credssp_pair_init(&p, &rules);
	assert_int_equal(credssp_pair_run(&p, &err), WINCH_E_AUTH);
	assert_non_null(strstr(winch_error_text(&err), "is locked"));
}

static void a_message_too_many(void **state)
{
	(void)state;
	AUTO(credssp_pair_done) struct credssp_pair p;
	struct credssp_host_rules rules = credssp_pair_rules;

	rules.lie = HOST_GOES_ON;
	credssp_pair_init(&p, &rules);
	assert_int_equal(credssp_pair_run(&p, NULL), WINCH_E_PROTOCOL);
	assert_int_equal(p.to_host.len, 0);
}

static void pins(void **state)
{
	(void)state;
	for (int tls = TLS1_2_VERSION; tls <= TLS1_3_VERSION; tls++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		struct credssp_host_rules rules = rules_of(tls, NULL, 6);
		credssp_pair_init(&p, &rules);
		p.world.credssp_pin = credssp_host_pin();
		assert_int_equal(credssp_pair_run(&p, NULL), AUTH_DONE);
	}
	for (int tls = TLS1_2_VERSION; tls <= TLS1_3_VERSION; tls++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
		struct credssp_host_rules rules = rules_of(tls, NULL, 6);
		static const uint8_t other[32];
		credssp_pair_init(&p, &rules);
		p.world.credssp_pin = other;
		assert_int_equal(credssp_pair_run(&p, &err), WINCH_E_TLS);
		assert_non_null(strstr(winch_error_text(&err), "its pin is sha256:"));
		assert_int_equal(err.reason, WINCH_REASON_NOT_PINNED);
		/* Nobody was named. */
		assert_int_equal(p.host.said, 0);
		assert_int_equal(p.to_host.len, 0);
	}
}

/* No TLS before 1.2; a server that speaks none at all. */
static void no_tls(void **state)
{
	(void)state;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(credssp_pair_done) struct credssp_pair old, odd;
	struct credssp_host_rules rules = rules_of(TLS1_1_VERSION, "ALL:@SECLEVEL=0", 6);

	credssp_pair_init(&old, &rules);
	assert_int_equal(credssp_pair_start(&old, NULL), 0);
	assert_int_equal(credssp_pair_client(&old, NULL), AUTH_MORE);
	credssp_host_step(&old.host, buf_bytes(&old.to_host), &old.to_client);
	credssp_host_seal(&old.host, (struct bytes){ 0 }, &old.to_client);
	assert_true(old.to_client.len > 0); /* an alert */
	assert_int_equal(credssp_pair_client(&old, &err), WINCH_E_TLS);
	assert_non_null(
		strstr(winch_error_text(&err), "the TLS inside CredSSP (1.2 or later) failed"));
	assert_int_equal(err.reason, WINCH_REASON_CREDSSP_TLS);

	credssp_pair_init(&odd, NULL);
	assert_int_equal(credssp_pair_start(&odd, NULL), 0);
	assert_int_equal(credssp_pair_client(&odd, NULL), AUTH_MORE);
	assert_int_equal(buf_put_str(&odd.to_client, "HTTP/1.1 400 no TLS here", NULL), 0);
	assert_int_equal(credssp_pair_client(&odd, NULL), WINCH_E_TLS);
	assert_int_equal(odd.to_host.len, 0);
}

/* Until the end a token without a byte is no answer, but to TLS 1.3's last record. */
static void tokens_missing(void **state)
{
	(void)state;
	for (int at = 1; at <= 4; at++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		int r = AUTH_MORE;
		credssp_pair_init(&p, NULL);
		assert_int_equal(credssp_pair_start(&p, NULL), 0);
		for (int i = 1; i <= at; i++) {
			assert_int_equal(credssp_pair_client(&p, NULL), AUTH_MORE);
			assert_int_equal(
				credssp_host_step(&p.host, buf_bytes(&p.to_host), &p.to_client), 0);
		}
		buf_clear(&p.to_client);
		r = credssp_pair_client(&p, NULL);
		assert_int_equal(r > 0, at == 2);
		assert_int_equal(p.to_host.len > 0, at == 2);
		assert_false(p.host.has_credentials);
	}
}

/* Cut anywhere, the host's tokens are no use. */
static void tokens_cut(void **state)
{
	(void)state;
	for (int at = 3; at <= 4; at++) {
		for (size_t cut = 1; cut < 40; cut++) {
			AUTO(credssp_pair_done) struct credssp_pair p;
			credssp_pair_init(&p, NULL);
			assert_int_equal(credssp_pair_start(&p, NULL), 0);
			for (int i = 1; i <= at; i++) {
				assert_int_equal(credssp_pair_client(&p, NULL), AUTH_MORE);
				credssp_host_step(&p.host, buf_bytes(&p.to_host), &p.to_client);
			}
			buf_truncate(&p.to_client, p.to_client.len - cut);
			assert_int_equal(credssp_pair_client(&p, NULL), WINCH_E_PROTOCOL);
			assert_int_equal(p.to_host.len, 0);
		}
	}
}

/* A record that was changed, came twice, or is cut: bad seal. */
static void seals_that_are_bad(void **state)
{
	(void)state;
	for (int how = 0; how < 4; how++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		AUTO(buf_done) struct buf data = { .max = 1000 };
		AUTO(buf_done) struct buf back = { .max = 1000 };
		credssp_pair_init(&p, NULL);
		assert_int_equal(credssp_pair_run(&p, NULL), AUTH_DONE);
		const struct auth_class *class = p.client->class;
		assert_int_equal(credssp_host_seal(&p.host, BYTES_LIT("a reply"), &data), 0);
		struct bytes all = buf_bytes(&data);
		if (how == 0)
			data.data[data.start + 7] ^= 1;
		if (how == 1)
			all.len--;
		if (how == 2)
			all.len = 3;
		if (how == 3)
			assert_int_equal(
				class->unseal(p.client, (struct bytes){ 0 }, all, &back, NULL), 0);
		buf_clear(&back);
		assert_int_equal(class->unseal(p.client, bytes_of(all.data, 2), bytes_skip(all, 2),
					       &back, NULL),
				 WINCH_E_PROTOCOL);
		assert_int_equal(back.len, 0);
	}
}

static void user_forms(void **state)
{
	(void)state;
	static const struct {
		const char *given, *domain, *user;
	} rows[] = {
		{ "CORP\\anna", "CORP", "anna" },
		{ "anna@corp.example", "", "anna@corp.example" },
		{ "anna", "", "anna" },
		{ ".\\anna", ".", "anna" },
		{ "CORP\\anna@x", "CORP", "anna@x" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(credssp_pair_done) struct credssp_pair p;
		credssp_pair_init(&p, NULL);
		assert_int_equal(credential_set(&p.who, bytes_str(rows[i].given),
						BYTES_LIT("Pa55-\xC3\xBC"), NULL),
				 0);
		assert_int_equal(credssp_pair_run(&p, NULL), AUTH_DONE);
		assert_bytes(buf_bytes(&p.host.domain), bytes_str(rows[i].domain));
		assert_bytes(buf_bytes(&p.host.user), bytes_str(rows[i].user));
	}
}

static void a_wrong_password(void **state)
{
	(void)state;
	AUTO(credssp_pair_done) struct credssp_pair p;
	struct credssp_host_rules rules = credssp_pair_rules;

	rules.password = BYTES_LIT("another");
	credssp_pair_init(&p, &rules);
	assert_int_equal(credssp_pair_run(&p, NULL), WINCH_E_CONNECT);
	assert_int_equal(p.tokens, 4);
	assert_false(p.host.has_credentials);
}

static void no_password(void **state)
{
	(void)state;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(credssp_pair_done) struct credssp_pair p, hashed, nobody;

	credssp_pair_init(&p, NULL);
	assert_int_equal(credential_set(&p.who, BYTES_LIT("anna"), (struct bytes){ 0 }, NULL), 0);
	assert_int_equal(credssp_pair_start(&p, &err), WINCH_E_ARG);
	assert_non_null(strstr(winch_error_text(&err), "hands the password to the host"));

	credssp_pair_init(&hashed, NULL);
	assert_int_equal(credential_set(&hashed.who, BYTES_LIT("anna"), BYTES_LIT("p"), NULL), 0);
	assert_int_equal(credential_keep_nt_hash(&hashed.who, NULL), 0);
	assert_int_equal(credssp_pair_start(&hashed, &err), WINCH_E_ARG);

	credssp_pair_init(&nobody, NULL);
	nobody.world.credential = NULL;
	assert_int_equal(credssp_pair_start(&nobody, &err), WINCH_E_ARG);
}

static void no_random(void **state)
{
	(void)state;
	AUTO(credssp_pair_done) struct credssp_pair p;

	credssp_pair_init(&p, NULL);
	p.no_random = true;
	assert_int_equal(credssp_pair_run(&p, NULL), WINCH_E_SYSTEM);
	assert_false(p.host.has_credentials);
}

static void oversize(void **state)
{
	(void)state;
	static uint8_t zeros[CREDSSP_MAX + 1];
	AUTO(credssp_pair_done) struct credssp_pair p;

	credssp_pair_init(&p, NULL);
	assert_int_equal(credssp_pair_start(&p, NULL), 0);
	assert_int_equal(credssp_pair_client(&p, NULL), AUTH_MORE);
	assert_int_equal(buf_put(&p.to_client, bytes_of(zeros, sizeof(zeros)), NULL), 0);
	assert_int_equal(credssp_pair_client(&p, NULL), WINCH_E_LIMIT);
}

static int attempt(void)
{
	AUTO(credssp_pair_done) struct credssp_pair p;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	int r = AUTH_MORE;

	mem_fail_pause(true);
	credssp_pair_init(&p, NULL);
	mem_fail_pause(false);
	r = credssp_pair_start(&p, &err);
	while (r == 0 || r == AUTH_MORE) {
		r = credssp_pair_client(&p, &err);
		if (r <= 0)
			break;
		mem_fail_pause(true);
		int s = credssp_host_step(&p.host, buf_bytes(&p.to_host), &p.to_client);
		mem_fail_pause(false);
		if (s < 0)
			return s;
	}
	return r;
}

static void without_memory(void **state)
{
	(void)state;
	assert_true(mem_fail_each(attempt) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands),
		cmocka_unit_test(when_it_seals),
		cmocka_unit_test(all_versions),
		cmocka_unit_test(no_password_for_liars),
		cmocka_unit_test(without_the_last_token),
		cmocka_unit_test(error_codes),
		cmocka_unit_test(an_error_of_another_version),
		cmocka_unit_test(a_message_too_many),
		cmocka_unit_test(pins),
		cmocka_unit_test(no_tls),
		cmocka_unit_test(tokens_missing),
		cmocka_unit_test(tokens_cut),
		cmocka_unit_test(seals_that_are_bad),
		cmocka_unit_test(user_forms),
		cmocka_unit_test(a_wrong_password),
		cmocka_unit_test(no_password),
		cmocka_unit_test(no_random),
		cmocka_unit_test(oversize),
		cmocka_unit_test(without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
