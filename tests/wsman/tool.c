/*
 * tool.c - the wsman room for scripts: writes sample requests, reads replies.
 *
 *     tool write DIR      one NAME.xml for each kind of request
 *     tool read FILE...   what stands in each reply, one fact a line (texts in hex): read whole,
 *                         "--", read one byte at a time, "=="
 */
#include <stdio.h>
#include <stdlib.h>

#include "src/base/mem.h"
#include "tests/unit/wsman-samples.h"
#include "wsman/reply.h"

enum { MAX_FILE = 16 * 1024 * 1024 };

static int write_sample(const char *dir, const struct sample_row *row)
{
	AUTO(sample_done) struct sample s;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	char path[4096];

	int r = sample_init(&s, &err);
	if (r == 0 && row->open)
		sample_open(&s);
	if (r == 0)
		r = row->write(&s, &err);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", row->name, winch_error_text(&err));
		return 1;
	}
	snprintf(path, sizeof(path), "%s/%s.xml", dir, row->name);
	FILE *f = fopen(path, "w");
	if (!f)
		return 1;
	struct bytes body = buf_bytes(&s.request.body);
	bool good = fwrite(body.data, 1, body.len, f) == body.len;
	return fclose(f) == 0 && good ? 0 : 1;
}

static int read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "r");
	uint8_t piece[65536];
	size_t len;

	if (!f)
		return -1;
	while ((len = fread(piece, 1, sizeof(piece), f)) > 0)
		if (buf_put(out, bytes_of(piece, len), NULL) < 0)
			abort();
	fclose(f);
	return 0;
}

static void print_text(const char *name, struct bytes text)
{
	if (!text.len)
		return;
	printf("%s ", name);
	for (size_t i = 0; i < text.len; i++)
		printf("%02x", text.data[i]);
	putchar('\n');
}

static void print_reply(const struct reply_head *head, const struct wsman_reply *r)
{
	static const char *const progress[] = { "", "Pending", "Running", "Done" };

	print_text("action", head->action);
	print_text("relates", head->relates_to);
	print_text("shell", r->shell_id);
	print_text("command", r->command_id);
	for (size_t i = 0; i < r->chunk_count; i++) {
		print_text("stream", r->chunks[i].stream);
		print_text("of", r->chunks[i].command_id);
		print_text("data", r->chunks[i].data);
		if (r->chunks[i].end)
			puts("end");
	}
	if (r->progress)
		printf("progress %s\n", progress[r->progress]);
	if (r->has_exit_code)
		printf("exit %lld\n", (long long)r->exit_code);
	for (size_t i = 0; i < r->shell_count; i++) {
		print_text("item", r->shells[i].shell_id);
		print_text("itemcommand", r->shells[i].command_id);
		print_text("state", r->shells[i].state);
		printf("idle %llu\n", (unsigned long long)r->shells[i].idle_timeout_ms);
	}
	if (r->max_envelope)
		printf("envelope %llu\n", (unsigned long long)r->max_envelope);
	if (r->fault.seen) {
		printf("fault %u\n", r->fault.code);
		print_text("reason", r->fault.reason);
		print_text("provider", r->fault.provider);
	}
}

static int read_reply(struct bytes body, size_t piece)
{
	AUTO(reply_reader_done) struct reply_reader reader = { 0 };
	AUTO(wsman_reply_done) struct wsman_reply reply;
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;

	wsman_reply_init(&reply, MAX_FILE);
	int r = reply_reader_init(&reader, &reply, &err);
	for (; r == 0 && body.len; body = bytes_skip(body, piece))
		r = reply_reader_feed(
			&reader, bytes_of(body.data, body.len < piece ? body.len : piece), &err);
	if (r == 0)
		r = reply_reader_end(&reader, &err);
	if (r < 0)
		printf("error %s\n", winch_error_text(&err));
	else
		print_reply(&reader.head, &reply);
	return r;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc == 3 && strcmp(argv[1], "write") == 0) {
		for (size_t i = 0; i < sample_row_count; i++)
			failed |= write_sample(argv[2], &sample_rows[i]);
		return failed;
	}
	if (argc < 3 || strcmp(argv[1], "read") != 0)
		return 2;
	for (int i = 2; i < argc; i++) {
		AUTO(buf_done) struct buf b = { .max = MAX_FILE };
		if (read_file(argv[i], &b) < 0)
			return 1;
		read_reply(buf_bytes(&b), MAX_FILE);
		puts("--");
		read_reply(buf_bytes(&b), 1);
		puts("==");
	}
	return 0;
}
