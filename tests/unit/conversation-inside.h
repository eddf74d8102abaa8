/*
 * conversation-inside.h - what the files of a conversation share.
 *
 *     conversation.c        a file: its options, its steps one after the other, memory that fails
 *     conversation-steps.c  what each step does
 *     conversation-words.c  the words of a line
 */
#ifndef CONVERSATION_INSIDE_H
#define CONVERSATION_INSIDE_H

#include <winch/pool.h>

#include "tests/unit/conversation.h"
#include "tests/unit/server-bytes.h"
#include "tests/unit/test.h"

enum { MAX_PIPELINES = 8, MAX_STREAMS = 2 * (MAX_PIPELINES + 1) };

struct talk {
	const char *path, *at; /* the file, and the rest of its text */
	int line;
	bool all_well; /* no allocation is made to fail */
	enum feeding feeding;
	winch_pool_options opts;
	winch_host_info host;
	winch_pool *pool;
	int made; /* pipelines' GUIDs */
	int result;
	winch_error err;
	size_t room, piece;
	uint64_t object;               /* of the server's last message */
	struct blob sent[MAX_STREAMS]; /* by us, not yet whole */
	struct blob last;              /* the last whole message of ours */
	bool over;                     /* the pool has ended for want of memory */
};

#define wrong(t, ...)                                                                              \
	do {                                                                                       \
		print_error("%s:%d: ", (t)->path, (t)->line);                                      \
		fail_msg(__VA_ARGS__);                                                             \
	} while (0)

/* ---- conversation-words.c ---- */

/* The next word of *at, cut off it; NULL: there is none. */
char *word(char **at);
/* What is left, without the blanks before it. */
char *rest(char *at);
long number(struct talk *t, char **at);
/* A pipeline's number; 0: the pool. */
int target(struct talk *t, char **at);

/* GUIDs are numbered, too: a pipeline's is its number, that of 0 the pool's own. */
winch_guid guid_of(int number);
/* All zero for the pool, as in messages and chunks. */
winch_guid target_guid(int n);

struct named {
	const char *name;
	int value;
};

/* Up to a row without a name. */
extern const struct named status_names[], op_names[], event_names[], state_names[];

int lookup(struct talk *t, const struct named *names, const char *name);

/* The next line of the file that says something, into line. */
bool next_line(struct talk *t, char *line, size_t room);

/* ---- conversation-steps.c ---- */

struct action {
	const char *name;
	/* 0, or what was refused or failed, with t->err perhaps. */
	int (*run)(struct talk *t, char *at);
	bool whole_line; /* run wants the name too */
};

/* By the line's first word; NULL: there is none of that name. */
const struct action *action_of(const char *line);

#endif
