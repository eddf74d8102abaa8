/*
 * content.c - what a captured INIT_RUNSPACEPOOL or CREATE_PIPELINE says, as the calls that
 * make ours: MS-PSRP 2.2.2.2, 2.2.2.10.  Content that no call can say ends the program.
 */
#include <stdio.h>

#include "src/base/mem.h"
#include "tests/captures/tool.h"

static int int_of(const winch_value *v, const char *what)
{
	int64_t n;

	if (!winch_value_int(v, &n))
		die(what, NULL);
	return (int)n;
}

static bool bool_of(const winch_value *bag, const char *name)
{
	bool b;

	if (!winch_value_bool(winch_value_member(bag, name), &b))
		die(name, NULL);
	return b;
}

/* ---- INIT_RUNSPACEPOOL ---- */

/* The value of a HostDefaultDataId (MS-PSRP 2.2.3.14). */
static const winch_value *default_of(const winch_value *data, int id)
{
	for (size_t i = 0; i < winch_value_count(data); i++)
		if (int_of(winch_value_key(data, i), "HostDefaultDataId") == id)
			return winch_value_member(winch_value_item(data, i), "V");
	die("HostDefaultDataId", NULL);
}

static void pair_of(const winch_value *data, int id, const char *a, int *ret_a, const char *b,
		    int *ret_b)
{
	const winch_value *v = default_of(data, id);

	*ret_a = int_of(winch_value_member(v, a), a);
	*ret_b = int_of(winch_value_member(v, b), b);
}

static void host_of(const winch_value *info, winch_host_info *h)
{
	const winch_value *data =
		winch_value_member(winch_value_member(info, "_hostDefaultData"), "data");
	size_t len;

	*h = (winch_host_info){ .size = sizeof(*h), .has_host = !bool_of(info, "_isHostNull") };
	h->has_raw_ui = !bool_of(info, "_isHostRawUINull");
	if (!h->has_raw_ui)
		return;
	h->foreground = int_of(default_of(data, 0), "foreground");
	h->background = int_of(default_of(data, 1), "background");
	pair_of(data, 2, "x", &h->cursor_x, "y", &h->cursor_y);
	pair_of(data, 3, "x", &h->window_x, "y", &h->window_y);
	h->cursor_size = int_of(default_of(data, 4), "cursor size");
	pair_of(data, 5, "width", &h->buffer_width, "height", &h->buffer_height);
	pair_of(data, 6, "width", &h->width, "height", &h->height);
	pair_of(data, 7, "width", &h->max_width, "height", &h->max_height);
	pair_of(data, 8, "width", &h->screen_width, "height", &h->screen_height);
	h->title = winch_value_text(default_of(data, 9), &len);
}

void content_of_init(const winch_value *body, struct content_pool *p)
{
	p->min_runspaces = int_of(winch_value_member(body, "MinRunspaces"), "MinRunspaces");
	p->max_runspaces = int_of(winch_value_member(body, "MaxRunspaces"), "MaxRunspaces");
	host_of(winch_value_member(body, "HostInfo"), &p->host);
	p->arguments = winch_value_member(body, "ApplicationArguments");
}

/* ---- CREATE_PIPELINE ---- */

winch_value *content_secure(const winch_value *v)
{
	AUTO(winch_error_done) winch_error err = WINCH_ERROR_INIT;
	bool credential = winch_value_is_a(v, "System.Management.Automation.PSCredential");
	const winch_value *ss = credential ? winch_value_member(v, "Password") : v;
	AUTO(buf_done) struct buf hex = { .max = 10000 };
	size_t len;

	if (strcmp(winch_value_tag(ss), "SS") != 0)
		return NULL;
	const char *text = winch_value_text(ss, &len);
	if (buf_put(&hex, bytes_of(text, len), &err) < 0 || !buf_cstr(&hex, &err))
		die("hex", &err);
	struct bytes plain = line_bytes(&(struct line){ { (char *)hex.data + hex.start } }, 0);
	winch_value *secure = winch_value_new_secure((const char *)plain.data, plain.len, &err);
	if (!credential)
		return secure;
	const char *user = winch_value_text(winch_value_member(v, "UserName"), &len);
	winch_value *whole = winch_value_new_credential(user, len, secure, &err);
	winch_value_free(secure);
	return whole;
}

static void add_parameters(winch_pipeline *p, const winch_value *args)
{
	size_t len;

	for (size_t i = 0; i < winch_value_count(args); i++) {
		const winch_value *a = winch_value_item(args, i);
		const winch_value *v = winch_value_member(a, "V");
		winch_value *secure = content_secure(v);
		if (winch_pipeline_add_parameter(p,
						 winch_value_text(winch_value_member(a, "N"), &len),
						 secure ? secure : v) < 0)
			die("winch_pipeline_add_parameter", NULL);
		winch_value_free(secure);
	}
}

static void add_merges(winch_pipeline *p, const winch_value *cmd)
{
	static const struct {
		const char *member;
		unsigned from;
	} merges[] = { { "MergeError", WINCH_MERGE_ERROR },
		       { "MergeWarning", WINCH_MERGE_WARNING },
		       { "MergeVerbose", WINCH_MERGE_VERBOSE },
		       { "MergeDebug", WINCH_MERGE_DEBUG },
		       { "MergeInformation", WINCH_MERGE_INFORMATION } };

	for (size_t i = 0; i < sizeof(merges) / sizeof(merges[0]); i++) {
		int64_t to = 0;
		winch_value_int(winch_value_member(cmd, merges[i].member), &to);
		/* PipelineResultTypes: 1 is Output; Null is 8, of 2.2 clients 7. */
		const int how = to == 1 ? WINCH_MERGE_TO_OUTPUT : WINCH_MERGE_TO_NULL;
		if (to && winch_pipeline_merge(p, merges[i].from, how) < 0)
			die("winch_pipeline_merge", NULL);
	}
	if (int_of(winch_value_member(cmd, "MergePreviousResults"), "MergePreviousResults") &&
	    winch_pipeline_merge_previous(p) < 0)
		die("winch_pipeline_merge_previous", NULL);
}

static void add_command(winch_pipeline *p, const winch_value *cmd)
{
	const winch_value *scope = winch_value_member(cmd, "UseLocalScope");
	size_t len;
	const char *text = winch_value_text(winch_value_member(cmd, "Cmd"), &len);
	bool local;

	int r = bool_of(cmd, "IsScript") ? winch_pipeline_add_script(p, text, len, false)
					 : winch_pipeline_add_command(p, text);
	if (r == 0 && winch_value_bool(scope, &local))
		r = winch_pipeline_use_local_scope(p, local);
	if (r < 0)
		die("winch_pipeline_add_...", NULL);
	add_merges(p, cmd);
	add_parameters(p, winch_value_member(cmd, "Args"));
}

winch_pipeline *content_of_create(const winch_value *body)
{
	const winch_value *powershell = winch_value_member(body, "PowerShell");
	const winch_value *cmds = winch_value_member(powershell, "Cmds");
	winch_pipeline_options opts = WINCH_PIPELINE_OPTIONS_INIT;

	opts.has_input = !bool_of(body, "NoInput");
	opts.add_to_history = bool_of(body, "AddToHistory");
	opts.no_invocation_info =
		int_of(winch_value_member(body, "RemoteStreamOptions"), "RemoteStreamOptions") == 0;
	opts.use_runspace_host = bool_of(winch_value_member(body, "HostInfo"), "_useRunspaceHost");
	if (winch_value_member(powershell, "ExtraCmds"))
		die("more than one statement", NULL);
	winch_pipeline *p = winch_pipeline_new(&opts, NULL);
	for (size_t i = 0; i < winch_value_count(cmds); i++)
		add_command(p, winch_value_item(cmds, i));
	return p;
}
