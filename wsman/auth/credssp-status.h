/*
 * credssp-status.h - what a server's errorCode means: NTSTATUS, MS-ERREF 2.3.1.
 */
#ifndef AUTH_CREDSSP_STATUS_H
#define AUTH_CREDSSP_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct credssp_status {
	uint32_t code;
	const char *name;
	bool refused;  /* who was named has been refused: trying again may lock the account */
	bool mistyped; /* perhaps, user or password */
	const char *text;
};

/* Ascending. */
extern const struct credssp_status credssp_statuses[];
extern const size_t credssp_status_count;

/* NULL: not in the table. */
const struct credssp_status *credssp_status_of(uint32_t code);

#endif
