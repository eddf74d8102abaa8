/*
 * pipeline.c - include/winch/pipeline.h: statements of commands with their parameters.
 */
#include "psrp/pipeline.h"

#include "psrp/value-copy.h"
#include "src/base/fail.h"
#include "src/base/mem.h"
#include "src/base/sized.h"

struct winch_pipeline {
	struct pipeline_spec *spec;
};

winch_pipeline *winch_pipeline_new(const winch_pipeline_options *opts, winch_error *err)
{
	winch_pipeline_options options = WINCH_PIPELINE_OPTIONS_INIT;

	if (opts && SIZED_COPY(&options, reserved, opts, err) < 0)
		return NULL;
	winch_pipeline *p = mem_zalloc(sizeof(*p));
	struct pipeline_spec *spec = mem_zalloc(sizeof(*spec));

	if (!p || !spec) {
		mem_free(p);
		mem_free(spec);
		fail_nomem(err);
		return NULL;
	}
	spec->users = 1;
	spec->options = options;
	p->spec = spec;
	return p;
}

void winch_pipeline_free(winch_pipeline *p)
{
	if (!p)
		return;
	pipeline_unshare(p->spec);
	mem_free(p);
}

struct pipeline_spec *pipeline_share(const winch_pipeline *p)
{
	p->spec->users++;
	return p->spec;
}

void pipeline_unshare(struct pipeline_spec *spec)
{
	if (!spec || --spec->users > 0)
		return;
	arena_done(&spec->arena);
	mem_free(spec);
}

bool pipeline_has_input(const struct pipeline_spec *spec)
{
	return spec->options.has_input;
}

bool pipeline_has_command(const winch_pipeline *p)
{
	return p->spec->steps != NULL;
}

/* An invocation that was not sent yet still reads it. */
static bool is_shared(const winch_pipeline *p)
{
	return p->spec->users > 1;
}

static int add_step(winch_pipeline *p, const char *text, size_t len, struct step **ret_step)
{
	struct pipeline_spec *s = p->spec;

	if (!text)
		return WINCH_E_ARG;
	if (is_shared(p))
		return WINCH_E_STATE;
	struct step *step = arena_zalloc(&s->arena, sizeof(*step), NULL);
	struct bytes copy = arena_copy(&s->arena, bytes_of(text, len), NULL);
	if (!step || !copy.data)
		return WINCH_E_NOMEM;
	step->text = (const char *)copy.data;
	step->len = len;
	if (s->last)
		s->last->next = step;
	else
		s->steps = step;
	s->last = step;
	*ret_step = step;
	return 0;
}

int winch_pipeline_add_script(winch_pipeline *p, const char *text, size_t len, bool use_local_scope)
{
	struct step *step;
	int r = add_step(p, text, len, &step);

	if (r < 0)
		return r;
	step->is_script = true;
	step->has_local_scope = step->local_scope = use_local_scope;
	return 0;
}

int winch_pipeline_add_command(winch_pipeline *p, const char *name)
{
	struct step *step;

	return add_step(p, name, name ? strlen(name) : 0, &step);
}

int winch_pipeline_use_local_scope(winch_pipeline *p, bool local)
{
	struct step *step = p->spec->last;

	if (!step || is_shared(p))
		return WINCH_E_STATE;
	step->has_local_scope = true;
	step->local_scope = local;
	return 0;
}

int winch_pipeline_add_parameter(winch_pipeline *p, const char *name, const winch_value *value)
{
	struct pipeline_spec *s = p->spec;

	if (!s->last || is_shared(p))
		return WINCH_E_STATE;
	struct parameter *parameter = arena_zalloc(&s->arena, sizeof(*parameter), NULL);
	if (!parameter)
		return WINCH_E_NOMEM;
	if (name) {
		struct bytes copy = arena_copy(&s->arena, bytes_str(name), NULL);
		if (!copy.data)
			return WINCH_E_NOMEM;
		parameter->name = (const char *)copy.data;
	}
	int r = value_copy(&s->arena, value_inside(value), &parameter->value, NULL);
	if (r < 0)
		return r;
	if (s->last->last_parameter)
		s->last->last_parameter->next = parameter;
	else
		s->last->parameters = parameter;
	s->last->last_parameter = parameter;
	return 0;
}

int winch_pipeline_add_statement(winch_pipeline *p)
{
	struct pipeline_spec *s = p->spec;

	if (!s->last || s->last->ends_statement || is_shared(p))
		return WINCH_E_STATE;
	s->last->ends_statement = true;
	s->statements++;
	return 0;
}

int winch_pipeline_merge(winch_pipeline *p, unsigned from, int to)
{
	static const unsigned bits[] = { WINCH_MERGE_ERROR, WINCH_MERGE_WARNING,
					 WINCH_MERGE_VERBOSE, WINCH_MERGE_DEBUG,
					 WINCH_MERGE_INFORMATION };

	if (!p->spec->last || is_shared(p))
		return WINCH_E_STATE;
	if (from > 31 || (to != WINCH_MERGE_TO_OUTPUT && to != WINCH_MERGE_TO_NULL))
		return WINCH_E_ARG;
	/* PowerShell takes it and then merges nothing: deviations.md error-to-null. */
	if ((from & WINCH_MERGE_ERROR) && to == WINCH_MERGE_TO_NULL)
		return WINCH_E_ARG;
	for (size_t i = 0; i < 5; i++)
		if (from & bits[i])
			p->spec->last->merge[i] = (uint8_t)to;
	return 0;
}

int winch_pipeline_merge_previous(winch_pipeline *p)
{
	if (!p->spec->last || is_shared(p))
		return WINCH_E_STATE;
	p->spec->last->merge_previous = true;
	return 0;
}
