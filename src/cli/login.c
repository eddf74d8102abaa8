/*
 * login.c - who shows a shared login, and what came of it.
 */
#include "src/cli/login.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Names of Windows have no case. */
static struct login *find(const struct logins *all, const char *name, const char *at,
			  const void *secret)
{
	for (size_t i = 0; i < all->count; i++) {
		struct login *l = all->list[i];
		if (l->secret == secret && is_same(l->at, at) && strcasecmp(l->name, name) == 0)
			return l;
	}
	return NULL;
}

struct login *login_get(struct logins *all, const char *name, const char *at, const void *secret)
{
	struct login *l = find(all, name, at, secret);

	if (l)
		return l;
	l = must_alloc(sizeof(*l));
	l->name = must_strdup(name);
	l->at = at ? must_strdup(at) : NULL;
	l->secret = secret;
	all->list = must_realloc(all->list, (all->count + 1) * sizeof(struct login *));
	all->list[all->count++] = l;
	return l;
}

void logins_done(struct logins *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->list[i]->name);
		free(all->list[i]->at);
		free(all->list[i]);
	}
	free(all->list);
	*all = (struct logins){ 0 };
}

bool login_is_free(const struct login *l)
{
	return !l || l->state == LOGIN_UNTRIED || l->state == LOGIN_TAKEN;
}

void login_try(struct login *l, const void *by)
{
	if (!l || l->state != LOGIN_UNTRIED)
		return;
	l->state = LOGIN_TRYING;
	l->by = by;
}

bool login_tried(struct login *l, const void *by, enum login_state state)
{
	if (!l || l->state != LOGIN_TRYING || l->by != by)
		return false;
	l->state = state;
	return true;
}
