/*
 * doctor-name.c - the host's name, and what addresses it has.
 *
 * The resolver waits as long as its own configuration says.  So it is asked by a child, which is
 * given up when the time of --connect-timeout is over.
 */
#include "src/cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MOST_ADDRESSES =
		sizeof(((struct doctor *)NULL)->addresses) / sizeof(struct sockaddr_storage)
};

/* Short enough for a pipe to have it whole or not at all. */
struct answer {
	int result; /* getaddrinfo()'s */
	size_t count;
	struct sockaddr_storage list[MOST_ADDRESSES];
};
_Static_assert(sizeof(struct answer) <= PIPE_BUF, "an answer comes whole");

static void resolve(const char *host, struct answer *ret)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;

	*ret = (struct answer){ .result = getaddrinfo(host, NULL, &hints, &all) };
	if (ret->result)
		return;
	for (const struct addrinfo *a = all; a && ret->count < MOST_ADDRESSES; a = a->ai_next)
		if (a->ai_addrlen <= sizeof(ret->list[0]))
			memcpy(&ret->list[ret->count++], a->ai_addr, a->ai_addrlen);
	freeaddrinfo(all);
}

static void be_child(const char *host, int out)
{
	struct answer answer;

	resolve(host, &answer);
	_exit(write(out, &answer, sizeof(answer)) != (ssize_t)sizeof(answer));
}

/* true: *ret is the answer; false: none came. */
static bool wait_for_answer(int in, int ms, struct answer *ret)
{
	struct pollfd fd = { in, POLLIN, 0 };
	int64_t until = now_ms() + ms;
	int r;

	do {
		int64_t left = until - now_ms();
		r = poll(&fd, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);
	return r > 0 && read(in, ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
}

/* false: no answer within ms. */
static bool ask_resolver(const char *host, int ms, struct answer *ret)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		resolve(host, ret);
		return true;
	}
	pid_t pid = fork();
	if (pid == 0)
		be_child(host, ends[1]);
	close(ends[1]);
	bool answered = pid > 0 && wait_for_answer(ends[0], ms, ret);
	close(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	} else {
		resolve(host, ret);
		answered = true;
	}
	return answered;
}

static socklen_t length_of(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static void put_addresses(struct text *out, const struct answer *answer)
{
	char text[NI_MAXHOST];

	text_str(out, "");
	for (size_t i = 0; i < answer->count; i++) {
		const struct sockaddr *a = (const struct sockaddr *)(const void *)&answer->list[i];
		if (getnameinfo(a, length_of(&answer->list[i]), text, sizeof(text), NULL, 0,
				NI_NUMERICHOST) == 0)
			text_printf(out, "%s%s", out->len ? ", " : "", text);
	}
}

static void tell(struct doctor *d, const struct answer *answer)
{
	AUTO(text_done) struct text text = { 0 };

	if (answer->result) {
		struct finding *f = find(d, FIND_NAME_UNKNOWN);
		fact_text(&f->facts, "why", gai_strerror(answer->result));
		return;
	}
	put_addresses(&text, answer);
	bool is_address = strcmp(text.data, d->connection.target.host) == 0;
	struct finding *f = find(d, is_address ? FIND_NAME_ADDRESS : FIND_NAME_OK);
	fact_text(&f->facts, "addresses", text.data);
	memcpy(d->addresses, answer->list, sizeof(d->addresses));
	d->address_count = answer->count;
}

bool doctor_name(struct doctor *d)
{
	const struct connection *c = &d->connection;
	struct answer answer;

	if (!doctor_is_direct(d)) {
		find_skipped(d, "name",
			     c->jump.to ? "the jump host looks it up" : "the proxy looks it up");
		return true;
	}
	if (ask_resolver(c->target.host, doctor_connect_ms(d), &answer)) {
		tell(d, &answer);
		return true;
	}
	fact_number(&find(d, FIND_NAME_SILENT)->facts, "waited_ms", doctor_connect_ms(d));
	doctor_fails(d, STATUS_CONNECT);
	return false;
}
