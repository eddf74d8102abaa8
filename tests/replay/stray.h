/*
 * stray.h - requests that no session makes, over the rooms below it: one lane, blocking.
 */
#ifndef REPLAY_STRAY_H
#define REPLAY_STRAY_H

#include <stddef.h>

/* Get of winrm/config: MaxEnvelopeSize in bytes. */
size_t stray_config(const char *url);

/* A Receive of a command that the shell does not have; prints the fault. */
void stray_receive(const char *url, const char *shell_id);

/* Get of the shell; prints the state that the server gives it. */
void stray_get_shell(const char *url, const char *shell_id);

#endif
