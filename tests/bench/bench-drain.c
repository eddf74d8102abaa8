/*
 * bench-drain.c USER SCRIPT WORKERS URL... - the reference for what comes down: the same requests,
 * but each reply of the pipeline is only unsealed and thrown away.  So many workers, each a
 * process, take the next URL when they are done with one.  The password is in WINCH_PASSWORD.
 */
#include <winch/pool.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/random.h"
#include "tests/live/blocking.h"
#include "wsman/names.h"
#include "wsman/wsman.h"

struct drain {
	struct blocking lane;
	struct wsman_shell shell;
	struct wsman_command command;
	struct wsman_request request;
	struct wsman_reply reply;
	winch_pool *pool;
	winch_guid pool_id;
};

static void stop(const char *what, const winch_error *err)
{
	fprintf(stderr, "%s: %s\n", what, winch_error_text(err));
	exit(1);
}

static winch_guid fresh(void)
{
	winch_guid g;

	random_guid(NULL, &g);
	return g;
}

/* What the pool wants to send, as the payload of the request. */
static void put_chunk(struct drain *d)
{
	const winch_chunk *chunk;
	winch_error err = WINCH_ERROR_INIT;

	if (winch_pool_take(d->pool, wsman_room(&d->request), &chunk) != 1 ||
	    wsman_finish(&d->request, bytes_of(chunk->data, chunk->len), &err) < 0)
		stop("payload", &err);
}

static void post(struct drain *d, struct wsman_command *command, bool first)
{
	winch_error err = WINCH_ERROR_INIT;
	struct bytes body;
	int status = blocking_exchange(&d->lane, buf_bytes(&d->request.body), first, &body);

	if (wsman_read(&d->shell, command, &d->request, status, body, &d->reply, &err) < 0)
		stop("reply", &err);
}

static void create(struct drain *d)
{
	winch_error err = WINCH_ERROR_INIT;
	struct wsman_option version = { "protocolversion", "2.4", true };
	struct wsman_create args = { .shell_id = &d->pool_id,
				     .input_streams = "stdin pr",
				     .output_streams = "stdout",
				     .options = &version,
				     .option_count = 1,
				     .content_name = "creationXml",
				     .content_ns = "http://schemas.microsoft.com/powershell" };
	winch_guid id = fresh();

	if (wsman_create(&d->shell, &args, &id, &d->request, &err) < 0)
		stop("Create", &err);
	put_chunk(d);
	post(d, NULL, true);
	d->shell.max_envelope = WSMAN_ENVELOPE_NEW;
	while (winch_pool_state(d->pool) != WINCH_POOL_OPENED) {
		id = fresh();
		if (wsman_receive(&d->shell, NULL, "stdout", true, &id, &d->request, &err) < 0)
			stop("Receive", &err);
		post(d, NULL, false);
		for (size_t i = 0; i < d->reply.chunk_count; i++)
			winch_pool_feed(d->pool, NULL, d->reply.chunks[i].data.data,
					d->reply.chunks[i].data.len);
	}
}

static void run(struct drain *d, const char *script)
{
	winch_error err = WINCH_ERROR_INIT;
	winch_pipeline *p = winch_pipeline_new(NULL, NULL);
	winch_guid pipeline, id = fresh();

	winch_pipeline_add_script(p, script, strlen(script), false);
	if (winch_pool_invoke(d->pool, p, &pipeline, &err) < 0)
		stop("invoke", &err);
	struct wsman_command_args args = { .command_id = &pipeline, .command = "" };
	if (wsman_command(&d->shell, &d->command, &args, &id, &d->request, &err) < 0)
		stop("Command", &err);
	put_chunk(d);
	post(d, &d->command, false);
	winch_pipeline_free(p);
}

/* Unsealed by the lane, looked at for its end, and thrown away. */
static size_t drain(struct drain *d)
{
	winch_error err = WINCH_ERROR_INIT;
	struct bytes body = { 0 };
	size_t total = 0;

	do {
		winch_guid id = fresh();
		if (wsman_receive(&d->shell, &d->command, "stdout", true, &id, &d->request, &err) <
		    0)
			stop("Receive", &err);
		blocking_exchange(&d->lane, buf_bytes(&d->request.body), false, &body);
		total += body.len;
	} while (!memmem(body.data, body.len, "CommandState/Done", 17));
	return total;
}

static void one_target(const char *url, const struct credential *who, const char *script)
{
	winch_error err = WINCH_ERROR_INIT;
	struct drain d = { .request = WSMAN_REQUEST_INIT, .pool_id = fresh() };
	winch_pool_options pool = { .size = sizeof(pool),
				    .id = d.pool_id,
				    .new_guid = random_guid };
	struct http_options http = { .url = url, .auth = HTTP_AUTH_NEGOTIATE, .credential = who };
	struct wsman_shell_options shell = {
		.to = url,
		.resource_uri = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell",
		.session_id = fresh(),
	};

	d.pool = winch_pool_new(&pool, &err);
	wsman_command_init(&d.command);
	wsman_reply_init(&d.reply, 2 * WSMAN_ENVELOPE_NEW);
	if (!d.pool || winch_pool_open(d.pool) < 0 || wsman_shell_init(&d.shell, &shell, &err) < 0)
		stop("open", &err);
	blocking_open(&d.lane, &http);
	create(&d);
	run(&d, script);
	printf("%zu bytes of envelopes\n", drain(&d));
	winch_guid id = fresh();
	if (wsman_delete(&d.shell, &id, &d.request, &err) == 0)
		post(&d, NULL, false);
	blocking_close(&d.lane);
	wsman_request_done(&d.request);
	wsman_reply_done(&d.reply);
	wsman_command_done(&d.command);
	wsman_shell_done(&d.shell);
	winch_pool_free(d.pool);
}

/* The numbers of the URLs, in a pipe from which each worker takes its next. */
static int numbers(int count)
{
	int ends[2];

	if (pipe(ends) < 0)
		exit(1);
	for (int i = 0; i < count; i++)
		if (write(ends[1], &i, sizeof(i)) != sizeof(i))
			exit(1);
	close(ends[1]);
	return ends[0];
}

int main(int argc, char **argv)
{
	winch_error err = WINCH_ERROR_INIT;
	struct credential who = { 0 };
	const char *password = getenv("WINCH_PASSWORD");
	int status, failed = 0;

	if (argc < 5 || !password) {
		printf("skipped: run by the Python files of tests/bench\n");
		return 0;
	}
	if (credential_set(&who, bytes_str(argv[1]), bytes_str(password), &err) < 0)
		stop("credential", &err);
	int todo = numbers(argc - 4);
	for (int workers = atoi(argv[3]); workers > 0; workers--) {
		if (fork() != 0)
			continue;
		for (int i; read(todo, &i, sizeof(i)) == sizeof(i);)
			one_target(argv[4 + i], &who, argv[2]);
		exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	credential_done(&who);
	return failed ? 1 : 0;
}
