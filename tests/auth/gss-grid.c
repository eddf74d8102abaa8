/*
 * gss-grid.c - our initiator against gss-ntlmssp, and gss-ntlmssp against our acceptor: raw NTLM
 * and SPNEGO x channel bindings x user names x passwords.
 *
 * A cell is good when both contexts stand (or, where they must not, the acceptor refuses), the
 * acceptor knows who asks, and sealed messages go both ways with the right numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "tests/auth/acceptor.h"
#include "tests/auth/gss-peer.h"

enum { MAX_TOKEN = 256 * 1024, MAX_SEALED = 256 * 1024, SIGNATURE = NTLM_SIGNATURE };

#define KEY  "\xF0\x9F\x94\x91" /* U+1F511 */
#define LONG "0123456789abcdefghijklmnopqrstuvwxyz"

/* What is typed, what is sent of it, and how gss-ntlmssp wants it typed. */
static const struct form {
	const char *title, *typed, *domain, *user, *for_gss;
} forms[] = {
	{ "user", "anna", "", "anna", "anna" },
	{ "D\\user", "CORP\\anna", "CORP", "anna", "CORP\\anna" },
	{ "\\user", "\\anna", "", "anna", "\\anna" },
	{ ".\\user", ".\\anna", ".", "anna", ".\\anna" },
	{ "u@realm", "anna@corp.example", "", "anna@corp.example", "\\anna@corp.example" },
	{ "u@REALM", "anna@CORP.EXAMPLE", "", "anna@CORP.EXAMPLE", "\\anna@CORP.EXAMPLE" },
	{ "D\\u@realm", "CORP\\anna@a.b", "CORP", "anna@a.b", "CORP\\anna@a.b" },
	{ "D\\uSeR", "Corp\\aNNa", "Corp", "aNNa", "Corp\\aNNa" },
	{ "latin", "B\xC3\x9CRO\\J\xC3\xBCrg\xC3\xBF", "B\xC3\x9CRO", "J\xC3\xBCrg\xC3\xBF",
	  "B\xC3\x9CRO\\J\xC3\xBCrg\xC3\xBF" },
	{ "cyril", "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD", "", "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD",
	  "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD" },
	{ "astral", "CORP\\" KEY "x", "CORP", KEY "x", "CORP\\" KEY "x" },
};

static const struct password {
	const char *title, *text;
	bool wrong; /* the other side has another one */
} passwords[] = {
	{ "ASCII", "Pass-w0rd!", false },
	{ "not ASCII", "p\xC3\xA4ss\xE6\x97\xA5\xE6\x9C\xAC\xD0\xB6", false },
	{ "long", LONG LONG LONG LONG LONG LONG LONG "\xC3\xBF", false },
	{ "empty", "", false },
	{ "astral", KEY " and " KEY KEY, false },
	{ "blanks", "  a b\t ", false },
	{ "wrong", "not this one", true },
};

static const struct binding {
	const char *title, *client, *server;
	bool bound, refused;
} bindings[] = {
	{ "none", "", "", false, false },
	{ "right", "tls-server-end-point:0123", "tls-server-end-point:0123", true, false },
	{ "wrong", "tls-server-end-point:0123", "tls-server-end-point:0124", false, true },
	{ "client's only", "tls-server-end-point:0123", "", false, false },
	{ "server's only", "", "tls-server-end-point:0123", false, false },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct cell {
	bool we_ask; /* our initiator; else our acceptor */
	bool spnego, timestamp;
	const struct form *form;
	const struct password *password;
	const struct binding *binding;
};

/* One end, whoever's. */
struct end {
	struct auth *ours;
	struct acceptor *acceptor;
	struct peer *gss;
};

static int step(struct end *e, struct bytes in, struct buf *out, winch_error *err)
{
	if (e->ours)
		return e->ours->class->step(e->ours, in, out, err);
	if (e->acceptor)
		return acceptor_step(e->acceptor, in, out, err);
	return peer_step(e->gss, in, out, err);
}

static int seal(struct end *e, struct bytes plain, struct buf *out, winch_error *err)
{
	AUTO(buf_done) struct buf data = { .max = MAX_SEALED };
	uint8_t signature[SIGNATURE];
	int r;

	if (e->gss)
		return peer_seal(e->gss, plain, out, err);
	if (e->ours) {
		r = e->ours->class->seal(e->ours, plain, out, &data, err);
	} else {
		r = ntlm_seal_put(&e->acceptor->ours, plain, &data, signature, err);
		if (r == 0)
			r = buf_put(out, bytes_of(signature, SIGNATURE), err);
	}
	return r < 0 ? r : buf_put(out, buf_bytes(&data), err);
}

static int unseal(struct end *e, struct bytes sealed, struct buf *out, winch_error *err)
{
	struct bytes header = bytes_of(sealed.data, SIGNATURE),
		     data = bytes_skip(sealed, SIGNATURE);

	if (e->gss)
		return peer_unseal(e->gss, sealed, out, err);
	if (e->ours)
		return e->ours->class->unseal(e->ours, header, data, out, err);
	return ntlm_seal_get(&e->acceptor->theirs, data, header, out, err);
}

/* Tokens to and fro until both ends stand. */
static int shake_hands(struct end *client, struct end *server, winch_error *err)
{
	AUTO(buf_done) struct buf token = { .max = MAX_TOKEN };
	AUTO(buf_done) struct buf answer = { .max = MAX_TOKEN };
	int c = AUTH_MORE, s = AUTH_MORE;

	for (int legs = 0; legs < 5; legs++) {
		buf_clear(&token);
		if (c == AUTH_MORE)
			c = step(client, buf_bytes(&answer), &token, err);
		if (c < 0)
			return fail_prefix(err, "client");
		if (c == AUTH_DONE && s == AUTH_DONE && !token.len)
			return 0;
		buf_clear(&answer);
		s = step(server, buf_bytes(&token), &answer, err);
		if (s < 0)
			return fail_prefix(err, "server");
		if (c == AUTH_DONE && s == AUTH_DONE && !answer.len)
			return 0;
	}
	return fail(err, WINCH_E_AUTH, "the handshake does not end");
}

static int pass_on(struct end *from, struct end *to, struct bytes plain, uint32_t number,
		   winch_error *err)
{
	AUTO(buf_done) struct buf sealed = { .max = MAX_SEALED };
	AUTO(buf_done) struct buf back = { .max = MAX_SEALED };

	int r = seal(from, plain, &sealed, err);
	if (r < 0)
		return r;
	struct rd tail = rd_of(bytes_skip(buf_bytes(&sealed), 12));
	uint32_t seen = rd_u32le(&tail);
	if (seen != number)
		return fail(err, WINCH_E_PROTOCOL, "message %u has number %u", number, seen);
	if (plain.len > 16 &&
	    memcmp(buf_bytes(&sealed).data + SIGNATURE, plain.data, plain.len) == 0)
		return fail(err, WINCH_E_PROTOCOL, "the message is not sealed");
	r = unseal(to, buf_bytes(&sealed), &back, err);
	if (r == 0 && !bytes_eq(buf_bytes(&back), plain))
		r = fail(err, WINCH_E_PROTOCOL, "another message came out");
	return r;
}

/* Several each way, in turns and in a row.  (gss-ntlmssp seals no empty message.) */
static int talk(struct end *client, struct end *server, bool list_mic, winch_error *err)
{
	static const size_t lengths[] = { 1, 16, 3, 1000, 70000, 7 };
	static uint8_t text[70000];
	uint32_t first = list_mic ? 1 : 0; /* a mechListMIC counts as a message */
	int r = 0;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7);
	for (uint32_t i = 0; r == 0 && i < COUNT(lengths); i++) {
		r = pass_on(client, server, bytes_of(text, lengths[i]), first + i, err);
		if (r == 0)
			r = pass_on(server, client, bytes_of(text, lengths[i] / 2 + 1),
				    first + 2 * i, err);
		if (r == 0)
			r = pass_on(server, client, bytes_of(text, i + 1), first + 2 * i + 1, err);
	}
	return r;
}

static int random_bytes(void *user, uint8_t *out, size_t len)
{
	(void)user;
	return RAND_bytes(out, (int)len) == 1 ? 0 : WINCH_E_SYSTEM;
}

static const char *user_file;

/* The one user that gss-ntlmssp knows. */
static int write_user(const struct cell *c, const char *password, winch_error *err)
{
	FILE *f = fopen(user_file, "w");

	if (!f)
		return fail(err, WINCH_E_SYSTEM, "%s can't be written", user_file);
	fprintf(f, "%s:%s:%s\n", c->form->domain, c->form->user, password);
	return fclose(f) == 0 ? 0 : fail(err, WINCH_E_SYSTEM, "%s can't be written", user_file);
}

static int check_user(const struct cell *c, const struct peer *gss, winch_error *err)
{
	AUTO(buf_done) struct buf seen = { .max = 1000 };
	AUTO(buf_done) struct buf expected = { .max = 1000 };

	int r = peer_put_user(gss, &seen, err);
	if (r == 0)
		r = buf_put_fmt(&expected, err, "%s%s%s", c->form->domain,
				*c->form->domain ? "\\" : "", c->form->user);
	if (r < 0)
		return r;
	/* gss-ntlmssp writes "\\user@realm", lest the realm be a domain. */
	if (!*c->form->domain && seen.len && *buf_bytes(&seen).data == '\\')
		buf_drop(&seen, 1);
	if (!bytes_eq(buf_bytes(&seen), buf_bytes(&expected)))
		return fail(err, WINCH_E_AUTH, "gss-ntlmssp takes it for %.*s", (int)seen.len,
			    (const char *)buf_bytes(&seen).data);
	return 0;
}

static int check_bound(const struct cell *c, bool bound, winch_error *err)
{
	if (bound == c->binding->bound)
		return 0;
	return fail(err, WINCH_E_AUTH, bound ? "it is bound" : "it is not bound");
}

/* Our initiator asks. */
static int we_ask(const struct cell *c, winch_error *err)
{
	AUTO(credential_done) struct credential who = { .user.max = 0 };
	AUTO(peer_done) struct peer gss = { .initiates = false };

	int r = write_user(c, c->password->wrong ? "another" : c->password->text, err);
	if (r == 0)
		r = credential_set(&who, bytes_str(c->form->typed), bytes_str(c->password->text),
				   err);
	if (r == 0)
		r = credential_keep_nt_hash(&who, err);
	if (r < 0)
		return r;
	const struct auth_world world = {
		.credential = &who,
		.target_name = BYTES_LIT("server"),
		.channel_binding = bytes_str(c->binding->client),
		.must_seal = true,
		.random = random_bytes,
	};
	peer_acceptor_init(&gss);
	gss.binding = bytes_str(c->binding->server);
	struct end client = { .ours = c->spnego ? auth_negotiate_new(&world, err)
						: auth_ntlm_new(&world, err) };
	struct end server = { .gss = &gss };
	if (!client.ours)
		return WINCH_E_NOMEM;
	r = shake_hands(&client, &server, err);
	if (r == 0)
		r = check_user(c, &gss, err);
	if (r == 0)
		r = check_bound(c, gss.flags & GSS_C_CHANNEL_BOUND_FLAG, err);
	if (r == 0)
		r = talk(&client, &server, c->spnego, err);
	auth_free(client.ours);
	return r;
}

static int check_seen(const struct cell *c, const struct acceptor *a, winch_error *err)
{
	/* gss-ntlmssp makes one in SPNEGO and where the server tells its time. */
	bool mic = c->spnego && c->timestamp;

	if (!bytes_eq(buf_bytes(&a->domain), bytes_str(c->form->domain)) ||
	    !bytes_eq(buf_bytes(&a->user), bytes_str(c->form->user)))
		return fail(err, WINCH_E_AUTH, "another name was sent");
	if (a->mic != mic || a->list_mic != mic)
		return fail(err, WINCH_E_AUTH, "MIC %d, mechListMIC %d", a->mic, a->list_mic);
	if (c->timestamp != (a->filetime == a->rules->filetime))
		return fail(err, WINCH_E_AUTH, "another time was sent");
	return 0;
}

/* gss-ntlmssp does not answer to a clock that is far from its own. */
static uint64_t filetime_now(void)
{
	return (uint64_t)time(NULL) * 10000000 + 116444736000000000u;
}

/* gss-ntlmssp asks. */
static int we_accept(const struct cell *c, winch_error *err)
{
	const struct acceptor_rules rules = {
		.password = bytes_str(c->password->wrong ? "another" : c->password->text),
		.channel_binding = bytes_str(c->binding->server),
		.filetime = c->timestamp ? filetime_now() : 0,
	};
	AUTO(acceptor_done) struct acceptor acceptor = { .stage = ACCEPTOR_BEGIN };
	AUTO(peer_done) struct peer gss = { .initiates = true };
	struct end client = { .gss = &gss }, server = { .acceptor = &acceptor };

	acceptor_init(&acceptor, &rules);
	int r = write_user(c, c->password->text, err);
	if (r == 0)
		r = peer_initiator_init(&gss, c->spnego, c->form->for_gss, err);
	if (r < 0)
		return r;
	gss.binding = bytes_str(c->binding->client);
	r = shake_hands(&client, &server, err);
	if (r == 0)
		r = check_seen(c, &acceptor, err);
	if (r == 0)
		r = check_bound(c, acceptor.bound, err);
	return r < 0 ? r : talk(&client, &server, acceptor.list_mic, err);
}

/* Whether the cell is as it must be. */
static bool try(const struct cell *c)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	bool refused = c->password->wrong || c->binding->refused;

	int r = c->we_ask ? we_ask(c, &err) : we_accept(c, &err);
	const char *text = winch_error_text(&err);
	/* It is the server that refuses. */
	bool good = refused ? r == WINCH_E_AUTH && strncmp(text, "server", 6) == 0 : r == 0;
	if (!good)
		fprintf(stderr, "FAIL %s, %s, %s time, binding %s, user %s, password %s: %s\n",
			c->we_ask ? "we ask" : "we accept", c->spnego ? "SPNEGO" : "raw",
			c->timestamp ? "with" : "without", c->binding->title, c->form->title,
			c->password->title, r == 0 ? "it was taken" : text);
	return good;
}

static unsigned passed, failed;

/* A line of the table: how many of the passwords were good with each user name. */
static void try_line(struct cell c)
{
	printf("%-9s %-6s %-7s %-13s", c.we_ask ? "we ask" : "we accept",
	       c.spnego ? "SPNEGO" : "raw", c.timestamp ? "with" : "without", c.binding->title);
	for (size_t i = 0; i < COUNT(forms); i++) {
		unsigned good = 0;
		c.form = &forms[i];
		for (size_t k = 0; k < COUNT(passwords); k++) {
			c.password = &passwords[k];
			good += try(&c);
		}
		printf(" %*u/%zu", (int)strlen(forms[i].title) - 2, good, COUNT(passwords));
		passed += good;
		failed += (unsigned)COUNT(passwords) - good;
	}
	putchar('\n');
	fflush(stdout);
}

static void try_table(void)
{
	printf("%-9s %-6s %-7s %-13s", "who", "as", "time", "binding");
	for (size_t i = 0; i < COUNT(forms); i++)
		printf(" %s", forms[i].title);
	putchar('\n');
	for (int spnego = 0; spnego < 2; spnego++)
		for (size_t i = 0; i < COUNT(bindings); i++)
			try_line((struct cell){ .we_ask = true,
						.spnego = spnego,
						.timestamp = true,
						.binding = &bindings[i] });
	for (int spnego = 0; spnego < 2; spnego++)
		for (int timestamp = 1; timestamp >= 0; timestamp--)
			for (size_t i = 0; i < COUNT(bindings); i++)
				try_line((struct cell){ .spnego = spnego,
							.timestamp = timestamp,
							.binding = &bindings[i] });
}

int main(void)
{
	char name[] = "/tmp/gss-grid-XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0)
		return 1;
	close(fd);
	user_file = name;
	bool there = peer_set_up(name);
	if (there)
		try_table();
	unlink(name);
	if (!there) {
		puts("skip: no gss-ntlmssp here");
		return 77;
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
