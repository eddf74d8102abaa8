/*
 * settings.c - the settings of one target as lines KEY VALUE, as ssh -G prints them.
 */
#include "src/cli/settings.h"

#include <string.h>

/* What holds where nothing is said. */
static const struct {
	enum option_id id;
	const char *value;
} defaults[] = {
	{ OPTION_AUTH, "negotiate" },     { OPTION_INSECURE, "no" },
	{ OPTION_ALLOW_CLEARTEXT, "no" }, { OPTION_CONFIGURATION, "Microsoft.PowerShell" },
	{ OPTION_CONNECT_TIMEOUT, "10" }, { OPTION_OPERATION_TIMEOUT, "20" },
	{ OPTION_IDLE_TIMEOUT, "300" },   { OPTION_RETRIES, "2" },
	{ OPTION_RETRY_DELAY, "10" },
};

static const char *default_of(enum option_id id)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (defaults[i].id == id)
			return defaults[i].value;
	return NULL;
}

static void put_option(struct text *out, const struct connection *c, const struct option_row *row)
{
	const char *value = options_get(&c->options, row->id);

	if (!row->argument && options_has(&c->options, row->id))
		value = "yes";
	if (!value)
		value = default_of(row->id);
	if (value)
		text_printf(out, "%s %s\n", row->name, value);
}

void settings_put(struct text *out, const struct connection *c)
{
	const struct target *t = &c->target;

	text_printf(out, "host %s\n", t->name ? t->name : t->host);
	text_printf(out, "hostname %s\n", t->host);
	if (c->user)
		text_printf(out, "user %s\n", c->user);
	text_printf(out, "port %d\n", target_port(t));
	text_printf(out, "tls %s\n", t->tls ? "yes" : "no");
	for (const struct option_row *row = option_table; row->id; row++)
		if (config_has(row) && row->id != OPTION_USER && row->id != OPTION_PORT &&
		    row->id != OPTION_TLS)
			put_option(out, c, row);
}
