/*
 * pipeline-payload.c - a pipeline as the body of CREATE_PIPELINE.
 *
 * MS-PSRP 2.2.2.10, 2.2.3.11 to 2.2.3.13, 2.2.3.31; which member came with which
 * protocol: hostifaces/PowerShell.cs and Command.cs of PowerShell.
 */
#include "psrp/maker.h"
#include "psrp/payload.h"
#include "psrp/pipeline.h"
#include "src/base/fail.h"

static const char result_types[] = "System.Management.Automation.Runspaces.PipelineResultTypes";

/* A PipelineResultTypes, numbered as PowerShell numbers it: deviations.md result-types. */
enum { RESULT_NONE = 0, RESULT_OUTPUT = 1, RESULT_ERROR = 2, RESULT_OUTPUT_AND_ERROR = 3 };

static struct value *merge_value(struct maker *m, int type)
{
	static const char *const names[] = { "None", "Output", "Error", "Warning" };

	return payload_enum(m->a, result_types, names[type], type, m->err);
}

/* Where one stream goes.  Null got another number when Information came. */
static struct value *merge_to(struct maker *m, int to)
{
	if (to == WINCH_MERGE_TO_NULL)
		return payload_enum(m->a, result_types, "Null", m->minor < 3 ? 7 : 8, m->err);
	return merge_value(m, to == WINCH_MERGE_TO_OUTPUT ? RESULT_OUTPUT : RESULT_NONE);
}

/* A List of PSObject, as the client writes it; its items go to *ret_items. */
static struct value *object_list(struct maker *m, struct items **ret_items)
{
	const char *types[] = {
		"System.Collections.Generic.List`1[[System.Management.Automation.PSObject, "
		"System.Management.Automation, Version=3.0.0.0, Culture=neutral, "
		"PublicKeyToken=31bf3856ad364e35]]",
		"System.Object"
	};
	struct value *list = value_new(m->a, TAG_LST, m->err);

	if (!list)
		return NULL;
	*ret_items = &list->items;
	return value_obj(m->a, types, 2, list, m->err);
}

static struct value *parameter_list(struct maker *m, const struct step *step)
{
	struct items *items;
	struct value *list = object_list(m, &items);

	for (const struct parameter *p = step->parameters; p && list; p = p->next) {
		struct value *v = make_bag(m);
		make_put(m, v, "N", p->name ? value_str(m->a, p->name, m->err) : make_nil(m));
		make_put(m, v, "V", p->value);
		make_item(m, items, v);
	}
	return list;
}

/* Merges (2.2.3.31).  Before 2.2 there was one way only: errors to output. */
static void put_merges(struct maker *m, struct value *v, const struct step *s)
{
	static const char *const names[] = { "MergeError", "MergeWarning", "MergeVerbose",
					     "MergeDebug", "MergeInformation" };
	bool old = m->minor < 2;
	bool error_out = old && s->merge[MERGE_ERROR] == WINCH_MERGE_TO_OUTPUT;
	size_t known = old ? 0 : m->minor < 3 ? 4 : 5;

	make_put(m, v, "MergeMyResult", merge_value(m, error_out ? RESULT_ERROR : RESULT_NONE));
	make_put(m, v, "MergeToResult", merge_value(m, error_out ? RESULT_OUTPUT : RESULT_NONE));
	make_put(m, v, "MergePreviousResults",
		 merge_value(m, s->merge_previous ? RESULT_OUTPUT_AND_ERROR : RESULT_NONE));
	for (size_t i = 0; i < known; i++)
		make_put(m, v, names[i], merge_to(m, s->merge[i]));
	for (size_t i = old ? 1 : known; i < 5 && m->status == 0; i++)
		if (s->merge[i])
			m->status =
				fail(m->err, WINCH_E_UNSUPPORTED,
				     "protocol 2.%d has no %s: this host's PowerShell is too old",
				     m->minor, names[i]);
}

static struct value *step_value(struct maker *m, const struct step *s)
{
	struct value *v = make_bag(m);

	make_put(m, v, "Cmd", value_text(m->a, TAG_S, bytes_of(s->text, s->len), m->err));
	make_put(m, v, "IsScript", value_bool(m->a, s->is_script, m->err));
	make_put(m, v, "UseLocalScope",
		 s->has_local_scope ? value_bool(m->a, s->local_scope, m->err) : make_nil(m));
	put_merges(m, v, s);
	make_put(m, v, "Args", parameter_list(m, s));
	return v;
}

/* The commands of one statement; *at moves behind it. */
static struct value *statement(struct maker *m, const struct step **at)
{
	struct items *items;
	struct value *list = object_list(m, &items);
	bool more = list != NULL;

	while (*at && more) {
		make_item(m, items, step_value(m, *at));
		more = !(*at)->ends_statement;
		*at = (*at)->next;
	}
	return list;
}

/* PowerShell (2.2.3.11).  ExtraCmds hold all statements; Cmds repeats the first. */
static struct value *powershell(struct maker *m, const struct pipeline_spec *spec)
{
	struct value *v = make_bag(m);
	const struct step *at = spec->steps;

	if (spec->statements && spec->last && m->minor < 2) {
		m->status = fail(m->err, WINCH_E_UNSUPPORTED,
				 "protocol 2.%d has one statement a pipeline", m->minor);
		return NULL;
	}
	if (spec->statements) {
		struct items *items;
		struct value *extra = object_list(m, &items);
		while (at && extra && m->status == 0) {
			struct value *one = make_bag(m);
			make_put(m, one, "Cmds", statement(m, &at));
			make_item(m, items, one);
		}
		make_put(m, v, "ExtraCmds", extra);
		at = spec->steps;
	}
	make_put(m, v, "Cmds", statement(m, &at));
	make_put(m, v, "IsNested", value_bool(m->a, false, m->err));
	make_put(m, v, "History", make_nil(m));
	make_put(m, v, "RedirectShellErrorOutputPipe", value_bool(m->a, true, m->err));
	return v;
}

struct value *pipeline_payload(struct arena *a, const struct pipeline_spec *spec, int minor,
			       const winch_host_info *host, winch_error *err)
{
	struct maker m = { .a = a, .err = err, .minor = minor };
	bool info = !spec->options.no_invocation_info;
	struct value *v = make_bag(&m);

	make_put(&m, v, "PowerShell", powershell(&m, spec));
	make_put(&m, v, "NoInput", value_bool(a, !spec->options.has_input, err));
	make_put(&m, v, "ApartmentState",
		 payload_enum(a, "System.Threading.ApartmentState", "Unknown", 2, err));
	make_put(&m, v, "RemoteStreamOptions",
		 payload_enum(a, "System.Management.Automation.RemoteStreamOptions",
			      info ? "AddInvocationInfo" : "0", info ? 15 : 0, err));
	make_put(&m, v, "AddToHistory", value_bool(a, spec->options.add_to_history, err));
	make_put(&m, v, "HostInfo",
		 payload_host_info(a, host, spec->options.use_runspace_host, err));
	make_put(&m, v, "IsNested", value_bool(a, false, err));
	return m.status < 0 ? NULL : v;
}
