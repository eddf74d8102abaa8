/*
 * message-json.h - a PSRP message of a recorded conversation, as JSON.
 */
#ifndef CLI_MESSAGE_JSON_H
#define CLI_MESSAGE_JSON_H

#include <winch/dissect.h>
#include <winch/json.h>

#include "src/cli/cli.h"

/* Append what the body says.  false: it is no CLIXML; *err says why, *out is as it was. */
bool message_value(struct text *out, const winch_dissected_message *m,
		   const winch_json_options *options, winch_error *err);

/* Append {"message":NAME,"to":"client","pool":ID,"pipeline":ID,"value":...}; in place of the
 * value "clixml" and "error" where the body is no CLIXML. */
void message_json(struct text *out, const winch_dissected_message *m,
		  const winch_json_options *options);

/* The name, or its number. */
void message_name(struct text *out, const winch_dissected_message *m);

#endif
