/*
 * test-pipeline.c - pipelines: the builder's rules, and CREATE_PIPELINE against PowerShell's own
 * client, rebuilt call by call and compared byte for byte, for each protocol.
 */
#include "psrp/pipeline.h"

#include "psrp/clixml-read.h"
#include "psrp/clixml-write.h"
#include "psrp/message.h"
#include "src/base/mem.h"
#include "tests/unit/captures.h"
#include "tests/unit/host-value.h"
#include "tests/unit/mem-failing.h"
#include "tests/unit/vectors.h"

static winch_pipeline *new_pipeline(void)
{
	winch_pipeline *p = winch_pipeline_new(NULL, NULL);

	assert_non_null(p);
	return p;
}

/* The body for 2.minor as text: the caller's. */
static char *body_text(const winch_pipeline *p, int minor, const winch_host_info *host)
{
	AUTO(arena_done) struct arena arena = { 0 };
	AUTO(buf_done) struct buf text = { .max = SIZE_MAX / 4 };
	winch_error err = WINCH_ERROR_INIT;
	struct pipeline_spec *spec = pipeline_share(p);
	const struct value *v = pipeline_payload(&arena, spec, minor, host, &err);

	pipeline_unshare(spec);
	if (!v)
		fail_msg("2.%d: %s", minor, winch_error_text(&err));
	assert_int_equal(clixml_write(&text, v, NULL), 0);
	return strdup(buf_cstr(&text, NULL));
}

static int body_status(const winch_pipeline *p, int minor)
{
	AUTO(arena_done) struct arena arena = { 0 };
	winch_error err = WINCH_ERROR_INIT;
	struct pipeline_spec *spec = pipeline_share(p);
	const struct value *v = pipeline_payload(&arena, spec, minor, NULL, &err);
	int status = err.status;

	pipeline_unshare(spec);
	assert_int_equal(v == NULL, status < 0);
	winch_error_done(&err);
	return status;
}

/* ---- as PowerShell's own client writes it ---- */

static int64_t int_of(const struct value *v, const char *name)
{
	int64_t n;

	assert_true(value_get_int(value_member(v, name), &n));
	return n;
}

static bool bool_of(const struct value *v, const char *name)
{
	bool b = false;

	value_get_bool(value_member(v, name), &b);
	return b;
}

/* The command's merges: MergeError and so on, which 2.0 does not have. */
static void rebuild_merges(winch_pipeline *p, const struct value *command)
{
	static const char *const names[] = { "MergeError", "MergeWarning", "MergeVerbose",
					     "MergeDebug", "MergeInformation" };

	for (unsigned i = 0; i < 5; i++)
		if (value_member(command, names[i]) && int_of(command, names[i]) != 0) {
			assert_int_equal(int_of(command, names[i]), 1);
			assert_int_equal(winch_pipeline_merge(p, 1u << i, WINCH_MERGE_TO_OUTPUT),
					 0);
		}
	if (int_of(command, "MergePreviousResults"))
		assert_int_equal(winch_pipeline_merge_previous(p), 0);
}

static void rebuild_command(winch_pipeline *p, const struct value *command)
{
	struct bytes text, name;

	assert_true(value_get_text(value_member(command, "Cmd"), &text));
	if (bool_of(command, "IsScript"))
		assert_int_equal(
			winch_pipeline_add_script(p, (const char *)text.data, text.len, false), 0);
	else
		assert_int_equal(winch_pipeline_add_command(p, (const char *)text.data), 0);
	if (!value_is_nil(value_member(command, "UseLocalScope")))
		assert_int_equal(
			winch_pipeline_use_local_scope(p, bool_of(command, "UseLocalScope")), 0);
	rebuild_merges(p, command);
	const struct items *args = value_items(value_member(command, "Args"));
	for (const struct item *i = args->first; i; i = i->next) {
		bool named = value_get_text(value_member(i->value, "N"), &name);
		assert_int_equal(
			winch_pipeline_add_parameter(p, named ? (const char *)name.data : NULL,
						     value_public(value_member(i->value, "V"))),
			0);
	}
}

/* The version of the engine's assembly is in the name of a type. */
static char *as_ours(const char *clixml)
{
	static const char version[] = "Version=7.6.0.500";
	struct blob out = { 0 };

	for (const char *at = clixml; *at;) {
		if (strncmp(at, version, sizeof(version) - 1) == 0) {
			blob_put(&out, "Version=3.0.0.0", 15);
			at += sizeof(version) - 1;
		} else {
			blob_put(&out, at++, 1);
		}
	}
	blob_put(&out, "", 1);
	return (char *)out.data;
}

static int minor_of(const struct capture *c)
{
	size_t len;
	const char *text =
		winch_value_text(winch_value_member(c->root, "clientProtocolVersion"), &len);

	/* With "2.9" both speak 2.4. */
	return text[2] - '0' > 4 ? 4 : text[2] - '0';
}

static size_t checked, by_minor[5];

static void check_create(const struct capture *c, const struct captured_message *m)
{
	AUTO(arena_done) struct arena arena = { 0 };
	const struct value *v;

	assert_int_equal(clixml_read(bytes_of(m->clixml, m->len), &arena, &v, NULL), 0);
	winch_pipeline_options opts = WINCH_PIPELINE_OPTIONS_INIT;
	opts.has_input = !bool_of(v, "NoInput");
	opts.add_to_history = bool_of(v, "AddToHistory");
	opts.no_invocation_info = int_of(v, "RemoteStreamOptions") == 0;
	opts.use_runspace_host = bool_of(value_member(v, "HostInfo"), "_useRunspaceHost");
	winch_pipeline *p = winch_pipeline_new(&opts, NULL);
	const struct items *commands =
		value_items(value_member(value_member(v, "PowerShell"), "Cmds"));
	for (const struct item *i = commands->first; i; i = i->next)
		rebuild_command(p, i->value);
	winch_host_info host = host_of(value_member(v, "HostInfo"));
	char *is = body_text(p, minor_of(c), &host), *expect = as_ours(m->clixml);
	assert_string_equal(is, expect);
	free(is);
	free(expect);
	winch_pipeline_free(p);
	checked++;
	by_minor[minor_of(c)]++;
}

static void check_capture(const char *base, void *user)
{
	struct captured_message m;
	struct capture c;
	char path[3100];

	(void)user;
	snprintf(path, sizeof(path), "%s.json", base);
	assert_true(capture_open(&c, path));
	for (size_t n = 0; capture_find(&c, MSG_CREATE_PIPELINE, false, n, &m); n++)
		check_create(&c, &m);
	capture_close(&c);
}

static void pipelines_are_the_clients(void **state)
{
	char folder[1024];

	(void)state;
	captures_folder(folder, sizeof(folder));
	for_each_file(folder, ".json", check_capture, NULL);
	print_message("%zu pipelines: %zu of 2.0, %zu of 2.2, %zu of 2.3, %zu of 2.4\n", checked,
		      by_minor[0], by_minor[2], by_minor[3], by_minor[4]);
	assert_true(checked >= 15);
	assert_true(by_minor[0] && by_minor[2] && by_minor[3] && by_minor[4]);
}

/* ---- what each protocol has ---- */

static const char *const merges[] = { "MergeError", "MergeWarning", "MergeVerbose", "MergeDebug",
				      "MergeInformation" };

static void members_of_each_protocol(void **state)
{
	static const size_t known[] = { 0, 0, 4, 5, 5 };
	winch_pipeline *p = new_pipeline();

	(void)state;
	assert_int_equal(winch_pipeline_add_script(p, "1", 1, false), 0);
	for (int minor = 0; minor <= 4; minor++) {
		char *text = body_text(p, minor, NULL);
		for (size_t i = 0; i < 5; i++) {
			char member[40];
			snprintf(member, sizeof(member), "<Obj N=\"%s\"", merges[i]);
			assert_int_equal(strstr(text, member) != NULL, i < known[minor]);
		}
		assert_non_null(strstr(text, "<Obj N=\"MergeMyResult\""));
		assert_non_null(strstr(text, "<Obj N=\"MergeToResult\""));
		assert_non_null(strstr(text, "<Obj N=\"MergePreviousResults\""));
		assert_null(strstr(text, "ExtraCmds"));
		free(text);
	}
	winch_pipeline_free(p);
}

/* What a member of the only command is: its name and number. */
static void merge_is(const winch_pipeline *p, int minor, const char *member, const char *name,
		     int value)
{
	AUTO(arena_done) struct arena arena = { 0 };
	char *text = body_text(p, minor, NULL);
	const struct value *v;

	assert_int_equal(clixml_read(bytes_str(text), &arena, &v, NULL), 0);
	const struct items *commands =
		value_items(value_member(value_member(v, "PowerShell"), "Cmds"));
	const struct value *merge = value_member(commands->first->value, member);
	assert_true(bytes_is(value_object(merge)->to_string, name));
	assert_int_equal(int_of(commands->first->value, member), value);
	assert_true(
		value_is_a(merge, "System.Management.Automation.Runspaces.PipelineResultTypes"));
	free(text);
}

static void errors_to_output_in_each_protocol(void **state)
{
	winch_pipeline *p = new_pipeline();

	(void)state;
	assert_int_equal(winch_pipeline_add_script(p, "1", 1, false), 0);
	assert_int_equal(winch_pipeline_merge(p, WINCH_MERGE_ERROR, WINCH_MERGE_TO_OUTPUT), 0);
	for (int minor = 0; minor <= 4; minor++) {
		bool old = minor < 2;
		merge_is(p, minor, "MergeMyResult", old ? "Error" : "None", old ? 2 : 0);
		merge_is(p, minor, "MergeToResult", old ? "Output" : "None", old ? 1 : 0);
		if (!old)
			merge_is(p, minor, "MergeError", "Output", 1);
	}
	winch_pipeline_free(p);
}

/* The numbers of PipelineResultTypes are PowerShell's: Null is behind All, and Information
 * came between. */
static void null_in_each_protocol(void **state)
{
	static const unsigned bits[] = { WINCH_MERGE_WARNING, WINCH_MERGE_VERBOSE,
					 WINCH_MERGE_DEBUG, WINCH_MERGE_INFORMATION };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		winch_pipeline *p = new_pipeline();
		assert_int_equal(winch_pipeline_add_script(p, "1", 1, false), 0);
		assert_int_equal(winch_pipeline_merge(p, bits[i], WINCH_MERGE_TO_NULL), 0);
		merge_is(p, 4, merges[i + 1], "Null", 8);
		merge_is(p, 3, merges[i + 1], "Null", 8);
		if (bits[i] != WINCH_MERGE_INFORMATION)
			merge_is(p, 2, merges[i + 1], "Null", 7);
		else
			assert_int_equal(body_status(p, 2), WINCH_E_UNSUPPORTED);
		assert_int_equal(body_status(p, 1), WINCH_E_UNSUPPORTED);
		assert_int_equal(body_status(p, 0), WINCH_E_UNSUPPORTED);
		winch_pipeline_free(p);
	}
}

/* ExtraCmds hold every statement, Cmds the first (hostifaces/PowerShell.cs). */
static void statements_in_each_protocol(void **state)
{
	winch_pipeline *p = new_pipeline();

	(void)state;
	assert_int_equal(winch_pipeline_add_script(p, "1", 1, false), 0);
	assert_int_equal(winch_pipeline_add_command(p, "Out-Null"), 0);
	assert_int_equal(winch_pipeline_add_statement(p), 0);
	assert_int_equal(winch_pipeline_add_statement(p), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_add_script(p, "2", 1, false), 0);
	for (int minor = 2; minor <= 4; minor++) {
		AUTO(arena_done) struct arena arena = { 0 };
		char *text = body_text(p, minor, NULL);
		const struct value *v;
		assert_int_equal(clixml_read(bytes_str(text), &arena, &v, NULL), 0);
		const struct value *shell = value_member(v, "PowerShell");
		assert_true(bytes_is(value_object(shell)->members.first->name, "ExtraCmds"));
		const struct items *extra = value_items(value_member(shell, "ExtraCmds"));
		const struct items *first = value_items(value_member(shell, "Cmds"));
		assert_int_equal(extra->count, 2);
		assert_int_equal(first->count, 2);
		const struct items *one =
			value_items(value_member(item_at(extra, 0)->value, "Cmds"));
		const struct items *two =
			value_items(value_member(item_at(extra, 1)->value, "Cmds"));
		struct bytes cmd;
		assert_int_equal(one->count, 2);
		assert_int_equal(two->count, 1);
		assert_true(value_get_text(value_member(item_at(two, 0)->value, "Cmd"), &cmd));
		assert_true(bytes_is(cmd, "2"));
		assert_true(value_get_text(value_member(item_at(one, 1)->value, "Cmd"), &cmd));
		assert_true(bytes_is(cmd, "Out-Null"));
		free(text);
	}
	assert_int_equal(body_status(p, 1), WINCH_E_UNSUPPORTED);
	assert_int_equal(body_status(p, 0), WINCH_E_UNSUPPORTED);
	winch_pipeline_free(p);
}

/* ---- the builder ---- */

static void refused_calls_change_nothing(void **state)
{
	winch_value *v = winch_value_new_int(1, NULL);
	winch_pipeline *p = new_pipeline();

	(void)state;
	assert_int_equal(winch_pipeline_add_parameter(p, "a", v), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_add_statement(p), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_merge(p, 1, 1), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_merge_previous(p), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_use_local_scope(p, true), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_add_command(p, NULL), WINCH_E_ARG);
	assert_int_equal(winch_pipeline_add_script(p, NULL, 0, false), WINCH_E_ARG);
	assert_false(pipeline_has_command(p));
	assert_int_equal(winch_pipeline_add_command(p, "Get-Date"), 0);
	assert_true(pipeline_has_command(p));
	char *before = body_text(p, 4, NULL);
	assert_int_equal(winch_pipeline_merge(p, 32, WINCH_MERGE_TO_OUTPUT), WINCH_E_ARG);
	assert_int_equal(winch_pipeline_merge(p, 1, 2), WINCH_E_ARG);
	assert_int_equal(winch_pipeline_merge(p, 31, WINCH_MERGE_TO_NULL), WINCH_E_ARG);
	char *after = body_text(p, 4, NULL);
	assert_string_equal(before, after);
	free(before);
	free(after);
	winch_value_free(v);
	winch_pipeline_free(p);
	winch_pipeline_free(NULL);
}

/* While an invocation that waits reads it. */
static void a_shared_one_is_not_changed(void **state)
{
	winch_value *v = winch_value_new_int(1, NULL);
	winch_pipeline *p = new_pipeline();

	(void)state;
	assert_int_equal(winch_pipeline_add_command(p, "Get-Date"), 0);
	struct pipeline_spec *spec = pipeline_share(p);
	assert_int_equal(winch_pipeline_add_command(p, "x"), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_add_parameter(p, "a", v), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_add_statement(p), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_merge(p, 1, 1), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_merge_previous(p), WINCH_E_STATE);
	assert_int_equal(winch_pipeline_use_local_scope(p, true), WINCH_E_STATE);
	pipeline_unshare(spec);
	assert_int_equal(winch_pipeline_add_parameter(p, "a", v), 0);
	spec = pipeline_share(p);
	winch_pipeline_free(p); /* lives on while it is shared */
	assert_int_equal(spec->users, 1);
	assert_true(bytes_is(bytes_of(spec->steps->text, spec->steps->len), "Get-Date"));
	pipeline_unshare(spec);
	pipeline_unshare(NULL);
	winch_value_free(v);
}

static void texts_may_hold_a_nul(void **state)
{
	winch_pipeline *p = new_pipeline();

	(void)state;
	assert_int_equal(winch_pipeline_add_script(p, "a\0b", 3, false), 0);
	char *text = body_text(p, 4, NULL);
	assert_non_null(strstr(text, "<S N=\"Cmd\">a_x0000_b</S>"));
	free(text);
	winch_pipeline_free(p);
}

/* ---- no memory ---- */

static int build(winch_pipeline **ret, winch_value *v)
{
	winch_pipeline *p = winch_pipeline_new(NULL, NULL);

	if (!p)
		return WINCH_E_NOMEM;
	int r = winch_pipeline_add_script(p, "param($a) $a", 12, true);
	if (r == 0)
		r = winch_pipeline_add_parameter(p, "a", v);
	if (r == 0)
		r = winch_pipeline_add_statement(p);
	if (r == 0)
		r = winch_pipeline_add_command(p, "Get-Date");
	if (r < 0) {
		winch_pipeline_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

static void each_allocation_fails(void **state)
{
	winch_value *v = winch_value_from_json(WINCH_FROM_PLAIN, "{\"a\":[1,2]}", 11, NULL);
	unsigned long failures = 0;
	bool done = false;

	(void)state;
	for (unsigned long n = 1; !done; n++, failures++) {
		struct arena arena = { 0 };
		winch_error err = WINCH_ERROR_INIT;
		winch_pipeline *p = NULL;
		const struct value *body = NULL;
		const long live = mem_live();
		mem_fail_at(n);
		int r = build(&p, v);
		if (r == 0) {
			struct pipeline_spec *spec = pipeline_share(p);
			body = pipeline_payload(&arena, spec, 4, NULL, &err);
			pipeline_unshare(spec);
			r = body ? 0 : err.status;
		}
		mem_fail_at(0);
		done = body != NULL;
		assert_int_equal(r, done ? 0 : WINCH_E_NOMEM);
		winch_pipeline_free(p);
		winch_error_done(&err);
		arena_done(&arena);
		assert_int_equal(mem_live(), live);
	}
	assert_true(failures > 10);
	winch_value_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipelines_are_the_clients),
		cmocka_unit_test(members_of_each_protocol),
		cmocka_unit_test(errors_to_output_in_each_protocol),
		cmocka_unit_test(null_in_each_protocol),
		cmocka_unit_test(statements_in_each_protocol),
		cmocka_unit_test(refused_calls_change_nothing),
		cmocka_unit_test(a_shared_one_is_not_changed),
		cmocka_unit_test(texts_may_hold_a_nul),
		cmocka_unit_test(each_allocation_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
