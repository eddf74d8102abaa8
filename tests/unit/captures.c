/*
 * captures.c - conversations of PowerShell's own client and server.
 */
#include "tests/unit/captures.h"

#include <unistd.h>

#include "src/base/guid.h"
#include "tests/unit/vectors.h"

void captures_folder(char *ret, size_t room)
{
	vectors_path(ret, room, "vectors/messages", "tests/vectors/messages");
}

bool capture_path(char *ret, size_t room, const char *name)
{
	char folder[1024];

	captures_folder(folder, sizeof(folder));
	snprintf(ret, room, "%s/%s.json", folder, name);
	if (access(ret, R_OK) == 0)
		return true;
	print_message("[  NOTE    ] the capture %s is not there\n", name);
	return false;
}

bool capture_open(struct capture *c, const char *path)
{
	struct buf text;

	if (!read_file(path, &text))
		return false;
	c->root = winch_value_from_json(WINCH_FROM_PLAIN, (const char *)text.data, text.len, NULL);
	buf_done(&text);
	assert_non_null(c->root);
	c->messages = winch_value_member(c->root, "messages");
	c->fragments = winch_value_member(c->root, "fragments");
	assert_non_null(c->messages);
	assert_non_null(c->fragments);
	return true;
}

void capture_close(struct capture *c)
{
	winch_value_free(c->root);
}

static const char *text_of(const winch_value *v, const char *name, size_t *ret_len)
{
	const char *text = winch_value_text(winch_value_member(v, name), ret_len);

	assert_non_null(text);
	return text;
}

static bool is_to_client(const winch_value *v)
{
	size_t len;

	return strcmp(text_of(v, "dir", &len), "s2c") == 0;
}

static uint64_t object_of(const winch_value *v)
{
	int64_t n = 0;

	assert_true(winch_value_int(winch_value_member(v, "objectId"), &n));
	return (uint64_t)n;
}

static winch_guid guid_of(const winch_value *v, const char *name)
{
	winch_guid g;
	size_t len;
	const char *text = text_of(v, name, &len);

	assert_true(guid_parse(bytes_of(text, len), &g));
	return g;
}

bool capture_message(const struct capture *c, size_t i, struct captured_message *ret)
{
	const winch_value *v = winch_value_item(c->messages, i);
	size_t len;

	if (!v)
		return false;
	ret->to_client = is_to_client(v);
	ret->object = object_of(v);
	ret->type = (uint32_t)strtoul(text_of(winch_value_member(v, "messageType"), "hex", &len),
				      NULL, 16);
	ret->rpid = guid_of(v, "rpid");
	ret->pid = guid_of(v, "pid");
	ret->len = 0;
	ret->clixml = winch_value_text(winch_value_member(v, "clixml"), &ret->len);
	if (!ret->clixml)
		ret->clixml = "";
	return true;
}

static int digit64(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void put_base64(struct blob *b, const char *text)
{
	unsigned bits = 0, have = 0;

	for (; digit64(*text) >= 0; text++) {
		bits = bits << 6 | (unsigned)digit64(*text);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		uint8_t byte = (uint8_t)(bits >> have);
		blob_put(b, &byte, 1);
	}
}

bool capture_fragment(const struct capture *c, size_t i, struct captured_fragment *ret)
{
	const winch_value *v = winch_value_item(c->fragments, i);
	size_t len;

	if (!v)
		return false;
	ret->to_client = is_to_client(v);
	ret->object = object_of(v);
	ret->bytes = (struct blob){ 0 };
	put_base64(&ret->bytes, text_of(v, "base64", &len));
	return true;
}

bool capture_find(const struct capture *c, uint32_t type, bool to_client, size_t n,
		  struct captured_message *ret)
{
	struct captured_message m;

	for (size_t i = 0; capture_message(c, i, &m); i++)
		if (m.type == type && m.to_client == to_client && n-- == 0) {
			*ret = m;
			return true;
		}
	return false;
}
