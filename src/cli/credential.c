/*
 * credential.c - users and passwords, each once.
 */
#include "src/cli/credential.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/target.h"

static int ask_user(struct credentials *all, const char *title, size_t others)
{
	AUTO(password_done) struct password line = { 0 };
	AUTO(free_auto)
	char *prompt = others ? must_printf("User name for %s and %zu more: ", title, others)
			      : must_printf("User name for %s: ", title);

	password_make(&line);
	int status = password_ask(&line, prompt, true);
	if (status == 1)
		return refuse("%s: no user name: use USER@%s or --user", title, title);
	if (status)
		return status;
	all->asked_user = must_strndup(line.data, strcspn(line.data, "\r\n"));
	return target_check_user(all->asked_user, "user");
}

static struct secret *find_secret(const struct credentials *all, const char *source)
{
	for (size_t i = 0; i < all->secret_count; i++)
		if (strcmp(all->secrets[i]->source, source) == 0)
			return all->secrets[i];
	return NULL;
}

static int get_secret(struct credentials *all, const struct options *o, const char *user,
		      const char *title, size_t others, struct secret **ret_secret)
{
	AUTO(free_auto) char *source = password_source(o, user);
	AUTO(free_auto)
	char *whose = others ? must_printf("%s at %s and %zu more", user, title, others)
			     : must_printf("%s at %s", user, title);
	struct secret *s = find_secret(all, source);

	if (!s) {
		s = must_alloc(sizeof(*s));
		s->source = must_strdup(source);
		all->secrets = must_realloc(all->secrets,
					    (all->secret_count + 1) * sizeof(struct secret *));
		all->secrets[all->secret_count++] = s;
		int status = password_read(&s->password, o, whose);
		if (status)
			return status;
	}
	*ret_secret = s;
	return 0;
}

/* Names of Windows have no case. */
static struct credential *find(const struct credentials *all, const char *user,
			       const struct secret *secret)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i]->secret == secret && strcasecmp(all->list[i]->user, user) == 0)
			return all->list[i];
	return NULL;
}

int credential_get(struct credentials *all, const struct options *o, const char *user,
		   const char *title, size_t others, struct credential **ret_credential)
{
	struct secret *secret;
	int status = user || all->asked_user ? 0 : ask_user(all, title, others);

	if (status)
		return status;
	user = user ? user : all->asked_user;
	status = get_secret(all, o, user, title, others, &secret);
	if (status)
		return status;
	struct credential *c = find(all, user, secret);
	if (!c) {
		c = must_alloc(sizeof(*c));
		c->user = must_strdup(user);
		c->secret = secret;
		secret->uses++;
		all->list = must_realloc(all->list, (all->count + 1) * sizeof(struct credential *));
		all->list[all->count++] = c;
	}
	c->uses++;
	*ret_credential = c;
	return 0;
}

void credential_release(struct credential *c)
{
	if (c && c->uses > 0 && --c->uses == 0 && --c->secret->uses == 0)
		password_done(&c->secret->password);
}

void credentials_done(struct credentials *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->list[i]->user);
		free(all->list[i]);
	}
	for (size_t i = 0; i < all->secret_count; i++) {
		password_done(&all->secrets[i]->password);
		free(all->secrets[i]->source);
		free(all->secrets[i]);
	}
	free(all->list);
	free(all->secrets);
	free(all->asked_user);
	*all = (struct credentials){ 0 };
}

bool credential_of_domain(const char *user, const char *host)
{
	const char *backslash = strchr(user, '\\');
	size_t len = backslash ? (size_t)(backslash - user) : 0;

	if (!backslash)
		return strchr(user, '@') != NULL;
	if (len == 0 || (len == 1 && user[0] == '.'))
		return false;
	/* NetBIOS names have no dots: the host's first label, or all of it. */
	return !(strncasecmp(user, host, len) == 0 && (host[len] == '\0' || host[len] == '.'));
}
