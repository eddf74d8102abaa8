/*
 * error-record.h - what an ErrorRecord says (MS-PSRP 2.2.3.15), in one struct.
 *
 * All of it points into the value that it was read from.
 */
#ifndef CLI_ERROR_RECORD_H
#define CLI_ERROR_RECORD_H

#include <winch/value.h>

#include "src/cli/cli.h"

struct span {
	const char *text; /* never NULL */
	size_t len;
};

struct error_record {
	struct span message;        /* ErrorDetails' message, else the exception's */
	struct span exception;      /* the exception's message */
	struct span recommendation; /* of ErrorDetails */
	struct span details;        /* PSMessageDetails */
	struct span id;             /* FullyQualifiedErrorId */
	bool has_details_message;   /* .message is that of ErrorDetails */
	bool thrown;                /* by a throw statement */
	bool native;                /* what a program wrote to its stderr */

	int64_t category; /* the number; 17: a parser error */
	struct span category_name, category_message, activity, reason, target_name, target_type;
	bool parser; /* .category is ParserError */
	bool parsed; /* and the parser's exception came with it */

	bool has_invocation;
	struct span command;    /* MyCommand's name; "": a script that has none */
	bool has_command;       /* there is a MyCommand */
	bool is_known_command;  /* it is no script: Get-Command would find it */
	bool is_script;         /* MyCommand is a script's text */
	struct span path;       /* of an external script */
	struct span invocation; /* InvocationName */
	struct span script;     /* ScriptName */
	struct span position;   /* PositionMessage */
	int64_t line;           /* ScriptLineNumber */

	/* A TargetObject that says where (Pester's): a dictionary with Line and LineText. */
	bool has_target_line;
	struct span target_file, target_line, target_text;
};

void error_record_read(struct error_record *r, const winch_value *record);

#endif
