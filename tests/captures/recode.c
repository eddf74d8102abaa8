/*
 * recode.c - fragments of a capture to messages, their bodies to values and back, and the
 * messages to other fragments and back.
 *
 * Lines in: STREAM HEX, the bytes of fragments in the order in which they came; STREAM
 * is any word.  Lines out: message STREAM DESTINATION TYPE RPID PID BODY WRITTEN, in hex; WRITTEN
 * is what our writer makes of the value that our reader found in BODY.
 */
#include <stdio.h>
#include <stdlib.h>

#include "psrp/clixml-read.h"
#include "psrp/clixml-write.h"
#include "psrp/cut.h"
#include "psrp/join.h"
#include "psrp/message.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "tests/captures/tool.h"

enum { MAX = 64 * 1024 * 1024, STREAMS = 64, NAME = 64 };

struct stream {
	char name[NAME];
	struct join join;
};

static void print_message(const char *stream, const struct message *m, struct bytes written)
{
	printf("message %s %u %08x ", stream, m->destination, m->type);
	print_hex(m->rpid.bytes, 16);
	putchar(' ');
	print_hex(m->pid.bytes, 16);
	putchar(' ');
	print_hex(m->body.data, m->body.len);
	putchar(' ');
	print_hex(written.data, written.len);
	putchar('\n');
}

/* The whole message in fragments of room bytes, fed a byte at a time: the same again? */
static void cut_and_join(struct bytes whole, size_t room)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct outgoing out = { .op = WINCH_OP_SEND, .message = { .max = MAX } };
	struct bytes data, again = { 0 };
	struct join join;
	struct cut cut;
	winch_guid pipeline;
	int op, found = 0;

	cut_init(&cut);
	join_init(&join, MAX, 1);
	if (buf_put(&out.message, whole, &err) < 0 || cut_put(&cut, &out, &err) < 0)
		die("cut_put", &err);
	while (found == 0 && cut_take(&cut, room, &op, &pipeline, &data, &err) == 1)
		for (size_t i = 0; found == 0 && i < data.len; i++)
			if (join_feed(&join, bytes_of(data.data + i, 1), &err) < 0 ||
			    (found = join_next(&join, &again, &err)) < 0)
				die("join", &err);
	if (found != 1 || !bytes_eq(whole, again))
		die("cut and joined, a message is another", &err);
	join_done(&join);
	cut_done(&cut);
}

static void recode_message(const char *stream, struct bytes whole, size_t room)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	AUTO(buf_done) struct buf written = { .max = MAX };
	AUTO(arena_done) struct arena arena = { 0 };
	const struct value *v;
	struct message m;

	if (message_read(whole, &m, &err) < 0)
		die("message_read", &err);
	if (clixml_read(m.body, &arena, &v, &err) < 0)
		die("clixml_read", &err);
	/* No body is $null, and an END_OF_PIPELINE_INPUT: that is written as nothing. */
	if (m.body.len && clixml_write(&written, v, &err) < 0)
		die("clixml_write", &err);
	print_message(stream, &m, buf_bytes(&written));
	cut_and_join(whole, room);
}

static struct stream *stream_of(struct stream *streams, const char *name)
{
	for (size_t i = 0; i < STREAMS; i++) {
		if (!streams[i].name[0]) {
			snprintf(streams[i].name, NAME, "%s", name);
			join_init(&streams[i].join, MAX, MAX);
		}
		if (strcmp(streams[i].name, name) == 0)
			return &streams[i];
	}
	die("too many streams", NULL);
}

void recode(size_t step, size_t room)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	struct stream *streams = calloc(STREAMS, sizeof(*streams));
	struct bytes whole;
	struct line l;
	int r;

	while (next_line(&l)) {
		struct stream *s = stream_of(streams, l.word[0]);
		struct bytes in = line_bytes(&l, 1);
		while (in.len) {
			size_t len = in.len < step ? in.len : step;
			if (join_feed(&s->join, bytes_of(in.data, len), &err) < 0)
				die("join_feed", &err);
			while ((r = join_next(&s->join, &whole, &err)) == 1)
				recode_message(s->name, whole, room);
			if (r < 0)
				die("join_next", &err);
			in = bytes_skip(in, len);
		}
	}
	for (size_t i = 0; i < STREAMS; i++) {
		if (streams[i].join.open || streams[i].join.in.len)
			die("the last message is not whole", NULL);
		join_done(&streams[i].join);
	}
	free(streams);
}
