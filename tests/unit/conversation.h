/*
 * conversation.h - a pool against a server, told by the lines of a text file.
 *
 * Before the first step, options:
 *     minor N | max_message N | max_input N | host none|raw
 *
 * The application's calls, and the carrier's:
 *     open | close | stop P | end P | ended T | lost TEXT
 *     invoke P script|input|statements|empty TEXT
 *     input P JSON | answer T CALL JSON | refuse T CALL TEXT
 *     ! STATUS [TEXT]      what the step before gave; without it: no failure
 *
 * What the pool sends:
 *     room N               of the chunks taken from now on
 *     > OP T [MESSAGE...]  the next chunk, and the messages that end in it
 *     > nothing
 *     body TEXT            the last of them has this CLIXML
 *     body= TEXT           the last of them is this CLIXML
 *
 * What the server sends:
 *     piece N              bytes of a fragment of the server's from now on
 *     < T [to=server] [rpid=none|other] [pid=none|other] MESSAGE [CLIXML]
 *     <| T OBJECT FRAGMENT FLAGS LENGTH TEXT
 *                          a fragment as it is; LENGTH -: the text's
 *     resync T             the stream goes on after a Connect
 *
 * What comes of it:
 *     = EVENT T [NUMBER...] [JSON]
 *                          the next event
 *     = nothing | = failed STATUS TEXT
 *     is STATE | speaks MINOR
 *
 * T: pool, or P: a pipeline's number.  MESSAGE: a name of specs/messages.tsv, or 0x....
 */
#ifndef CONVERSATION_H
#define CONVERSATION_H

enum feeding {
	FEED_LINES, /* what one line says at once */
	FEED_BYTES, /* one byte at a time */
	FEED_LUMPS, /* all that comes for one stream before something else happens */
};

/* Run the file; fails the test at the first line that is not as it is. */
void conversation_run(const char *path, enum feeding feeding);

/* Run it with each allocation failing once: a call that is refused is made again, a pool
 * that ends says why, and nothing leaks.  How many there were. */
unsigned long conversation_without_memory(const char *path);

#endif
