/*
 * reply.c - a reply's envelope, read as it arrives.
 *
 * Streams are decoded straight into the reply's data; all other texts are short and copied.
 */
#include "wsman/reply.h"

#include "src/base/fail.h"
#include "src/base/mem.h"
#include "wsman/names.h"

enum { MAX_TEXT = 256 * 1024, MAX_TEXTS = 16 * 1024 * 1024, MAX_PATH = 64 * 1024 };

void wsman_reply_init(struct wsman_reply *r, size_t max_data)
{
	*r = (struct wsman_reply){ .data.max = max_data, .texts.max = MAX_TEXTS };
}

void wsman_reply_done(struct wsman_reply *r)
{
	if (!r)
		return;
	buf_done(&r->data);
	arena_done(&r->texts);
}

/* As initialised, with the memory kept. */
static void clear_reply(struct wsman_reply *r)
{
	struct buf data = r->data;
	struct arena texts = r->texts;

	buf_clear(&data);
	arena_clear(&texts);
	*r = (struct wsman_reply){ .data = data, .texts = texts };
}

static struct bytes find_attr(const struct xml_attr *attrs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!attrs[i].ns && strcmp(attrs[i].name, name) == 0)
			return attrs[i].value;
	return (struct bytes){ 0 };
}

static bool is_true(struct bytes text)
{
	return bytes_eq_nocase(text, BYTES_LIT("true")) || bytes_is(text, "1");
}

static struct bytes trim(struct bytes text)
{
	while (text.len && text.data[0] <= ' ')
		text = bytes_skip(text, 1);
	while (text.len && text.data[text.len - 1] <= ' ')
		text.len--;
	return text;
}

static bool parse_number(struct bytes text, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)text.data[i] - '0';
		if (digit > 9 || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return text.len > 0;
}

static int copy(struct reply_reader *r, struct bytes text, struct bytes *ret, winch_error *err)
{
	struct bytes kept = arena_copy(&r->reply->texts, text, err);

	if (!kept.data)
		return err ? err->status : WINCH_E_NOMEM;
	*ret = kept;
	return 0;
}

/* A member that is there already stays: the first Reason, the first ShellId. */
static int copy_once(struct reply_reader *r, struct bytes text, struct bytes *ret, winch_error *err)
{
	return text.len == 0 || ret->len ? 0 : copy(r, text, ret, err);
}

/* Room for one more of an array that lives in the arena. */
static void *grow(struct reply_reader *r, void *old, size_t count, size_t *cap, size_t size,
		  winch_error *err)
{
	if (count < *cap)
		return old;

	size_t more = *cap ? *cap * 2 : 8;
	void *array = arena_zalloc(&r->reply->texts, more * size, err);
	if (array && count)
		memcpy(array, old, count * size);
	if (array)
		*cap = more;
	return array;
}

static int add_chunk(struct reply_reader *r, struct bytes stream, struct bytes command_id,
		     winch_error *err)
{
	struct wsman_reply *reply = r->reply;
	struct wsman_chunk *last =
		reply->chunk_count ? &reply->chunks[reply->chunk_count - 1] : NULL;

	r->base64 = (struct base64_reader){ 0 };
	if (last && !last->end && bytes_eq(last->stream, stream) &&
	    bytes_eq(last->command_id, command_id))
		return 0;

	struct wsman_chunk *chunks =
		grow(r, reply->chunks, reply->chunk_count, &r->chunk_cap, sizeof(*chunks), err);
	if (!chunks)
		return err ? err->status : WINCH_E_NOMEM;
	reply->chunks = chunks;
	struct wsman_chunk *chunk = &chunks[reply->chunk_count];
	int status = copy(r, stream, &chunk->stream, err);
	if (status == 0)
		status = copy(r, command_id, &chunk->command_id, err);
	if (status == 0)
		reply->chunk_count++;
	return status;
}

static int start_stream(struct reply_reader *r, const struct xml_attr *attrs, size_t count,
			winch_error *err)
{
	int status = add_chunk(r, find_attr(attrs, count, "Name"),
			       find_attr(attrs, count, "CommandId"), err);

	if (status == 0 && is_true(find_attr(attrs, count, "End")))
		r->reply->chunks[r->reply->chunk_count - 1].end = true;
	return status;
}

static int add_shell(struct reply_reader *r, const struct xml_attr *attrs, size_t count,
		     winch_error *err)
{
	struct wsman_reply *reply = r->reply;
	struct wsman_shell_info *shells =
		grow(r, reply->shells, reply->shell_count, &r->shell_cap, sizeof(*shells), err);

	if (!shells)
		return err ? err->status : WINCH_E_NOMEM;
	reply->shells = shells;
	struct wsman_shell_info *shell = &shells[reply->shell_count++];
	int status = copy_once(r, find_attr(attrs, count, "ShellId"), &shell->shell_id, err);
	if (status == 0)
		status = copy_once(r, find_attr(attrs, count, "Name"), &shell->name, err);
	return status;
}

/* One more part of its name. */
static int start_setting(struct reply_reader *r, const char *name, winch_error *err)
{
	int status = r->path.len ? buf_put_u8(&r->path, '/', err) : 0;

	return status < 0 ? status : buf_put_str(&r->path, name, err);
}

static int add_setting(struct reply_reader *r, struct bytes name, struct bytes text,
		       winch_error *err)
{
	struct wsman_reply *reply = r->reply;
	struct wsman_setting *all =
		grow(r, reply->settings, reply->setting_count, &r->setting_cap, sizeof(*all), err);

	if (!all)
		return err ? err->status : WINCH_E_NOMEM;
	reply->settings = all;
	int status = copy(r, name, &all[reply->setting_count].name, err);
	if (status == 0)
		status = copy(r, text, &all[reply->setting_count].value, err);
	if (status == 0)
		reply->setting_count++;
	return status;
}

/* What has no text holds others, or says nothing. */
static int end_setting(struct reply_reader *r, struct bytes text, winch_error *err)
{
	struct bytes path = buf_bytes(&r->path);
	int status = text.len ? add_setting(r, path, text, err) : 0;
	size_t len = path.len;

	while (len && path.data[len - 1] != '/')
		len--;
	buf_truncate(&r->path, len ? len - 1 : 0);
	return status;
}

static int start_command_state(struct reply_reader *r, const struct xml_attr *attrs, size_t count,
			       winch_error *err)
{
	struct bytes state = find_attr(attrs, count, "State");
	struct wsman_reply *reply = r->reply;

	if (bytes_is(state, WSMAN_STATE_DONE))
		reply->progress = WSMAN_PROGRESS_DONE;
	else if (bytes_is(state, WSMAN_STATE_PENDING))
		reply->progress = WSMAN_PROGRESS_PENDING;
	else if (bytes_is(state, WSMAN_STATE_RUNNING))
		reply->progress = WSMAN_PROGRESS_RUNNING;
	else
		return xml_reader_fail(r->xml, err, "CommandState %.*s is not known",
				       (int)(state.len > 200 ? 200 : state.len),
				       state.len ? (const char *)state.data : "");
	return copy(r, find_attr(attrs, count, "CommandId"), &reply->progress_command_id, err);
}

/* A code that is no number is 0: the fault itself says enough. */
static uint32_t fault_code(const struct xml_attr *attrs, size_t count)
{
	struct bytes text = trim(find_attr(attrs, count, "Code"));
	uint64_t code = 0;

	if (text.len && text.data[0] == '-') { /* as a signed number */
		if (parse_number(bytes_skip(text, 1), INT32_MAX, &code))
			return (uint32_t) - (int64_t)code;
		return 0;
	}
	return parse_number(text, UINT32_MAX, &code) ? (uint32_t)code : 0;
}

static int start_wsman_fault(struct reply_reader *r, enum element element,
			     const struct xml_attr *attrs, size_t count, winch_error *err)
{
	struct wsman_fault *f = &r->reply->fault;

	if (element == E_INNER_FAULT) {
		f->provider_code = fault_code(attrs, count);
		return 0;
	}
	f->code = fault_code(attrs, count);
	return copy_once(r, find_attr(attrs, count, "Machine"), &f->machine, err);
}

static int start_provider(struct reply_reader *r, const struct xml_attr *attrs, size_t count,
			  winch_error *err)
{
	struct wsman_fault *f = &r->reply->fault;

	int status = copy_once(r, find_attr(attrs, count, "provider"), &f->provider, err);
	if (status == 0)
		status = copy_once(r, find_attr(attrs, count, "path"), &f->provider_path, err);
	return status;
}

static int start_element(struct reply_reader *r, enum element element, const char *name,
			 const struct xml_attr *attrs, size_t count, winch_error *err)
{
	buf_clear(&r->text);
	switch (element) {
	case E_FAULT:
		r->reply->fault.seen = true;
		return 0;
	case E_WSMAN_FAULT:
	case E_INNER_FAULT:
		return start_wsman_fault(r, element, attrs, count, err);
	case E_PROVIDER_FAULT:
		return start_provider(r, attrs, count, err);
	case E_STREAM:
		return start_stream(r, attrs, count, err);
	case E_CONTENT:
		return add_chunk(r, bytes_str(name), (struct bytes){ 0 }, err);
	case E_COMMAND_STATE:
		return start_command_state(r, attrs, count, err);
	case E_SELECTOR:
		r->selector_is_shell =
			bytes_is(find_attr(attrs, count, "Name"), WSMAN_SELECTOR_SHELL_ID);
		return 0;
	case E_SHELL:
		return add_shell(r, attrs, count, err);
	case E_SETTING:
		return start_setting(r, name, err);
	default:
		return 0;
	}
}

static int on_start(void *user, const char *ns, const char *name, const struct xml_attr *attrs,
		    size_t attr_count, winch_error *err)
{
	struct reply_reader *r = user;
	enum element parent = r->stack[r->depth].element;
	const struct reply_row *row = reply_lookup(parent, ns, name);
	enum element element = row ? row->element : E_SKIPPED;

	if (parent == E_DOCUMENT && element != E_ENVELOPE)
		return xml_reader_fail(r->xml, err, "not a SOAP 1.2 envelope");
	if (element == E_BODY || parent == E_BODY)
		r->head.seen |= UINT64_C(1) << element;
	r->depth++; /* REPLY_MAX_DEPTH is the reader's max_depth */
	r->stack[r->depth].element = element;
	r->stack[r->depth].offset = row ? row->offset : 0;
	return start_element(r, element, name, attrs, attr_count, err);
}

static bool takes_text(enum element element)
{
	switch (element) {
	case E_TEXT:
	case E_MESSAGE:
	case E_PROVIDER_FAULT:
	case E_INNER_MESSAGE:
	case E_EXIT_CODE:
	case E_SELECTOR:
	case E_SHELL_TEXT:
	case E_SHELL_TIME:
	case E_SHELL_STATE:
	case E_MAX_ENVELOPE:
	case E_SETTING:
		return true;
	default:
		return false;
	}
}

static int on_text(void *user, struct bytes text, winch_error *err)
{
	struct reply_reader *r = user;
	enum element element = r->stack[r->depth].element;

	if (element == E_STREAM || element == E_CONTENT) {
		struct wsman_chunk *chunk = &r->reply->chunks[r->reply->chunk_count - 1];
		size_t before = r->reply->data.len;
		int status = base64_reader_feed(&r->base64, &r->reply->data, text, err);
		chunk->data.len += r->reply->data.len - before;
		return status == WINCH_E_FORMAT
			       ? xml_reader_fail(r->xml, err, "%s", winch_error_text(err))
			       : status;
	}
	return takes_text(element) ? buf_put(&r->text, text, err) : 0;
}

/* Milliseconds of an xs:duration without years and months; 0 where it is none, or too long. */
static uint64_t duration_ms(struct bytes text)
{
	static const struct {
		char unit;
		bool in_time;
		uint64_t ms;
	} units[] = { { 'D', false, 86400000 },
		      { 'H', true, 3600000 },
		      { 'M', true, 60000 },
		      { 'S', true, 1000 } };
	uint64_t sum = 0, v = 0, scale = 1;
	bool in_time = false, fraction = false;

	if (text.len == 0 || text.data[0] != 'P')
		return 0;
	for (size_t i = 1; i < text.len; i++) {
		char c = (char)text.data[i];
		if (c >= '0' && c <= '9') {
			if (v > 1000000000000 || scale > 1000)
				return 0;
			v = v * 10 + (unsigned)(c - '0');
			scale *= fraction ? 10 : 1;
		} else if (c == 'T') {
			in_time = true;
		} else if (c == '.') {
			fraction = true;
		} else {
			for (size_t k = 0; k < 4; k++)
				if (units[k].unit == c && units[k].in_time == in_time)
					sum += v * units[k].ms / scale;
			v = 0;
			scale = 1;
			fraction = false;
		}
	}
	return sum;
}

static int end_exit_code(struct reply_reader *r, struct bytes text, winch_error *err)
{
	bool minus = text.len && text.data[0] == '-';
	uint64_t v;

	if (!parse_number(bytes_skip(text, minus), INT64_MAX, &v))
		return xml_reader_fail(r->xml, err, "ExitCode is not a number");
	r->reply->has_exit_code = true;
	r->reply->exit_code = minus ? -(int64_t)v : (int64_t)v;
	return 0;
}

static int end_shell_member(struct reply_reader *r, enum element element, size_t offset,
			    struct bytes text, winch_error *err)
{
	struct wsman_shell_info *shell = &r->reply->shells[r->reply->shell_count - 1];
	void *member = (char *)shell + offset;

	if (element == E_SHELL_TIME) {
		*(uint64_t *)member = duration_ms(text);
		return 0;
	}
	if (element == E_SHELL_STATE)
		shell->disconnected = bytes_is(text, "Disconnected");
	return copy_once(r, text, member, err);
}

static int end_base64(struct reply_reader *r, winch_error *err)
{
	int status = base64_reader_end(&r->base64, err);

	return status < 0 ? xml_reader_fail(r->xml, err, "%s", winch_error_text(err)) : 0;
}

static int end_max_envelope(struct reply_reader *r, struct bytes text, winch_error *err)
{
	uint64_t kb;

	if (!parse_number(text, UINT32_MAX, &kb))
		return xml_reader_fail(r->xml, err, "MaxEnvelopeSizekb is not a number");
	r->reply->max_envelope = kb * 1024;
	return add_setting(r, BYTES_LIT("MaxEnvelopeSizekb"), text, err);
}

static int end_element(struct reply_reader *r, enum element element, size_t offset,
		       winch_error *err)
{
	struct bytes text = trim(buf_bytes(&r->text));
	bool in_head = r->stack[r->depth - 1].element == E_HEADER;

	switch (element) {
	case E_STREAM:
	case E_CONTENT:
		return end_base64(r, err);
	case E_EXIT_CODE:
		return end_exit_code(r, text, err);
	case E_MAX_ENVELOPE:
		return end_max_envelope(r, text, err);
	case E_SETTING:
		return end_setting(r, text, err);
	case E_SHELL_TEXT:
	case E_SHELL_TIME:
	case E_SHELL_STATE:
		return end_shell_member(r, element, offset, text, err);
	case E_SELECTOR:
		return r->selector_is_shell ? copy_once(r, text, &r->reply->shell_id, err) : 0;
	case E_TEXT:
	case E_MESSAGE:
	case E_PROVIDER_FAULT:
	case E_INNER_MESSAGE: {
		char *base = in_head ? (char *)&r->head : (char *)r->reply;
		return copy_once(r, text, (struct bytes *)(void *)(base + offset), err);
	}
	default:
		return 0;
	}
}

static int on_end(void *user, const char *ns, const char *name, winch_error *err)
{
	struct reply_reader *r = user;
	int status = end_element(r, r->stack[r->depth].element, r->stack[r->depth].offset, err);

	(void)ns;
	(void)name;
	buf_clear(&r->text);
	r->depth--;
	return status;
}

void reply_reader_done(struct reply_reader *r)
{
	if (!r)
		return;
	xml_reader_free(r->xml);
	buf_done(&r->text);
	buf_done(&r->path);
}

int reply_reader_init(struct reply_reader *r, struct wsman_reply *reply, winch_error *err)
{
	static const struct xml_handler handler = { on_start, on_text, on_end };
	static const struct xml_options opts = { .max_depth = REPLY_MAX_DEPTH,
						 .max_start_tag = 64 * 1024 };

	*r = (struct reply_reader){ .reply = reply, .text.max = MAX_TEXT, .path.max = MAX_PATH };
	clear_reply(reply);
	r->xml = xml_reader_new(&handler, r, &opts, err);
	return r->xml ? 0 : WINCH_E_NOMEM;
}

int reply_reader_feed(struct reply_reader *r, struct bytes in, winch_error *err)
{
	return xml_reader_feed(r->xml, in, err);
}

/* The chunks' data lie behind each other; where, is known only now. */
static void place_chunks(struct wsman_reply *reply)
{
	struct bytes all = buf_bytes(&reply->data);

	for (size_t i = 0; i < reply->chunk_count; i++) {
		struct bytes *data = &reply->chunks[i].data;
		data->data = data->len ? all.data : NULL;
		all = bytes_skip(all, data->len);
	}
}

int reply_reader_end(struct reply_reader *r, winch_error *err)
{
	int status = xml_reader_end(r->xml, err);

	if (status < 0)
		return status;
	place_chunks(r->reply);
	const struct wsman_fault_row *row = wsman_fault_lookup(r->reply->fault.code);
	if (r->reply->fault.seen && row)
		r->reply->fault.class = row->class;
	return 0;
}
