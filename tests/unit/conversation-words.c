/*
 * conversation-words.c - the lines of a conversation, and their words.
 */
#include "tests/unit/conversation-inside.h"

winch_guid guid_of(int number)
{
	winch_guid g;

	for (int i = 0; i < 16; i++)
		g.bytes[i] = (uint8_t)(number * 16 + i);
	return g;
}

char *word(char **at)
{
	char *start = *at + strspn(*at, " ");

	if (!*start)
		return NULL;
	*at = start + strcspn(start, " ");
	if (**at)
		*(*at)++ = '\0';
	return start;
}

char *rest(char *at)
{
	return at + strspn(at, " ");
}

long number(struct talk *t, char **at)
{
	char *w = word(at), *end;

	if (!w)
		wrong(t, "a number is missing");
	long n = strtol(w, &end, 10);
	if (*end)
		wrong(t, "%s is no number", w);
	return n;
}

int target(struct talk *t, char **at)
{
	char *w = word(at);

	if (!w)
		wrong(t, "pool or a pipeline is missing");
	int n = strcmp(w, "pool") == 0 ? 0 : atoi(w);
	if (n < 0 || n > MAX_PIPELINES)
		wrong(t, "%s is no pipeline", w);
	return n;
}

winch_guid target_guid(int n)
{
	static const winch_guid none;

	return n ? guid_of(n) : none;
}

int lookup(struct talk *t, const struct named *names, const char *name)
{
	for (; name && names->name; names++)
		if (strcmp(names->name, name) == 0)
			return names->value;
	wrong(t, "%s is not known", name ? name : "nothing");
	return 0;
}

const struct named status_names[] = {
	{ "OK", 0 },
	{ "FULL", 1 },
	{ "ARG", WINCH_E_ARG },
	{ "STATE", WINCH_E_STATE },
	{ "LIMIT", WINCH_E_LIMIT },
	{ "PROTOCOL", WINCH_E_PROTOCOL },
	{ "CONNECT", WINCH_E_CONNECT },
	{ "UNSUPPORTED", WINCH_E_UNSUPPORTED },
	{ 0 },
};

const struct named op_names[] = {
	{ "OPEN", WINCH_OP_OPEN },
	{ "COMMAND", WINCH_OP_COMMAND },
	{ "SEND", WINCH_OP_SEND },
	{ "SEND_PR", WINCH_OP_SEND_PR },
	{ "STOP", WINCH_OP_STOP },
	{ "CLOSE", WINCH_OP_CLOSE },
	{ 0 },
};

const struct named event_names[] = {
	{ "POOL_STATE", WINCH_EVENT_POOL_STATE },
	{ "PRIVATE_DATA", WINCH_EVENT_PRIVATE_DATA },
	{ "OUTPUT", WINCH_EVENT_OUTPUT },
	{ "ERROR", WINCH_EVENT_ERROR },
	{ "WARNING", WINCH_EVENT_WARNING },
	{ "VERBOSE", WINCH_EVENT_VERBOSE },
	{ "DEBUG", WINCH_EVENT_DEBUG },
	{ "INFORMATION", WINCH_EVENT_INFORMATION },
	{ "PROGRESS", WINCH_EVENT_PROGRESS },
	{ "PIPELINE_STATE", WINCH_EVENT_PIPELINE_STATE },
	{ "HOST_CALL", WINCH_EVENT_HOST_CALL },
	{ "INPUT_ROOM", WINCH_EVENT_INPUT_ROOM },
	{ "AVAILABILITY", WINCH_EVENT_AVAILABILITY },
	{ "USER_EVENT", WINCH_EVENT_USER_EVENT },
	{ 0 },
};

const struct named state_names[] = {
	{ "before", WINCH_POOL_BEFORE_OPEN },
	{ "opening", WINCH_POOL_OPENING },
	{ "opened", WINCH_POOL_OPENED },
	{ "closing", WINCH_POOL_CLOSING },
	{ "closed", WINCH_POOL_CLOSED },
	{ "broken", WINCH_POOL_BROKEN },
	{ 0 },
};

/* ---- the application's calls: each gives a status, and changes nothing when it fails ---- */

bool next_line(struct talk *t, char *line, size_t room)
{
	do {
		size_t len = strcspn(t->at, "\n");
		if (!*t->at)
			return false;
		assert_true(len < room);
		memcpy(line, t->at, len);
		line[len] = '\0';
		t->at += len + (t->at[len] == '\n');
		t->line++;
	} while (*line == '#' || *line == '\0');
	return true;
}
