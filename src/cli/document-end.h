/*
 * document-end.h - where a CLIXML document ends and another may begin: programs write several
 * into one stream, and -o clixml and winch encode one a line.
 *
 * It looks at tags alone; what is no XML is found by who reads it.  Another document begins on a
 * line of its own, or, behind an <Objs>, anywhere.  UTF-16 is one document.
 */
#ifndef CLI_DOCUMENT_END_H
#define CLI_DOCUMENT_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct document_end { /* zeros: before a document */
	uint8_t state;
	bool ended;
	bool own_line;  /* behind the end came a line feed */
	char name[5];   /* of the root, as far as it can be Objs */
	uint8_t filled; /* of the name */
	uint8_t run;    /* of bytes that may be a terminator's */
	char last;      /* the byte that a terminator is made of */
	char quote;
	size_t depth;
};

/* How much of this belongs to the document, and the blanks behind it: less than len where another
 * one begins. */
size_t document_end_find(struct document_end *e, const char *data, size_t len);

#endif
