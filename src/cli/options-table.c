/*
 * options-table.c - every command and every option: the parser, --help and the
 * man page come from here.  A test compares it with the contract's text.
 */
#include "src/cli/options.h"

#define RUN     COMMAND_RUN
#define REMOTE  COMMAND_REMOTE
#define NOT_YET OPTION_NOT_YET
#define REPEATS OPTION_REPEATS

const struct command_row command_table[] = {
	{ RUN, "run", "TARGET... [-c SCRIPT | -f FILE.ps1 | -] [-- ARG...]",
	  "run a PowerShell pipeline; its output objects go to stdout", false },
	{ COMMAND_DECODE, "decode", "[FILE]",
	  "CLIXML, PSRP fragments or a --trace file to JSON; offline", false },
	{ COMMAND_ENCODE, "encode", "[FILE]", "JSON lines to CLIXML, one value a line; offline",
	  false },
	{ COMMAND_DOCTOR, "doctor", "TARGET", "why a host does or doesn't work", false },
	{ COMMAND_SESSIONS, "sessions", "TARGET", "list the sessions on a host", true },
	{ COMMAND_ATTACH, "attach", "TARGET ID", "take up a session that was left", true },
	{ COMMAND_KILL, "kill", "TARGET ID", "end a session", true },
	{ COMMAND_COMMANDS, "commands", "TARGET [NAME...]", "what commands an endpoint has", true },
	{ COMMAND_CMD, "cmd", "TARGET [-- COMMAND [ARG...]]",
	  "one remote process: its stdin, stdout, stderr and exit code", true },
	{ COMMAND_COPY, "copy", "SRC... DST", "copy files and folders, either way", true },
	{ COMMAND_EDIT, "edit", "TARGET:PATH", "edit a file on a host", true },
	{ COMMAND_ENTER, "enter", "TARGET", "an interactive session", true },
	{ COMMAND_HELP, "help", "[COMMAND]", "what a command does, and its options", false },
	{ COMMAND_NONE, NULL, NULL, NULL, false }
};

static const char what[] = "What to run";
static const char in[] = "Input";
static const char out[] = "Output";
static const char how[] = "How to run it";
static const char cmd[] = "The process";
static const char who[] = "Who";
static const char secret[] = "Secret (else WINCH_PASSWORD, else a prompt on the terminal)";
static const char tls[] = "TLS and sealing";
static const char way[] = "Way";
static const char times[] = "Times, in seconds";
static const char again[] = "Again";
static const char logs[] = "Log";
static const char general[] = "General";

const struct option_row option_table[] = {
	{ OPTION_SCRIPT, what, 'c', NULL, "SCRIPT", RUN, 0, "the script's text" },
	{ OPTION_FILE, what, 'f', NULL, "FILE.ps1", RUN, 0,
	  "a script file: UTF-8 with or without BOM, or UTF-16 with BOM; - is stdin" },
	{ OPTION_COMMAND, what, 0, "command", "NAME", RUN, REPEATS,
	  "a command in place of a script, for hosts that take none; repeat it for a pipeline; "
	  "each "
	  "-P belongs to the command before it" },
	{ OPTION_PARAMETER, what, 'P', NULL, "NAME=TEXT", RUN, REPEATS,
	  "a parameter: NAME=TEXT a string, NAME:=JSON a JSON value, NAME@=FILE a file's text, "
	  "NAME? a SecureString, asked for on the terminal (NAME?fd:N, NAME?file:F: the first line "
	  "there)" },

	{ OPTION_INPUT, in, 0, "input", "FILE", RUN, 0,
	  "input objects for the pipeline, from a file or from stdin (-)" },
	{ OPTION_INPUT_FORMAT, in, 0, "input-format", "FORMAT", RUN, 0,
	  "ndjson (the default), typed, lines, bytes or clixml" },
	{ OPTION_FROM, in, 0, "from", "KIND", COMMAND_DECODE | COMMAND_ENCODE, 0,
	  "what the input is: of decode clixml, fragments or trace, in place of a look at it; of "
	  "encode ndjson (the default) or typed" },

	{ OPTION_OUTPUT, out, 'o', NULL, "FORMAT", RUN | COMMAND_DECODE | COMMAND_DOCTOR, 0,
	  "ndjson (the default: one JSON value a line), json (one array), typed (one line an "
	  "object, lossless), clixml, tostring, text (as PowerShell's console shows it); without "
	  "it, ndjson indented and coloured on a terminal; of doctor text (the default) or "
	  "ndjson" },
	{ OPTION_STREAMS, out, 0, "streams", NULL, RUN, 0,
	  "every stream to stdout, as {\"stream\":NAME,\"value\":...} lines" },
	{ OPTION_BIG_NUMBERS, out, 0, "big-numbers", "string", RUN | COMMAND_DECODE, 0,
	  "integers beyond 2^53 and decimals as JSON strings" },
	{ OPTION_WIDTH, out, 0, "width", "N", RUN, 0,
	  "columns of -o text, and what the host is said to have (the terminal's, else 120)" },
	{ OPTION_OBJS, out, 0, "objs", NULL, COMMAND_ENCODE, 0,
	  "one document, as Export-Clixml writes it" },

	{ OPTION_TIMEOUT, how, 0, "timeout", "S", RUN, 0,
	  "stop the pipeline after S seconds, with status 6" },
	{ OPTION_POOL, how, 0, "pool", "MIN:MAX", RUN, 0, "runspaces of the pool (1:1)" },
	{ OPTION_HISTORY, how, 0, "history", NULL, RUN, 0, "add to the runspace's history" },
	{ OPTION_NO_PROFILE, how, 0, "no-profile", NULL, RUN | COMMAND_CMD, 0,
	  "do not load the Windows user profile" },
	{ OPTION_EXIT_CODE, how, 0, "exit-code", NULL, RUN, 0,
	  "end with the script's exit code, or that of the last program it ran; 255 for a code "
	  "above 254, and where winch itself failed" },
	{ OPTION_INTERACTIVE, how, 0, "interactive", NULL, RUN, 0,
	  "ask the script's questions on the terminal; without it a question ends the script" },
	{ OPTION_DETACH, how, 0, "detach", NULL, RUN, NOT_YET,
	  "leave it running, and print the session's id" },
	{ OPTION_RECONNECT, how, 0, "reconnect", "S", RUN, NOT_YET,
	  "how long a lost network is waited for (240)" },
	{ OPTION_THROTTLE, how, 0, "throttle", "N", RUN, 0, "targets at once (32)" },
	{ OPTION_KEEP_TRYING, how, 0, "keep-trying", NULL, RUN, 0,
	  "show a refused login for the other targets, too: to them, the proxy or the jump host" },

	{ OPTION_CWD, cmd, 0, "cwd", "PATH", COMMAND_CMD, NOT_YET, "its working directory" },
	{ OPTION_ENV, cmd, 0, "env", "NAME=VALUE", COMMAND_CMD, REPEATS | NOT_YET,
	  "a variable of its environment" },
	{ OPTION_CODEPAGE, cmd, 0, "codepage", "N", COMMAND_CMD, NOT_YET, "its code page" },
	{ OPTION_RAW, cmd, 0, "raw", NULL, COMMAND_CMD, NOT_YET, "no conversion of its output" },

	{ OPTION_USER, who, 0, "user", "NAME", REMOTE, 0,
	  "NAME, DOMAIN\\NAME or NAME@REALM, where TARGET names nobody" },
	{ OPTION_AUTH, who, 0, "auth", "MECHANISM", REMOTE, 0,
	  "negotiate (the default: kerberos, else ntlm), kerberos, ntlm, credssp (the host gets "
	  "the "
	  "password), basic or certificate" },
	{ OPTION_SPN, who, 0, "spn", "SERVICE/HOST", REMOTE, 0,
	  "the name that Kerberos asks a ticket for (host/HOST, then HTTP/HOST)" },
	{ OPTION_DELEGATE, who, 0, "delegate", NULL, REMOTE, 0,
	  "let the host act in your name, by Kerberos" },
	{ OPTION_ALLOW_OLD_CREDSSP, who, 0, "allow-old-credssp", NULL, REMOTE, 0,
	  "CredSSP with hosts that lack the update for CVE-2018-0886: somebody on the way can take "
	  "the session over" },
	{ OPTION_CERT, who, 0, "cert", "FILE", REMOTE, 0,
	  "your certificate, in place of user and password: PEM or PKCS#12; https only" },
	{ OPTION_KEY, who, 0, "key", "FILE", REMOTE, 0,
	  "its key (PEM), where it is not in the same file; a passphrase comes from where a "
	  "password would" },

	{ OPTION_PASSWORD_FILE, secret, 0, "password-file", "FILE", REMOTE, 0,
	  "its first line; refused when others can read it" },
	{ OPTION_PASSWORD_FD, secret, 0, "password-fd", "N", REMOTE, 0,
	  "the first line from an open descriptor" },
	{ OPTION_PASSWORD_COMMAND, secret, 0, "password-command", "CMD", REMOTE, 0,
	  "the first line that a command prints; split into words, run without a shell" },

	{ OPTION_TLS, tls, 0, "tls", NULL, REMOTE, 0, "https, port 5986" },
	{ OPTION_CA_FILE, tls, 0, "ca-file", "FILE", REMOTE, 0,
	  "certificates to trust (PEM), in place of the system's" },
	{ OPTION_TLS_NAME, tls, 0, "tls-name", "NAME", REMOTE, 0,
	  "the name that the certificate must have, in place of the host's" },
	{ OPTION_PIN, tls, 0, "pin", "sha256:HEX", REMOTE, 0,
	  "trust the certificate with this SHA-256, and no other; over http the one inside "
	  "CredSSP" },
	{ OPTION_INSECURE, tls, 0, "insecure", NULL, REMOTE, 0, "trust any certificate; says so" },
	{ OPTION_ACCEPT_NEW, tls, 0, "accept-new", NULL, REMOTE, 0,
	  "trust a certificate that no authority vouches for when its host is first seen, and from "
	  "then on "
	  "no other" },
	{ OPTION_ALLOW_CLEARTEXT, tls, 0, "allow-cleartext", NULL, REMOTE, 0,
	  "allow Basic and unsealed messages over http: everybody on the way can read them" },

	{ OPTION_PORT, way, 0, "port", "N", REMOTE, 0, "where TARGET has none (5985; https 5986)" },
	{ OPTION_PROXY, way, 0, "proxy", "URL", REMOTE, 0,
	  "go through http://, https://, socks5:// or socks5h://[USER@]HOST[:PORT]; without USER a "
	  "Kerberos ticket, where one of HTTP wants it; none: not what https_proxy and "
	  "http_proxy of the environment say (no_proxy excepts; never for loopback)" },
	{ OPTION_PROXY_PASSWORD_FILE, way, 0, "proxy-password-file", "FILE", REMOTE, 0,
	  "its password" },
	{ OPTION_PROXY_PASSWORD_FD, way, 0, "proxy-password-fd", "N", REMOTE, 0, "its password" },
	{ OPTION_JUMP, way, 0, "jump", "[USER@]HOST", REMOTE, 0,
	  "go through a host by ssh -W; ssh://[USER@]HOST:PORT, too" },
	{ OPTION_CONFIGURATION, way, 0, "configuration", "NAME", REMOTE, 0,
	  "the session configuration (Microsoft.PowerShell)" },

	{ OPTION_CONNECT_TIMEOUT, times, 0, "connect-timeout", "S", REMOTE, 0,
	  "for a connection (10)" },
	{ OPTION_OPERATION_TIMEOUT, times, 0, "operation-timeout", "S", REMOTE, 0,
	  "for the answer to one request (20)" },
	{ OPTION_IDLE_TIMEOUT, times, 0, "idle-timeout", "S", REMOTE, 0,
	  "after which the host removes a shell that nobody asks for (run: 300)" },

	{ OPTION_RETRIES, again, 0, "retries", "N", REMOTE, 0,
	  "tries after the first, where what failed may pass (2)" },
	{ OPTION_RETRY_DELAY, again, 0, "retry-delay", "S", REMOTE, 0, "between tries (10)" },
	{ OPTION_WAIT, again, 0, "wait", "S", REMOTE, 0, "keep trying that long" },

	{ OPTION_VERBOSE, logs, 'v', NULL, NULL, REMOTE, REPEATS,
	  "say what is done; -vv: each request and reply" },
	{ OPTION_LOG, logs, 0, "log", "FILE", REMOTE, 0, "the same into a file" },
	{ OPTION_TRACE, logs, 0, "trace", "FILE", REMOTE, 0,
	  "whole messages, secrets removed, into a file with mode 0600" },

	{ OPTION_SHOW_CONFIG, general, 'G', NULL, NULL, RUN, 0,
	  "print the settings for TARGET, and do nothing" },
	{ OPTION_HELP, general, 'h', "help", NULL, COMMAND_ALL, 0, "this" },
	{ OPTION_VERSION, general, 'V', "version", NULL, COMMAND_NONE, 0, "winch's version" },
	{ OPTION_NONE, NULL, 0, NULL, NULL, 0, 0, NULL }
};
